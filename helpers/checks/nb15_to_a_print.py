"""Notebook 15: the best guess of a loss, pixel shuffle, the Charbonnier loss."""

from __future__ import annotations

from collections.abc import Callable

import torch

from helpers.checks.exercise import exercise, given, same


@exercise("15.1")
def best_guess(answer: Callable) -> str:
    """`answer(values, loss)`: the number from 0 to 1 with the smallest mean loss, "l1" or "l2"."""
    values = torch.tensor([0.0] * 7 + [1.0] * 3)
    squared = float(given(answer(values.clone(), "l2")))
    assert abs(squared - 0.3) < 0.011, (
        f"For l2 the best number is not {squared:.2f}: its mean squared difference is "
        f"{(values - squared).square().mean():.3f}, and 0.210 is possible."
    )
    absolute = float(answer(values.clone(), "l1"))
    assert abs(absolute) < 0.011, (
        f"For l1 the best number is not {absolute:.2f}: its mean difference is "
        f"{(values - absolute).abs().mean():.3f}, and 0.300 is possible."
    )
    other = torch.tensor([0.9, 0.2, 0.4])
    assert abs(float(answer(other, "l1")) - 0.4) < 0.011, "For 0.2, 0.4 and 0.9 l1 answers 0.4."
    assert abs(float(answer(other, "l2")) - 0.5) < 0.011, "For 0.2, 0.4 and 0.9 l2 answers 0.5."
    return "The mean for l2: a grey that never occurs. The median for l1: the rarer answer is lost."


@exercise("15.2")
def pixel_shuffle(answer: Callable) -> str:
    """`answer(maps)`: maps [N, 4 C, H, W] to [N, C, 2 H, 2 W]."""
    maps = torch.arange(2 * 12 * 3 * 5, dtype=torch.float32).reshape(2, 12, 3, 5)
    got = given(answer(maps.clone()))
    assert tuple(got.shape) == (2, 3, 6, 10), (
        f"[2, 12, 3, 5] becomes [2, 3, 6, 10], not {list(got.shape)}."
    )
    wanted = torch.nn.functional.pixel_shuffle(maps, 2)
    if not same(got, wanted):
        turned = same(got[:, :, 0::2, 0::2], wanted[:, :, 0::2, 0::2])
        hint = "Are rows and columns exchanged?" if turned else "Which channel is upper left?"
        raise AssertionError(f"The shape is right, but pixels are in the wrong places. {hint}")
    return "The same as nn.PixelShuffle(2)."


@exercise("15.3")
def charbonnier(answer: Callable) -> str:
    """`answer(enlarged, large)`: the mean of the root of d^2 + 0.01^2."""
    zeros = torch.zeros(2, 3, 4, 4)
    nothing = float(given(answer(zeros, zeros)))
    assert abs(nothing - 0.01) < 1e-5, (
        f"Without any difference it is ε = 0.01, not {nothing:.4f}: is ε squared under the root?"
    )
    far = torch.zeros(2, 3, 4, 4)
    far[0] = 3.0
    got = float(answer(far, zeros))
    assert abs(got - 1.505) < 1e-3, (
        f"Half of the pixels differ by 3: the mean is 1.505, not {got:.3f}. "
        "The root is taken of each pixel, and the mean comes last."
    )
    near = float(answer(zeros + 0.01, zeros))
    assert abs(near - 0.01414) < 1e-4, f"For d = ε it is ε · √2 = 0.0141, not {near:.4f}."
    learns = torch.zeros(1, requires_grad=True)
    loss = answer(learns + 1, torch.zeros(1))
    assert loss.requires_grad, "A gradient must reach the enlarged picture: is there a `detach`?"
    loss.backward()
    assert abs(float(learns.grad) - 1) < 1e-3, "A gradient must reach the enlarged picture."
    return "Smooth at 0, and like L1 further away."
