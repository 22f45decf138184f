"""Directions of a latent space: found without labels, named by what they change in the images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from helpers.models.conditional import ConditionalGenerator
from helpers.models.latent_space import LatentSpace
from helpers.models.style import StyleGenerator

NAMED_FROM = 0.6  # correlation


@dataclass(frozen=True)
class Direction:
    """A unit vector [D], and what happens to an image whose point is moved along it.

    name: such as "brighter", or "" before it was measured. correlation: of the amount moved with
    the attribute that gave the name, -1 to 1, as a mean over images. size: how far that attribute
    goes from one end of the slider to the other, in its standard deviations among random images.
    """

    vector: Tensor
    name: str = ""
    correlation: float = 0.0
    size: float = 0.0

    @property
    def says_something(self) -> bool:
        """Whether the name is that of an attribute, and not just a number."""
        return abs(self.correlation) >= NAMED_FROM


# ---- finding them --------------------------------------------------------------------------------


def closed_form(space: LatentSpace, n: int = 8) -> list[Direction]:
    """The directions that change most what the generator's layers are given, from weights alone.

    A layer is given A p for a point p. How much a step d changes that is |A d|, largest for the
    eigenvector of A^T A with the largest eigenvalue, and so on. Source: Shen and Zhou 2021,
    "Closed-Form Factorization of Latent Semantics in GANs", section 3.2.
    """
    weights = entrances(space)
    _, vectors = torch.linalg.eigh(weights.T @ weights)  # smallest first
    return [Direction(_whole(space, v)) for v in vectors.flip(1).T[:n]]


def principal_components(space: LatentSpace, n: int = 8, seed: int = 0) -> list[Direction]:
    """The directions in which 4,096 random points differ most, after the generator's first step.

    For a `StyleGenerator` that is w itself. For the others it is what the first layer makes of the
    latents, and the direction is the step of a latent that a least-squares fit finds for it.
    Source: Harkonen et al. 2020, "GANSpace", sections 2.1 and 2.2.
    """
    random = torch.Generator().manual_seed(seed)
    latents = torch.randn(4096, space.latent, generator=random).to(space.device)
    labels = None if space.classes is None else torch.arange(4096) % space.classes
    points = space.points(latents, labels)[:, : space.latent]
    if isinstance(space.generator, StyleGenerator):
        features = points
    else:
        features = points @ entrances(space).T
        features = features[:, :: max(1, features.shape[1] // 1024)]
    centred = features - features.mean(0)
    _, _, components = torch.linalg.svd(centred, full_matrices=False)
    amounts = centred @ components[:n].T  # [4096, n]
    steps = torch.linalg.lstsq(amounts, points - points.mean(0)).solution
    return [Direction(_whole(space, step / step.norm())) for step in steps]


def entrances(space: LatentSpace) -> Tensor:
    """The weights by which the free numbers of a point enter the generator's layers, [outputs, Z].

    Each layer counts the same, whatever the number of its outputs.
    """
    generator = space.generator
    if isinstance(generator, StyleGenerator):
        layers = [layer.convolution for layer in generator.layers]
        found = [layer.style.weight for layer in layers]
    elif isinstance(generator, ConditionalGenerator):
        found = [_first(generator.upward[0])]
        found += [norm.scale_and_shift.weight for norm in generator.norms]
    else:
        found = [_first(generator.layers[0])]
    found = [weight.detach()[:, : space.latent] for weight in found]
    return torch.cat([weight / weight.norm() for weight in found])


def _first(layer: torch.nn.ConvTranspose2d) -> Tensor:
    return layer.weight.flatten(1).T  # [Z, outputs, 4, 4] to [16 outputs, Z]


def _whole(space: LatentSpace, vector: Tensor) -> Tensor:
    """As a step of a whole point: the label's vector is not moved."""
    rest = space.centre(None if space.classes is None else 0).numel() - space.latent
    return torch.cat([vector, vector.new_zeros(rest)])


# ---- naming them ---------------------------------------------------------------------------------


def brightness(images: Tensor) -> Tensor:
    """Mean luma [N] of images [N, C, H, W], with the weights of ITU-R BT.601."""
    return luma(images).mean((1, 2))


def luma(images: Tensor) -> Tensor:
    """Images [N, C, H, W], grey or RGB, to luma [N, H, W]."""
    if images.shape[1] == 1:
        return images[:, 0].float()
    weights = torch.tensor([0.299, 0.587, 0.114], device=images.device)
    return (images.float() * weights[:, None, None]).sum(1)


def contrast(images: Tensor) -> Tensor:
    """The standard deviation of luma."""
    return luma(images).std((1, 2))


def warmth(images: Tensor) -> Tensor:
    """Mean red minus mean blue."""
    return images[:, 0].float().mean((1, 2)) - images[:, -1].float().mean((1, 2))


def greenness(images: Tensor) -> Tensor:
    """Mean green minus the mean of red and blue."""
    means = images.float().mean((2, 3))
    return means[:, means.shape[1] // 2] - (means[:, 0] + means[:, -1]) / 2


def saturation(images: Tensor) -> Tensor:
    """The mean distance of the largest from the smallest channel."""
    return (images.amax(1).float() - images.amin(1).float()).mean((1, 2))


def detail(images: Tensor) -> Tensor:
    """The mean difference of neighbouring pixels."""
    grey = luma(images)
    return grey.diff(dim=1).abs().mean((1, 2)) + grey.diff(dim=2).abs().mean((1, 2))


def light_above(images: Tensor) -> Tensor:
    """Luma of the upper half minus that of the lower half."""
    upper, lower = luma(images).chunk(2, 1)
    return upper.mean((1, 2)) - lower.mean((1, 2))


def light_left(images: Tensor) -> Tensor:
    """Luma of the left half minus that of the right half."""
    left, right = luma(images).chunk(2, 2)
    return left.mean((1, 2)) - right.mean((1, 2))


def light_inside(images: Tensor) -> Tensor:
    """Luma of the middle minus that of the whole."""
    grey, far = luma(images), images.shape[-1] // 4
    return grey[:, far:-far, far:-far].mean((1, 2)) - grey.mean((1, 2))


# attribute: (measure, the name of a direction in which it grows)
ATTRIBUTES: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "brightness": (brightness, "brighter"),
    "contrast": (contrast, "more contrast"),
    "warmth": (warmth, "warmer"),
    "greenness": (greenness, "greener"),
    "saturation": (saturation, "more colourful"),
    "detail": (detail, "more detail"),
    "light above": (light_above, "light above"),
    "light left": (light_left, "light from the left"),
    "light inside": (light_inside, "light in the middle"),
}


class Effects(NamedTuple):
    """What directions do to attributes, [directions, attributes] both.

    correlation: of the amount moved with the attribute, -1 to 1, the mean over images: is the
    change a steady one? size: the change from one end of the slider to the other, in standard
    deviations of that attribute among random images: can it be seen?
    """

    correlation: Tensor
    size: Tensor


def effects(
    space: LatentSpace, directions: list[Direction], amount: float = 2.0, n: int = 64, seed: int = 0
) -> Effects:
    """How each direction moves each attribute: n random points are moved by -amount to +amount
    standard deviations, in five steps."""
    random = torch.Generator().manual_seed(seed)
    latents = torch.randn(n, space.latent, generator=random)
    labels = None if space.classes is None else torch.arange(n) % space.classes
    points = space.points(latents, labels)
    steps = torch.linspace(-amount, amount, 5)
    measures = [measure for measure, _ in ATTRIBUTES.values()]
    unmoved = space.images(points)
    usual = torch.stack([measure(unmoved).std() for measure in measures]).clamp(min=1e-6)
    correlations, sizes = [], []
    for direction in directions:
        moved = [points + step * unit(points, direction) * direction.vector for step in steps]
        images = space.images(torch.cat(moved))
        values = torch.stack([measure(images).view(5, n) for measure in measures])  # [A, 5, n]
        correlations.append(torch.stack([_correlation(one, steps) for one in values]))
        sizes.append((values[:, -1] - values[:, 0]).mean(1) / usual)
    return Effects(torch.stack(correlations), torch.stack(sizes))


def unit(points: Tensor, direction: Direction) -> Tensor:
    """The standard deviation of points [N, D] along a direction: the unit of its slider."""
    return (points @ direction.vector).std()


def _correlation(values: Tensor, steps: Tensor) -> Tensor:
    """The mean over columns of the correlation of values [S, N] with steps [S]."""
    values = values - values.mean(0)
    steps = (steps - steps.mean())[:, None]
    scale = values.norm(dim=0) * steps.norm()
    return ((values * steps).sum(0) / scale.clamp(min=1e-9)).mean()


def named(space: LatentSpace, directions: list[Direction], n: int = 64) -> list[Direction]:
    """The directions with names, turned so that what gives the name grows.

    The name is the attribute that changes most, of those with a correlation of at least 0.6; where
    there is none it is "direction 3". Two directions may have the same name. n: see `effects`.
    """
    found = []
    measured = effects(space, directions, n=n)
    names = [more for _, more in ATTRIBUTES.values()]
    for i, direction in enumerate(directions):
        correlation, size = measured.correlation[i], measured.size[i]
        steady = correlation.abs() >= NAMED_FROM
        best = int((size.abs() * steady).argmax() if steady.any() else correlation.abs().argmax())
        found.append(
            replace(
                direction,
                vector=direction.vector * (-1 if correlation[best] < 0 else 1),
                name=names[best] if steady.any() else f"direction {i + 1}",
                correlation=abs(float(correlation[best])),
                size=abs(float(size[best])),
            )
        )
    return found
