"""DCGAN (Radford et al. 2016), as short as notebooks 03 and 04 tell it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from helpers.models.registry import register


def widths_for(size: int, filters: int) -> list[int]:
    """Channels of the feature maps at size/2, size/4, ... 4 pixels: they double as maps shrink.

    `widths_for(64, 64)` is `[64, 128, 256, 512]`, the widths of DCGAN (Radford et al. 2016).
    Raises ValueError if `size` is not a power of two from 8 on.
    """
    if size < 8 or size & (size - 1):
        raise ValueError(f"size must be 8, 16, 32, 64, 128, ... pixels, not {size}")
    halvings = size.bit_length() - 3  # from size down to 4 pixels
    return [filters * 2**i for i in range(halvings)]


def init_weights(module: nn.Module) -> None:
    """DCGAN's initialisation: weights from N(0, 0.02), BatchNorm scales from N(1, 0.02).

    Use with `network.apply(init_weights)`. Source: Radford et al. 2016, section 4, for the weights;
    the scales are those of the authors' own code (soumith/dcgan.torch) and of PyTorch's tutorial.
    """
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d) and module.affine:
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def init_without_norm(layers: Iterable[nn.Module]) -> None:
    """Weights of convolutions so large that a signal keeps its size, where no norm keeps it.

    Source: He et al. 2015, "Delving Deep into Rectifiers", equation 14.
    """
    for module in layers:
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, a=0.2)


@register
class Generator(nn.Module):
    """DCGAN's generator: latents [N, Z] to pictures [N, channels, size, size] in [-1, 1].

    Source: Radford et al. 2016, "Unsupervised Representation Learning with Deep Convolutional
    Generative Adversarial Networks", section 3 and figure 1.
    """

    def __init__(
        self, size: int = 32, latent: int = 100, filters: int = 32, channels: int = 3
    ) -> None:
        super().__init__()
        self.latent = latent
        widths = widths_for(size, filters)[::-1]
        first = nn.ConvTranspose2d(latent, widths[0], 4, bias=False)  # 1 -> 4 pixels
        layers: list[nn.Module] = [first, nn.BatchNorm2d(widths[0]), nn.ReLU(inplace=True)]
        for wide, narrow in itertools.pairwise(widths):  # BatchNorm's shift replaces the bias
            layers += [self.doubling(wide, narrow, bias=False), nn.BatchNorm2d(narrow)]
            layers.append(nn.ReLU(inplace=True))
        layers += [self.doubling(widths[-1], channels), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        self.apply(init_weights)

    @staticmethod
    def doubling(inputs: int, outputs: int, bias: bool = True) -> nn.Module:
        """The layer that doubles height and width: a transposed convolution with stride 2."""
        return nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=bias)

    def forward(self, z: Tensor) -> Tensor:
        """Latents [N, Z] to pictures [N, C, H, W] in [-1, 1]."""
        return self.layers(z[:, :, None, None])


@register
class UpsamplingGenerator(Generator):
    """The same with each pixel repeated, then a convolution, in place of transposed convolutions.

    These leave checkerboards, which training must first unlearn. Source: Odena et al. 2016,
    "Deconvolution and Checkerboard Artifacts".
    """

    @staticmethod
    def doubling(inputs: int, outputs: int, bias: bool = True) -> nn.Module:
        """Every pixel becomes four equal ones; then a 3 x 3 convolution."""
        convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)
        return nn.Sequential(nn.Upsample(scale_factor=2), convolution)


@register
class Discriminator(nn.Module):
    """DCGAN's discriminator: pictures [N, channels, size, size] in [-1, 1] to logits [N].

    A positive logit says "real". norm: "batch", BatchNorm in every hidden layer but the first, as
    in the paper (section 3); "spectral", each layer's weights divided by their largest singular
    value (Miyato et al. 2018, section 2.1); or "none". True and False, in older files, are "batch"
    and "none". `dropout` is the probability with which a hidden channel is silenced.
    Raises ValueError for another norm.
    """

    def __init__(
        self,
        size: int = 32,
        filters: int = 32,
        channels: int = 3,
        norm: str | bool = "batch",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        norm = {True: "batch", False: "none"}.get(norm, norm)
        if norm not in ("batch", "spectral", "none"):
            raise ValueError(f"norm is 'batch', 'spectral' or 'none', not {norm!r}.")
        widths = [channels, *widths_for(size, filters)]
        layers: list[nn.Module] = []
        for i, (narrow, wide) in enumerate(itertools.pairwise(widths)):
            has_norm = norm == "batch" and i > 0
            layers.append(nn.Conv2d(narrow, wide, 4, 2, 1, bias=not has_norm))  # halves H and W
            if has_norm:
                layers.append(nn.BatchNorm2d(wide))
            layers.append(nn.LeakyReLU(0.2, inplace=True))
            if dropout:
                layers.append(nn.Dropout2d(dropout))
        layers.append(nn.Conv2d(widths[-1], 1, 4))  # 4 x 4 pixels to one number
        self.layers = nn.Sequential(*layers)
        self.apply(init_weights)
        if norm == "none":
            init_without_norm(self.layers[:-1])
        if norm == "spectral":
            for i, layer in enumerate(self.layers):
                if isinstance(layer, nn.Conv2d):
                    self.layers[i] = spectral_norm(layer)

    def forward(self, images: Tensor) -> Tensor:
        """Pictures [N, C, H, W] in [-1, 1] to logits [N]."""
        return self.layers(images).flatten()
