"""Notebook 05: label smoothing, the moving average, epochs and steps."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from helpers import losses
from helpers.checks.exercise import exercise, given, same


@exercise("5.1")
def smoothed_loss(answer: Callable) -> str:
    """`answer(real_logits, fake_logits, smooth)`: BCE with real labels of 1 - smooth."""
    real, fake = torch.tensor([3.0, 1.0]), torch.tensor([-2.0, 0.5])
    got = given(answer(real, fake, 0.0))
    unsmoothed = losses.objective("bce").on_logits(real, fake)
    assert same(got, unsmoothed), "Without smoothing nothing changes."
    got = answer(real, fake, 0.1)
    both = binary_cross_entropy_with_logits(fake, torch.full_like(fake, 0.1))
    right = binary_cross_entropy_with_logits(real, torch.full_like(real, 0.9))
    assert not same(got, right + both), "Smooth the real labels only: fakes keep their 0."
    plain = binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))
    assert same(got, right + plain), f"Expected {right + plain:.4f}, got {float(got):.4f}."
    return "One-sided label smoothing (Salimans et al. 2016)."


@exercise("5.2")
def moving_average(answer: Callable) -> str:
    """`answer(values, decay)`: the exponential moving average, starting at the first value."""
    got = given(answer([1.0, 0.0, 0.0], 0.9))
    assert same(got, 0.81), f"1, then twice 90 % of what was there: 0.81, not {got}."
    assert same(answer([0.0, 1.0], 0.9), 0.1), "A new value counts for 1 - decay."
    return "The EMA generator is such an average, of all weights at once."


@exercise("5.3")
def epochs_to_steps(answer: Callable) -> str:
    """`answer(epochs, n_images, batch)`: how many steps that is; a partial batch waits."""
    assert (got := given(answer(1, 6000, 32))) == 187, f"6,000 / 32 = 187 whole batches, not {got}."
    got = answer(10, 6000, 32)
    assert got == 1875, f"What is left of one epoch starts the next one: 1875, not {got}."
    return "Steps cost time, epochs count images."
