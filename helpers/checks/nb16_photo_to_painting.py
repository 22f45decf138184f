"""Notebook 16: colours kept, two styles at once, a style for a part of the picture, pairs."""

from __future__ import annotations

from collections.abc import Callable

import torch

from helpers.checks.exercise import exercise, given, same

LUMA = torch.tensor([0.299, 0.587, 0.114])  # ITU-R BT.601


def _luma(images: torch.Tensor) -> torch.Tensor:
    return (images * LUMA[:, None, None]).sum(1)


@exercise("16.1")
def colours_kept(answer: Callable) -> str:
    """`answer(painted, photo)`: the brightness of one, the colours of the other."""
    random = torch.Generator().manual_seed(0)
    painted, photo = (
        0.4 * torch.rand(2, 3, 6, 6, generator=random) - 0.2 for _ in range(2)
    )  # far from -1 and 1: nothing has to be cut off
    got = given(answer(painted, photo))
    assert tuple(got.shape) == (2, 3, 6, 6), f"Images stay [2, 3, 6, 6], not {list(got.shape)}."
    assert not same(_luma(got), _luma(photo), 1e-3), "The other way: brightness from `painted`."
    assert same(_luma(got), _luma(painted), 1e-3), (
        "The luma should be that of `painted`: 0.299 R + 0.587 G + 0.114 B, pixel by pixel."
    )
    wanted = photo - _luma(photo)[:, None]
    assert same(got - _luma(got)[:, None], wanted, 1e-3), (
        "Each channel's difference from the luma should be that of `photo`."
    )
    return "The strokes are the painter's, the colours those of the photograph."


@exercise("16.2")
def blended(answer: Callable) -> str:
    """`answer(a, b, share)`: Gram matrices between those of two styles, map by map."""
    random = torch.Generator().manual_seed(0)
    a, b = ([torch.rand(1, n, n, generator=random) for n in (3, 5)] for _ in range(2))
    got = given(answer(a, b, 0.25))
    assert isinstance(got, list | tuple) and len(got) == 2, "A list with one matrix for each map."
    for ours, x, y in zip(got, a, b, strict=True):
        assert tuple(ours.shape) == tuple(x.shape), (
            f"{list(x.shape)} stays, not {list(ours.shape)}."
        )
        assert not same(ours, 0.25 * x + 0.75 * y, 1e-5), "The other way: share 0 is a alone."
        assert same(ours, 0.75 * x + 0.25 * y, 1e-5), "It should be (1 - share) a + share b."
    return "A style is a list of matrices, so styles can be mixed like colours."


@exercise("16.3")
def gram_inside(answer: Callable) -> str:
    """`answer(maps, mask)`: the Gram matrix of the places where the mask is 1."""
    random = torch.Generator().manual_seed(0)
    maps = torch.randn(2, 4, 6, 6, generator=random)
    mask = torch.zeros(1, 1, 6, 6)
    mask[..., :2] = 1
    got = given(answer(maps, mask))
    assert tuple(got.shape) == (2, 4, 4), f"[N, C, C] is [2, 4, 4], not {list(got.shape)}."
    part = maps[..., :2].flatten(2)
    wanted = part @ part.transpose(1, 2)
    assert not same(got, wanted / 36, 1e-4), "Divide by the number of places inside, 12, not 36."
    assert same(got, wanted / 12, 1e-4), "Only the places where the mask is 1 should count."
    everywhere = maps.flatten(2) @ maps.flatten(2).transpose(1, 2) / 36
    assert same(answer(maps, torch.ones(1, 1, 6, 6)), everywhere, 1e-4), (
        "With a mask of ones it should be the usual Gram matrix."
    )
    return "So the wall can be painted by one artist and the person by another."


@exercise("16.4")
def paired_loss(answer: Callable) -> str:
    """`answer(scores, painted, truth, weight)`: least squares, and a difference."""
    random = torch.Generator().manual_seed(0)
    scores = torch.rand(2, 1, 4, 4, generator=random)
    painted, truth = (torch.rand(2, 3, 8, 8, generator=random) for _ in range(2))
    got = given(answer(scores, painted, truth, 10.0))
    assert tuple(got.shape) == (), f"A loss is one number, not {list(got.shape)}."
    adversarial = (scores - 1).square().mean()
    apart = (painted - truth).abs().mean()
    assert not same(got, scores.square().mean() + 10 * apart, 1e-5), (
        "The scores of painted pictures should be 1, not 0: the translator wants to be believed."
    )
    assert not same(got, adversarial + 10 * (painted - truth).square().mean(), 1e-5), (
        "Take the absolute difference: squares blur more."
    )
    assert not same(got, adversarial + apart, 1e-5), "The difference should count `weight` times."
    assert same(got, adversarial + 10 * apart, 1e-5), (
        "It should be the mean of (scores - 1)², plus weight times the mean of |painted - truth|."
    )
    return "With pairs the truth itself says what is wrong; no cycle is needed."
