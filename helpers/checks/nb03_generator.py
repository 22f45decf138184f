"""Notebook 03: sizes, interpolation between latent vectors, a generator for 64 pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from helpers.checks.exercise import exercise, given, same
from helpers.models import count_parameters


@exercise("3.1")
def transposed_size(answer: Callable) -> str:
    """`answer(n, kernel, stride, padding)`: output size of a transposed convolution."""
    for case in ((1, 4, 1, 0), (4, 4, 2, 1), (5, 3, 2, 1), (7, 5, 3, 2)):
        n, kernel, stride, padding = case
        layer = torch.nn.ConvTranspose1d(1, 1, kernel, stride, padding)
        true = layer(torch.zeros(1, 1, n)).shape[-1]
        got = given(answer(*case))
        assert got == true, (
            f"n={n}, kernel={kernel}, stride={stride}, padding={padding} gives {true}, not {got}. "
            "Each input adds a copy of the kernel, `stride` further on; padding trims both ends."
        )
    return "Four layers agree with PyTorch."


@exercise("3.2")
def slerp(answer: Callable) -> str:
    """`answer(a, b, t)`: the point at share t of the great arc from vector a to vector b."""
    a, b = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    half = given(answer(a, b, 0.5))
    assert same(answer(a, b, 0.0), a) and same(answer(a, b, 1.0), b), "t=0 is a, and t=1 is b."
    assert not same(half, (a + b) / 2), "This is the straight line: it leaves the shell."
    assert same(half.norm(), 1.0), f"Half-way the length must still be 1, not {half.norm():.3f}."
    assert same(answer(a, b, 1 / 3), [np.cos(np.pi / 6), 0.5]), "A third of the way is 30 degrees."
    return "The path stays on the shell of the latent vectors."


@exercise("3.3")
def generator_64(answer: Callable) -> str:
    """`answer()`: a DCGAN generator for 64 x 64 pixels."""
    network = given(answer())
    torch.manual_seed(0)
    with torch.no_grad():
        out = network(torch.randn(8, 100))
    assert out.shape == (8, 3, 64, 64), (
        f"8 latents must become [8, 3, 64, 64], not {list(out.shape)}. "
        "One more doubling block than for 32 pixels is enough."
    )
    assert out.abs().max() <= 1, "Images leave the range [-1, 1]: is the last layer a Tanh?"
    assert out.std() > 0.02, "All images are flat grey: is there a BatchNorm before the Tanh?"
    norms = sum(isinstance(m, torch.nn.BatchNorm2d) for m in network.modules())
    assert norms == 4, f"Four hidden layers, four BatchNorms, none after the last; found {norms}."
    return f"{count_parameters(network):,} parameters."
