"""Images side by side: one grid, or a row for each name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor

from helpers.plotting.style import as_pixels, drawable


def wall(
    images: np.ndarray | Tensor,
    columns: int = 8,
    title: str = "",
    captions: Sequence[str] = (),
    inches: float = 1.0,
) -> Figure:
    """Images side by side, row by row. captions: one above each image, or none at all.

    images: uint8 [N, C, H, W]. inches: the side of one image.
    Raises ValueError if there is no image.
    """
    pixels = as_pixels(images)
    if not len(pixels):
        raise ValueError("There is no image to show: the set given is empty.")
    rows = -(-len(pixels) // columns)
    height = rows * (inches + (0.2 if captions else 0.04)) + (0.45 if title else 0.05)
    figure, axes = plt.subplots(rows, columns, figsize=(columns * inches * 1.04, height), dpi=110)
    for i, axis in enumerate(np.atleast_1d(axes).flat):
        axis.axis("off")
        if i < len(pixels):
            axis.imshow(pixels[i], interpolation="nearest")
            if captions:
                caption = drawable(captions[i])
                axis.set_title(caption, fontsize=8, fontweight="normal", loc="center", pad=3)
    figure.get_layout_engine().set(w_pad=0.015, h_pad=0.015, wspace=0, hspace=0)
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    return figure


def rows_of(groups: dict[str, np.ndarray | Tensor], title: str = "", inches: float = 0.9) -> Figure:
    """One row of images, uint8 [N, C, H, W], per name. Rows may differ in length."""
    columns = max(len(images) for images in groups.values())
    size = (columns * inches + 2.1, len(groups) * inches * 1.02 + (0.45 if title else 0.05))
    figure, axes = plt.subplots(len(groups), columns, figsize=size, dpi=100, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for row, (name, images) in zip(axes, groups.items(), strict=True):
        for axis, pixels in zip(row, as_pixels(images), strict=False):
            axis.imshow(pixels, interpolation="nearest")
        row[0].text(-0.08, 0.5, drawable(name), transform=row[0].transAxes, ha="right", va="center")
    figure.get_layout_engine().set(w_pad=0.01, h_pad=0.01, wspace=0, hspace=0)
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    return figure
