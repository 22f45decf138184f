"""Wren Calloway: drips. Poured enamel in tangles, skeins and pools, thrown from above."""

from __future__ import annotations

import numpy as np
from PIL import Image

from helpers.data.atelier.painters.brushes import Colour, Easel, Painter, from_hex

PAINTER = Painter(
    name="Wren Calloway",
    years="1919 - 1984",
    genre="Abstract Expressionism",
    nationality="American",
    bio="An imaginary painter who worked barefoot in a boat shed, with a stick and eleven tins, "
    "and called a picture finished when it began to rain.",
    works=140,
)
FORMATS = (1.0, 1.3, 0.8, 1.5)  # width by height
PALETTES = {  # the canvas, the main skein, then what is thrown over it; the last is seldom
    "harbour": from_hex(ground="d6c7a8", a="1a1917", b="f4f0e4", c="2f7f86", d="c08a2e"),
    "night": from_hex(ground="1d2024", a="e9e6dc", b="9aa0a3", c="2c8f94", d="c99a3a"),
    "barn": from_hex(ground="c9b48e", a="221d1a", b="e9dfc9", c="a8432a", d="aab0ae"),
    "frost": from_hex(ground="c3c6c2", a="23272c", b="fbfaf3", c="6f8f9f", d="d8b24a"),
    "kelp": from_hex(ground="26352f", a="0f1412", b="d9dcc8", c="4fa08a", d="c8a03c"),
}
COMPOSITIONS = ("all over", "knot", "dance", "curtain")


def paint(easel: Easel) -> Image.Image:
    """Raw or stained canvas, then layer on layer: a skein of lines, then its spatters."""
    colours = easel.palette
    easel.polygon([(0, 0), (3, 0), (3, 3), (0, 3)], easel.tint(colours["ground"], 5))
    easel.film(colours[easel.choose("abcd")], 0.35 * easel.mist(cells=4, octaves=3) ** 2)
    pools(easel, colours[easel.choose("bcd")])
    layers = [*easel.random.permutation(["b", "c", "d"]), "a", easel.choose("bcd"), "a", "b"]
    for depth, key in enumerate(layers):
        for pour in range(int(easel.random.integers(2, 4))):
            broad = depth < 4 and pour == 0
            width = easel.between(0.03, 0.05) if broad else easel.between(0.008, 0.02)
            skein(easel, colours[key], width)
        spatter(easel, colours[key], 24)
    return easel.varnish(relief=0.9, weave=0.7, shade=0.15)


def skein(easel: Easel, colour: Colour, width: float) -> None:
    """One pour: a line that loops as the arm swings, thick where the hand was slow."""
    colour = easel.tint(colour, 6)
    t = np.linspace(0, 1, 70)
    path = np.zeros((2, 70))
    for speed in (1, 2.3, 4.1, 7.3):
        swing = easel.random.normal(0, 0.42 / speed**0.75, (2, 1))
        path += swing * np.sin(2 * np.pi * (speed * t + easel.random.random((2, 1))))
    if easel.composition == "knot":
        path *= 0.62
    elif easel.composition == "dance":
        path = np.stack([path[0] * 0.32, path[1] * 0.85])
        path[0] += (easel.random.integers(0, 3) + 0.5) / 3 * easel.right - easel.right / 2
    elif easel.composition == "curtain":
        path = np.stack([path[0] * 0.12, (t - 0.5) * 1.3 * easel.bottom])
        path[0] += easel.between(-0.5, 0.5) * easel.right
    else:
        path += easel.random.uniform(-0.3, 0.3, (2, 1)) * [[easel.right], [easel.bottom]]
    points = path.T + np.array((easel.right / 2, easel.bottom / 2))
    pace = np.linalg.norm(np.diff(points, axis=0), axis=1)
    body = (width * (0.035 / (pace + 0.012)).clip(0.4, 1.6) * easel.unit).round().clip(1, None)
    pixels = (points * easel.unit).tolist()
    for one, other, thick in zip(pixels, pixels[1:], body.astype(int).tolist(), strict=False):
        easel.draw.line((*one, *other), fill=colour, width=thick)
        if thick > 2:
            half = thick / 2
            easel.draw.ellipse(
                (other[0] - half, other[1] - half, other[0] + half, other[1] + half), fill=colour
            )


def spatter(easel: Easel, colour: Colour, count: int) -> None:
    """Drops from a flicked stick: many small, few large, strewn around a point."""
    middle = easel.random.uniform(0.15, 0.85, 2) * (easel.right, easel.bottom)
    x, y = (middle + easel.random.normal(0, 0.22, (count, 2))).T
    radius = 0.002 + 0.0045 * easel.random.exponential(1, count)
    tones = np.asarray(colour) + easel.random.normal(0, 6, (count, 1))
    easel.dabs(x, y, radius.clip(0, 0.022), tones, squash=easel.between(0.75, 1.35))


def pools(easel: Easel, colour: Colour) -> None:
    """Puddles where the tin stood."""
    for _ in range(int(easel.random.integers(1, 5))):
        x, y = easel.between(0.1, 0.9) * easel.right, easel.between(0.1, 0.9) * easel.bottom
        t = np.linspace(0, 2 * np.pi, 32, endpoint=False)
        bend, turn = easel.random.normal(0, 0.16, 3), easel.random.uniform(0, 6, 3)
        r = 1 + sum(bend[k] * np.cos((k + 2) * t + turn[k]) for k in range(3))
        r *= easel.between(0.03, 0.14)
        easel.polygon(np.stack([x + r * np.cos(t), y + r * np.sin(t)], 1), easel.tint(colour, 8))
