"""What all drawings share: colours, font, images as RGB pixels. Importing it sets the style."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import pyplot as plt
from PIL import ImageFont
from torch import Tensor

plt.style.use(Path(__file__).with_name("atelier.mplstyle"))

INK, PAPER = "#2b2926", "#fbf9f4"
REAL, FAKE = "#0072b2", "#d55e00"  # blue is real and orange is fake, in every figure


def as_pixels(images: np.ndarray | Tensor) -> np.ndarray:
    """uint8 [N, C, H, W] to uint8 [N, H, W, 3] for drawing; grey becomes RGB."""
    pixels = np.moveaxis(np.asarray(images), 1, -1)
    return pixels.repeat(3, axis=-1) if pixels.shape[-1] == 1 else pixels


def drawable(name: str) -> str:
    """A name that matplotlib writes as it is: no formula between two $, no bytes without letters.

    The name of a folder may hold bytes that are not UTF-8; these become question marks.
    """
    return name.encode("utf-8", "replace").decode("utf-8").replace("$", r"\$")


def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with matplotlib, so captions look alike on every machine."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(folder / f"DejaVuSans{'-Bold' if bold else ''}.ttf", size)
