"""Which networks a training begins with, by name and by whether there are labels."""

from __future__ import annotations

from torch import nn

from helpers.models.conditional import ConditionalGenerator, ProjectionDiscriminator
from helpers.models.dcgan import Discriminator, Generator
from helpers.models.style import StyleGenerator

NETWORKS = ("dcgan", "style")


def new_generator(
    network: str, size: int, filters: int, channels: int, latent: int, classes: int = 0
) -> nn.Module:
    """An untrained generator: "dcgan" or "style". classes: 0 without labels.

    Raises ValueError for another name.
    """
    shape = {"size": size, "filters": filters, "channels": channels, "latent": latent}
    if network == "style":
        return StyleGenerator(classes=classes, **shape)
    if network != "dcgan":
        raise ValueError(f"There is no network {network!r}; choose from {', '.join(NETWORKS)}.")
    return ConditionalGenerator(classes, **shape) if classes else Generator(**shape)


def new_discriminator(
    size: int, filters: int, channels: int, norm: str, classes: int = 0
) -> nn.Module:
    """An untrained discriminator: the same for every generator. classes: 0 without labels."""
    shape = {"size": size, "filters": filters, "channels": channels, "norm": norm}
    return ProjectionDiscriminator(classes, **shape) if classes else Discriminator(**shape)
