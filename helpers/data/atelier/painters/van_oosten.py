"""Pieter van Oosten: grids. Black bars, off-white and a few clear colours, in balance."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
from PIL import Image

from helpers.data.atelier.painters.brushes import Colour, Easel, Painter, from_hex

PAINTER = Painter(
    name="Pieter van Oosten",
    years="1889 - 1957",
    genre="Neoplasticism",
    nationality="Dutch",
    bio="An imaginary painter who moved a single line for eleven months, and then moved it back. "
    "His studio had no curved furniture.",
    works=260,
)
FORMATS = (1.0, 0.92, 1.08, 1.0)  # width by height
PALETTES = {
    "primary": from_hex(paper="efeade", bar="1b1a1c", a="c8281e", b="1d3f94", c="f0c022"),
    "harbour": from_hex(paper="e9e9e2", bar="171b22", a="1f4fa0", b="7f9fb8", c="f2ca3c"),
    "brick": from_hex(paper="f0e4d2", bar="241a18", a="b8321f", b="d9763a", c="2b3f63"),
    "tulip": from_hex(paper="f1ecdf", bar="1c1b1a", a="d8331f", b="f3c52a", c="d9d5c8"),
    "grey": from_hex(paper="dcdad2", bar="2c2d35", a="7f97b2", b="cf9574", c="d9c48a"),
}
COMPOSITIONS = ("balance", "dense", "lozenge", "boogie", "planes")
Box = tuple[float, float, float, float]


def paint(easel: Easel) -> Image.Image:
    """Off-white, a division into rooms, colour in a few of them, bars between, the brush."""
    easel.polygon([(0, 0), (3, 0), (3, 3), (0, 3)], easel.tint(easel.palette["paper"], 4))
    if easel.composition == "boogie":
        boogie(easel)
    elif easel.composition == "planes":
        planes(easel)
    else:
        bars(easel)
    return easel.varnish(relief=0.6, weave=0.5, shade=0.15)


def room(easel: Easel, box: Box, colour: Colour) -> None:
    """A rectangle filled by hand: strokes along its longer side stay visible."""
    left, top, right, low = box
    easel.polygon([(left, top), (right, top), (right, low), (left, low)], easel.tint(colour, 5))
    along = 0.0 if right - left > low - top else np.pi / 2
    area = max(0.0, (min(right, easel.right) - left) * (min(low, easel.bottom) - top))
    pad = 0.034 if min(right - left, low - top) > 0.1 else 0.008
    inner = (left + pad, top + pad, max(left + pad, right - pad), max(top + pad, low - pad))
    easel.strokes(4 + int(120 * area), 0.055, 0.012, along, tint=3.5, region=inner, spread=0.02)


def bar(easel: Easel, upright: bool, at: float, begin: float, end: float, width: float) -> None:
    """One bar, drawn freehand: its edges and its black are never quite even."""
    t = np.linspace(begin, end, 3 + int(4 * (end - begin)))
    wobble = easel.random.normal(0, 0.0022, (2, len(t)))
    one, other = at - width / 2 + wobble[0], at + width / 2 + wobble[1]
    edge = [*zip(one, t, strict=True), *zip(other[::-1], t[::-1], strict=True)]
    easel.polygon(
        edge if upright else [(y, x) for x, y in edge], easel.tint(easel.palette["bar"], 4)
    )


def cuts(easel: Easel, count: int, end: float) -> np.ndarray:
    """Places of bars along a side, never evenly spaced, with both ends of the side."""
    steps = easel.random.permutation(np.geomspace(1, easel.between(4, 9), count + 1))
    return np.concatenate([[0], np.cumsum(steps) / steps.sum()]) * end


def bars(easel: Easel) -> None:
    """The classic: bars from edge to edge or stopping short, colour in the rooms between."""
    few = (2, 4) if easel.composition != "dense" else (5, 8)
    columns = cuts(easel, int(easel.random.integers(*few)), easel.right)
    rows = cuts(easel, int(easel.random.integers(*few)), easel.bottom)
    colours = [easel.palette[key] for key in easel.random.permutation(["a", "b", "c"])]
    rooms = [(x0, y0, x1, y1) for x0, x1 in pairwise(columns) for y0, y1 in pairwise(rows)]
    filled = len(rooms) // 3 + int(easel.random.integers(0, 2))
    for i, place in enumerate(easel.random.permutation(len(rooms))[:filled]):
        room(easel, rooms[place], colours[i % 3])
    width = easel.between(0.022, 0.05) if few[0] == 2 else easel.between(0.014, 0.026)
    for upright, places, others, end in (
        (True, columns, rows, easel.bottom),
        (False, rows, columns, easel.right),
    ):
        for at in places[1:-1]:
            short = easel.chance(0.3)
            begin = others[1] if short and easel.chance(0.5) else -0.02
            stop = others[-2] if short and begin < 0 else end + 0.02
            bar(easel, upright, at, begin, stop, width * easel.choose((0.7, 1.0, 1.0, 1.7)))
    if easel.composition == "lozenge":
        wall = easel.tint((196, 190, 178), 5)
        x, y = easel.right, easel.bottom
        for corner in product((0, x), (0, y)):
            easel.polygon([corner, (x / 2, corner[1]), (corner[0], y / 2)], wall)


def boogie(easel: Easel) -> None:
    """A city by night seen from above: yellow streets, small lights that blink along them."""
    colours = easel.palette
    lanes = [(True, at) for at in cuts(easel, int(easel.random.integers(4, 7)), easel.right)[1:-1]]
    lanes += [(False, at) for at in cuts(easel, int(easel.random.integers(4, 7)), 1)[1:-1]]
    for _ in range(int(easel.random.integers(4, 8))):
        x, y = easel.between(0, easel.right - 0.2), easel.between(0, easel.bottom - 0.2)
        w, h = easel.between(0.07, 0.2), easel.between(0.07, 0.2)
        room(easel, (x, y, x + w, y + h), colours[easel.choose("abc")])
    street, thick = colours[easel.choose("bc")], easel.between(0.035, 0.05)
    for upright, at in lanes:
        end = (easel.bottom if upright else easel.right) + 0.02
        box = (at - thick / 2, -0.02, at + thick / 2, end)
        room(easel, box if upright else (box[1], box[0], box[3], box[2]), street)
    for upright, at in lanes:
        for t in np.arange(0, 1.1, thick * 1.6):
            if easel.chance(0.6):
                y, shade = t + easel.between(0, thick), colours[easel.choose(["a", "bar", "paper"])]
                corners = np.array([(-1, 0), (1, 0), (1, 2), (-1, 2)]) * thick / 2 + (at, y)
                easel.polygon(corners if upright else corners[:, ::-1], easel.tint(shade, 6))


def planes(easel: Easel) -> None:
    """No bars across: coloured planes and short black dashes float, but keep to hidden axes."""
    colours, step = easel.palette, easel.between(0.1, 0.14)
    for key in easel.random.permutation([*"abcabc", "paper"]):
        x, y, w, h = easel.random.integers((0, 0, 1, 1), (8, 8, 4, 4)) * step
        room(easel, (x - 0.05, y - 0.05, x + w - 0.05, y + h - 0.05), colours[key])
    for _ in range(int(easel.random.integers(6, 12))):
        at, begin, length = easel.random.integers((0, 0, 1), (9, 7, 5)) * step
        bar(easel, easel.chance(0.5), at - 0.05, begin - 0.05, begin + length, step * 0.26)
