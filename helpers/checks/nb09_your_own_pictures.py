"""Notebook 09: the size of a print, a budget of steps, a loop of latents."""

from __future__ import annotations

from collections.abc import Callable

import torch

from helpers.checks.exercise import exercise, given, same


@exercise("9.1")
def print_pixels(answer: Callable) -> str:
    """`answer(millimetres, dpi)`: pixels along an edge of a print."""
    got = given(answer(254, 300))
    assert not same(got, 254 * 300), (
        "dpi means dots per INCH: convert first, an inch is 25.4 millimetres."
    )
    assert same(got, 3000), f"254 mm are ten inches, so 3,000 pixels at 300 dpi, not {got}."
    assert answer(100, 300) == 1181, "Round to whole pixels: 100 mm at 300 dpi are 1,181 pixels."
    return "A4 at 300 dpi has 2,480 x 3,508 pixels."


@exercise("9.2")
def steps_within(answer: Callable) -> str:
    """`answer(minutes, rate, batch)`: whole steps that fit, at `rate` images a second."""
    got = given(answer(10, 100, 32))
    assert not same(got, 31), "`rate` is per second, and a minute has 60 seconds."
    assert not same(got, 60_000), "This is the number of images; each step uses a batch of them."
    assert got == 1875, f"10 minutes at 100 images per second are 1,875 steps of 32, not {got}."
    assert answer(1, 100, 64) == 93, "Only whole steps count: round down."
    return "The planner computes this too, from a rate that it measures for some seconds."


@exercise("9.3")
def closed_loop(answer: Callable) -> str:
    """`answer(a, b, steps)`: latents [steps, Z] on the circle through a and b, and back to a."""
    a, b = torch.zeros(100), torch.zeros(100)
    a[0], b[1] = 10.0, 10.0
    got = given(answer(a, b, 8))
    assert got.shape == (8, 100), f"Eight latents of 100 numbers, not {list(got.shape)}."
    assert same(got[0], a, 1e-3), "The loop begins at a: the first latent should be a."
    lengths = got.norm(dim=1)
    assert same(lengths, torch.full((8,), 10.0), 1e-3), (
        "All latents should lie on the shell of radius 10; here lengths go from "
        f"{lengths.min():.1f} to {lengths.max():.1f}. Use cos(t) a + sin(t) b."
    )
    assert not same(got[-1], a, 1e-3), (
        "The last latent should come one step before a, or a is shown twice."
    )
    steps = (got - got.roll(1, 0)).norm(dim=1)
    assert float(steps.max() / steps.min()) < 1.01, "All steps should be equally long."
    return "The film repeats without a jump."
