"""Three well-known DCGANs, written down in our own words as their texts have them.

Each is a class with `step(real)`, real float [B, C, H, W] in [-1, 1], and `draw(latents)`. All of
them compute in float32 and in PyTorch's default memory layout, as their texts do.

Tutorial: PyTorch's "DCGAN Tutorial". 64 filters, batch 128, Adam at 2e-4, weights from N(0, 0.02),
    no BatchNorm in D's first layer, real and fake evaluated and propagated one after the other.
Keras: the DCGAN of TensorFlow's documentation, with dropout and BatchNorm, as project descriptions
    for Fashion-MNIST have it: a dense layer and 5 x 5 kernels, batch 256, Adam at 1e-4, both
    gradients taken before either network moves.
Paintings: the widely copied Kaggle notebook on paintings: BatchNorm even in D's first layer,
    sigmoid and BCE, PyTorch's own initialisation, latents [128], new fakes for G's lesson; 25
    epochs at 2e-4, then fits at 1e-3, 5e-4 and 5e-5, each with a new Adam.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy as bce
from torch.nn.functional import binary_cross_entropy_with_logits as bce_of_logits


def widths_for(size: int, filters: int = 64) -> list[int]:
    """64, 128, 256, ... channels at size/2, size/4, ... 4 pixels."""
    return [filters * 2**i for i in range(size.bit_length() - 3)]


def upwards(latent: int, widths: list[int], channels: int) -> nn.Sequential:
    """DCGAN's generator."""
    layers: list[nn.Module] = []
    for i, (inputs, outputs) in enumerate(itertools.pairwise([latent, *widths[::-1]])):
        layers += [
            nn.ConvTranspose2d(inputs, outputs, 4, 2 if i else 1, 1 if i else 0, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(True),
        ]
    return nn.Sequential(
        nn.Unflatten(1, (latent, 1, 1)),
        *layers,
        nn.ConvTranspose2d(widths[0], channels, 4, 2, 1, bias=False),
        nn.Tanh(),
    )


def downwards(widths: list[int], channels: int, norm_first: bool) -> nn.Sequential:
    """DCGAN's discriminator; it returns probabilities."""
    layers: list[nn.Module] = []
    for i, (inputs, outputs) in enumerate(itertools.pairwise([channels, *widths])):
        layers.append(nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False))
        if i or norm_first:
            layers.append(nn.BatchNorm2d(outputs))
        layers.append(nn.LeakyReLU(0.2, True))
    return nn.Sequential(
        *layers, nn.Conv2d(widths[-1], 1, 4, bias=False), nn.Flatten(0), nn.Sigmoid()
    )


class Tutorial:
    """PyTorch's DCGAN tutorial."""

    latent, batch = 100, 128

    def __init__(self, size: int, channels: int, epoch: int, filters: int = 64) -> None:
        widths = widths_for(size, filters)
        self.generator = upwards(self.latent, widths, channels).apply(self.start)
        self.discriminator = downwards(widths, channels, norm_first=False).apply(self.start)
        self.optim_g = torch.optim.Adam(self.generator.parameters(), 2e-4, betas=(0.5, 0.999))
        self.optim_d = torch.optim.Adam(self.discriminator.parameters(), 2e-4, betas=(0.5, 0.999))
        self.history: list[tuple[float, ...]] = []

    @staticmethod
    def start(module: nn.Module) -> None:
        """Weights from N(0, 0.02), BatchNorm's scales from N(1, 0.02)."""
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
            nn.init.zeros_(module.bias)

    def step(self, real: Tensor) -> None:
        """D on real, D on fake, G; four numbers are read off at each step."""
        self.discriminator.zero_grad()
        label = torch.full((len(real),), 1.0)
        output = self.discriminator(real)
        loss_real = bce(output, label)
        loss_real.backward()
        d_real = output.mean().item()
        fake = self.generator(torch.randn(len(real), self.latent))
        label.fill_(0.0)
        output = self.discriminator(fake.detach())
        loss_fake = bce(output, label)
        loss_fake.backward()
        d_fake = output.mean().item()
        self.optim_d.step()
        self.generator.zero_grad()
        label.fill_(1.0)
        loss_g = bce(self.discriminator(fake), label)
        loss_g.backward()
        self.optim_g.step()
        self.history.append(((loss_real + loss_fake).item(), loss_g.item(), d_real, d_fake))

    @torch.no_grad()
    def draw(self, latents: Tensor) -> Tensor:
        """By batches of 64 in training mode: the text never calls eval()."""
        return torch.cat([self.generator(part) for part in latents.split(64)])


class Paintings(Tutorial):
    """The Kaggle notebook."""

    latent, batch = 128, 128
    fits = ((25, 2e-4), (25, 1e-3), (25, 5e-4), (25, 5e-5))  # epochs, learning rate

    def __init__(self, size: int, channels: int, epoch: int) -> None:
        widths = widths_for(size)
        self.generator = upwards(self.latent, widths, channels)
        self.discriminator = downwards(widths, channels, norm_first=True)
        self.epoch_steps, self.steps = epoch // self.batch, 0
        self.history: list[tuple[float, ...]] = []

    def step(self, real: Tensor) -> None:
        """D on real and fake together, then G on new fakes."""
        epochs, within = divmod(self.steps, self.epoch_steps)
        if not within and epochs % 25 == 0:  # the next fit begins, and forgets Adam's moments
            _, rate = self.fits[min(epochs // 25, 3)]
            adam = {"lr": rate, "betas": (0.5, 0.999)}
            self.optim_g = torch.optim.Adam(self.generator.parameters(), **adam)
            self.optim_d = torch.optim.Adam(self.discriminator.parameters(), **adam)
        self.steps += 1
        one = torch.ones(len(real))
        self.optim_d.zero_grad()
        output_real = self.discriminator(real)
        fake = self.generator(torch.randn(len(real), self.latent)).detach()
        output_fake = self.discriminator(fake)
        loss_d = bce(output_real, one) + bce(output_fake, torch.zeros_like(one))
        loss_d.backward()
        self.optim_d.step()
        self.optim_g.zero_grad()
        loss_g = bce(self.discriminator(self.generator(torch.randn(len(real), self.latent))), one)
        loss_g.backward()
        self.optim_g.step()
        d_real, d_fake = output_real.mean().item(), output_fake.mean().item()
        self.history.append((loss_d.item(), loss_g.item(), d_real, d_fake))


class Keras:
    """TensorFlow's DCGAN with dropout and BatchNorm, in PyTorch."""

    latent, batch = 100, 256

    def __init__(self, size: int, channels: int, epoch: int) -> None:
        small = size // 4
        norm = {"eps": 1e-3, "momentum": 0.01}  # what Keras takes if nothing is said
        self.generator = nn.Sequential(
            nn.Linear(self.latent, small * small * 256, bias=False),
            nn.BatchNorm1d(small * small * 256, **norm),
            nn.LeakyReLU(0.3),
            nn.Unflatten(1, (256, small, small)),
            nn.ConvTranspose2d(256, 128, 5, 1, 2, bias=False),
            nn.BatchNorm2d(128, **norm),
            nn.LeakyReLU(0.3),
            nn.ConvTranspose2d(128, 64, 5, 2, 2, output_padding=1, bias=False),
            nn.BatchNorm2d(64, **norm),
            nn.LeakyReLU(0.3),
            nn.ConvTranspose2d(64, channels, 5, 2, 2, output_padding=1, bias=False),
            nn.Tanh(),
        )
        self.discriminator = nn.Sequential(
            nn.Conv2d(channels, 64, 5, 2, 2),
            nn.LeakyReLU(0.3),
            nn.Dropout(0.3),
            nn.Conv2d(64, 128, 5, 2, 2),
            nn.LeakyReLU(0.3),
            nn.Dropout(0.3),
            nn.Flatten(),
            nn.Linear(128 * small * small, 1),
            nn.Flatten(0),
        )
        for module in (*self.generator, *self.discriminator):
            if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        adam = {"lr": 1e-4, "eps": 1e-7}
        self.optim_g = torch.optim.Adam(self.generator.parameters(), **adam)
        self.optim_d = torch.optim.Adam(self.discriminator.parameters(), **adam)

    def step(self, real: Tensor) -> None:
        """Both losses from one pass, both gradients, then both updates."""
        fake = self.generator(torch.randn(len(real), self.latent))
        on_real, on_fake = self.discriminator(real), self.discriminator(fake)
        one, zero = torch.ones(len(real)), torch.zeros(len(real))
        loss_g = bce_of_logits(on_fake, one)
        loss_d = bce_of_logits(on_real, one) + bce_of_logits(on_fake, zero)
        methods = ((self.generator, loss_g), (self.discriminator, loss_d))
        for network, loss in methods:
            weights = list(network.parameters())
            gradients = torch.autograd.grad(loss, weights, retain_graph=True)
            for weight, gradient in zip(weights, gradients, strict=True):
                weight.grad = gradient
        self.optim_g.step()
        self.optim_d.step()

    @torch.no_grad()
    def draw(self, latents: Tensor) -> Tensor:
        """In evaluation mode, as Keras does when a model is called without training=True."""
        self.generator.eval()
        drawn = torch.cat([self.generator(part) for part in latents.split(250)])
        self.generator.train()
        return drawn


BASELINES = {"tutorial": Tutorial, "keras": Keras, "paintings": Paintings}
