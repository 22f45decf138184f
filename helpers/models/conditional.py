"""A conditional GAN: the generator is told what to paint, the discriminator what it should be.

The label reaches every layer of the generator, and the discriminator's logit has a part for it.
Everything else is the DCGAN of dcgan.py.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn

from helpers.models.dcgan import init_weights, init_without_norm, widths_for
from helpers.models.registry import register


class ConditionalNorm(nn.Module):
    """BatchNorm whose scale and shift are computed from a condition, [N, D].

    Source: de Vries et al. 2017, "Modulating early visual processing by language", section 3; in a
    GAN from the latent and the label as in Brock et al. 2019 (BigGAN-deep), section 3.
    """

    def __init__(self, channels: int, condition: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.scale_and_shift = nn.Linear(condition, 2 * channels)

    def forward(self, maps: Tensor, condition: Tensor) -> Tensor:
        """Feature maps [N, C, H, W], each channel scaled and shifted for each image."""
        scale, shift = self.scale_and_shift(condition)[:, :, None, None].chunk(2, dim=1)
        return self.norm(maps) * (1 + scale) + shift


@register
class ConditionalGenerator(nn.Module):
    """Latents [N, Z] and labels [N] to images [N, channels, size, size] in [-1, 1].

    classes: how many labels there are. Each has a vector of `embedding` numbers, which is trained
    with the rest; latent and vector together are the condition, in every layer. After the last
    transposed convolution an ordinary 3 x 3 convolution smooths what that leaves of a checkerboard
    (Odena et al. 2016, "Deconvolution and Checkerboard Artifacts").
    """

    def __init__(
        self,
        classes: int,
        size: int = 64,
        latent: int = 100,
        filters: int = 32,
        channels: int = 3,
        embedding: int = 64,
    ) -> None:
        super().__init__()
        self.latent, self.classes = latent, classes
        widths = widths_for(size, filters)[::-1]
        condition = latent + embedding
        self.embedding = nn.Embedding(classes, embedding)
        self.upward, self.norms = nn.ModuleList(), nn.ModuleList()
        for i, (wide, narrow) in enumerate(itertools.pairwise([condition, *widths, filters // 2])):
            stride, padding = (2, 1) if i else (1, 0)  # 1 -> 4 pixels, then twice as many each time
            layer = nn.ConvTranspose2d(wide, narrow, 4, stride, padding, bias=False)
            self.upward.append(layer)
            self.norms.append(ConditionalNorm(narrow, condition))
        self.to_image = nn.Conv2d(filters // 2, channels, 3, padding=1)
        self.apply(init_weights)
        nn.init.normal_(self.embedding.weight)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        """Latents [N, Z] and labels [N] to images [N, C, H, W] in [-1, 1]."""
        return self.decode(torch.cat([z, self.embedding(labels)], dim=1))

    def decode(self, condition: Tensor) -> Tensor:
        """Conditions [N, Z + E] to images: mixtures of two labels' vectors are allowed here."""
        maps = condition[:, :, None, None]
        for upward, norm in zip(self.upward, self.norms, strict=True):
            maps = norm(upward(maps), condition).relu()
        return self.to_image(maps).tanh()


@register
class ProjectionDiscriminator(nn.Module):
    """Images [N, channels, size, size] in [-1, 1] and labels [N] to logits [N].

    The logit is the sum of two: does it look real, whatever it is; and does it look like its
    label, an inner product of the features with a trained vector for each label. After Miyato and
    Koyama 2018, "cGANs with Projection Discriminator", sections 2 and 3; here the first is DCGAN's
    last convolution, and the features are the mean of the maps, not their sum.

    norm: "batch", or "none" for objectives with a penalty on the gradient of each image, which
    BatchNorm would mix with the others'. Raises ValueError for another one.
    """

    def __init__(
        self,
        classes: int,
        size: int = 64,
        filters: int = 32,
        channels: int = 3,
        norm: str = "batch",
    ) -> None:
        super().__init__()
        if norm not in ("batch", "none"):
            raise ValueError(f"norm is 'batch' or 'none', not {norm!r}.")
        self.classes = classes
        widths = [channels, *widths_for(size, filters)]
        layers: list[nn.Module] = []
        for i, (narrow, wide) in enumerate(itertools.pairwise(widths)):
            has_norm = norm == "batch" and i > 0
            convolution = nn.Conv2d(narrow, wide, 4, 2, 1, bias=not has_norm)
            layers.append(convolution)
            layers += [nn.BatchNorm2d(wide)] if has_norm else []
            layers.append(nn.LeakyReLU(0.2, inplace=True))
        self.layers = nn.Sequential(*layers)
        self.logit = nn.Conv2d(widths[-1], 1, 4)
        self.projection = nn.Embedding(classes, widths[-1])
        self.apply(init_weights)
        nn.init.normal_(self.projection.weight, 0.0, 0.02)
        if norm == "none":
            init_without_norm(self.layers)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Images [N, C, H, W] in [-1, 1] and their labels [N] to logits [N]."""
        maps = self.layers(images)
        features = maps.mean((2, 3))
        matches = (self.projection(labels) * features).sum(1)
        return self.logit(maps).flatten() + matches
