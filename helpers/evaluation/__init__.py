"""Evaluation: features, metrics, classifiers, the report of a run and its diagnosis."""
