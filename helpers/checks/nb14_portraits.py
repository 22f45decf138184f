"""Notebook 14: a square inside a photograph, the best starts of a search, pairs for an encoder."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn.functional import adaptive_avg_pool2d

from helpers.checks.exercise import exercise, given, same
from helpers.models import ConditionalGenerator, LatentSpace


@exercise("14.1")
def square_inside(answer: Callable) -> str:
    """`answer(photo, row, column, side)`: a square of the photograph, moved inside if needed."""
    photo = torch.arange(3 * 20 * 30).reshape(3, 20, 30)
    got = given(answer(photo, 10, 15, 8))
    assert tuple(got.shape) == (3, 8, 8), f"A square [3, 8, 8], not {list(got.shape)}."
    assert torch.equal(got, photo[:, 6:14, 11:19]), "The middle should be at the row and column."
    cases = {
        "above and to the left": ((1, 2), photo[:, :8, :8]),
        "below and to the right": ((19, 29), photo[:, 12:, 22:]),
    }
    for where, ((row, column), wanted) in cases.items():
        got = answer(photo, row, column, 8)
        assert tuple(got.shape) == (3, 8, 8), (
            f"Beyond the edge {where} the square should stay [3, 8, 8], not {list(got.shape)}."
        )
        assert torch.equal(got, wanted), f"Beyond the edge {where}: move the square to the edge."
    assert torch.equal(answer(photo, 3, 15, 20), photo[:, :, 5:25]), "As high as the picture fits."
    return "No black edge gets into the canvas."


@exercise("14.2")
def best_starts(answer: Callable) -> str:
    """`answer(target, candidates, n, cells)`: indices of the n nearest, the nearest first."""
    random = torch.Generator().manual_seed(0)
    target = torch.rand(3, 16, 16, generator=random)
    candidates = torch.rand(40, 3, 16, 16, generator=random)
    candidates += torch.rand(40, 1, 1, 1, generator=random)
    for cells in (2, 4):
        seen = adaptive_avg_pool2d(candidates, cells) - adaptive_avg_pool2d(target[None], cells)
        wanted = seen.square().sum((1, 2, 3)).argsort()
        got = torch.as_tensor(given(answer(target, candidates, 5, cells)))
        assert got.shape == (5,), f"Five indices, not {list(got.shape)}."
        assert set(got.tolist()) != set(wanted[-5:].tolist()), "These are the furthest ones."
        assert same(got, wanted[:5], 0), (
            f"With {cells} x {cells} cells the nearest are {wanted[:5].tolist()}, not "
            f"{got.tolist()}. Compare mean colours, cell by cell, not single pixels."
        )
    return "A good start is half of the search."


@exercise("14.3")
def training_pairs(answer: Callable) -> str:
    """`answer(space, n, random)`: images [n, C, H, W] in [-1, 1] and their points [n, D]."""
    torch.manual_seed(0)
    space = LatentSpace(ConditionalGenerator(3, size=16, latent=6, filters=8, embedding=4))
    both = given(answer(space, 12, torch.Generator().manual_seed(1)))
    assert isinstance(both, tuple | list) and len(both) == 2, "Return two: images and points."
    images, points = both
    assert tuple(points.shape) == (12, 10), (
        f"A point is latent and label vector, [12, 10] here, not {list(points.shape)}."
    )
    assert tuple(images.shape) == (12, 3, 16, 16), f"Images [12, 3, 16, 16], not {images.shape}."
    assert not images.requires_grad, "Paint without gradients: torch.no_grad()."
    with torch.no_grad():
        assert same(images, space.paint(points), 1e-4), "Each image should be that of its point."
        vectors = space.generator.embedding.weight
    labels = torch.cdist(points[:, 6:], vectors).argmin(1)
    assert len(labels.unique()) > 1, "All have the same label: draw the labels at random."
    again, other = (answer(space, 12, torch.Generator().manual_seed(seed))[1] for seed in (1, 2))
    assert same(again, points, 0), "The same seed should draw the same points: use `random`."
    assert not same(other, points, 0), "Another seed should draw others: use `random`."
    return "As many examples as you like, and each with the right answer."
