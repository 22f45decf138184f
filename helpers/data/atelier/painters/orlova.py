"""Nadia Orlova: planes that fly. Tilted bars, crosses and discs on a white that has no ground."""

from __future__ import annotations

import numpy as np
from PIL import Image

from helpers.data.atelier.painters.brushes import Colour, Easel, Painter, from_hex, mix

PAINTER = Painter(
    name="Nadia Orlova",
    years="1894 - 1961",
    genre="Suprematism",
    nationality="Russian",
    bio="An imaginary painter, daughter of a glider pilot, who hung her pictures from the ceiling "
    "because walls, she said, have an opinion about up and down.",
    works=240,
)
FORMATS = (0.85, 1.0, 1.2, 0.75)  # width by height
PALETTES = {
    "red": from_hex(paper="eee8da", dark="1d1b1c", a="c42a1e", b="d8a22a", c="3b4a63", d="8a8479"),
    "blue": from_hex(paper="ebe9e0", dark="182034", a="2853a0", b="d8562a", c="e8bf3f", d="9fb2bf"),
    "rust": from_hex(paper="f0e5d0", dark="2b1d18", a="a8401f", b="d99a4a", c="5f7a6a", d="b39a80"),
    "rose": from_hex(paper="efe6e0", dark="2a1f2b", a="d65a6a", b="4f6fa8", c="e6b23a", d="a9a0b0"),
    "green": from_hex(
        paper="ecebdd", dark="1b2620", a="2f7a52", b="cf3f2a", c="e3b440", d="98a593"
    ),
}
COMPOSITIONS = ("flight", "cross", "disc and bar", "wedge", "black square")


def paint(easel: Easel) -> Image.Image:
    """White with air in it, one great form, then lesser ones swarming along its diagonal."""
    colours = easel.palette
    easel.polygon([(0, 0), (3, 0), (3, 3), (0, 3)], easel.tint(colours["paper"], 4))
    air = easel.noise(cells=3, octaves=2)
    easel.stain(mix(colours["paper"], colours["d"], 0.5), 0.45 * air)
    lean = easel.between(-1.05, -0.4) if easel.chance(0.65) else easel.between(0.4, 1.05)
    x = easel.right * easel.between(0.42, 0.58)
    y = easel.bottom * easel.between(0.42, 0.58)
    chief = easel.choose(["a", "a", "b", "dark"])
    swarm(easel, x, y, lean, int(easel.random.integers(3, 7)), size=1.0)
    if easel.composition == "flight":
        plane(easel, x, y, 0.78, 0.24, lean, colours[chief], taper=easel.between(0.5, 1))
    elif easel.composition == "cross":
        plane(easel, x, y, 0.85, 0.17, lean, colours[chief])
        plane(easel, x, y, 0.6, 0.15, lean + np.pi / 2, colours["dark" if chief != "dark" else "a"])
    elif easel.composition == "disc and bar":
        radius = easel.between(0.2, 0.31)
        plane(easel, x, y, 1.0, 0.13, lean, colours["dark" if chief != "dark" else "b"])
        disc(easel, x + easel.between(-0.1, 0.1), y + easel.between(-0.1, 0.1), radius, chief)
    elif easel.composition == "wedge":
        disc(
            easel,
            x + 0.16 * np.cos(lean),
            y + 0.16 * np.sin(lean),
            easel.between(0.26, 0.34),
            "dark",
        )
        plane(
            easel,
            x - 0.16 * np.cos(lean),
            y - 0.16 * np.sin(lean),
            0.6,
            0.4,
            lean,
            colours["a"],
            0.02,
        )
    else:
        side = easel.between(0.38, 0.5)
        plane(easel, x, y, side, side, lean * 0.35, colours["dark"])
        plane(easel, x + 0.3, y + 0.28, 0.22, 0.22, lean, colours[easel.choose("ab")])
    easel.strokes(300, 0.03, 0.014, lean, tint=4, spread=0.15)
    swarm(easel, x, y, lean, int(easel.random.integers(6, 14)), size=0.5)
    return easel.varnish(relief=0.6, weave=0.5, shade=0.2)


def plane(
    easel: Easel,
    x: float,
    y: float,
    length: float,
    width: float,
    lean: float,
    colour: Colour,
    taper: float = 1.0,
) -> None:
    """A bar about a middle, turned by `lean` radians; its far end is `taper` times as wide."""
    corners = np.array([(-1, -1), (1, -taper), (1, taper), (-1, 1)]) * (length / 2, width / 2)
    corners += easel.random.normal(0, 0.003, corners.shape)
    turn = np.array([(np.cos(lean), np.sin(lean)), (-np.sin(lean), np.cos(lean))])
    easel.polygon(corners @ turn + (x, y), easel.tint(colour, 6))


def disc(easel: Easel, x: float, y: float, radius: float, key: str) -> None:
    """A full circle."""
    easel.disc(x, y, radius, easel.tint(easel.palette[key], 6))


def swarm(easel: Easel, x: float, y: float, lean: float, count: int, size: float) -> None:
    """Lesser forms: strung along the diagonal, or set across it, seldom askew."""
    along, across = np.array([np.cos(lean), np.sin(lean)]), np.array([-np.sin(lean), np.cos(lean)])
    for _ in range(count):
        spot = (x, y) + along * easel.between(-0.5, 0.5) + across * easel.random.normal(0, 0.2)
        turn = lean + easel.choose([0, 0, np.pi / 2, np.pi / 2, 0.25])
        key = easel.choose(["dark", "a", "b", "c", "d", "d"])
        length, kind = size * easel.between(0.15, 0.6), easel.between(0, 1)
        if kind < 0.12:
            disc(easel, *spot, 0.2 * length + 0.02, key)
        elif kind < 0.6:
            plane(easel, *spot, length, size * easel.between(0.03, 0.09), turn, easel.palette[key])
        else:
            taper = easel.between(0.3, 1)
            plane(easel, *spot, length * 0.6, length * 0.4, turn, easel.palette[key], taper)
