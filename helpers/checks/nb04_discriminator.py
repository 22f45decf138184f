"""Notebook 04: depth, a stable loss, the receptive field."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from helpers.checks.exercise import exercise, given, same


@exercise("4.1")
def layers_needed(answer: Callable) -> str:
    """`answer(size)`: how many halving convolutions bring an image down to 4 pixels."""
    for size, true in ((8, 1), (32, 3), (64, 4), (256, 6)):
        got = given(answer(size))
        assert got == true, f"{size} pixels need {true} halvings to reach 4, not {got}."
    return "Depth grows with the logarithm of the size."


@exercise("4.2")
def stable_bce(answer: Callable) -> str:
    """`answer(logits, labels)`: binary cross-entropy that survives logits of +-1000."""
    logits, labels = torch.tensor([0.0, 2.0, -3.0]), torch.tensor([1.0, 0.0, 0.0])
    got = given(answer(logits, labels))
    assert same(got, binary_cross_entropy_with_logits(logits, labels)), (
        f"Expected the mean {binary_cross_entropy_with_logits(logits, labels):.4f}, got {got:.4f}."
    )
    far = answer(torch.tensor([1000.0, -1000.0]), torch.tensor([0.0, 1.0]))
    assert np.isfinite(float(far)), "Infinity or nan at a logit of 1000: avoid log(sigmoid(x))."
    assert same(far, 1000.0), f"A certain and wrong discriminator pays 1000 nats, not {far:.1f}."
    return "It gives what PyTorch gives, at the extremes too."


@exercise("4.3")
def receptive_field(answer: Callable) -> str:
    """`answer(layers)`: pixels seen by one output, layers = [(kernel, stride), ...]."""
    for layers, true in (([(3, 1)], 3), ([(3, 1), (3, 1)], 5), ([(4, 2)] * 3, 22)):
        got = given(answer(layers))
        assert got == true, (
            f"{layers} sees {true} pixels, not {got}. Each layer adds (kernel - 1) times the "
            "product of all strides before it."
        )
    return "Three halving layers see 22 pixels."
