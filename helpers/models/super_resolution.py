"""Super-resolution: a network that enlarges, and one that sees whether brushwork looks real."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torch.nn.utils.parametrizations import spectral_norm

from helpers.images import to_signed, to_uint8
from helpers.models.registry import register

TIMES = 4  # as high and as wide


class ResidualBlock(nn.Module):
    """Two convolutions whose result is added to their input, without BatchNorm.

    After Lim et al. 2017 (EDSR), section 3.1; there with ReLU.
    """

    def __init__(self, filters: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(filters, filters, 3, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(filters, filters, 3, padding=1),
        )
        nn.init.zeros_(self.layers[-1].weight)  # untrained, a block changes nothing
        nn.init.zeros_(self.layers[-1].bias)

    def forward(self, maps: Tensor) -> Tensor:
        """Feature maps [N, filters, H, W] to others of the same shape."""
        return maps + self.layers(maps)


@register
class SuperResolver(nn.Module):
    """Images [N, channels, H, W] in [-1, 1] to [N, channels, 4 H, 4 W], about in [-1, 1].

    What it computes is added to a bilinear enlargement. There are only convolutions in it, so
    images of any size go in. noise: channels of normal noise beside the image, from which it could
    make details that the small image does not determine (0: none).
    """

    def __init__(
        self, channels: int = 3, filters: int = 48, blocks: int = 6, noise: int = 2
    ) -> None:
        super().__init__()
        self.noise = noise
        self.enter = nn.Conv2d(channels + noise, filters, 3, padding=1)
        self.body = nn.Sequential(*(ResidualBlock(filters) for _ in range(blocks)))
        self.upward = nn.Sequential(*self.doubling(filters), *self.doubling(filters))
        self.to_image = nn.Conv2d(filters, channels, 3, padding=1)
        nn.init.zeros_(self.to_image.weight)  # untrained, it is the bilinear enlargement
        nn.init.zeros_(self.to_image.bias)

    @staticmethod
    def doubling(filters: int) -> list[nn.Module]:
        """Each pixel four times, then a convolution: untrained it has no checkerboard.

        Source: Odena et al. 2016, "Deconvolution and Checkerboard Artifacts".
        """
        return [
            nn.Upsample(scale_factor=2, mode="nearest"),
            nn.Conv2d(filters, filters, 3, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
        ]

    def forward(self, images: Tensor, noise: Tensor | None = None) -> Tensor:
        """noise: [N, noise, H, W]; drawn afresh if it is not given."""
        if noise is None:
            noise = torch.randn(len(images), self.noise, *images.shape[2:], device=images.device)
        maps = self.enter(torch.cat([images, noise.to(images.dtype)], dim=1))
        details = self.to_image(self.upward(self.body(maps)))
        return details + interpolate(images, scale_factor=TIMES, mode="bilinear")


@register
class PatchDiscriminator(nn.Module):
    """Large images and the small ones they belong to, in [-1, 1], to a logit for each patch.

    Each logit sees 26 x 26 pixels of the large image, so it is about brushwork and not about
    composition.
    Source: Isola et al. 2017 (pix2pix), sections 3.1 and 3.2; spectral norm: Miyato et al. 2018.
    """

    def __init__(self, channels: int = 3, filters: int = 32) -> None:
        super().__init__()
        widths = [2 * channels, filters, 2 * filters, 4 * filters]
        layers: list[nn.Module] = []
        for i in range(3):
            stride = 2 if i < 2 else 1
            convolution = nn.Conv2d(widths[i], widths[i + 1], 4 if i < 2 else 3, stride, 1)
            layers += [spectral_norm(convolution), nn.LeakyReLU(0.2, inplace=True)]
        self.layers = nn.Sequential(*layers, spectral_norm(nn.Conv2d(widths[-1], 1, 3, padding=1)))

    def forward(self, large: Tensor, small: Tensor) -> Tensor:
        """large: [N, C, 4 H, 4 W], small: [N, C, H, W]; logits [N, 1, H, W]."""
        return self.layers(torch.cat([large, interpolate(small, scale_factor=TIMES)], dim=1))


@torch.no_grad()
def enlarge(network: SuperResolver, images: Tensor, seed: int = 0, batch: int = 8) -> Tensor:
    """uint8 [N, C, H, W] to uint8 [N, C, 4 H, 4 W]; the same seed gives the same image.

    A grey image stays grey: a network for colour enlarges it as one in colour. Raises ValueError
    for what is no such tensor.
    """
    if images.dtype != torch.uint8 or images.ndim != 4:
        raise ValueError(
            f"Images to enlarge are uint8 [N, C, H, W], not {images.dtype} {list(images.shape)}."
        )
    random = torch.Generator().manual_seed(seed)
    device = next(network.parameters()).device
    was_training = network.training
    grey = images.shape[1] == 1 and network.to_image.out_channels == 3
    network.eval()
    parts = []
    for part in images.split(batch):
        noise = torch.randn(len(part), network.noise, *part.shape[2:], generator=random)
        colour = part.expand(-1, 3, -1, -1) if grey else part
        parts.append(to_uint8(network(to_signed(colour).to(device), noise.to(device))).cpu())
    network.train(was_training)
    large = torch.cat(parts)
    return large.float().mean(1, keepdim=True).round().to(torch.uint8) if grey else large
