"""The networks of the core course, each as short as its notebook tells it.

Inside a network, pictures are float tensors [N, C, H, W] with values in [-1, 1] and latents are
[N, Z] from a standard normal. Discriminators return logits [N], never probabilities.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn


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

    Use with `network.apply(init_weights)`. Source: Radford et al. 2016, section 4.
    """
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


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
        layers = [*self.block(latent, widths[0], stride=1, padding=0)]  # 1 -> 4 pixels
        for wide, narrow in itertools.pairwise(widths):
            layers += self.block(wide, narrow, stride=2, padding=1)  # doubles height and width
        layers += [nn.ConvTranspose2d(widths[-1], channels, 4, 2, 1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        self.apply(init_weights)

    @staticmethod
    def block(inputs: int, outputs: int, stride: int, padding: int) -> list[nn.Module]:
        """Transposed convolution, BatchNorm, ReLU. BatchNorm's shift replaces the bias."""
        return [
            nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        ]

    def forward(self, z: Tensor) -> Tensor:
        """Latents [N, Z] to pictures [N, C, H, W] in [-1, 1]."""
        return self.layers(z[:, :, None, None])


class Discriminator(nn.Module):
    """DCGAN's discriminator: pictures [N, channels, size, size] in [-1, 1] to logits [N].

    A positive logit says "real". BatchNorm in every hidden layer but the first, as in the paper
    (section 3); `dropout` is the probability with which a hidden channel is silenced.
    """

    def __init__(
        self,
        size: int = 32,
        filters: int = 32,
        channels: int = 3,
        norm: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        widths = [channels, *widths_for(size, filters)]
        layers: list[nn.Module] = []
        for i, (narrow, wide) in enumerate(itertools.pairwise(widths)):
            has_norm = norm and i > 0
            layers.append(nn.Conv2d(narrow, wide, 4, 2, 1, bias=not has_norm))  # halves H and W
            if has_norm:
                layers.append(nn.BatchNorm2d(wide))
            layers.append(nn.LeakyReLU(0.2, inplace=True))
            if dropout:
                layers.append(nn.Dropout2d(dropout))
        layers.append(nn.Conv2d(widths[-1], 1, 4))  # 4 x 4 pixels to one number
        self.layers = nn.Sequential(*layers)
        self.apply(init_weights)

    def forward(self, images: Tensor) -> Tensor:
        """Pictures [N, C, H, W] in [-1, 1] to logits [N]."""
        return self.layers(images).flatten()


class FullyConnectedGenerator(nn.Module):
    """The generator of the first GANs: two hidden layers that know nothing of neighbours.

    Latents [N, Z] to pictures [N, channels, size, size] in [-1, 1]. Source: after Goodfellow et
    al. 2014, section 5.
    """

    def __init__(
        self, size: int = 32, latent: int = 100, hidden: int = 256, channels: int = 3
    ) -> None:
        super().__init__()
        self.latent = latent
        self.shape = (channels, size, size)
        self.layers = nn.Sequential(
            nn.Linear(latent, hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, 2 * hidden),
            nn.ReLU(inplace=True),
            nn.Linear(2 * hidden, channels * size * size),
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Latents [N, Z] to pictures [N, C, H, W] in [-1, 1]."""
        return self.layers(z).unflatten(1, self.shape)


class Classifier(nn.Module):
    """A small convolutional classifier: pictures [N, channels, H, W] in [-1, 1] to logits [N, K].

    Its pooled last layer takes any size from 16 pixels on. It judges, it is never trained
    against: a generator that has seen its gradients could fool it.
    """

    def __init__(self, classes: int, channels: int = 3, filters: int = 32) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = channels
        for i in range(3):
            outputs = filters * 2**i
            layers += [
                nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(2),
            ]
            inputs = outputs
        self.layers = nn.Sequential(
            *layers,
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(inputs * 4, classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Pictures [N, C, H, W] in [-1, 1] to one logit a class, [N, K]."""
        return self.layers(images)


def count_parameters(network: nn.Module) -> int:
    """How many numbers training may change in a network."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def count_multiplies(network: nn.Module, example: Tensor) -> dict[str, int]:
    """Multiplications of each weighted layer for ONE picture, by layer name.

    example: a batch the network accepts; only its first item is counted.
    A (transposed) convolution multiplies each weight once per position of its smaller side: the
    output of a convolution, the input of a transposed one. Bias, normalisation and activations
    are left out, as is usual.
    """
    counts: dict[str, int] = {}

    def hook_for(name: str):  # noqa: ANN202
        def hook(layer: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
            grid = inputs[0] if isinstance(layer, nn.ConvTranspose2d) else output
            positions = 1 if isinstance(layer, nn.Linear) else grid.shape[2] * grid.shape[3]
            counts[name] = layer.weight.numel() * positions

        return hook

    weighted = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
    hooks = [
        layer.register_forward_hook(hook_for(name))
        for name, layer in network.named_modules()
        if isinstance(layer, weighted)
    ]
    was_training = network.training
    network.eval()
    with torch.no_grad():
        network(example[:1])
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    return counts
