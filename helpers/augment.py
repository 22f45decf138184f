"""Pictures changed a little on their way to the discriminator, so that it learns none by heart.

Real pictures and fakes are changed alike: were it the real ones only, the generator would learn
to paint changed pictures. Every change lets gradients through, back to the generator. Source:
Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training".

Pictures are float [N, C, H, W] in [-1, 1].
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def augmented(
    images: Tensor, shift: int, colour: float, cutout: float, random: torch.Generator
) -> Tensor:
    """All three changes, each only if it is asked for; see `Config` for what the numbers mean."""
    if colour:
        images = recoloured(images, colour, random)
    if shift:
        images = shifted(images, shift, random)
    if cutout:
        images = cut_out(images, cutout, random)
    return images


def shifted(images: Tensor, far: int, random: torch.Generator) -> Tensor:
    """The whole batch moved by one step of up to `far` pixels; what is missing is mirrored in."""
    down, right = torch.randint(2 * far + 1, (2,), generator=random).tolist()
    size = images.shape[-1]
    padded = functional.pad(images, (far, far, far, far), mode="reflect")
    return padded[:, :, down : down + size, right : right + size]


def recoloured(images: Tensor, strength: float, random: torch.Generator) -> Tensor:
    """Each picture in another brightness, saturation and contrast.

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
    """Each picture with a mid-grey square in it, `share` of its side wide, anywhere, also half
    outside."""
    size = images.shape[-1]
    width = round(share * size)
    corner = torch.randint(1 - width // 2, size - width // 2, (2, len(images), 1), generator=random)
    places = torch.arange(size)
    rows, columns = (places >= corner) & (places < corner + width)
    hidden = rows[:, None, :, None] & columns[:, None, None, :]
    return images.masked_fill(hidden.to(images.device), 0.0)
