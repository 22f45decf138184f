"""Notebook 01: imbalance, brightness, weights for sampling."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers.checks.exercise import exercise, given, same


@exercise("1.1")
def top_share(answer: Callable) -> str:
    """`answer(counts, k)`: share of all works that the k most prolific painters made."""
    got = given(answer([10, 50, 20, 20], 2))
    assert got <= 1, "A share lies between 0 and 1: divide by the sum of all counts."
    assert not same(got, 0.6), "These are the FIRST two painters. Sort the counts first."
    assert same(got, 0.7), f"Of 100 works, the two largest counts are 50 and 20: 0.7, not {got}."
    assert same(answer([5, 5], 5), 1.0), "With more painters asked for than there are, it is 1."
    return "This one number says how uneven a data set is."


@exercise("1.2")
def brightness(answer: Callable) -> str:
    """`answer(images)`: mean luma of each image, [N], by the weights of ITU-R BT.601."""
    images = np.zeros((4, 3, 2, 2), dtype=np.uint8)
    images[1] = 255
    images[2, 1] = 255  # pure green
    images[3, 2] = 255  # pure blue
    got = np.asarray(given(answer(images)), dtype=float)
    assert got.shape == (4,), f"One number per image, shape (4,), not {got.shape}."
    assert not same(got[2], 85.0, 1), (
        "A plain mean treats green and blue alike; people do not. Use the three weights."
    )
    assert same(got, [0, 255, 149.685, 29.07], 0.1), f"Expected 0, 255, 149.7, 29.1; got {got}."
    return "Now you can rank painters from dark to light."


@exercise("1.3")
def balanced_weights(answer: Callable) -> str:
    """`answer(labels)`: one weight per image, so that every painter is sampled equally often."""
    labels = np.array([0, 0, 0, 1, 2, 2])
    got = np.asarray(given(answer(labels)), dtype=float)
    assert got.shape == labels.shape, "One weight per image, not one per painter."
    assert same(got.sum(), 1.0), f"The weights must sum to 1; yours sum to {got.sum():.3f}."
    sums = [got[labels == label].sum() for label in range(3)]
    assert same(sums, [1 / 3] * 3), (
        f"Each painter must get one third; yours get {np.round(sums, 3)}."
    )
    return "Whether a GAN should see all painters equally often is for you to decide."
