"""Notebook 08: confident predictions, stacked digits, expected modes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers.checks.exercise import exercise, given, same


@exercise("8.1")
def confident_rate(answer: Callable) -> str:
    """`answer(probabilities, confidence)`: share of rows with a probability >= `confidence`."""
    probabilities = np.array([[0.95, 0.05], [0.1, 0.9], [0.6, 0.4], [0.0, 1.0]])
    got = given(answer(probabilities, 0.9))
    assert not same(got, 3), (
        "That is the number of images, not the share: divide by how many there are."
    )
    assert not same(got, 0.5), "`At least` includes 0.9 itself: use >=."
    assert same(got, 0.75), (
        f"Three of four rows reach 0.9: 0.75, not {float(got):.3g}. Take the largest of each row."
    )
    return "The rate of real digits is the baseline."


@exercise("8.2")
def stack_digits(answer: Callable) -> str:
    """`answer(digits, indices)`: images of three digits each, one in every colour channel."""
    digits = np.random.default_rng(0).integers(0, 256, (9, 1, 4, 4), dtype=np.uint8)
    indices = np.array([[0, 1, 2], [8, 8, 0]])
    got = np.asarray(given(answer(digits, indices)))
    assert got.shape != (2, 3, 1, 4, 4), "One dimension too many: take the digits' only channel."
    assert got.shape == (2, 3, 4, 4), f"Two images of 3 x 4 x 4, not {list(got.shape)}."
    wanted = [[digits[i, 0] for i in row] for row in indices]
    assert same(got, wanted), "The first index is red, the second green, the third blue."
    assert got.dtype == np.uint8, "The values should stay bytes, uint8."
    return "60,000 digits make 216,000,000,000,000 such images."


@exercise("8.3")
def expected_modes(answer: Callable) -> str:
    """`answer(classes, n)`: how many of equally likely classes are expected among n images."""
    got = given(answer(10, 10))
    assert not same(got, 10 * 0.9**10, 1e-3), (
        "That is the number of missing classes: subtract it from the number of all classes."
    )
    assert same(got, 10 * (1 - 0.9**10), 1e-3), (
        f"Ten draws from ten classes show 6.51 on average, not {float(got):.3g}. A class is "
        "missing with probability (1 - 1/classes) to the power n."
    )
    assert same(answer(1000, 26_000), 1000, 0.01), "Of 1,000, none should be missing in 26,000."
    return "This is why 26,000 images are drawn to count 1,000 modes."
