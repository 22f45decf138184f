"""What a GAN is, in one picture."""

from __future__ import annotations

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from torch import Tensor

from helpers.plotting.style import FAKE, INK, REAL, as_pixels

BACK = "#8a857c"  # of what is learnt from


def gan_diagram(real: np.ndarray | Tensor, fake: np.ndarray | Tensor) -> Figure:
    """Latent vector, generator, discriminator, and what each of the two learns from.

    real, fake: one image each, uint8 [C, H, W], to be shown in the diagram.
    """
    figure, axis = plt.subplots(figsize=(9, 3.6), dpi=110)
    axis.set(xlim=(0, 18), ylim=(0, 7.2), aspect="equal")
    axis.axis("off")

    def box(x: float, y: float, text: str, colour: str) -> None:
        shape = FancyBboxPatch((x, y), 3.1, 1.6, "round,pad=0.05", ec=colour, fc="white", lw=1.8)
        axis.add_patch(shape)
        axis.text(x + 1.55, y + 0.8, text, ha="center", va="center", color=INK, fontsize=10)

    def picture(image: np.ndarray | Tensor, x: float, y: float, text: str, colour: str) -> None:
        axis.imshow(as_pixels(np.asarray(image)[None])[0], extent=(x, x + 2, y, y + 2), zorder=2)
        axis.text(x + 1, y - 0.3, text, ha="center", va="top", color=colour, fontsize=10)

    def arrow(start: tuple, end: tuple, colour: str = INK, bend: float = 0.0, **line: str) -> None:
        path = FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=13,
            color=colour,
            lw=1.5,
            connectionstyle=f"arc3,rad={bend}",
            shrinkA=0,
            shrinkB=0,
            **line,
        )
        axis.add_patch(path)

    axis.text(0.1, 2.3, "latent vector\n0.3, −1.2,\n0.8, …", va="center", color=INK, fontsize=10)
    arrow((2.4, 2.3), (3.0, 2.3))
    box(3.1, 1.5, "generator", FAKE)
    arrow((6.3, 2.3), (7.0, 2.3))
    picture(fake, 7.1, 1.3, "fake", FAKE)
    picture(real, 7.1, 4.7, "real", REAL)
    arrow((9.2, 2.3), (10.8, 3.4), FAKE)
    arrow((9.2, 5.7), (10.8, 4.5), REAL)
    box(10.9, 3.15, "discriminator", INK)
    arrow((14.1, 3.95), (14.8, 3.95))
    axis.text(15.0, 3.95, "real or fake?", va="center", color=INK, fontsize=11)
    arrow((16.3, 4.4), (12.5, 4.9), BACK, bend=0.45, linestyle="--")
    axis.text(
        14.6, 6.15, "the discriminator\nlearns from its errors", ha="center", color=BACK, fontsize=9
    )
    arrow((16.3, 3.5), (4.7, 1.4), BACK, bend=-0.32, linestyle="--")
    said = "the generator learns\nwhat looks more real"
    axis.text(13.7, 0.4, said, color=BACK, fontsize=9)
    axis.set(xlim=(0, 18), ylim=(0, 7.2))
    return figure
