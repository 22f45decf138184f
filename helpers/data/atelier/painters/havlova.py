"""Zdenka Havlová: things seen from several sides at once, broken into shaded facets."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from helpers.data.atelier.painters.brushes import Easel, Painter, from_hex, mix, outline

PAINTER = Painter(
    name="Zdenka Havlová",
    years="1886 - 1958",
    genre="Cubism",
    nationality="Czech",
    bio="An imaginary glass grinder from Bohemia who could not look at a violin without seeing "
    "how the light would break in it.",
    works=330,
)
FORMATS = (0.75, 0.85, 1.0, 1.25)  # width by height
PALETTES = {
    "ochre": from_hex(
        ground="8c7a58", dark="2e261c", light="efe0b8", one="c08a3e", two="6f7358", three="9b9484"
    ),
    "moss": from_hex(
        ground="6f7a62", dark="20271f", light="e2e2c4", one="8e8a4a", two="4c6650", three="b08c56"
    ),
    "ash": from_hex(
        ground="85847c", dark="24252a", light="e9e6da", one="a69a80", two="5d6a70", three="b59a6a"
    ),
    "sepia": from_hex(
        ground="86694a", dark="2a1c14", light="f0dcb4", one="a8683a", two="6a5a48", three="8a8a72"
    ),
    "slate": from_hex(
        ground="6e7a80", dark="1c2228", light="e4e2d2", one="b38f55", two="48606a", three="8c9486"
    ),
}
COMPOSITIONS = ("violin", "bottles", "town", "figure")
FACETS = 60


def paint(easel: Easel) -> Image.Image:
    """The motif, plainly; then the facets, each with its own view and its own light."""
    colours = easel.palette
    ground = easel.tint(colours["ground"], 9)
    easel.wash(
        mix(ground, colours["light"], 0.25), mix(ground, colours["dark"], 0.3), 0, easel.bottom
    )
    motif = {"violin": violin, "bottles": bottles, "town": town, "figure": figure}
    motif[easel.composition](easel)
    facets = split(easel)
    easel.put(broken(easel, facets))
    for facet in facets:  # some edges are drawn again, dark or light
        tone = colours["dark"] if easel.chance(0.6) else colours["light"]
        start, edges = int(easel.random.integers(len(facet))), int(easel.random.integers(1, 3))
        path = [*facet[start:], *facet[:start]][: edges + 1]
        if easel.chance(0.5):
            easel.line(path, 0.006, mix(tone, colours["ground"], 0.25))
    easel.strokes(220, 0.03, 0.01, angle=easel.between(0.3, 1.2), tint=5, spread=0.3)
    return easel.varnish(relief=0.5, weave=0.6, shade=0.3)


def split(easel: Easel) -> list[np.ndarray]:
    """The canvas cut by straight lines into FACETS polygons, small in the middle."""
    # on a rounded format, stretched at the end: else one pixel more or less decides a split
    canvas = np.array([easel.right, easel.bottom])
    nominal = np.round(canvas / 0.02) * 0.02
    whole = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * nominal
    middle, facets = whole.mean(0), [(1.0, whole)]
    base = easel.between(0, np.pi)
    turns = base + np.array([0, 0.5, 1.05, 1.57, 2.2]) + easel.random.normal(0, 0.1, 5)
    chances = easel.random.random((FACETS, 3))
    while len(facets) < FACETS:
        facets.sort(key=lambda pair: pair[0])
        _, facet = facets.pop()
        which, slide, wobble = chances[len(facets)]
        angle = turns[int(which * 5)] + 0.3 * (wobble - 0.5)
        normal = np.array([np.cos(angle), np.sin(angle)])
        heights = facet @ normal
        cut = heights.min() + (0.35 + 0.3 * slide) * (heights.max() - heights.min())
        for part in (clip(facet, heights - cut), clip(facet, cut - heights)):
            width, height = part.max(0) - part.min(0)
            away = part[0] - middle
            facets.append((float(width * height * np.exp(-2.5 * (away @ away))), part))
    return [facet * (canvas / nominal) for _, facet in facets]


def clip(facet: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """The part of a convex polygon whose corners have heights above 0."""
    corners, values = facet.tolist(), heights.tolist()
    kept = []
    for i, (one, above) in enumerate(zip(corners, values, strict=True)):
        other, beyond = corners[i - 1], values[i - 1]
        if (above > 0) != (beyond > 0):
            t = above / (above - beyond)
            kept.append([one[0] + (other[0] - one[0]) * t, one[1] + (other[1] - one[1]) * t])
        if above > 0:
            kept.append(one)
    return np.array(kept)


def broken(easel: Easel, facets: list[np.ndarray]) -> Image.Image:
    """The canvas as the facets show it: shifted, turned, lit each by itself; at half size."""
    n, unit = len(facets), easel.unit / 2
    wide, high = easel.width // 2, easel.height // 2
    which = Image.new("L", (wide, high))
    pen = ImageDraw.Draw(which)
    for i, facet in enumerate(facets):
        pen.polygon((facet * unit).ravel().tolist(), fill=i)
    ids = np.asarray(which)
    centre = np.array([facet.mean(0) for facet in facets], dtype=np.float32) * unit
    size = np.array([np.ptp(facet, axis=0).mean() for facet in facets], dtype=np.float32) * unit
    # where each facet looks: turned and scaled about its centre, and shifted
    turn, grow = easel.random.normal(0, 0.14, n), easel.random.uniform(0.85, 1.2, n)
    shift = easel.random.normal(0, 0.028 * unit, (n, 2))
    a, b = grow * np.cos(turn), grow * np.sin(turn)
    to_x = centre[:, 0] + shift[:, 0] - a * centre[:, 0] + b * centre[:, 1]
    to_y = centre[:, 1] + shift[:, 1] - b * centre[:, 0] - a * centre[:, 1]
    # and how light runs across it
    angle, amount = easel.random.uniform(0, 2 * np.pi, n), easel.random.uniform(25, 75, n) / size
    slope = np.stack([np.cos(angle), np.sin(angle)], 1) * amount[:, None]
    level = easel.random.normal(0, 11, n) - (slope * centre).sum(1)
    table = np.stack([a, b, to_x, to_y, slope[:, 0], slope[:, 1], level]).astype(np.float32)
    planes = np.array([easel.palette[name] for name in ("one", "two", "three", "light", "ground")])
    plane = planes[easel.random.integers(0, 5, n)]
    share = 0.6 * easel.random.uniform(0, 1, n)[:, None] ** 2
    x = np.arange(wide, dtype=np.float32)[None]
    y = np.arange(high, dtype=np.float32)[:, None]
    a, b, to_x, to_y, along_x, along_y, level = (row[ids] for row in table)
    columns = (a * x - b * y + to_x).clip(0, wide - 1).astype(np.int32)
    rows = (b * x + a * y + to_y).clip(0, high - 1).astype(np.int32)
    seen = np.asarray(easel.picture.reduce(2)).reshape(-1, 3)[rows * wide + columns]
    light = along_x * x + along_y * y + level
    shown = seen * (1 - share).astype(np.float32)[ids] + (
        (plane * share).astype(np.float32)[ids] + light[..., None]
    )
    facetted = Image.fromarray(shown.clip(0, 255).astype(np.uint8))
    return facetted.resize((easel.width, easel.height), Image.Resampling.BICUBIC)


def around(easel: Easel, size: float, tilt: float = 0.0) -> object:
    """A function that places motif points (0 in the middle, 1 = `size`) on the canvas."""
    x, y = (
        easel.right / 2 + easel.between(-0.05, 0.05),
        easel.bottom / 2 + easel.between(-0.04, 0.04),
    )
    way = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    return lambda points: np.asarray(points, dtype=float) @ way * size + (x, y)


def violin(easel: Easel) -> None:
    """A violin on a table, with a sheet of music."""
    c = easel.palette
    place = around(easel, easel.between(0.8, 1.0), easel.between(-0.7, 0.7))
    easel.polygon(
        place([(-0.5, 0.1), (0.45, -0.1), (0.5, 0.5), (-0.4, 0.55)]), mix(c["two"], c["dark"], 0.3)
    )
    easel.polygon(place([(-0.42, -0.3), (-0.1, -0.36), (0.0, 0.2), (-0.36, 0.25)]), c["light"])
    half = outline(
        (0, -0.12),
        (0.15, -0.1),
        (0.18, 0.02),
        (0.11, 0.13),
        (0.14, 0.2),
        (0.23, 0.32),
        (0.16, 0.46),
        (0, 0.48),
        smooth=28,
    )
    easel.polygon(
        place(np.concatenate([half, (half * (-1, 1))[::-1]]) * 1.12), mix(c["dark"], c["one"], 0.3)
    )
    easel.polygon(
        place(np.concatenate([half, (half * (-1, 1))[::-1]])), mix(c["one"], (196, 104, 40), 0.45)
    )
    easel.polygon(place([(-0.03, 0.18), (0.03, 0.18), (0.022, -0.52), (-0.022, -0.52)]), c["dark"])
    easel.polygon(
        place(outline((-0.04, -0.5), (-0.06, -0.6), (0.03, -0.64), (0.06, -0.54), (0.03, -0.5))),
        c["one"],
    )
    easel.polygon(place([(-0.08, 0.22), (0.08, 0.22), (0.08, 0.25), (-0.08, 0.25)]), c["light"])
    for way in (-1, 1):
        hole = outline(
            (way * 0.08, 0.1), (way * 0.07, 0.16), (way * 0.12, 0.24), (way * 0.11, 0.29), smooth=8
        )
        easel.line(place(hole), 0.02, c["dark"])
    for string in (-0.015, 0.0, 0.015):
        easel.line(place([(string, -0.5), (string * 2, 0.36)]), 0.004, c["light"])


def bottles(easel: Easel) -> None:
    """Bottles, a glass and a bowl on a round table."""
    c = easel.palette
    place = around(easel, easel.between(0.9, 1.1), easel.between(-0.15, 0.15))
    turn = np.linspace(0, 2 * np.pi, 30)
    top = np.stack([0.5 * np.cos(turn), 0.3 + 0.2 * np.sin(turn)], 1)
    easel.polygon(place(top), mix(c["light"], c["three"], 0.4))
    spots = np.linspace(-0.26, 0.26, 3)[easel.random.permutation(3)]
    half = outline(
        (0.02, -0.5),
        (0.035, -0.46),
        (0.03, -0.25),
        (0.1, -0.12),
        (0.11, 0.2),
        (0.1, 0.24),
        smooth=20,
    )
    both = np.concatenate([half, (half * (-1, 1))[::-1]])
    pigments = [mix(c["two"], c["dark"], 0.75), mix(c["one"], (176, 84, 30), 0.4)]
    for spot, pigment in zip(spots[:2], pigments, strict=True):
        tall = easel.between(0.85, 1.2)
        easel.polygon(place(both * (easel.between(1.1, 1.6), tall) + (spot, 0.05)), pigment)
        easel.polygon(place(half * (0.7, tall) + (spot, 0.05)), mix(pigment, c["light"], 0.4))
        label = np.array([(-0.08, 0.02), (0.08, 0.02), (0.08, 0.13), (-0.08, 0.13)])
        easel.polygon(place(label + np.array((spot, 0.08))), c["light"])
    glass = np.array(
        [
            (-0.09, -0.15),
            (0.09, -0.15),
            (0.05, 0.08),
            (0.015, 0.1),
            (0.015, 0.26),
            (0.08, 0.29),
            (-0.08, 0.29),
            (-0.015, 0.26),
            (-0.015, 0.1),
            (-0.05, 0.08),
        ]
    )
    easel.polygon(place(glass + np.array((spots[2], 0.06))), mix(c["light"], c["two"], 0.3))
    for _ in range(3):
        x, y = easel.between(-0.3, 0.3), easel.between(0.3, 0.42)
        easel.disc(*place([(x, y)])[0], 0.06, easel.tint(c["one"], 14))


def town(easel: Easel) -> None:
    """Houses that climb a hill."""
    c = easel.palette
    place = around(easel, easel.between(0.95, 1.15), easel.between(-0.12, 0.12))
    easel.polygon(
        place([(-0.9, 0.7), (-0.6, 0.1), (0.05, -0.38), (0.6, 0.15), (0.9, 0.7)]), c["two"]
    )
    for row in range(4):
        for step in range(2 + row):
            x = (step - (1 + row) / 2) * 0.27 + easel.between(-0.06, 0.06)
            y = -0.26 + row * 0.19 + easel.between(-0.04, 0.04)
            w, h = easel.between(0.1, 0.16), easel.between(0.18, 0.3)
            roof = easel.between(0.07, 0.15)
            front = easel.tint(c[easel.choose(("light", "three", "one", "light"))], 9)
            easel.polygon(place([(x - w, y), (x, y), (x, y + h), (x - w, y + h)]), front)
            easel.polygon(
                place([(x, y), (x + w * 0.8, y - 0.03), (x + w * 0.8, y + h), (x, y + h)]),
                mix(front, c["dark"], 0.5),
            )
            easel.polygon(
                place(
                    [
                        (x - w, y),
                        (x - w / 2, y - roof),
                        (x + w * 0.4, y - roof),
                        (x + w * 0.8, y - 0.03),
                        (x, y),
                    ]
                ),
                mix(c[easel.choose(("one", "dark"))], c["dark"], 0.35),
            )
            easel.polygon(
                place(
                    [
                        (x - w * 0.65, y + 0.05),
                        (x - w * 0.35, y + 0.05),
                        (x - w * 0.35, y + 0.1),
                        (x - w * 0.65, y + 0.1),
                    ]
                ),
                c["dark"],
            )


def figure(easel: Easel) -> None:
    """Someone who sits and plays, or thinks."""
    c = easel.palette
    place = around(easel, easel.between(0.84, 0.98), easel.between(-0.15, 0.15))
    coat = mix(c[easel.choose(("two", "one", "dark"))], c["dark"], 0.35)
    easel.polygon(
        place(
            [(-0.14, -0.14), (0.14, -0.14), (0.32, -0.02), (0.4, 0.62), (-0.42, 0.62), (-0.33, 0.0)]
        ),
        coat,
    )
    easel.polygon(
        place([(-0.06, -0.2), (0.07, -0.2), (0.09, -0.08), (0.0, 0.06), (-0.09, -0.08)]), c["light"]
    )
    face = outline(
        (0, -0.5),
        (0.12, -0.42),
        (0.11, -0.26),
        (0.02, -0.14),
        (-0.1, -0.24),
        (-0.12, -0.42),
        (0, -0.5),
        smooth=22,
    )
    easel.polygon(place(face), mix(c["light"], c["one"], 0.3))
    easel.polygon(
        place([(0.01, -0.46), (0.12, -0.42), (0.11, -0.26), (0.02, -0.14), (0.05, -0.27)]),
        mix(c["one"], c["dark"], 0.35),
    )
    easel.polygon(
        place(
            [
                (-0.13, -0.36),
                (-0.12, -0.5),
                (0.02, -0.56),
                (0.14, -0.46),
                (0.13, -0.34),
                (0.08, -0.43),
                (-0.06, -0.45),
            ]
        ),
        c["dark"],
    )
    for x in (-0.055, 0.05):
        easel.disc(*place([(x, -0.35)])[0], 0.022, c["dark"], 0.6)
    if easel.chance(0.6):  # a guitar across the lap
        neck = [(-0.02, 0.2), (0.4, -0.02), (0.42, 0.03), (0.02, 0.28)]
        for x, y, r in ((-0.14, 0.32, 0.17), (0.0, 0.23, 0.12)):
            easel.disc(*place([(x, y)])[0], r, c["one"])
        easel.polygon(place(neck), c["dark"])
        easel.disc(*place([(-0.07, 0.28)])[0], 0.045, c["dark"])
    for way in (-1, 1):
        arm = outline((way * 0.29, 0.02), (way * 0.36, 0.28), (way * 0.08, 0.34), smooth=10)
        easel.line(place(arm), 0.1, mix(coat, c["light"], 0.22 if way < 0 else 0.06))
        easel.disc(*place([(way * 0.07, 0.34)])[0], 0.05, mix(c["light"], c["one"], 0.35))
