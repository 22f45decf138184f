"""Flow matching: a network that says where each pixel of a noisy image should move.

    noise, t = torch.randn_like(images), torch.rand(len(images))
    flow_loss(network, images, noise, t)         # training: one squared error, no opponent
    integrate(network, noise, steps=16)          # painting: from noise to an image in small steps

Source: Lipman et al. 2023, "Flow Matching for Generative Modeling", section 4.1, example II with
sigma 0 (straight lines), as in Liu et al. 2023, "Flow Straight and Fast". Time t is 0 at the noise
and 1 at the image.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from helpers.models.registry import register


class TimedBlock(nn.Module):
    """Two convolutions, added to their input, that know the time: it scales and shifts the maps."""

    def __init__(self, channels: int, time: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.GroupNorm(8, channels) for _ in range(2))
        self.convolutions = nn.ModuleList(
            nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2)
        )
        self.scale_and_shift = nn.Linear(time, 2 * channels)
        nn.init.zeros_(self.convolutions[1].weight)  # untrained, a block changes nothing

    def forward(self, maps: Tensor, time: Tensor) -> Tensor:
        """Feature maps [N, C, H, W] and times [N, D] to maps of the same shape."""
        scale, shift = self.scale_and_shift(time)[:, :, None, None].chunk(2, dim=1)
        hidden = self.convolutions[0](nn.functional.silu(self.norms[0](maps)))
        hidden = nn.functional.silu(self.norms[1](hidden) * (1 + scale) + shift)
        return maps + self.convolutions[1](hidden)


@register
class VelocityNetwork(nn.Module):
    """Images between noise and painting [N, channels, size, size] and times [N] to velocities.

    A small U-Net (Ronneberger et al. 2015): at size/2 with `filters` channels, at size/4 and size/8
    with twice as many, and back up; what was seen on the way down is joined on the way up. `size`
    is a multiple of 8, or ValueError. A velocity has the shape of an image: by how much each pixel
    changes per unit of time.
    """

    def __init__(self, size: int = 32, channels: int = 3, filters: int = 32) -> None:
        super().__init__()
        if size % 8:
            raise ValueError(f"size must be a multiple of 8 pixels, not {size}.")
        self.size, self.channels = size, channels
        narrow, wide, time, pixels = filters, 2 * filters, 2 * filters, 4 * channels
        self.time = nn.Sequential(nn.Linear(filters, time), nn.SiLU(), nn.Linear(time, time))
        self.enter = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(pixels, narrow, 3, padding=1))
        self.downward = nn.ModuleList(TimedBlock(width, time) for width in (narrow, wide))
        self.halve = nn.ModuleList(nn.Conv2d(width, wide, 4, 2, 1) for width in (narrow, wide))
        self.bottom = TimedBlock(wide, time)
        self.join = nn.ModuleList(nn.Conv2d(wide + width, width, 1) for width in (wide, narrow))
        self.upward = nn.ModuleList(TimedBlock(width, time) for width in (wide, narrow))
        self.leave = nn.Sequential(
            nn.GroupNorm(8, narrow), nn.SiLU(), nn.Conv2d(narrow, pixels, 3, padding=1)
        )
        nn.init.zeros_(self.leave[-1].weight)
        nn.init.zeros_(self.leave[-1].bias)

    def forward(self, images: Tensor, t: Tensor) -> Tensor:
        """images: [N, C, H, W]; t: [N], 0 at the noise and 1 at the painting. Velocities alike."""
        time = self.time(waves(t, self.time[0].in_features).to(images.dtype))
        maps, seen = self.enter(images), []
        for block, halve in zip(self.downward, self.halve, strict=True):
            seen.append(block(maps, time))
            maps = halve(seen[-1])
        maps = self.bottom(maps, time)
        for join, block in zip(self.join, self.upward, strict=True):
            doubled = nn.functional.interpolate(maps, scale_factor=2)
            maps = block(join(torch.cat([doubled, seen.pop()], dim=1)), time)
        return nn.functional.pixel_shuffle(self.leave(maps), 2)


def waves(t: Tensor, count: int) -> Tensor:
    """Times [N] as sines and cosines of `count` / 2 frequencies from 1 to 1,000, [N, count].

    So a network sees small differences of time. Source: Vaswani et al. 2017, section 3.5.
    """
    frequencies = torch.exp(torch.linspace(0, math.log(1000), count // 2, device=t.device))
    angles = t[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def flow_loss(network: nn.Module, images: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """The mean squared error of the velocity, a scalar.

    images: [N, C, H, W] in [-1, 1]; noise: the same shape, standard normal; t: [N] in [0, 1].
    On the straight line x = (1 - t) noise + t image the velocity is image - noise.
    """
    share = t[:, None, None, None]
    between = (1 - share) * noise + share * images
    return (network(between, t) - (images - noise)).square().mean()


@torch.no_grad()
def integrate(network: nn.Module, noise: Tensor, steps: int) -> Tensor:
    """Noise [N, C, H, W] to images in about [-1, 1], by Euler's method in `steps` equal steps.

    Each step is one pass through the network. Raises ValueError for less than one step.
    """
    if steps < 1:
        raise ValueError(f"There must be at least one step, not {steps}.")
    images = noise
    for i in range(steps):
        t = torch.full((len(images),), i / steps, device=images.device)
        images = images + network(images, t) / steps
    return images


class FlowSampler(nn.Module):
    """A velocity network with a number of steps, called like a generator: latents to images.

    Its latents are the noise, [N, channels * size * size].
    """

    def __init__(self, network: VelocityNetwork, steps: int) -> None:
        super().__init__()
        self.network, self.steps = network, steps
        self.latent = network.channels * network.size**2

    def forward(self, z: Tensor) -> Tensor:
        """Latents [N, latent] to images [N, C, H, W] in about [-1, 1]."""
        size = self.network.size
        return integrate(self.network, z.view(-1, self.network.channels, size, size), self.steps)
