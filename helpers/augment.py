"""Differentiable augmentation: images changed at random on their way to the discriminator.

It keeps D from memorising a small set. Real and fake images pass through the same code: were it
the real ones only, the generator would learn to paint changed images. Every image is changed by
draws of its own, and every change lets gradients through, back to the generator. Source: Zhao et
al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training".

Images are float [N, C, H, W] in [-1, 1].
"""

from __future__ import annotations

import torch
from torch import Tensor


def augment(
    images: Tensor, translation: int, colour: float, cutout: float, random: torch.Generator
) -> Tensor:
    """All three changes, each only if it is asked for; see `Config` for what the numbers mean."""
    if colour:
        images = jitter_colour(images, colour, random)
    if translation:
        images = translate(images, translation, random)
    if cutout:
        images = cut_out(images, cutout, random)
    return images


def translate(images: Tensor, pixels: int, random: torch.Generator) -> Tensor:
    """Each image moved by up to `pixels` along both sides; the gap is filled by reflection."""
    size = images.shape[-1]
    offsets = torch.randint(-pixels, pixels + 1, (2, len(images), 1), generator=random)
    places = (torch.arange(size) + offsets).abs()  # reflected at the first pixel ...
    rows, columns = (size - 1 - (size - 1 - places).abs()).to(images.device)  # ... and the last
    images = images.gather(2, rows[:, None, :, None].expand_as(images))
    return images.gather(3, columns[:, None, None, :].expand_as(images))


def jitter_colour(images: Tensor, strength: float, random: torch.Generator) -> Tensor:
    """Each image in another brightness, saturation and contrast.

    At strength 1 brightness moves by up to 0.5, saturation becomes 0 to 2 times, contrast 0.5 to
    1.5 times what it was.
    """
    draws = strength * (torch.rand(3, len(images), 1, 1, 1, generator=random) - 0.5)
    brightness, saturation, contrast = draws.to(images.device, images.dtype)
    images = images + brightness
    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * (1 + 2 * saturation)
    mean = images.mean((1, 2, 3), keepdim=True)
    return mean + (images - mean) * (1 + contrast)


def cut_out(images: Tensor, share: float, random: torch.Generator) -> Tensor:
    """Each image with a mid-grey square in it, `share` of its side wide, which may lie half
    outside."""
    size = images.shape[-1]
    width = round(share * size)
    corner = torch.randint(1 - width // 2, size - width // 2, (2, len(images), 1), generator=random)
    places = torch.arange(size)
    rows, columns = (places >= corner) & (places < corner + width)
    hidden = rows[:, None, :, None] & columns[:, None, None, :]
    return images.masked_fill(hidden.to(images.device), 0.0)
