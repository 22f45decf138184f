"""Notebook 06: truncation, diversity, the most confident image of a class."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from helpers.checks.exercise import exercise, given, same


@exercise("6.1")
def truncate(answer: Callable) -> str:
    """`answer(latents, limit)`: every number beyond +-limit brought inside, the rest untouched."""
    torch.manual_seed(0)
    latents = torch.randn(500, 100)
    got = given(answer(latents.clone(), 1.5))
    assert got.shape == latents.shape, "As many latents as before, and as long."
    assert got.abs().max() <= 1.5, f"A number of size {got.abs().max():.2f} is left."
    inside = latents.abs() <= 1.5
    assert torch.equal(got[inside], latents[inside]), "Numbers inside the limit must not change."
    return "Large GANs trade variety for quality with it: the truncation trick."


@exercise("6.2")
def diversity(answer: Callable) -> str:
    """`answer(images)`: mean root mean square difference over all pairs of images."""
    images = np.zeros((3, 3, 4, 4), dtype=np.uint8)
    images[0], images[2] = 10, 250  # not in order: uint8 wraps around whichever way they subtract
    got = given(answer(images))
    assert not same(got, 2 * (10 + 250 + 240) / 9, 0.1), "An image is no pair with itself."
    assert same(got, (10 + 250 + 240) / 3, 0.1), (
        f"Pairs differ by 10, 250 and 240: the mean is 166.7, not {float(got):.1f}. "
        "Convert from uint8 first, or 10 - 250 wraps around."
    )
    return "A collapsed generator scores near zero."


@exercise("6.3")
def most_confident(answer: Callable) -> str:
    """`answer(probabilities, label)`: index of the image most likely to have that label."""
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    got = given(answer(probabilities, 1))
    assert got == 1, f"Image 1 has 0.8 for label 1, the highest of all three; not image {got}."
    assert answer(probabilities, 0) == 0, "Look down the label's column."
    recognised = np.unique(probabilities.argmax(1)[probabilities.max(1) >= 0.8])
    return f"Among these three images {len(recognised)} classes are recognised, with 0.8 or more."
