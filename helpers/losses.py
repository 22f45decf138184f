"""Objectives: what the discriminator minimises, and what the generator minimises.

All take logits [N] and return one number (a mean over the batch, in nats).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Binary cross-entropy with real labelled 1 and fake labelled 0, the two parts added.

    -log D(x) - log(1 - D(G(z))), Goodfellow et al. 2014, equation 1 (with the sign turned, as we
    minimise). At chance it is 2 ln 2 = 1.386.
    """
    real = binary_cross_entropy_with_logits(real_logits, torch.ones_like(real_logits))
    fake = binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))
    return real + fake


def generator_loss(fake_logits: Tensor) -> Tensor:
    """The non-saturating loss -log D(G(z)): fakes judged as if their label were 1.

    Goodfellow et al. 2014, end of section 3: it keeps a gradient where log(1 - D(G(z))) has none.
    At chance it is ln 2 = 0.693.
    """
    return binary_cross_entropy_with_logits(fake_logits, torch.ones_like(fake_logits))
