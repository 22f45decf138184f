"""Notebook 17: Heun's step, times from the middle, a picture painted over."""

from __future__ import annotations

from collections.abc import Callable

import torch

from helpers.checks.exercise import exercise, given, same


def _growing(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """A velocity that depends on both: x + t. Its flow is known."""
    return x + t[:, None, None, None]


@exercise("17.1")
def heun_step(answer: Callable) -> str:
    """`answer(network, x, t, h)`: one step of Heun's method."""
    asked = []

    def network(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        asked.append(float(t[0]))
        return _growing(x, t)

    x, t, h = torch.full((2, 3, 4, 4), 0.5), 0.2, 0.1
    got = given(answer(network, x.clone(), t, h))
    assert tuple(got.shape) == (2, 3, 4, 4), f"Images stay [2, 3, 4, 4], not {list(got.shape)}."
    first = x + t
    ahead = x + h * first
    second = ahead + t + h
    assert not same(got, x + h * first, 1e-6), "That is Euler's step: look ahead, too."
    assert not same(got, ahead + h * (first + second) / 2, 1e-6), (
        "Follow the mean of both velocities from where you began, not from the point ahead."
    )
    assert not same(got, x + h * second, 1e-6), "Take the mean of both velocities, not the second."
    assert same(got, x + h * (first + second) / 2, 1e-6), (
        "x + h (v + w) / 2, with v at (x, t) and w at (x + h v, t + h)."
    )
    assert len(asked) == 2, f"Two passes are enough, not {len(asked)}."
    return "Two passes a step, and an error that falls with the square of its length."


@exercise("17.2")
def middle_times(answer: Callable) -> str:
    """`answer(n, random)`: n times, the sigmoid of a normal number."""
    got = given(answer(4000, torch.Generator().manual_seed(17)))
    assert tuple(got.shape) == (4000,), f"4,000 times have the shape [4000], not {list(got.shape)}."
    low, high = float(got.min()), float(got.max())
    assert low > 0 and high < 1, f"Times lie between 0 and 1, not from {low:.2f} to {high:.2f}."
    middle = float(((got > 0.25) & (got < 0.75)).float().mean())
    assert middle > 0.6, f"Only {middle:.0%} lie between 0.25 and 0.75: even times have 50 %."
    wanted = torch.randn(4000, generator=torch.Generator().manual_seed(17)).sigmoid()
    assert abs(middle - 0.728) < 0.03, f"{middle:.0%} lie between 0.25 and 0.75; it should be 73 %."
    assert same(got, wanted, 1e-6), "Draw from `random`: the same seed should give the same times."
    return "73 % of the times lie in the middle half of the line."


@exercise("17.3")
def painted_over(answer: Callable) -> str:
    """`answer(network, image, noise, t0, steps)`: from an image with noise to a painting."""
    image, noise = torch.full((2, 3, 4, 4), 0.8), torch.full((2, 3, 4, 4), -0.4)
    asked = []

    def still(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        asked.append(float(t[0]))
        return torch.zeros_like(x)

    got = given(answer(still, image, noise, 0.75, 5))
    assert tuple(got.shape) == (2, 3, 4, 4), f"Images stay [2, 3, 4, 4], not {list(got.shape)}."
    assert not same(got, 0.75 * noise + 0.25 * image, 1e-5), "The other way: t0 = 1 is the image."
    assert same(got, 0.25 * noise + 0.75 * image, 1e-5), (
        "It should start at (1 - t0) noise + t0 image."
    )
    assert len(asked) == 5, f"There should be 5 passes for 5 steps, not {len(asked)}."
    assert abs(asked[0] - 0.75) < 1e-5, f"The first time asked for is t0 = 0.75, not {asked[0]:g}."
    assert abs(asked[-1] - 0.95) < 1e-5, (
        f"The last time asked for is 0.95, one step before the end, not {asked[-1]:g}."
    )
    moved = answer(lambda x, t: torch.ones_like(x), image, noise, 0.75, 5)
    assert same(moved, got + 0.25, 1e-5), "Each step should be (1 - t0) / steps long."
    return "The smaller t0, the more the flow may change."
