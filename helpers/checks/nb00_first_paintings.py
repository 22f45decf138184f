"""Notebook 00: a series of seeds, neighbours of a latent vector, a mixture of two subjects."""

from __future__ import annotations

from collections.abc import Callable

import torch

from helpers.checks.exercise import exercise, given, same
from helpers.models import ConditionalGenerator, generate


def small_generator() -> ConditionalGenerator:
    """Untrained, for three subjects, 16 x 16 pixels."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return ConditionalGenerator(3, size=16, filters=8).eval()


@exercise("0.1")
def series(answer: Callable) -> str:
    """`answer(generator, label, n)`: a subject's images for the seeds 0 to n - 1, [n, C, H, W]."""
    generator = small_generator()
    got = given(answer(generator, 1, 5))
    assert tuple(got.shape) == (5, 3, 16, 16), (
        f"5 pictures of this smaller generator are [5, 3, 16, 16], not {list(got.shape)}."
    )
    seeds = [torch.Generator().manual_seed(seed) for seed in range(5)]
    latents = torch.stack([torch.randn(100, generator=seed) for seed in seeds])
    for label in (0, 2):
        other = generate(generator, latents, torch.full((5,), label))
        assert not same(got, other), f"These are the pictures of label {label}, not of label 1."
    wanted = generate(generator, latents, torch.full((5,), 1))
    assert same(got[0], wanted[0], 1), (
        "The first picture is not that of seed 0. Use a new random number generator for each seed, "
        "and draw 100 numbers from it."
    )
    assert same(got, wanted, 1), "The first picture is right, but each picture has its own seed."
    return "Seed 4 gives the same picture in a series of 5 and in a series of 500."


@exercise("0.2")
def neighbours(answer: Callable) -> str:
    """`answer(latent, n, s)`: n latents [n, 100] near `latent`; s from 0, the same, to 1, new."""
    torch.manual_seed(0)
    latent = torch.randn(100)
    unmoved = given(answer(latent.clone(), 4, 0.0))
    assert tuple(unmoved.shape) == (4, 100), (
        f"4 latent vectors are [4, 100], not {list(unmoved.shape)}."
    )
    assert same(unmoved, latent.expand(4, -1)), "With s = 0 each must be the old vector."
    moved = answer(latent.clone(), 2000, 0.6)
    assert not same(moved[0], moved[1]), "Each neighbour needs its own noise: randn(n, 100)."
    mean, spread = moved.mean(0), moved.std(0).mean()
    assert abs(float(spread) - 0.6) < 0.02, f"The noise should have the size 0.6, not {spread:.2f}."
    assert same(mean, 0.8 * latent, 0.1), (
        "With s = 0.6 the old vector should be multiplied by √(1 − 0.36) = 0.8."
    )
    return "Small s: the same painting with small changes. s = 1: any other painting."


@exercise("0.3")
def mixture(answer: Callable) -> str:
    """`answer(generator, latent, label, other)`: the image half-way between two labels."""
    generator = small_generator()
    torch.manual_seed(1)
    latent = torch.randn(100)
    with torch.no_grad():
        got = given(answer(generator, latent, 0, 2)).detach()
        ends = generator(latent.expand(2, -1), torch.tensor([0, 2]))
        mean = generator.embedding.weight[[0, 2]].mean(0)
        wanted = generator.decode(torch.cat([latent, mean])[None])
    assert tuple(got.shape) == (1, 3, 16, 16), f"One picture is [1, 3, 16, 16], not {got.shape}."
    assert not same(got[0], ends.mean(0)), (
        "This is the mean of two pictures: both at once. Take the mean of the labels' vectors."
    )
    assert not same(got, ends[:1]) and not same(got, ends[1:]), "This is one of the two subjects."
    assert same(got, wanted), (
        "Take the mean of embedding.weight[label] and embedding.weight[other]."
    )
    return "A subject that nobody has painted."
