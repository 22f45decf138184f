"""Lucía Montferrer: meadows of large blossoms, seen as a bee sees them."""

from __future__ import annotations

import numpy as np
from PIL import Image

from helpers.data.atelier.painters.brushes import Colour, Easel, Painter, from_hex, mix, outline

PAINTER = Painter(
    name="Lucía Montferrer",
    years="1869 - 1941",
    genre="Post-Impressionism",
    nationality="Argentine,Spanish",
    bio="An imaginary botanist's daughter who lay down in the meadow to draw one flower and, "
    "seventy years on, had not got up.",
    works=300,
)
FORMATS = (1.0, 0.8, 1.25, 0.9)  # width by height
PALETTES = {
    "morning": from_hex(
        far="bcd3b4",
        near="5f9a4e",
        dark="22482f",
        red="e8513c",
        blue="6d6fc4",
        gold="f7c531",
        pale="f9ddd6",
    ),
    "noon": from_hex(
        far="a9cfd6",
        near="6fa53c",
        dark="285028",
        red="d9302c",
        blue="5648b0",
        gold="f9b51c",
        pale="fbf3e6",
    ),
    "rain": from_hex(
        far="9fb4b0",
        near="55806a",
        dark="1c3a38",
        red="c24a5a",
        blue="6a7cc0",
        gold="e6c25a",
        pale="e9d9e4",
    ),
    "dusk": from_hex(
        far="8d86b4",
        near="4c6f66",
        dark="1d2b45",
        red="d6473f",
        blue="8a5cc0",
        gold="f0a33a",
        pale="f4c3c0",
    ),
    "harvest": from_hex(
        far="e6cf94",
        near="93993c",
        dark="4a4a1e",
        red="e0602a",
        blue="7a5aa8",
        gold="f2b01e",
        pale="fae6c4",
    ),
}
COMPOSITIONS = ("poppies", "irises", "sunflowers", "water lilies")
PETAL = outline(
    (0, 0.05),
    (0.3, 0.32),
    (0.7, 0.5),
    (0.95, 0.26),
    (1, 0),
    (0.95, -0.26),
    (0.7, -0.5),
    (0.3, -0.32),
    (0, -0.05),
    smooth=17,
)  # along, across: a petal of length and width 1
SUN = np.array([-0.6, -0.8])
LIGHT, DUSK = np.array([255, 244, 214]), np.array([50, 10, 40])


def paint(easel: Easel) -> Image.Image:
    """Grass or water, then blossom upon blossom, the largest in the middle and last."""
    flower = {"poppies": poppy, "irises": iris, "sunflowers": sunflower, "water lilies": lily}
    pond = easel.composition == "water lilies"
    (water if pond else meadow)(easel)
    count = int(easel.random.integers(2, 7))
    spots = scatter(easel, count)
    sizes = np.sort(easel.random.uniform(0.14, 0.25, count))
    sizes[-1] = easel.between(0.27, 0.42)
    if pond:
        for (x, y), size in zip(spots, sizes, strict=True):
            for _ in range(2):
                pad(easel, x + easel.between(-0.2, 0.2), y + easel.between(0, 0.12), size * 1.2)
    else:
        for (x, y), size in zip(spots, sizes, strict=True):
            stem(easel, x, y, size)
    for (x, y), size in zip(spots, sizes, strict=True):
        flower[easel.composition](easel, x, y, size)
    easel.strokes(200, 0.04, 0.013, angle=1.2, tint=9, spread=0.8)
    return easel.varnish(relief=0.9, weave=0.4, shade=0.2)


def scatter(easel: Easel, count: int) -> list[np.ndarray]:
    """Places that keep their distance, those far from the middle first; the last one near it."""
    size = np.array([easel.right, easel.bottom])
    places = [size / 2 + easel.random.uniform(-0.13, 0.13, 2)]
    for _ in range(count - 1):
        tries = easel.random.random((8, 2)) * size
        gaps = np.linalg.norm(tries[:, None] - np.array(places)[None], axis=2).min(1)
        places.append(tries[int(gaps.argmax())])
    return places[::-1]


def meadow(easel: Easel) -> None:
    """Far haze above, deep grass below, blades that bow in one wind."""
    c, wind = easel.palette, easel.between(-0.35, 0.35)
    easel.wash(mix(c["far"], c["near"], easel.between(0, 0.5)), c["near"], 0, easel.bottom * 0.55)
    easel.wash(c["near"], c["dark"], easel.bottom * 0.55, easel.bottom)
    easel.film(c["dark"], ((easel.mist(5, 3, detail=48) - 0.4) * 1.6).clip(0, 0.8))
    easel.strokes(270, 0.16, 0.018, angle=1.57 + wind, tint=15, spread=0.16)
    x, y = easel.random.random((2, 28)) * [[easel.right], [easel.bottom]]
    for a, b, bright in zip(x, y, easel.random.random(28), strict=True):
        tip = (a - wind * 0.3 + 0.02, b - 0.22)
        easel.line(
            [(a, b + 0.1), (a - wind * 0.1, b - 0.08), tip],
            0.012,
            mix(c["dark"], mix(c["near"], c["far"], 0.35), bright),
        )


def water(easel: Easel) -> None:
    """A pond that holds the sky, and the trees upside down."""
    c = easel.palette
    deep = mix(c["dark"], c["blue"], easel.between(0.2, 0.6))
    easel.wash(mix(c["far"], deep, 0.25), deep, 0, easel.bottom)
    easel.film(c["dark"], ((easel.mist(4, 3, stretch=0.4, detail=48) - 0.45) * 2).clip(0, 0.75))
    easel.film(c["far"], ((easel.mist(4, 3, stretch=2.5, detail=48) - 0.55) * 2).clip(0, 0.6))
    easel.strokes(300, 0.11, 0.016, angle=0.0, tint=11, spread=0.06)


def petal(
    easel: Easel,
    root: tuple[float, float],
    angle: float,
    long: float,
    wide: float,
    paint: Colour,
    flat: float = 1.0,
    streaks: int = 4,
) -> None:
    """One petal from its root, lit by the sun, with thick streaks along it. flat: how much the
    blossom is seen from the side (1: from the front)."""
    way = np.array([np.cos(angle), np.sin(angle)])
    shade = 0.22 - 0.2 * float(way @ SUN)
    colour = np.array(easel.tint(mix(paint, (30, 10, 40), shade), 9))
    frame = np.array([way * long, (-way[1] * wide, way[0] * wide)]) * (1, flat)
    easel.polygon(PETAL @ frame + root, colour)
    lanes = np.linspace(-0.3, 0.3, streaks) + easel.random.normal(0, 0.05, streaks)
    along = np.broadcast_to((0.25, 0.65, 0.92), (streaks, 3))
    paths = np.stack([along, lanes[:, None] * (0.5, 1, 0.7)], 2) @ frame + root
    bright = easel.random.uniform(-0.35, 0.42, (streaks, 1))
    tones = colour + np.abs(bright) * (np.where(bright > 0, LIGHT, DUSK) - colour)
    pixels = max(1, round((0.09 * wide + 0.003) * easel.unit))
    paths = (paths * easel.unit).reshape(streaks, 6).tolist()
    for path, tone in zip(paths, tones.astype(int).tolist(), strict=True):
        easel.draw.line(path, fill=tuple(tone), width=pixels)


def stem(easel: Easel, x: float, y: float, size: float) -> None:
    """A stem that bends, and a leaf or a blade on it."""
    c = easel.palette
    bend = easel.between(-0.12, 0.12)
    path = outline((x, y), (x + bend * 0.3, y + 0.3), (x + bend, y + 0.8), smooth=7)
    easel.line(path, 0.1 * size, mix(c["dark"], c["near"], 0.4))
    wide = 0.16 if easel.composition == "irises" else 0.6
    turn = easel.between(0.2, 0.9) if easel.chance(0.5) else np.pi - easel.between(0.2, 0.9)
    if easel.composition == "irises":
        turn = -np.pi / 2 + easel.between(-0.35, 0.35)
    easel_leaf = mix(c["near"], c["dark"], easel.between(0, 0.5))
    root = (x + bend * 0.5, y + 1.5 * size + (0.5 if easel.composition == "irises" else 0))
    petal(easel, root, turn, 2.2 * size if wide < 0.3 else 1.3 * size, wide * size, easel_leaf)


def poppy(easel: Easel, x: float, y: float, size: float) -> None:
    """Silk around a dark heart; some seen from the side."""
    c = easel.palette
    red = mix(c["red"], c[easel.choose(("red", "gold", "pale"))], easel.between(0, 0.4))
    flat, spin = easel.between(0.6, 1.0), easel.between(0, 2 * np.pi)
    for ring, count in ((1.0, 5), (0.74, 4)):
        for i in range(count):
            angle = spin + ring + i * 2 * np.pi / count + easel.random.normal(0, 0.12)
            petal(easel, (x, y), angle, size * ring * 1.08, size * ring * 1.25, red, flat, 5)
    easel.disc(x, y, 0.26 * size, mix(c["dark"], (20, 10, 24), 0.6), flat)
    turn = np.linspace(0, 2 * np.pi, 19)[:-1]
    reach = size * easel.random.uniform(0.24, 0.4, 18)
    easel.dabs(
        x + reach * np.cos(turn),
        y + flat * reach * np.sin(turn),
        0.045 * size,
        np.tile((34, 20, 30), (18, 1)),
    )
    easel.disc(x - 0.03 * size, y - 0.04 * size, 0.13 * size, mix(c["near"], c["gold"], 0.4), flat)


def iris(easel: Easel, x: float, y: float, size: float) -> None:
    """Three falls, three standards, a golden beard."""
    c = easel.palette
    violet = mix(c["blue"], c[easel.choose(("blue", "pale", "red"))], easel.between(0, 0.35))
    lean = easel.random.normal(0, 0.3)
    for angle in (-2.05, -1.1, -1.57):  # standards
        turn = lean + angle + easel.random.normal(0, 0.1)
        petal(easel, (x, y), turn, size * 1.2, size * 0.72, mix(violet, c["pale"], 0.22))
    for angle in (0.35, 2.8, 1.57):  # falls
        turn = lean + angle + easel.random.normal(0, 0.15)
        petal(
            easel,
            (x, y - 0.05 * size),
            turn,
            size * 1.15,
            size * 0.85,
            mix(violet, c["dark"], 0.18),
            1.0,
            5,
        )
        way = np.array([np.cos(turn), np.sin(turn)]) * size
        easel.line([(x, y), way * 0.5 + (x, y)], 0.1 * size, c["gold"])
        easel.line([(x, y), way * 0.35 + (x, y)], 0.05 * size, (255, 240, 190))


def sunflower(easel: Easel, x: float, y: float, size: float) -> None:
    """Two rings of narrow petals around a disc of seeds."""
    c = easel.palette
    flat, spin = easel.between(0.75, 1.0), easel.between(0, 2 * np.pi)
    for ring, count, shade in ((1.08, 14, 0.25), (0.92, 12, 0.0)):
        gold = mix(mix(c["gold"], c["red"], shade), c["pale"], 0.06)
        for i in range(count):
            angle = spin + ring * 3 + i * 2 * np.pi / count + easel.random.normal(0, 0.07)
            long = size * ring * easel.between(0.9, 1.15)
            petal(easel, (x, y), angle, long, size * 0.34, gold, flat, 2)
    easel.disc(x, y, 0.52 * size, (60, 34, 20), flat)
    n = np.arange(60)
    reach, turn = 0.5 * size * np.sqrt(n / 60), n * 2.39996  # as the seeds stand: the golden angle
    tones = (
        np.array([(150, 92, 36)])
        * (0.45 + 0.75 * (n / 60))[:, None]
        * easel.random.uniform(0.75, 1.2, (60, 1))
    )
    easel.dabs(x + reach * np.cos(turn), y + flat * reach * np.sin(turn), 0.042 * size, tones)


def pad(easel: Easel, x: float, y: float, size: float) -> None:
    """A leaf that floats, with its notch."""
    c = easel.palette
    green = easel.tint(mix(c["near"], c["dark"], easel.between(0, 0.45)), 10)
    notch, squash = easel.between(0, 2 * np.pi), 0.5
    turn = np.linspace(notch + 0.2, notch + 2 * np.pi - 0.2, 22)
    rim = np.stack([np.cos(turn), squash * np.sin(turn)], 1) * size
    leaf, spot = np.concatenate([rim, [[0, 0]]]), np.array([x, y])
    easel.polygon(
        leaf * 1.03 + (x + 0.008, y + 0.016),
        mix(c["dark"], (0, 0, 20), 0.4),
    )
    easel.polygon(leaf + spot, green)
    easel.line(rim[8:18] * 0.97 + (x, y), 0.01, mix(green, c["far"], 0.45))
    for spoke in rim[2:-2:4]:
        easel.line([(x, y), spoke * 0.85 + (x, y)], 0.006, mix(green, c["far"], 0.3))


def lily(easel: Easel, x: float, y: float, size: float) -> None:
    """Rings of pointed petals that open upwards out of the water."""
    c = easel.palette
    tint = mix(
        c["pale"], c[easel.choose(("pale", "red", "gold", "blue"))], easel.between(0.05, 0.45)
    )
    spin = easel.between(0, 2 * np.pi)
    easel.glow(x + 0.1 * size, y + 0.3 * size, 1.3 * size, (10, 20, 34), 0.6, 0.5)
    for ring, count, rise in ((1.05, 10, 0.0), (0.85, 8, 0.1), (0.6, 6, 0.2)):
        turns = spin + ring * 5 + np.arange(count) * 2 * np.pi / count
        for turn in sorted(turns, key=np.sin):  # the far side first
            long = size * ring * easel.between(0.92, 1.08)
            tone = mix(tint, c["red"], 0.22 - rise)
            petal(easel, (x, y - rise * size), turn, long, size * 0.44, tone, 0.62, 3)
    t = easel.random.random((2, 14))
    easel.dabs(
        x + (t[0] - 0.5) * 0.34 * size,
        y + ((t[1] - 0.5) * 0.26 - 0.22) * size,
        0.045 * size,
        np.tile(c["gold"], (14, 1)),
    )
