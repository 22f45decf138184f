"""Miriam Stollberg: colour fields. Two to four soft-edged rectangles that glow and breathe."""

from __future__ import annotations

import numpy as np
from PIL import Image

from helpers.data.atelier.painters.brushes import Colour, Easel, Painter, from_hex, mix

PAINTER = Painter(
    name="Miriam Stollberg",
    years="1911 - 1979",
    genre="Abstract Expressionism,Color Field",
    nationality="Latvian,American",
    bio="An imaginary painter who laid glaze over glaze by candlelight and asked visitors to "
    "stand one arm's length away and say nothing.",
    works=420,
)
FORMATS = (0.8, 0.72, 0.86, 0.76)  # width by height
PALETTES = {  # ground, then fields from the lightest to the darkest
    "ember": from_hex(ground="8c2f1f", a="f2b33d", b="e8722a", c="c63a24", d="5a1718"),
    "rose": from_hex(ground="d99a8c", a="f6e6d0", b="ee9f6a", c="c8506a", d="6d2f4f"),
    "night": from_hex(ground="23202e", a="7f8fb5", b="3c4f8a", c="6b2737", d="0e0d14"),
    "meadow": from_hex(ground="6f8a4a", a="f0dc82", b="b5c463", c="2f6b57", d="1d3a4a"),
    "plum": from_hex(ground="4a2238", a="e6a57e", b="b5455a", c="7b2d52", d="241420"),
    "lagoon": from_hex(ground="3d7a94", a="d9e6d2", b="6fb8b4", c="2a5fa3", d="18264f"),
}
COMPOSITIONS = ("two fields", "three fields", "stripes", "doorway")
GRID = 96  # cells across the short side: soft things need no more, and are then blown up


def paint(easel: Easel) -> Image.Image:
    """A stained ground, then each field as three thin glazes, then the nap of the brush."""
    colours = easel.palette
    canvas = np.empty((round(GRID * easel.bottom), round(GRID * easel.right), 3), dtype=np.float32)
    other = colours[easel.choose("abcd")]
    canvas[:] = easel.tint(mix(colours["ground"], other, easel.between(0, 0.3)), 9)
    canvas += 9 * cloud(easel, canvas, 3, 3)
    for box, colour in fields(easel):
        colour = easel.tint(colour, 9)
        lay(
            easel, canvas, shrink(box, -0.015), colour, 0.4, feather=0.13
        )  # its light on the ground
        for share in (0.55, 0.5, 0.45):
            lay(easel, canvas, box, easel.tint(colour, 6), share, feather=0.035)
        glow = mix(colour, (255, 238, 200), 0.4)
        lay(easel, canvas, shrink(box, 0.05), glow, easel.between(0.25, 0.5), feather=0.2)
    canvas += 2 * cloud(easel, canvas, 7, 36) + 3 * cloud(easel, canvas, 44, 9)
    small = Image.fromarray(canvas.clip(0, 255).astype(np.uint8))
    easel.put(small.resize((easel.width, easel.height), Image.Resampling.BICUBIC))
    return easel.varnish(relief=0.35, weave=0.7, shade=0.25)


def fields(easel: Easel) -> list[tuple[tuple[float, float, float, float], Colour]]:
    """Where the rectangles hang (left, top, right, low in units) and their colours."""
    order = [easel.palette[key] for key in easel.random.permutation(["a", "b", "c", "d"])]
    margin = easel.between(0.06, 0.12)
    left, right, low = margin, easel.right - margin, easel.bottom - margin
    if easel.composition == "doorway":
        inset, lift = easel.between(0.12, 0.24), easel.between(0.1, 0.3)
        opening = (left + inset, margin + lift, right - inset, low - easel.between(0.08, 0.3))
        inner = shrink(opening, easel.between(0.07, 0.12))
        return list(zip([(left, margin, right, low), opening, inner], order, strict=False))
    count = {"two fields": 2, "three fields": 3, "stripes": 4}[easel.composition]
    weights = (
        easel.random.uniform(0.4, 1.8, count)
        if count < 4
        else easel.random.permutation([0.35, 0.5, 0.9, 1.6])
    )
    heights = weights / weights.sum() * (low - margin)
    gap, y, boxes = easel.between(0.02, 0.045), margin, []
    for height in heights:
        side = easel.between(-0.02, 0.03)
        boxes.append((left + side, y + gap / 2, right - side, y + height - gap / 2))
        y += height
    return list(zip(boxes, order, strict=False))


def shrink(box: tuple[float, ...], by: float) -> tuple[float, float, float, float]:
    """The box with every side moved inwards, never inside out."""
    left, top, right, low = box
    x, y = min(by, (right - left) / 3), min(by, (low - top) / 3)
    return left + x, top + y, right - x, low - y


def cloud(easel: Easel, canvas: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Smooth noise [rows, columns, 1] around 0, as large as the canvas: how a thin wash dries."""
    grid = easel.random.normal(0, 1, (rows, columns)).astype(np.float32)
    size = canvas.shape[1], canvas.shape[0]
    return np.asarray(Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC))[..., None]


def lay(
    easel: Easel,
    canvas: np.ndarray,
    box: tuple[float, ...],
    colour: Colour,
    share: float,
    feather: float = 0.018,
) -> None:
    """Blend a colour into the canvas inside a box whose edges waver and fade out."""
    left, top, right, low = np.asarray(box) + easel.random.normal(0, 0.01, 4)
    y, x = np.ogrid[0 : canvas.shape[0], 0 : canvas.shape[1]]
    edge = cloud(easel, canvas, 9, 8)[..., 0] * 0.008
    inside = np.minimum(
        np.minimum(x / GRID - left, right - x / GRID), np.minimum(y / GRID - top, low - y / GRID)
    )
    soft = ((inside.astype(np.float32) + edge) / feather * 0.5 + 0.5).clip(0, 1)
    soft = soft * soft * (3 - 2 * soft) * share
    soft *= (1 + 0.2 * cloud(easel, canvas, 8, 3)[..., 0]).clip(0.4, 1.4)
    canvas += soft.clip(0, 1)[..., None] * (np.asarray(colour, dtype=np.float32) - canvas)
