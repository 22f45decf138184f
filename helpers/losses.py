"""Objectives: what the discriminator minimises, and what the generator minimises.

An objective is given the discriminator itself, so it may ask it anything. Its images are float
[N, C, H, W] in [-1, 1], real and fake already augmented by the same code. `labels`, int [N], go
with both in conditional training and are None otherwise. All losses are means over the batch.

To add one is to add a class here and its name to OBJECTIVES; nothing else changes.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, relu, softplus


class DiscriminatorLoss(NamedTuple):
    """What a discriminator's update minimises, and its logits [N], which the history records."""

    loss: Tensor
    real_logits: Tensor
    fake_logits: Tensor


def logits_of(D: nn.Module, images: Tensor, labels: Tensor | None) -> Tensor:
    """Logits [N] in float32; labels are passed on only if there are any."""
    logits = D(images) if labels is None else D(images, labels)
    return logits.float()


class Objective:
    """Two losses. A subclass usually changes the two functions of logits alone.

    With a penalty, override `discriminator_loss`: it has D and the images at hand.
    """

    def on_logits(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """The discriminator's loss from its logits [N]."""
        raise NotImplementedError

    def fooling(self, fake_logits: Tensor) -> Tensor:
        """The generator's loss from D's logits of its images [N]."""
        raise NotImplementedError

    def discriminator_loss(
        self, D: nn.Module, real: Tensor, fake: Tensor, labels: Tensor | None = None
    ) -> DiscriminatorLoss:
        """Loss and logits of one discriminator update. `fake` carries no gradient to G."""
        real_logits, fake_logits = logits_of(D, real, labels), logits_of(D, fake, labels)
        return DiscriminatorLoss(self.on_logits(real_logits, fake_logits), real_logits, fake_logits)

    def generator_loss(
        self, D: nn.Module, fake: Tensor, labels: Tensor | None = None, real: Tensor | None = None
    ) -> Tensor:
        """Loss of one generator update. `real` is there for objectives that compare pairs."""
        return self.fooling(logits_of(D, fake, labels))


class NonSaturating(Objective):
    """Binary cross-entropy, real labelled 1 and fake 0; Goodfellow et al. 2014.

    D: -log D(x) - log(1 - D(G(z))), equation 1 with the sign turned, as we minimise; at chance
    2 ln 2 = 1.386 nats. G: -log D(G(z)), end of section 3: it keeps a gradient where
    log(1 - D(G(z))) has none; at chance ln 2 = 0.693 nats.
    """

    def on_logits(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """-log D(x) - log(1 - D(G(z)))."""
        real = binary_cross_entropy_with_logits(real_logits, torch.ones_like(real_logits))
        fake = binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))
        return real + fake

    def fooling(self, fake_logits: Tensor) -> Tensor:
        """-log D(G(z))."""
        return binary_cross_entropy_with_logits(fake_logits, torch.ones_like(fake_logits))


class Hinge(Objective):
    """The hinge loss: D stops pushing once a logit is beyond 1; Lim and Ye 2017, section 3."""

    def on_logits(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """max(0, 1 - D(x)) + max(0, 1 + D(G(z))), on logits; at logits of 0 it is 2."""
        return relu(1 - real_logits).mean() + relu(1 + fake_logits).mean()

    def fooling(self, fake_logits: Tensor) -> Tensor:
        """-D(G(z)), on logits."""
        return -fake_logits.mean()


class Relativistic(Objective):
    """Real and fake in pairs: D says which of the two is more real; with zero-centred penalties.

    D: -log sigmoid(D(x) - D(G(z))); G: the same with the sign turned, so it too compares with real
    images, and dropping a kind of them costs it something. At chance both are ln 2 = 0.693 nats.
    R1 and R2, `gamma` / 2 times the mean squared norm of D's gradient at real and at fake images,
    keep D smooth. They are computed on a quarter of the batch, in float32. Source: Huang et al.
    2024, "The GAN is dead; long live the GAN! A Modern Baseline GAN", section 2; the pairs are from
    Jolicoeur-Martineau 2019.
    """

    gamma = 0.2

    def discriminator_loss(
        self, D: nn.Module, real: Tensor, fake: Tensor, labels: Tensor | None = None
    ) -> DiscriminatorLoss:
        """The loss of pairs, and both penalties."""
        real_logits, fake_logits = logits_of(D, real, labels), logits_of(D, fake, labels)
        n = max(1, len(real) // 4)
        both = torch.cat([real[:n], fake[:n]])
        theirs = None if labels is None else torch.cat([labels[:n], labels[:n]])
        penalties = 2 * squared_gradient(D, both, theirs)  # the sum of two means
        loss = softplus(fake_logits - real_logits).mean() + self.gamma / 2 * penalties
        return DiscriminatorLoss(loss, real_logits, fake_logits)

    def generator_loss(
        self, D: nn.Module, fake: Tensor, labels: Tensor | None = None, real: Tensor | None = None
    ) -> Tensor:
        """The fakes should be the more real ones of their pairs. ValueError without real images."""
        if real is None:
            raise ValueError("The relativistic loss compares pairs: pass the real images as well.")
        return softplus(logits_of(D, real, labels).detach() - logits_of(D, fake, labels)).mean()


def squared_gradient(D: nn.Module, images: Tensor, labels: Tensor | None = None) -> Tensor:
    """The mean over images of the squared norm of D's gradient, d logit / d image, in float32."""
    images = images.detach().float().requires_grad_(True)
    with torch.autocast(images.device.type, enabled=False):
        (gradient,) = torch.autograd.grad(
            logits_of(D, images, labels).sum(), images, create_graph=True
        )
    return gradient.square().sum((1, 2, 3)).mean()


OBJECTIVES: dict[str, type[Objective]] = {
    "bce": NonSaturating,
    "hinge": Hinge,
    "relativistic": Relativistic,
}


def objective(name: str) -> Objective:
    """An objective by its name. Raises ValueError with the names there are."""
    if name not in OBJECTIVES:
        raise ValueError(f"There is no objective {name!r}; choose from {', '.join(OBJECTIVES)}.")
    return OBJECTIVES[name]()
