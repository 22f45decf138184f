"""Images from a generator: the same latents give the same images."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from helpers.images import to_uint8


@torch.no_grad()
def generate(
    generator: nn.Module, latents: Tensor, labels: Tensor | None = None, batch: int = 256
) -> Tensor:
    """Images, uint8 [N, C, H, W] on the CPU, from latents [N, Z], in evaluation mode.

    labels: int [N], for a conditional generator.
    """
    device = next(generator.parameters()).device
    was_training = generator.training
    generator.eval()
    parts = [latents.split(batch)] + ([] if labels is None else [labels.split(batch)])
    images = [
        to_uint8(generator(*(part.to(device) for part in inputs))).cpu()
        for inputs in zip(*parts, strict=True)
    ]
    generator.train(was_training)
    return torch.cat(images)


def generate_from_seed(
    generator: nn.Module, n: int, seed: int = 0, label: int | None = None
) -> Tensor:
    """n images of a seed, uint8 [n, C, H, W]: the same seed, the same latents everywhere.

    label: what a conditional generator is to paint; None for all its classes in turn.
    """
    random = torch.Generator().manual_seed(seed)
    classes = getattr(generator, "classes", None)
    labels = None if classes is None else labels_in_turn(n, classes)
    if label is not None:
        labels = torch.full((n,), label)
    return generate(generator, torch.randn(n, generator.latent, generator=random), labels)


def labels_in_turn(n: int, classes: int) -> Tensor:
    """n labels, int [n]: all classes in turn; of more classes than n, evenly chosen ones."""
    return torch.arange(n) * max(n, classes) // max(n, 1) % classes
