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

    r1, r2: the weights of the zero-centred gradient penalties R1, at real images, and R2, at fake
    ones; 0 leaves them out. They can be added to every objective. R1: Mescheder et al. 2018,
    "Which Training Methods for GANs do actually Converge?", equation 9; R2 is equation 10.
    """

    def __init__(self, r1: float = 0.0, r2: float = 0.0) -> None:
        self.r1, self.r2 = r1, r2

    def on_logits(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """The discriminator's loss from its logits [N]."""
        raise NotImplementedError

    def fooling(self, fake_logits: Tensor) -> Tensor:
        """The generator's loss from D's logits of its images [N]."""
        raise NotImplementedError

    def penalty(
        self, D: nn.Module, real: Tensor, fake: Tensor, labels: Tensor | None = None
    ) -> Tensor | float:
        """What is added to the discriminator's loss: r1 / 2 and r2 / 2 times the mean squared norm
        of D's gradient, on the first quarter of the batch: right on average, and it costs less."""
        n, total = max(1, len(real) // 4), 0.0
        theirs = None if labels is None else labels[:n]
        for weight, images in ((self.r1, real), (self.r2, fake)):
            if weight:
                squared = gradient_norms(D, images[:n], theirs).square().mean()
                total = total + weight / 2 * squared
        return total

    def discriminator_loss(
        self, D: nn.Module, real: Tensor, fake: Tensor, labels: Tensor | None = None
    ) -> DiscriminatorLoss:
        """Loss and logits of one discriminator update. `fake` carries no gradient to G."""
        real_logits, fake_logits = logits_of(D, real, labels), logits_of(D, fake, labels)
        loss = self.on_logits(real_logits, fake_logits) + self.penalty(D, real, fake, labels)
        return DiscriminatorLoss(loss, real_logits, fake_logits)

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


class Saturating(NonSaturating):
    """The same with the generator's first loss, log(1 - D(G(z))); Goodfellow et al. 2014, eq. 1.

    Where D recognises every fake, its gradient vanishes: see notebook 10. At chance -0.693 nats.
    """

    def fooling(self, fake_logits: Tensor) -> Tensor:
        """log(1 - D(G(z)))."""
        return -binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))


class Hinge(Objective):
    """The hinge loss: D stops pushing once a logit is beyond 1; Lim and Ye 2017, section 3."""

    def on_logits(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """max(0, 1 - D(x)) + max(0, 1 + D(G(z))), on logits; at logits of 0 it is 2."""
        return relu(1 - real_logits).mean() + relu(1 + fake_logits).mean()

    def fooling(self, fake_logits: Tensor) -> Tensor:
        """-D(G(z)), on logits."""
        return -fake_logits.mean()


class Wasserstein(Objective):
    """D is a critic: its mean on real images minus that on fakes estimates a distance.

    That holds if D's slope is bounded. Here every weight of D is clipped to [-clip, clip] before it
    is asked, in both updates; the estimate is then right up to a factor. Source: Arjovsky et al.
    2017, "Wasserstein GAN", algorithm 1. The paper updates D five times for each update of G and
    takes RMSProp; here D is updated once, with the recipe's Adam.
    """

    clip = 0.01

    def on_logits(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """mean D(G(z)) - mean D(x): minus the estimate of the distance."""
        return fake_logits.mean() - real_logits.mean()

    def fooling(self, fake_logits: Tensor) -> Tensor:
        """-mean D(G(z))."""
        return -fake_logits.mean()

    def discriminator_loss(
        self, D: nn.Module, real: Tensor, fake: Tensor, labels: Tensor | None = None
    ) -> DiscriminatorLoss:
        """The weights are clipped, then the critic is asked."""
        self.clip_weights(D)
        return super().discriminator_loss(D, real, fake, labels)

    def generator_loss(
        self, D: nn.Module, fake: Tensor, labels: Tensor | None = None, real: Tensor | None = None
    ) -> Tensor:
        """The same: D's own update may have moved weights beyond the limits."""
        self.clip_weights(D)
        return super().generator_loss(D, fake, labels, real)

    @torch.no_grad()
    def clip_weights(self, D: nn.Module) -> None:
        """Set every weight of D to the nearest number within the limits, if there are limits."""
        for weight in D.parameters() if self.clip else ():
            weight.clamp_(-self.clip, self.clip)


class WassersteinGP(Wasserstein):
    """The same with a gradient penalty instead of clipping: D's slope between real and fake is 1.

    Source: Gulrajani et al. 2017, "Improved Training of Wasserstein GANs", equation 3, with their
    weight of 10. D needs layers that treat each image alone: no BatchNorm.
    """

    clip, weight = 0.0, 10.0

    def penalty(
        self, D: nn.Module, real: Tensor, fake: Tensor, labels: Tensor | None = None
    ) -> Tensor:
        """10 (slope - 1)^2 at a random point between a real and a fake image, averaged."""
        share = torch.rand(len(real), 1, 1, 1, device=real.device, dtype=real.dtype)
        between = share * real + (1 - share) * fake
        slopes = gradient_norms(D, between, labels)
        return self.weight * (slopes - 1).square().mean() + super().penalty(D, real, fake, labels)


class Relativistic(Objective):
    """Real and fake in pairs: D says which of the two is more real.

    D: -log sigmoid(D(x) - D(G(z))); G: the same with the sign turned, so it too compares with real
    images, and dropping a kind of them costs it something. At chance both are ln 2 = 0.693 nats.
    With r1 and r2 it is the objective of R3GAN: Huang et al. 2024, "The GAN is dead; long live the
    GAN! A Modern Baseline GAN", section 2; the pairs are from Jolicoeur-Martineau 2019.
    """

    def on_logits(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """-log sigmoid(D(x) - D(G(z))) for each pair."""
        return softplus(fake_logits - real_logits).mean()

    def generator_loss(
        self, D: nn.Module, fake: Tensor, labels: Tensor | None = None, real: Tensor | None = None
    ) -> Tensor:
        """The fakes should be the more real ones of their pairs. ValueError without real images."""
        if real is None:
            raise ValueError("The relativistic loss compares pairs: pass the real images as well.")
        return softplus(logits_of(D, real, labels).detach() - logits_of(D, fake, labels)).mean()


def gradient_norms(D: nn.Module, images: Tensor, labels: Tensor | None = None) -> Tensor:
    """The length of D's gradient, d logit / d image, at each image, [N], in float32.

    It can itself be differentiated. BatchNorm would mix the images' gradients.
    """
    images = images.detach().float().requires_grad_(True)
    with torch.autocast(images.device.type, enabled=False):
        logits = logits_of(D, images, labels)
        (gradients,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    # the small number keeps the slope of the root finite where the gradient is nothing
    return (gradients.square().sum((1, 2, 3)) + 1e-12).sqrt()


OBJECTIVES: dict[str, type[Objective]] = {
    "bce": NonSaturating,
    "saturating": Saturating,
    "hinge": Hinge,
    "wgan": Wasserstein,
    "wgan-gp": WassersteinGP,
    "relativistic": Relativistic,
}


def objective(name: str, r1: float = 0.0, r2: float = 0.0) -> Objective:
    """An objective by its name. Raises ValueError with the names there are."""
    if name not in OBJECTIVES:
        raise ValueError(f"There is no objective {name!r}; choose from {', '.join(OBJECTIVES)}.")
    return OBJECTIVES[name](r1, r2)
