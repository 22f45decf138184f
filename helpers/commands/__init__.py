"""The commands: python -m helpers.train, sample, evaluate and diagnose."""
