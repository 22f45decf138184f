"""Notebook 10: slopes of two losses, alternating columns, minibatch standard deviation."""

from __future__ import annotations

from collections.abc import Callable

import torch

from helpers.checks.exercise import exercise, given, same


@exercise("10.1")
def slopes_at(answer: Callable) -> str:
    """`answer(l)`: sizes of the slopes of log(1 - sigmoid(l)) and -log sigmoid(l)."""
    got = [float(part) for part in given(answer(torch.tensor(-8.0)))]
    assert len(got) == 2, f"Two slopes were asked for, not {len(got)}."
    assert min(got) >= 0, "The size of a slope has no sign."
    assert not same(got, [0.99966, 0.00034], 1e-3), (
        "These are the right numbers in the other order: first the saturating loss."
    )
    assert same(got, [0.00034, 0.99966], 1e-3), (
        f"At a logit of -8, sigmoid is 0.0003: the slopes are 0.0003 and 0.9997, not {got}."
    )
    at_chance = [float(part) for part in answer(torch.tensor(0.0))]
    assert same(at_chance, [0.5, 0.5]), "At chance both losses have a slope of one half."
    return "Where D is sure, only the non-saturating loss pulls."


@exercise("10.2")
def alternating_columns(answer: Callable) -> str:
    """`answer(images)`: root mean square of the alternating part along the columns."""
    signs = 1 - 2 * (torch.arange(8) % 2)
    striped = (100 + 10.0 * signs).expand(1, 1, 8, 8)
    got = given(answer(striped))
    assert not same(got, 100), "That is the mean: multiply the columns by the signs first."
    assert same(got, 10), f"Columns of 110 and 90 alternate by 10, not {float(got):.4g}."
    rows = striped.transpose(2, 3)
    assert same(answer(rows), 0), "Alternating rows are not asked for: the signs go along W."
    opposite = torch.cat([striped, 200 - striped])
    assert same(answer(opposite), 10), (
        "Two pictures with opposite stripes must not cancel: square before you average over them."
    )
    return "Transposed convolutions leave such stripes in both directions."


@exercise("10.3")
def append_spread(answer: Callable) -> str:
    """`answer(maps)`: one more channel, the mean standard deviation over the batch."""
    maps = torch.tensor([[1.0, 10.0], [3.0, 10.0]])[:, :, None, None].expand(2, 2, 4, 4)
    got = given(answer(maps))
    assert got.shape == (2, 3, 4, 4), f"[2, 2, 4, 4] becomes [2, 3, 4, 4], not {list(got.shape)}."
    assert torch.equal(got[:, :2], maps), "The first channels should stay as they are."
    added = got[:, 2]
    assert same(added.std(), 0), "The new channel holds the same number everywhere."
    number = float(added.mean())
    assert not same(number, 2**0.5 / 2, 1e-3), "Divide by n, not by n - 1: unbiased=False."
    assert same(number, 0.5), (
        f"One channel differs by a standard deviation of 1, the other by 0: 0.5, not {number:.4g}."
    )
    return "A batch of equal pictures now has a 0 in it that D can see."
