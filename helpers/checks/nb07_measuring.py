"""Notebook 07: the Fréchet distance, pairs, recall."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers.checks.exercise import exercise, given, same


@exercise("7.1")
def frechet_1d(answer: Callable) -> str:
    """`answer(a, b)`: squared Fréchet distance of two lists of numbers, taken as Gaussian."""
    a, b = np.array([0.0, 2.0]), np.array([4.0, 10.0])  # means 1 and 7, std 1 and 3
    got = given(answer(a, b))
    assert not same(got, 36), "The standard deviations differ too: (s1 - s2) squared is missing."
    assert not same(got, np.sqrt(40)), "The squared distance was asked for: no root."
    assert same(got, 40, 1e-3), (
        f"Means 1 and 7, standard deviations 1 and 3: 36 + 4 = 40, not {float(got):.4g}. "
        "Take the standard deviation of all numbers, np.std as it is."
    )
    assert same(answer(a, a), 0), "A set is at distance 0 from itself."
    return "FD does this for 1,280 dimensions at once."


@exercise("7.2")
def mean_of_pairs(answer: Callable) -> str:
    """`answer(table)`: mean over all pairs of a square table, nothing paired with itself."""
    table = np.array([[9.0, 1.0, 2.0], [1.0, 9.0, 3.0], [2.0, 3.0, 9.0]])
    got = given(answer(table))
    assert not same(got, table.mean()), "That is the mean of all: the diagonal is still in it."
    assert not same(got, 12 / 9), "There are n * n - n pairs left, not n * n."
    assert same(got, 2), f"Pairs are 1, 2 and 3, each twice: the mean is 2, not {float(got):.4g}."
    return "That is why KID is 0, not more, for real against real."


@exercise("7.3")
def recall(answer: Callable) -> str:
    """`answer(precision, real, fake)`: recall, by swapping the sides."""
    real, fake = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0])

    def precision(manifold: np.ndarray, points: np.ndarray) -> float:
        return float(np.isin(points, manifold).mean())

    got = given(answer(precision, real, fake))
    assert not same(got, 1), (
        "That is precision: all fakes lie among the real points. Swap the sides."
    )
    assert same(got, 0.25), f"One real point of four is reached: 0.25, not {float(got):.4g}."
    return "One function, asked from both sides."
