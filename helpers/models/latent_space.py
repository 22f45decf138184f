"""Points of a latent space: what can be moved, mixed and averaged to steer a generator.

Where that is depends on the generator. A `StyleGenerator` is steered in w; a `ConditionalGenerator`
by latent and label vector, side by side; a DCGAN by its latent alone.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from helpers.images import to_uint8
from helpers.models.conditional import ConditionalGenerator
from helpers.models.dcgan import Generator
from helpers.models.style import StyleGenerator


class LatentSpace:
    """The points [N, D] of a generator, on its device, and the images that it paints for them.

    latent: how many numbers of a point, its first ones, are free. The rest is the label's vector.
    Raises ValueError for a network of another class.
    """

    def __init__(self, generator: nn.Module) -> None:
        if not isinstance(generator, StyleGenerator | ConditionalGenerator | Generator):
            raise ValueError(
                f"{type(generator).__name__} has no latent space that the course can steer: it "
                "knows Generator, ConditionalGenerator and StyleGenerator."
            )
        self.generator, self.latent = generator.eval(), generator.latent
        self.classes: int | None = getattr(generator, "classes", None)
        self.device = next(generator.parameters()).device
        self._centres: dict[int | None, Tensor] = {}

    @torch.no_grad()
    def points(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Points [N, D] of latents [N, Z], and of labels [N] if the generator has classes."""
        latents = latents.to(self.device)
        labels = None if labels is None else labels.to(self.device)
        if isinstance(self.generator, StyleGenerator):
            return self.generator.map(latents, labels)
        if labels is None:
            return latents
        return torch.cat([latents, self.generator.embedding(labels)], 1)

    def paint(self, points: Tensor) -> Tensor:
        """Images, float [N, C, H, W] in [-1, 1], of points [N, D]. Gradients pass."""
        if isinstance(self.generator, StyleGenerator):
            return self.generator.synthesise(points)
        if isinstance(self.generator, ConditionalGenerator):
            return self.generator.decode(points)
        return self.generator(points)

    @torch.no_grad()
    def images(self, points: Tensor, batch: int = 256) -> Tensor:
        """Images, uint8 [N, C, H, W] on the CPU, of points [N, D]."""
        parts = points.to(self.device).split(batch)
        return torch.cat([to_uint8(self.paint(part)).cpu() for part in parts])

    def centre(self, label: int | None = None) -> Tensor:
        """The mean point [D], of one label if there are labels."""
        if label not in self._centres:
            labels = None if label is None else torch.full((2048,), label)
            random = torch.Generator().manual_seed(0)
            points = self.points(torch.randn(2048, self.latent, generator=random), labels)
            mean = points.mean(0)
            if not isinstance(self.generator, StyleGenerator):
                mean[: self.latent] = 0  # of a standard normal it is known
            self._centres[label] = mean
        return self._centres[label]

    def truncate(self, points: Tensor, psi: float, label: int | None = None) -> Tensor:
        """Points [N, D] nearer to the mean point: 1 leaves them, 0 gives the mean.

        Nearer points paint what is more usual, and often better. Source: Karras et al. 2019,
        section B; for latents Brock et al. 2019, section 3.1, who draw them anew instead.
        """
        return self.centre(label) + psi * (points - self.centre(label))

    def between(self, a: Tensor, b: Tensor, share: float | Tensor) -> Tensor:
        """From a (share 0) to b (share 1), both [..., D].

        Latents go along an arc: on the straight line they become too short (White 2016). w and
        label vectors go straight.
        """
        line = a + share * (b - a)
        if isinstance(self.generator, StyleGenerator):
            return line
        z = arc(a[..., : self.latent], b[..., : self.latent], share)
        return torch.cat([z, line[..., self.latent :]], -1)


def arc(a: Tensor, b: Tensor, share: float | Tensor) -> Tensor:
    """Spherical interpolation between vectors [..., Z]; their lengths change evenly.

    Source: Shoemake 1985, "Animating Rotation with Quaternion Curves"; for latents White 2016,
    "Sampling Generative Networks", section 2.1.
    """
    lengths = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
    u, v = (x / length.clamp(min=1e-12) for x, length in zip((a, b), lengths, strict=True))
    angle = (u * v).sum(-1, keepdim=True).clamp(-1, 1).acos()
    sine = angle.sin()
    straight = u + share * (v - u)
    bent = (((1 - share) * angle).sin() * u + (share * angle).sin() * v) / sine.clamp(min=1e-6)
    turned = torch.where(sine < 1e-4, straight, bent)  # nearly parallel: no arc to go along
    return turned * (lengths[0] + share * (lengths[1] - lengths[0]))
