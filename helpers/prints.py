"""What an artist takes home: a sheet at print size, a loop without an end, a card of facts.

Pictures are uint8 [N, C, H, W]. Everything here is drawn from a finished generator.
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

from helpers.files import write_atomically
from helpers.plotting import FAKE, INK, PAPER, as_pixels, font

MILLIMETRES = {"A5": (148, 210), "A4": (210, 297), "A3": (297, 420), "letter": (216, 279)}
MARGIN = 14  # millimetres, at every edge
SMALLEST = 8  # millimetres a side, of a picture on paper


def contact_sheet(
    images: np.ndarray | Tensor,
    columns: int = 5,
    title: str = "",
    footer: Sequence[str] = (),
    paper: str = "A4",
    dpi: int = 300,
    smooth: bool = True,
) -> Image.Image:
    """Pictures on a white sheet of `paper`, upright, with as many pixels as `dpi` asks for.

    smooth: enlarge softly (bicubic); otherwise every pixel of the network stays a square, as it
        is. footer: lines of small print at the foot. A4 at 300 dots an inch has 2480 x 3508.
    Raises ValueError if the paper is unknown or the pictures would get too small on it.
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
            f"{len(images)} pictures in {columns} columns would be smaller than {SMALLEST} mm on "
            f"{paper}: take fewer, more columns, or a larger paper."
        )
    left = (width - columns * side - (columns - 1) * gap) // 2
    sheet = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(sheet)
    if title:
        pen.text((left, margin), title, INK, font(round(6.5 * dot), bold=True))
    how = Image.Resampling.BICUBIC if smooth else Image.Resampling.NEAREST
    for i, pixels in enumerate(as_pixels(np.asarray(images))):
        place = (left + i % columns * (side + gap), top + i // columns * (side + gap))
        sheet.paste(Image.fromarray(pixels).resize((side, side), how), place)
    for i, text in enumerate(footer):
        pen.text((left, foot + i * line), text, INK, font(round(2.6 * dot)))
    sheet.info["dpi"] = (dpi, dpi)
    return sheet


def save_sheet(sheet: Image.Image, path: Path) -> Path:
    """Write a sheet as PNG or PDF (by the ending of `path`) that knows its size on paper."""
    kind, dots = path.suffix.lstrip(".").upper(), sheet.info.get("dpi", (300, 300))
    if kind not in ("PNG", "PDF"):
        raise ValueError(f"{path.name} should end in .png or .pdf.")
    buffer = io.BytesIO()
    if kind == "PDF":
        sheet.save(buffer, "PDF", resolution=dots[0])
    else:
        sheet.save(buffer, "PNG", dpi=dots)
    write_atomically(path, buffer.getvalue())
    return path


def circle(latent: int, steps: int, seed: int = 0) -> Tensor:
    """Latents [steps, latent] once around a great circle of the shell, ending where it began.

    Two random directions at a right angle, both as long as latents are: the root of `latent`.
    """
    random = torch.Generator().manual_seed(seed)
    across, up = torch.linalg.qr(torch.randn(latent, 2, generator=random))[0].T * math.sqrt(latent)
    angle = torch.arange(steps)[:, None] * (2 * math.pi / steps)
    return angle.cos() * across + angle.sin() * up


def loop(frames: np.ndarray | Tensor, path: Path, seconds: float = 8.0, width: int = 256) -> Path:
    """Frames as a film that runs for ever without a seam: .png (animated) or .gif.

    Unlike `plotting.film` it does not rest on its last frame. All frames share 128 colours.
    """
    pixels = as_pixels(np.asarray(frames))
    size = (width, round(width * pixels.shape[1] / pixels.shape[2]))
    sheets = [Image.fromarray(frame).resize(size, Image.Resampling.BICUBIC) for frame in pixels]
    strip = np.concatenate([np.asarray(sheet.reduce(4)) for sheet in sheets])
    colours = Image.fromarray(strip).quantize(128, dither=Image.Dither.NONE)
    sheets = [sheet.quantize(palette=colours, dither=Image.Dither.NONE) for sheet in sheets]
    kind = {".png": "PNG", ".gif": "GIF"}.get(path.suffix)
    if kind is None:
        raise ValueError(f"{path.name} should end in .png or .gif.")
    buffer = io.BytesIO()
    each = max(20, round(1000 * seconds / len(sheets)))
    sheets[0].save(buffer, kind, save_all=True, append_images=sheets[1:], duration=each, loop=0)
    write_atomically(path, buffer.getvalue())
    return path


def fact_card(
    title: str,
    images: np.ndarray | Tensor,
    facts: dict[str, str],
    twins: Sequence[tuple[np.ndarray, np.ndarray, float]] = (),
) -> Figure:
    """A card to go with the pictures: what they were made from, how, and how near they come.

    images: some of the generator's pictures. facts: lines of the card, name and value.
    twins: (generated, nearest training work, distance in grey levels) of the closest pairs.
    """
    pixels = as_pixels(np.asarray(images))[:9]
    figure = plt.figure(figsize=(9, 4.6), dpi=110, layout="none")
    figure.text(0.04, 0.93, title, fontsize=15, fontweight="bold", va="center")
    for i, picture in enumerate(pixels):
        axis = figure.add_axes((0.04 + i % 3 * 0.112, 0.61 - i // 3 * 0.22, 0.108, 0.211))
        axis.imshow(picture, interpolation="bicubic")
        axis.axis("off")
    lines = 0.82
    for name, value in facts.items():
        figure.text(0.41, lines, name, fontsize=9, color=FAKE, va="top")
        figure.text(0.53, lines, value, fontsize=9, va="top")
        lines -= 0.06 * (1 + value.count("\n"))
    for i, (made, work, distance) in enumerate(twins[:4]):
        for j, picture in enumerate((made, work)):
            axis = figure.add_axes((0.41 + i * 0.145 + j * 0.065, 0.12, 0.062, 0.121))
            axis.imshow(as_pixels(np.asarray(picture)[None])[0], interpolation="bicubic")
            axis.axis("off")
        figure.text(0.41 + i * 0.145, 0.085, f"apart by {distance:.0f}", fontsize=7.5, va="center")
    if twins:
        words = "nearest training works: generated, training work, distance in grey levels of 255"
        figure.text(0.41, 0.265, words, fontsize=7.5, color=FAKE, va="center")
    figure.patch.set_facecolor(PAPER)
    return figure
