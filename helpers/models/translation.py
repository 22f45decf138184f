"""Image-to-image translation without pairs: the networks of a CycleGAN, small.

Source: Zhu et al. 2017, "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial
Networks", sections 3 and 4. Smaller, without InstanceNorm, and the translator computes a change
that is added to the image: so it begins as the identity and learns in minutes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from helpers.images import to_signed, to_uint8
from helpers.models.registry import register
from helpers.models.super_resolution import ResidualBlock


@register
class Translator(nn.Module):
    """Images of one domain [N, channels, H, W] in [-1, 1] to the other, the same shape.

    There are only convolutions in it, so images of any size go in. noise: channels of normal noise
    that join the maps at half the size (0: none), so that one image can have many translations.
    """

    def __init__(
        self, channels: int = 3, filters: int = 16, blocks: int = 2, noise: int = 4
    ) -> None:
        super().__init__()
        self.noise, wide = noise, 2 * filters
        self.enter = nn.Sequential(nn.Conv2d(channels, filters, 5, padding=2), nn.LeakyReLU(0.2))
        self.down = nn.Sequential(nn.Conv2d(filters, wide - noise, 4, 2, 1), nn.LeakyReLU(0.2))
        self.body = nn.Sequential(*(ResidualBlock(wide) for _ in range(blocks)))
        self.up = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="nearest"),
            nn.Conv2d(wide, filters, 3, padding=1),
            nn.LeakyReLU(0.2),
        )
        self.leave = nn.Conv2d(filters, channels, 5, padding=2)
        nn.init.zeros_(self.leave.weight)  # untrained, it changes nothing
        nn.init.zeros_(self.leave.bias)

    def forward(self, images: Tensor, noise: Tensor | None = None) -> Tensor:
        """noise: [N, noise, H/2, W/2], rounded up; drawn afresh if it is not given."""
        height, width = images.shape[2:]
        even = pad(images, (0, width % 2, 0, height % 2), mode="replicate")
        fine = self.enter(even)
        maps = self.down(fine)
        if noise is None:
            noise = torch.randn(len(maps), self.noise, *maps.shape[2:], device=maps.device)
        maps = self.up(self.body(torch.cat([maps, noise.to(maps.dtype)], dim=1)))
        return images + self.leave(maps + fine)[:, :, :height, :width]


@register
class DomainDiscriminator(nn.Module):
    """Images [N, channels, H, W] in [-1, 1] to scores [N, 1, H/4, W/4], one for each patch.

    Each score sees 26 x 26 pixels: colours and brushwork, not the composition. In training the
    score of a real patch is to be 1, that of a translated one 0 (least squares, as in Mao et al.
    2017).
    """

    def __init__(self, channels: int = 3, filters: int = 24) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, filters, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(filters, 2 * filters, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * filters, 4 * filters, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(4 * filters, 1, 3, padding=1),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Images [N, C, H, W] to scores [N, 1, H/4, W/4]."""
        return self.layers(images)


@torch.no_grad()
def translate(network: Translator, images: Tensor, seed: int = 0, batch: int = 8) -> Tensor:
    """uint8 [N, C, H, W] to uint8 of the same shape; the same seed gives the same images.

    Raises ValueError for what is no such tensor.
    """
    if images.dtype != torch.uint8 or images.ndim != 4:
        raise ValueError(
            f"Images to translate are uint8 [N, C, H, W], not {images.dtype} {list(images.shape)}."
        )
    random = torch.Generator().manual_seed(seed)
    device = next(network.parameters()).device
    half = [-(-side // 2) for side in images.shape[2:]]
    parts = []
    for part in images.split(batch):
        noise = torch.randn(len(part), network.noise, *half, generator=random)
        parts.append(to_uint8(network(to_signed(part).to(device), noise.to(device))).cpu())
    return torch.cat(parts)
