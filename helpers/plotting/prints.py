"""What an artist takes home: a sheet at print size, a loop without an end, a card about the run.

Images are uint8 [N, C, H, W]. Everything here is drawn from a finished generator.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image, ImageDraw
from torch import Tensor

from helpers.environment.files import write_atomically
from helpers.plotting.films import write_film
from helpers.plotting.style import INK, PAPER, as_pixels, font

MILLIMETRES = {"A5": (148, 210), "A4": (210, 297), "A3": (297, 420), "letter": (216, 279)}
MARGIN = 14  # millimetres, at every edge
SMALLEST = 8  # millimetres a side, of an image on paper


def contact_sheet(
    images: np.ndarray | Tensor,
    columns: int = 5,
    title: str = "",
    footer: Sequence[str] = (),
    paper: str = "A4",
    dpi: int = 300,
    smooth: bool = True,
) -> Image.Image:
    """Images on a white sheet of `paper`, upright, with as many pixels as `dpi` asks for.

    smooth: enlarge softly (Lanczos); otherwise every pixel of the network stays a square, as it
        is. footer: lines of small print at the foot. A4 at 300 dots an inch has 2480 x 3508.
    Raises ValueError if the paper is unknown or the images would get too small on it.
    """
    if paper not in MILLIMETRES:
        raise ValueError(f"paper={paper!r} is unknown; choose from {', '.join(MILLIMETRES)}.")
    dot = dpi / 25.4  # pixels a millimetre
    width, height = (round(side * dot) for side in MILLIMETRES[paper])
    margin, gap, line = round(MARGIN * dot), round(3 * dot), round(4.2 * dot)
    top = margin + (round(12 * dot) if title else 0)
    rows = math.ceil(len(images) / columns)
    foot = height - margin - line * len(footer)
    across = (width - 2 * margin - (columns - 1) * gap) // columns
    side = min(across, (foot - top) // rows - gap)
    if side < SMALLEST * dot:
        raise ValueError(
            f"{len(images)} images in {columns} columns would be smaller than {SMALLEST} mm on "
            f"{paper}: take fewer, more columns, or a larger paper."
        )
    left = (width - columns * side - (columns - 1) * gap) // 2
    sheet = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(sheet)
    if title:
        pen.text((left, margin), title, INK, font(round(6.5 * dot), bold=True))
    how = Image.Resampling.LANCZOS if smooth else Image.Resampling.NEAREST
    for i, pixels in enumerate(as_pixels(images)):
        place = (left + i % columns * (side + gap), top + i // columns * (side + gap))
        sheet.paste(Image.fromarray(pixels).resize((side, side), how), place)
    for i, text in enumerate(footer):
        pen.text((left, foot + i * line), text, INK, font(round(2.6 * dot)))
    sheet.info["dpi"] = (dpi, dpi)
    return sheet


def save_sheet(sheet: Image.Image, path: Path) -> Path:
    """Write a sheet as PNG or PDF (by the ending of `path`) that knows its size on paper.

    Raises ValueError for another ending. Returns `path`.
    """
    file_format = path.suffix.lstrip(".").upper()
    dots = sheet.info.get("dpi", (300, 300))
    if file_format not in ("PNG", "PDF"):
        raise ValueError(f"{path.name} should end in .png or .pdf.")
    buffer = io.BytesIO()
    if file_format == "PDF":
        sheet.save(buffer, "PDF", resolution=dots[0])
    else:
        sheet.save(buffer, "PNG", dpi=dots)
    write_atomically(path, buffer.getvalue())
    return path


def circle(latent: int, steps: int, seed: int = 0) -> Tensor:
    """Latents [steps, latent] once around a great circle of the shell where latents lie.

    Two random directions at a right angle, both as long as latents are: the root of `latent`.
    The last step comes just before the first again.
    """
    random = torch.Generator().manual_seed(seed)
    across, up = torch.linalg.qr(torch.randn(latent, 2, generator=random))[0].T * math.sqrt(latent)
    angle = torch.arange(steps)[:, None] * (2 * math.pi / steps)
    return angle.cos() * across + angle.sin() * up


def loop(frames: np.ndarray | Tensor, path: Path, seconds: float = 8.0, width: int = 256) -> Path:
    """Frames as a film that runs for ever without a seam: .png (animated) or .gif.

    frames: uint8 [N, C, H, W]. Unlike `plotting.film` it does not rest on its last frame.
    Raises ValueError for another ending. Returns `path`.
    """
    pixels = as_pixels(frames)
    size = (width, round(width * pixels.shape[1] / pixels.shape[2]))
    sheets = [Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS) for frame in pixels]
    every = np.concatenate([np.asarray(sheet.reduce(4)).reshape(-1, 3) for sheet in sheets])
    return write_film(sheets, every, path, max(20, round(1000 * seconds / len(sheets))))


def fact_card(
    title: str,
    images: np.ndarray | Tensor,
    metadata: dict[str, str],
    closest: Sequence[tuple[np.ndarray, np.ndarray, float]] = (),
) -> Figure:
    """A card to go with the images: what they were made from, how, and how near they come.

    images: some of the generator's, nine are shown. metadata: lines of the card, name and value.
    closest: (generated, nearest training work, distance in grey levels), four pairs are shown.
    """
    pixels = as_pixels(images)[:9]
    figure = plt.figure(figsize=(9, 4.6), dpi=110, layout="none")
    figure.text(0.04, 0.93, title, fontsize=15, fontweight="bold", va="center")
    for i, picture in enumerate(pixels):
        axis = figure.add_axes((0.04 + i % 3 * 0.112, 0.61 - i // 3 * 0.22, 0.108, 0.211))
        axis.imshow(picture, interpolation="nearest")
        axis.axis("off")
    lines = 0.82
    for name, value in metadata.items():
        figure.text(0.41, lines, name, fontsize=9, fontweight="bold", va="top")
        figure.text(0.53, lines, value, fontsize=9, va="top")
        lines -= 0.06 * (1 + value.count("\n"))
    for i, (made, work, distance) in enumerate(closest[:4]):
        for j, picture in enumerate((made, work)):
            axis = figure.add_axes((0.41 + i * 0.145 + j * 0.065, 0.12, 0.062, 0.121))
            axis.imshow(as_pixels(np.asarray(picture)[None])[0], interpolation="nearest")
            axis.axis("off")
        figure.text(0.41 + i * 0.145, 0.085, f"apart by {distance:.0f}", fontsize=7.5, va="center")
    if closest:
        words = "nearest training works: generated, training work, distance in grey levels of 255"
        figure.text(0.41, 0.265, words, fontsize=7.5, fontweight="bold", va="center")
    figure.patch.set_facecolor(PAPER)
    return figure
