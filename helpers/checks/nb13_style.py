"""Notebook 13: kernels with a style, two pictures mixed by layers, the strongest direction."""

from __future__ import annotations

from collections.abc import Callable

import torch

from helpers.checks.exercise import exercise, given, same


@exercise("13.1")
def demodulated(answer: Callable) -> str:
    """`answer(weight, style)`: a kernel for each image, [N, outputs, inputs, k, k]."""
    torch.manual_seed(0)
    weight, style = torch.randn(4, 3, 3, 3), 2 * torch.randn(2, 3)
    got = given(answer(weight, style))
    assert tuple(got.shape) == (2, 4, 3, 3, 3), (
        f"Two images, each with its own kernel: [2, 4, 3, 3, 3], not {list(got.shape)}."
    )
    modulated = weight[None] * style[:, None, :, None, None]
    assert not same(got, modulated, 1e-4), "Modulated, but not divided by sigma yet (equation 3)."
    sigma = modulated.square().sum((2, 3, 4), keepdim=True).sqrt()
    assert same(got.square().sum((2, 3, 4)), torch.ones(2, 4), 1e-3), (
        "For each image and each output the squares of the weights should sum to 1."
    )
    assert same(got, modulated / sigma, 1e-3), (
        "The style belongs to the input channels, the second dimension of `weight`."
    )
    assert same(answer(weight, 10 * style), got, 1e-3), "A style ten times as large is the same."
    return "A style sets how strong the channels are among themselves, not how loud the layer is."


@exercise("13.2")
def mixed_styles(answer: Callable) -> str:
    """`answer(a, b, crossover, layers)`: w for each layer, [N, layers, Z]."""
    torch.manual_seed(0)
    a, b = torch.randn(3, 5), torch.randn(3, 5)
    got = given(answer(a, b, 2, 4))
    assert tuple(got.shape) == (3, 4, 5), f"w for 4 layers: [3, 4, 5], not {list(got.shape)}."
    assert not (same(got[:, :2], b[:, None].expand(-1, 2, -1))), "The other way: a comes first."
    assert same(got[:, :2], a[:, None].expand(-1, 2, -1)), "Layers 0 and 1 should have a's w."
    assert same(got[:, 2:], b[:, None].expand(-1, 2, -1)), "Layers 2 and 3 should have b's w."
    for crossover, only in ((0, b), (4, a)):
        whole = answer(a, b, crossover, 4)
        assert same(whole, only[:, None].expand(-1, 4, -1)), (
            f"With crossover {crossover} all layers should have the w of one picture."
        )
    wanted = torch.cat([a[:, None], b[:, None].expand(-1, 4, -1)], 1)
    assert same(answer(a, b, 1, 5), wanted), "With 5 layers and crossover 1 only layer 0 is a's."
    return "So a generator with four layers can mix two pictures in three ways, and back."


@exercise("13.3")
def strongest_direction(answer: Callable) -> str:
    """`answer(A)`: the unit vector d for which A d is longest."""
    random = torch.Generator().manual_seed(0)
    for rows, columns in ((40, 6), (6, 6)):
        weights = torch.randn(rows, columns, generator=random)
        weights[:, 1] *= 3
        got = given(answer(weights))
        assert tuple(got.shape) == (columns,), f"One vector [{columns}], not {list(got.shape)}."
        assert abs(float(got.norm()) - 1) < 1e-3, f"Its length should be 1, not {got.norm():.2f}."
        longest = torch.linalg.matrix_norm(weights, 2)
        reached = (weights @ got).norm()
        assert reached > 0.999 * longest, (
            f"A d has the length {reached:.2f}; there is one with {longest:.2f}. eigh sorts the "
            "eigenvalues from small to large."
        )
    return "No picture was painted: the weights alone say which way changes most."
