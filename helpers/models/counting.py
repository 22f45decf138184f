"""What a network costs: parameters and multiplications."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def count_parameters(network: nn.Module) -> int:
    """How many numbers training may change in a network."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def count_multiplies(network: nn.Module, example: Tensor) -> dict[str, int]:
    """Multiplications of each weighted layer for ONE image, by layer name.

    example: a batch the network accepts; only its first item is counted. PyTorch's counter counts
    a multiplication and an addition each, so half of it. Bias, normalisation and activations are
    left out, as is usual.
    """
    was_training = network.training
    network.eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(example[:1])
    network.train(was_training)
    leaves = {f"{type(network).__name__}.{n}": n for n, m in network.named_modules() if n}
    weighted = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
    return {
        name: sum(counter.get_flop_counts()[full].values()) // 2
        for full, name in leaves.items()
        if isinstance(network.get_submodule(name), weighted)
    }
