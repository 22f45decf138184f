"""The colours a set of images is made of."""

from __future__ import annotations

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from helpers.plotting.style import as_pixels, drawable


def palette(
    images: np.ndarray | Tensor, colours: int = 6, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """The main colours of a set of images: median cut, refined by k-means, as Pillow does it.

    images: uint8 [N, C, H, W], RGB or grey. At most 4,000 pixels are looked at, chosen by `seed`.
    Returns centres uint8 [K, 3] and shares [K] that sum to 1, the largest first. K is `colours`,
    or less where the images have fewer.
    """
    pixels = as_pixels(images).reshape(-1, 3)
    random = np.random.default_rng(seed)
    pixels = pixels[random.choice(len(pixels), min(4000, len(pixels)), replace=False)]
    strip = Image.fromarray(pixels[None])
    # kmeans=10: until fewer than ten pixels change their colour in a round
    indexed = strip.quantize(colours, kmeans=10, dither=Image.Dither.NONE)
    counts = np.bincount(np.asarray(indexed).ravel())
    order = (-counts).argsort(kind="stable")
    order = order[counts[order] > 0]
    centres = np.array(indexed.getpalette(), dtype=np.uint8).reshape(-1, 3)
    return centres[order], counts[order] / len(pixels)


def palette_strips(palettes: dict[str, tuple[np.ndarray, np.ndarray]], title: str) -> Figure:
    """One strip per name, each colour as wide as its share."""
    figure, ax = plt.subplots(figsize=(9, 0.6 + 0.34 * len(palettes)))
    for row, (centres, shares) in enumerate(palettes.values()):
        left = 0.0
        for colour, share in zip(centres / 255, shares, strict=True):
            ax.barh(row, share, left=left, color=colour, height=0.86)
            left += share
    names = [drawable(name) for name in palettes]
    ax.set(yticks=range(len(palettes)), yticklabels=names, xticks=[], title=title)
    ax.set_xlim(0, 1)
    ax.invert_yaxis()
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return figure
