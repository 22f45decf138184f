"""Elio Fontanari: circles in circles. Watercolour rings, sun-discs, wheels in four quarters."""

from __future__ import annotations

import numpy as np
from PIL import Image

from helpers.data.atelier.painters.brushes import Colour, Easel, Painter, from_hex, mix

PAINTER = Painter(
    name="Elio Fontanari",
    years="1879 - 1952",
    genre="Orphism,Abstract Art",
    nationality="Swiss,Italian",
    bio="An imaginary painter who threw stones into every lake between Locarno and Como and "
    "painted what the water said about it.",
    works=320,
)
FORMATS = (1.0, 1.33, 0.8, 1.2)  # width by height
PALETTES = {
    "orchard": from_hex(
        paper="f0e6d2", a="d9472b", b="f0b432", c="3f7f5f", d="2f5f9f", e="f3d9b8", f="7a2f4f"
    ),
    "lake": from_hex(
        paper="e9ead9", a="1f6f8b", b="8fc7c4", c="f2c14e", d="27407a", e="e7efe4", f="e2725b"
    ),
    "wine": from_hex(
        paper="f1e2d4", a="8e2a4a", b="e58a6f", c="f4cfa0", d="4b2a63", e="f7e9dc", f="c9573f"
    ),
    "festival": from_hex(
        paper="efe7d6", a="e4572e", b="f6c445", c="4f9d9d", d="6a4c93", e="f4b6a6", f="29335c"
    ),
    "moss": from_hex(
        paper="ebe6cf", a="5f7f3a", b="c9c25a", c="b3602f", d="2f4f4f", e="efe0b0", f="8a3b2a"
    ),
}
COMPOSITIONS = ("squares", "great wheel", "sun-discs", "ripples")
KEYS = "abcdef"


def paint(easel: Easel) -> Image.Image:
    """Paper, circles from the outermost ring to the heart, then water and grain of the paper."""
    easel.polygon([(0, 0), (3, 0), (3, 3), (0, 3)], easel.palette["paper"])
    {"squares": squares, "great wheel": wheel, "sun-discs": suns, "ripples": ripples}[
        easel.composition
    ](easel)
    water(easel)
    return easel.varnish(relief=0.4, weave=0.8, shade=0.12)


def blob(easel: Easel, x: float, y: float, radius: float, colour: Colour) -> None:
    """A disc from a loose wrist: never quite round."""
    t = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    bend = easel.random.normal(0, 0.022, 3)
    turn = easel.random.uniform(0, 6, 3)
    r = radius * (1 + sum(bend[k] * np.cos((k + 2) * t + turn[k]) for k in range(3)))
    edge = easel.px(np.stack([x + r * np.cos(t), y + r * np.sin(t)], 1))
    wet = easel.tint(colour, 8)
    rim = mix(wet, (30, 25, 40), 0.2)  # pigment gathers where a wash ends
    easel.draw.polygon(edge, fill=wet, outline=rim, width=max(1, round(0.008 * easel.unit)))


def rings(easel: Easel, x: float, y: float, radius: float, count: int) -> None:
    """Discs, each within the last one and of another colour, the middle drifting a little."""
    last = ""
    for share in np.linspace(1, 0.2, count) + easel.random.normal(0, 0.025, count):
        last = easel.choose([key for key in KEYS if key != last])
        blob(easel, x, y, radius * share, easel.palette[last])
        x, y = np.array((x, y)) + easel.random.normal(0, 0.03 * radius, 2)


def squares(easel: Easel) -> None:
    """A colour study: a sheet of squares, a set of rings in each."""
    across = int(easel.random.integers(2, 5))
    columns, rows = round(easel.right * across), round(easel.bottom * across)
    w, h = easel.right / columns, easel.bottom / rows
    for row, column in np.ndindex(rows, columns):
        middle = np.array(((column + 0.5) * w, (row + 0.5) * h))
        corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (w / 2, h / 2) * 0.985
        corners += middle + easel.random.normal(0, 0.004, (4, 2))
        easel.polygon(corners, easel.tint(easel.palette[easel.choose(KEYS)], 8))
        rings(easel, *middle, easel.between(0.42, 0.5) * w, int(easel.random.integers(3, 6)))


def wheel(easel: Easel) -> None:
    """One great disc; every ring changes its colour from quarter to quarter."""
    x = easel.right / 2 + easel.between(-0.08, 0.08)
    y = easel.bottom / 2 + easel.between(-0.08, 0.08)
    count, tilt = int(easel.random.integers(5, 8)), easel.between(-0.3, 0.3)
    for i, radius in enumerate(np.linspace(easel.between(0.55, 0.9), 0.07, count)):
        for quarter in range(4):
            t = np.linspace(0, np.pi / 2, 10) + tilt + quarter * np.pi / 2
            arc = np.stack([x + radius * np.cos(t), y + radius * np.sin(t)], 1)
            key = KEYS[int(easel.random.integers(6))]
            shade = mix(easel.palette[key], easel.palette["paper"], 0.25 * (i % 2))
            easel.polygon([*arc, (x, y)], easel.tint(shade, 8))


def suns(easel: Easel) -> None:
    """Discs of all sizes that overlap over broad bands of colour."""
    easel.wash(easel.palette[easel.choose("ade")], easel.palette[easel.choose("bcf")])
    for size in np.sort(easel.random.uniform(0.1, 0.42, int(easel.random.integers(4, 9))))[::-1]:
        x, y = easel.between(0.1, easel.right - 0.1), easel.between(0.1, easel.bottom - 0.1)
        rings(easel, x, y, size, int(easel.random.integers(3, 6)))


def ripples(easel: Easel) -> None:
    """One or two stones in the lake: many rings in three colours that widen off the sheet."""
    x, y = easel.between(0.25, 0.75) * easel.right, easel.between(0.25, 0.75) * easel.bottom
    cycle = [easel.palette[key] for key in easel.random.permutation(list(KEYS))[:3]]
    cycle.append(mix(cycle[0], easel.palette["e"], 0.5))
    count, twist = int(easel.random.integers(9, 15)), easel.between(0, 0.5)
    for i, radius in enumerate(np.linspace(1.2, 0.05, count)):
        blob(easel, x, y, radius, mix(cycle[i % 4], cycle[(i + 1) % 4], twist * i / count))
    if easel.chance(0.5):
        x, y = easel.right - x + easel.between(-0.2, 0.2), easel.bottom - y
        for i, radius in enumerate(np.linspace(easel.between(0.2, 0.4), 0.04, count // 2)):
            blob(easel, x, y, radius, cycle[(i + 1) % 4])


def water(easel: Easel) -> None:
    """Pigment gathers and thins as a wash dries: light blooms, darker pools, grain."""
    easel.film(easel.palette["paper"], (easel.mist(cells=7, octaves=3) - 0.4).clip(0, 1) * 0.75)
    easel.film(easel.palette["d"], (easel.mist(cells=14, octaves=2) - 0.55).clip(0, 1) * 0.55)
