"""A style-based generator: StyleGAN2 (Karras et al. 2020), small enough to read in one sitting.

    z  -- mapping -->  w  -- one style a layer -->  how strong each channel of that layer is

The image begins as 4 x 4 trained numbers; nothing else enters but styles and noise. So w says what
is painted, at each size, and can be moved, mixed and averaged.
"""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, interpolate, leaky_relu, linear

from helpers.models.dcgan import widths_for
from helpers.models.registry import register


class Scaled(nn.Module):
    """A linear layer whose weights begin as N(0, 1) and are scaled when they are used.

    So Adam, whose steps have one size for all, moves every layer equally fast. slow: how fast this
    one learns, 1 or less. bias: what all outputs begin with.
    Source: Karras et al. 2018, section 4.1; for the mapping's factor Karras et al. 2019, section C.
    """

    def __init__(self, inputs: int, outputs: int, bias: float = 0.0, slow: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / slow)
        self.bias = nn.Parameter(torch.full((outputs,), bias / slow))
        self.scale, self.slow = slow / math.sqrt(inputs), slow

    def forward(self, x: Tensor) -> Tensor:
        """[N, inputs] to [N, outputs]."""
        return linear(x, self.weight * self.scale, self.bias * self.slow)


class StyledConvolution(nn.Module):
    """A convolution whose input channels are made stronger or weaker by w, image by image.

    Then every output channel is divided by how strong the styles have made it, so that no layer
    passes its loudness on ("demodulation"). Source: Karras et al. 2020, section 2.2, equations 1
    and 3; there the styles scale the weights, which comes to the same.
    """

    def __init__(
        self, inputs: int, outputs: int, w: int, kernel: int = 3, demodulate: bool = True
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.scale = 1 / math.sqrt(inputs * kernel**2)
        self.style = Scaled(w, inputs, bias=1.0)
        self.demodulate = demodulate

    def forward(self, maps: Tensor, w: Tensor) -> Tensor:
        """Maps [N, inputs, H, W] and w [N, W] to maps [N, outputs, H, W]."""
        style, weight = self.style(w), self.weight * self.scale
        maps = conv2d(maps * style[:, :, None, None], weight, padding=weight.shape[-1] // 2)
        if not self.demodulate:
            return maps
        variance = style.float().square() @ weight.square().sum((2, 3)).T  # [N, outputs]
        return maps * (variance + 1e-8).rsqrt()[:, :, None, None].to(maps.dtype)


class StyledLayer(nn.Module):
    """A styled convolution, noise for what is left to chance, a bias and a LeakyReLU.

    noise: in training another one for each image; afterwards always the same, so that a latent
    gives one image. Its strength is trained, from 0. Source: Karras et al. 2019, section 3.2.
    """

    def __init__(self, inputs: int, outputs: int, w: int, size: int) -> None:
        super().__init__()
        self.convolution = StyledConvolution(inputs, outputs, w)
        self.strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(outputs, 1, 1))
        self.register_buffer("noise", torch.randn(1, 1, size, size))

    def forward(self, maps: Tensor, w: Tensor) -> Tensor:
        """Maps [N, inputs, H, W] and w [N, W] to maps [N, outputs, H, W]."""
        maps = self.convolution(maps, w)
        noise = torch.randn_like(maps[:, :1]) if self.training else self.noise
        maps = maps + self.strength * noise + self.bias
        return leaky_relu(maps, 0.2) * math.sqrt(2)  # as loud as before the LeakyReLU


@register
class StyleGenerator(nn.Module):
    """Latents [N, Z] to images [N, channels, size, size] in [-1, 1], by way of w [N, Z].

    classes: how many labels there are; 0 for a generator without labels. depth: layers of the
    mapping. mixing: the share of images that are painted in training from two w, one for the
    coarse layers and one for the fine ones, so that no layer relies on another having the same w.
    """

    def __init__(
        self,
        size: int = 32,
        latent: int = 100,
        filters: int = 32,
        channels: int = 3,
        classes: int = 0,
        depth: int = 4,
        mixing: float = 0.5,
    ) -> None:
        super().__init__()
        self.latent, self.classes, self.mixing = latent, classes or None, mixing
        widths = [*widths_for(size, filters)[::-1], filters // 2]  # at 4, 8, ... size pixels
        self.embedding = nn.Embedding(classes, latent) if classes else None
        inputs = [latent * 2 if classes else latent] + [latent] * (depth - 1)
        self.mapping = nn.ModuleList(Scaled(width, latent, slow=0.01) for width in inputs)
        self.start = nn.Parameter(torch.randn(1, widths[0], 4, 4))
        self.layers, self.to_image = nn.ModuleList(), nn.ModuleList()
        for i, (wide, narrow) in enumerate(itertools.pairwise([widths[0], *widths])):
            self.layers.append(StyledLayer(wide, narrow, latent, 4 * 2**i))
            self.to_image.append(StyledConvolution(narrow, channels, latent, 1, demodulate=False))
        self.register_buffer("centre", torch.zeros(latent))  # the mean of w

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Latents [N, Z], and labels [N] if there are classes, to images [N, C, H, W]."""
        w = self.map(z, labels)
        if not self.training:
            return self.synthesise(w)
        with torch.no_grad():
            self.centre.lerp_(w.detach().float().mean(0), 0.005)
        from_here = torch.randint(1, len(self.layers), (len(w), 1), device=w.device)
        swap = torch.arange(len(self.layers), device=w.device) >= from_here
        swap &= torch.rand(len(w), 1, device=w.device) < self.mixing
        return self.synthesise(torch.where(swap[:, :, None], w.roll(1, 0)[:, None], w[:, None]))

    def map(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Latents [N, Z], each brought to the same length, to w [N, Z]."""
        parts = [z] if self.embedding is None else [z, self.embedding(labels)]
        w = torch.cat([x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt() for x in parts], 1)
        for layer in self.mapping:
            w = leaky_relu(layer(w), 0.2) * math.sqrt(2)
        return w

    def synthesise(self, w: Tensor) -> Tensor:
        """w [N, Z], or another one for each layer [N, layers, Z], to images in [-1, 1].

        Every layer adds to the image; the sum so far is enlarged for the next one. To enlarge
        bilinearly is to blur, which keeps checkerboards out (Karras et al. 2020, section 4.1).
        """
        if w.dim() == 2:
            w = w[:, None].expand(-1, len(self.layers), -1)
        maps, image = self.start.expand(len(w), -1, -1, -1), None
        for i, (layer, to_image) in enumerate(zip(self.layers, self.to_image, strict=True)):
            if i:
                maps, image = doubled(maps), doubled(image)
            maps = layer(maps, w[:, i])
            painted = to_image(maps, w[:, i])
            image = painted if image is None else image + painted
        return image.tanh()


def doubled(maps: Tensor) -> Tensor:
    """Twice as high and wide, bilinearly."""
    return interpolate(maps, scale_factor=2, mode="bilinear")
