"""Notebook 12: instance norm with a condition, the projection, labels drawn equally often."""

from __future__ import annotations

from collections.abc import Callable

import torch

from helpers.checks.exercise import exercise, given, same


@exercise("12.1")
def adaptive_instance_norm(answer: Callable) -> str:
    """`answer(maps, scale, shift)`: each channel of each image normalised, scaled and shifted."""
    torch.manual_seed(0)
    maps = 3 + 5 * torch.randn(2, 4, 6, 6)
    scale, shift = torch.randn(2, 4), torch.randn(2, 4)
    plain = given(answer(maps, torch.zeros(2, 4), torch.zeros(2, 4)))
    assert tuple(plain.shape) == (2, 4, 6, 6), f"Maps stay [2, 4, 6, 6], not {list(plain.shape)}."
    assert same(plain.mean((2, 3)), torch.zeros(2, 4), 1e-3), (
        "With no shift every channel of every image should have the mean 0 over its own pixels."
    )
    assert same(plain.std((2, 3), correction=0), torch.ones(2, 4), 1e-3), (
        "With a scale of 0, that is times 1 + 0, the standard deviation should be 1."
    )
    got = answer(maps, scale, shift)
    wanted = plain * (1 + scale[:, :, None, None]) + shift[:, :, None, None]
    assert same(got, wanted, 1e-3), "Multiply by 1 + scale, then add shift, channel by channel."
    return "This is AdaIN, with which the first StyleGAN told every layer its style."


@exercise("12.2")
def projection_logits(answer: Callable) -> str:
    """`answer(phi, labels, psi, vectors)`: psi . phi + v_y . phi for each picture, [N]."""
    torch.manual_seed(0)
    phi, labels = torch.randn(5, 8), torch.tensor([0, 2, 2, 1, 0])
    psi, vectors = torch.randn(8), torch.randn(3, 8)
    got = given(answer(phi, labels, psi, vectors))
    assert tuple(got.shape) == (5,), (
        f"One logit for each of 5 pictures: [5], not {list(got.shape)}."
    )
    real, matches = phi @ psi, (vectors[labels] * phi).sum(1)
    assert not same(got, real, 1e-4), "The label has no effect: add the inner product with v_y."
    assert not same(got, matches, 1e-4), "Does it look real at all? psi . phi is missing."
    assert same(got, real + matches, 1e-4), "It should be psi . phi plus vectors[label] . phi."
    return "Two inner products: real, whatever it is; and real as what it is called."


@exercise("12.3")
def balanced_indices(answer: Callable) -> str:
    """`answer(labels, n, random)`: n indices, every label equally likely."""
    labels = torch.cat([torch.zeros(90), torch.ones(9), torch.full((1,), 2)]).long()
    labels = labels[torch.randperm(100, generator=torch.Generator().manual_seed(0))]
    got = given(answer(labels, 600, torch.Generator().manual_seed(1)))
    got = torch.as_tensor(got)
    assert got.shape == (600,), f"600 indices are [600], not {list(got.shape)}."
    assert not got.is_floating_point() and 0 <= int(got.min()) <= int(got.max()) < 100, (
        "Indices are whole numbers, from 0 to the number of pictures minus 1."
    )
    counts = torch.bincount(labels[got], minlength=3)
    assert int(counts.min()) > 140, (
        f"With three labels each should come about 200 times in 600, not {counts.tolist()}."
    )
    drawn = got[labels[got] == 0].unique().numel()
    assert drawn > 60, f"Only {drawn} of the 90 pictures of the first label are ever drawn."
    again, other = (
        torch.as_tensor(answer(labels, 600, torch.Generator().manual_seed(seed))) for seed in (1, 2)
    )
    assert torch.equal(got, again), "The same seed should draw the same indices: use `random`."
    assert not torch.equal(got, other), "Another seed should draw others: use `random`."
    return "The one picture of the rarest label now comes in every third place, though."
