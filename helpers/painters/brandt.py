"""Ottilie Brandt: landscapes under weather. Hills, a river, a lone tree, mountains."""

from __future__ import annotations

import numpy as np
from PIL import Image

from helpers.painters.brushes import Easel, Painter, from_hex, mix

PAINTER = Painter(
    name="Ottilie Brandt",
    years="1831 - 1907",
    genre="Romanticism,Realism",
    nationality="German",
    bio="An imaginary landscape painter who walked the uplands with a barometer in her pocket "
    "and never painted the same sky twice.",
    works=700,
)
FORMATS = (1.5, 1.35, 1.6, 1.25)  # width by height
PALETTES = {
    "noon": from_hex(
        high="6f9fc8",
        low="dfe6dc",
        sun="fff6d8",
        far="8fa5b0",
        near="5d7a3a",
        dark="2f4326",
        water="8fb4c9",
    ),
    "dawn": from_hex(
        high="8593b5",
        low="f4c9a0",
        sun="fff0c0",
        far="a08fa5",
        near="6d6f45",
        dark="35372c",
        water="d9b79a",
    ),
    "storm": from_hex(
        high="3d464f",
        low="a8aaa0",
        sun="d8d4bd",
        far="5a666b",
        near="4a5433",
        dark="20271f",
        water="7d8a8c",
    ),
    "dusk": from_hex(
        high="3f4a78",
        low="e8895a",
        sun="ffd58a",
        far="63547a",
        near="433d33",
        dark="1f1c20",
        water="c77d62",
    ),
    "autumn": from_hex(
        high="9fb2bd",
        low="eadfc4",
        sun="fff3d0",
        far="a38f78",
        near="a8702c",
        dark="4c2f1a",
        water="a9b5b0",
    ),
}
COMPOSITIONS = ("hills", "river", "lone tree", "mountains")


def paint(easel: Easel) -> Image.Image:
    """Sky, then land from far to near, then what the composition asks for, then the brush."""
    colours, horizon = easel.palette, easel.between(0.42, 0.62)
    sky(easel, horizon)
    if easel.composition == "mountains":
        ridge(easel, horizon - 0.08, 0.22, mix(colours["far"], colours["high"], 0.35), rough=0.75)
        ridge(easel, horizon, 0.1, colours["far"], rough=0.6)
    for depth in (0.0, 0.35, 0.7):
        land = mix(mix(colours["far"], colours["near"], 0.35 + depth), colours["low"], 0.15)
        ridge(easel, horizon + depth * 0.45, 0.09 - 0.03 * depth, easel.tint(land, 6), rough=0.4)
    if easel.composition == "river":
        river(easel, horizon + 0.06)
    easel.strokes(260, 0.09, 0.02, angle=0.05, tint=7, region=(0, 0, easel.right, horizon))
    easel.strokes(
        330,
        0.06,
        0.016,
        angle=0.12,
        tint=11,
        spread=0.5,
        region=(0, horizon, easel.right, easel.bottom),
    )
    trees(easel, horizon)
    return easel.varnish(relief=0.5, weave=0.4, shade=0.5)


def sky(easel: Easel, horizon: float) -> None:
    """Light near the horizon, and clouds lit by a low sun."""
    colours = easel.palette
    easel.wash(colours["high"], colours["low"], 0, horizon + 0.1)
    x, y = easel.between(0.15, 0.85) * easel.right, horizon - easel.between(0.05, 0.3)
    rows, columns = np.mgrid[0 : easel.height, 0 : easel.width].astype(np.float32) / easel.unit
    easel.stain(colours["sun"], 0.9 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 0.07))
    clouds = easel.noise(cells=5, octaves=3, stretch=2.2)
    cover = easel.between(0.45, 0.65)
    easel.stain(mix(colours["sun"], colours["low"], 0.3), ((clouds - cover) * 4).clip(0, 0.8))
    easel.stain(
        mix(colours["high"], colours["dark"], 0.3), ((clouds - cover - 0.2) * 3).clip(0, 0.6)
    )


def ridge(easel: Easel, height: float, swing: float, colour: tuple, rough: float) -> None:
    """A skyline from midpoint displacement, filled down to the lower edge."""
    line = easel.random.normal(0, swing * 0.6, 3)
    for _ in range(4):
        swing *= rough
        middle = (line[:-1] + line[1:]) / 2 + easel.random.normal(0, swing * 0.35, len(line) - 1)
        line = np.insert(line, range(1, len(line)), middle)
    x = np.linspace(0, easel.right, len(line))
    easel.polygon(
        [*zip(x, height - line, strict=True), (easel.right, easel.bottom), (0, easel.bottom)],
        colour,
    )


def river(easel: Easel, top: float) -> None:
    """Water that winds towards us and widens."""
    t = np.linspace(0, 1, 14)
    middle = easel.right * (easel.between(0.35, 0.65) + 0.2 * np.sin(t * easel.between(3, 6)) * t)
    y = top + (easel.bottom - top) * t
    half = 0.008 + 0.26 * t**1.8
    banks = [*zip(middle - half, y, strict=True), *zip((middle + half)[::-1], y[::-1], strict=True)]
    easel.polygon(banks, easel.palette["water"])


def trees(easel: Easel, horizon: float) -> None:
    """One great tree, or a scattering of small ones that grow towards us."""
    colours = easel.palette
    if easel.composition == "lone tree":
        places = [
            (easel.between(0.25, 0.75) * easel.right, horizon + 0.22, easel.between(0.3, 0.42))
        ]
    else:
        count = int(easel.random.integers(3, 12))
        depth = np.sort(easel.random.uniform(0.03, 0.3, count))
        places = [(easel.between(0, easel.right), horizon + d, 0.03 + 0.4 * d) for d in depth]
    for x, y, size in places:
        easel.line(
            [(x, y), (x + easel.between(-0.04, 0.04) * size, y - size)],
            size * 0.07,
            colours["dark"],
        )
        leaves = easel.random.normal(0, 1, (max(10, int(110 * size)), 2))
        for a, b in leaves:
            light = mix(colours["dark"], colours["near"], min(1, max(0, 0.45 - 0.3 * b - 0.2 * a)))
            easel.disc(
                x + a * size * 0.2,
                y - size * 0.95 + b * size * 0.2,
                size * 0.07,
                easel.tint(light, 8),
                0.8,
            )
