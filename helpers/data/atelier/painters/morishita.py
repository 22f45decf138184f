"""Hanae Morishita: woodblock prints. Great waves, a cone of snow, pines, a bridge in the rain."""

from __future__ import annotations

import numpy as np
from PIL import Image

from helpers.data.atelier.painters.brushes import Colour, Easel, Painter, from_hex, mix

PAINTER = Painter(
    name="Hanae Morishita",
    years="1796 - 1871",
    genre="Ukiyo-e",
    nationality="Japanese",
    bio="An imaginary cutter of cherry-wood blocks who drew one mountain from every side and "
    "asked each wave to hold still.",
    works=480,
)
FORMATS = (1.45, 1.3, 0.78, 0.7)  # width by height
PALETTES = {
    "indigo": from_hex(
        paper="efe3c6", sky="5f8fa8", low="ecd9ae", sea="3f7397", deep="1c3a60", ink="17233c"
    )
    | from_hex(red="c4472f", green="5a7355", stone="8d9aa0"),
    "red morning": from_hex(
        paper="f2e2c0", sky="3f6f92", low="f0b684", sea="5b8fa0", deep="274b68", ink="221f30"
    )
    | from_hex(red="b8392a", green="4d6a48", stone="a3492f"),
    "snow": from_hex(
        paper="eee9dc", sky="76869a", low="dcd9d0", sea="7f98a8", deep="3f5872", ink="222b3c"
    )
    | from_hex(red="b5503f", green="5d7068", stone="75828f"),
    "evening": from_hex(
        paper="ead9b2", sky="27406b", low="dc8a62", sea="48708a", deep="172c50", ink="131a30"
    )
    | from_hex(red="d0522f", green="3f5a4c", stone="54607c"),
    "celadon": from_hex(
        paper="f0e8cd", sky="7fb0a2", low="f0d6a4", sea="5a9c98", deep="23585f", ink="1b2f38"
    )
    | from_hex(red="cc5a3c", green="6b8450", stone="8c8f7c"),
}
COMPOSITIONS = ("great wave", "mountain", "pine shore", "bridge in rain")


def paint(easel: Easel) -> Image.Image:
    """Paper, a sky wiped into it from the top, the motif in flat colour, the blue key block."""
    colours = easel.palette
    easel.wash(colours["paper"], colours["paper"])
    _, rows = easel.coarse(64)
    y = rows[:, :1]
    level = easel.bottom * easel.between(0.5, 0.68)
    easel.film(colours["sky"], (1 - y / easel.between(0.15, 0.45)).clip(0, 1) ** 1.3)
    easel.film(colours["low"], np.exp(-(((y - level) / easel.between(0.1, 0.25)) ** 2)) * 0.95)
    {
        "great wave": great_wave,
        "mountain": great_mountain,
        "pine shore": pine_shore,
        "bridge in rain": bridge_in_rain,
    }[easel.composition](easel, level)
    grain = easel.mist(30, 2, 9.0)  # the wood of the block shows in the colour
    easel.film(colours["paper"], (grain - 0.5).clip(0, 1) * 0.45)
    rim = 0.022
    frame = [(0, 0), (easel.right, 0), (easel.right, easel.bottom), (0, easel.bottom), (0, 0)]
    easel.line(frame, rim * 2, colours["paper"])
    inner = np.array(frame).clip(rim, [easel.right - rim, easel.bottom - rim])
    easel.line(inner, 0.007, colours["ink"])
    return easel.varnish(relief=0, weave=0.35, shade=0.12)


def shape(easel: Easel, points: np.ndarray, top: Colour, low: Colour | None = None) -> None:
    """One block's colour, flat or graded, and the key block's line around it."""
    if low is None:
        easel.polygon(points, top)
    else:
        easel.graded(points, top, low)
    easel.line([*points, points[0]], 0.008, easel.palette["ink"])


def curve(points: list[tuple[float, float]], rounds: int = 3) -> np.ndarray:
    """Corners cut off again and again until the line is round."""
    line = np.array(points, dtype=float)
    for _ in range(rounds):
        near, far = line[:-1] * 0.75 + line[1:] * 0.25, line[:-1] * 0.25 + line[1:] * 0.75
        line = np.concatenate([line[:1], np.stack([near, far], 1).reshape(-1, 2), line[-1:]])
    return line


def luminary(easel: Easel, x: float, level: float) -> None:
    """The red sun, or a pale moon where the sky is dark."""
    colours, size = easel.palette, easel.between(0.06, 0.13)
    y = level * easel.between(0.25, 0.6)
    dark = sum(colours["sky"]) < 280
    easel.disc(x, y, size, mix(colours["paper"], (255, 255, 255), 0.4) if dark else colours["red"])


def bands_of_mist(easel: Easel, level: float) -> None:
    """Long clouds with round ends, left in the colour of the paper."""
    for _ in range(int(easel.random.integers(1, 4))):
        x, y = easel.between(0, 1) * easel.right, level - easel.between(0.02, 0.35)
        for step in range(int(easel.random.integers(1, 3))):
            half, wide = easel.between(0.15, 0.5), easel.between(0.025, 0.045)
            left, right = x - half + step * 0.2, x + half
            tone = mix(easel.palette["paper"], (255, 255, 255), 0.25)
            easel.line([(left, y + step * wide), (right, y + step * wide)], wide, tone)
            easel.disc(left, y + step * wide, wide / 2, tone)
            easel.disc(right, y + step * wide, wide / 2, tone)


def cone(easel: Easel, x: float, foot: float, high: float, wide: float) -> None:
    """The mountain: slopes that steepen, stone graded into forest or haze, fingers of snow."""
    colours, t = easel.palette, np.linspace(0, 1, 24)
    left = np.stack([x - 0.06 * high - wide * t**1.5, foot - high * (1 - t)], 1)
    right = np.stack([x + 0.06 * high + wide * t**1.5, foot - high * (1 - t)], 1)
    low = colours["green"] if easel.chance(0.5) else mix(colours["low"], colours["stone"], 0.3)
    stone = easel.tint(colours["stone"], 6)
    shape(easel, np.array([*left[::-1], *right]), stone, low)
    depth, count = int(easel.random.integers(8, 15)), int(easel.random.integers(4, 7)) * 2 + 1
    across = np.linspace(0, 1, count)[1:-1]
    reach = np.where(np.arange(count - 2) % 2, 1.25, 0.45) * easel.random.uniform(
        0.75, 1.2, count - 2
    )
    level = t[depth] * reach
    edges = [np.interp(level, t, side[:, 0]) for side in (left, right)]
    fingers = zip(
        edges[0] * (1 - across) + edges[1] * across, foot - high * (1 - level), strict=True
    )
    snow = mix(colours["paper"], (255, 255, 255), 0.65)
    shape(easel, np.array([*left[: depth + 1], *fingers, *right[: depth + 1][::-1]]), snow)


def ripples(easel: Easel, level: float, count: int = 34) -> None:
    """Water graded dark towards us, and short curved lines on it."""
    colours = easel.palette
    box = [(0, level), (easel.right, level), (easel.right, easel.bottom), (0, easel.bottom)]
    easel.graded(box, mix(colours["sea"], colours["paper"], 0.35), colours["sea"])
    tone = mix(colours["sea"], colours["deep"], 0.7)
    for a, b, c in easel.random.random((count, 3)):
        y, size = level + 0.02 + (easel.bottom - level) * b, 0.02 + 0.06 * b * c
        x = a * easel.right
        easel.line([(x - size, y), (x, y - size * 0.22), (x + size, y)], 0.005, tone)


def great_wave(easel: Easel, level: float) -> None:
    """A mountain or a sun far off; a wave that curls over boats; a swell before us."""
    side = easel.choose((-1, 1))
    centre = easel.right / 2 + side * easel.between(0.02, 0.2)
    if easel.chance(0.5):
        luminary(easel, centre + side * 0.15, level)
    ripples(easel, level + 0.05, 10)
    if easel.chance(0.75):
        cone(
            easel,
            centre + side * easel.between(0.1, 0.3),
            level + 0.06,
            easel.between(0.12, 0.25),
            0.3,
        )
    if easel.chance(0.6):
        wave(easel, centre + side * 0.55, level + 0.22, easel.between(0.2, 0.35), -side)
    boat(easel, centre + side * 0.25, level + 0.2, easel.between(0.2, 0.3), side)
    high = easel.between(0.55, 0.75)
    wave(
        easel,
        centre - side * easel.between(0.3, 0.42),
        level + easel.between(0.24, 0.34),
        high,
        side,
    )
    if easel.chance(0.5):
        boat(easel, centre + side * easel.between(0, 0.3), easel.bottom - 0.16, 0.3, side)
    wave(
        easel,
        centre - side * easel.between(-0.7, 0.6),
        easel.bottom + 0.1,
        easel.between(0.2, 0.34),
        side,
    )


def wave(easel: Easel, x: float, foot: float, high: float, side: int) -> None:
    """Striped water between a back and a hollow face, foam that reaches out with claws."""
    colours, random = easel.palette, easel.random
    lip = easel.between(0.6, 0.85), easel.between(0.52, 0.7)
    back = [(-1.5, -0.4), (-1.0, 0.05), (-0.6, 0.35), (-0.25, 0.75), (0.1, 0.98), (0.45, 0.96), lip]
    face = [(1.9, -0.4), (1.2, -0.02), (0.55, 0.05), (0.22, 0.3), (0.22, 0.6), (0.42, 0.76), lip]
    back, face = curve(back), curve(face)
    place = np.array([side * high, -high])
    white = mix(colours["paper"], (255, 255, 255), 0.6)

    def at(points: np.ndarray) -> np.ndarray:
        return points * place + (x, foot)

    shape(easel, at(np.concatenate([back, face[::-1]])), colours["deep"])
    stripes = np.sort(random.uniform(0.08, 0.95, 8))
    for i in range(0, 8, 2):  # each stripe runs from the foot up into the lip
        edges = [back * (1 - s) + face * s for s in stripes[i : i + 2]]
        tone = (colours["sea"], mix(colours["sea"], colours["paper"], 0.65))[i // 2 % 2]
        easel.polygon(at(np.concatenate([edges[0], edges[1][::-1]])), tone)
    easel.line(at(face[len(face) // 4 :]), 0.007, colours["ink"])
    n = len(back)
    crest = np.concatenate([back[n // 2 :], face[n * 2 // 3 :][::-1]])
    spots = crest[np.linspace(0, len(crest) - 1, 34).astype(int)] + random.normal(0, 0.018, (34, 2))
    swell = np.sin(np.linspace(0.3, 3.0, 34)) * 0.045 + random.uniform(0.015, 0.04, 34)
    claws = []
    for spot in spots[8:30:2] + np.array([0.02, 0]):  # three joints each, bent down and forward
        turn, reach = random.uniform(-1.5, -0.1), random.uniform(0.03, 0.06)
        for joint in range(3):
            spot = spot + reach * np.array([np.cos(turn), np.sin(turn)])
            claws.append((*spot, 0.032 - 0.008 * joint))
            turn -= random.uniform(0.2, 0.7)
    foam = np.concatenate([np.column_stack([spots, swell]), claws])
    places, sizes = at(foam[:, :2]), foam[:, 2] * high
    for grow, tone in ((0.007, colours["ink"]), (0, white)):
        easel.dabs(places[:, 0], places[:, 1], sizes + grow, np.tile(tone, (len(foam), 1)))
    shade = np.tile(mix(white, colours["sea"], 0.35), (15, 1))
    inner = at(spots[2:32:2] - 0.05)
    easel.dabs(inner[:, 0], inner[:, 1], sizes[2:32:2] * 0.5, shade)
    drops = at(np.array(lip) + random.normal(0, (0.28, 0.2), (26, 2)) + (0.15, 0.12))
    easel.dabs(drops[:, 0], drops[:, 1], random.uniform(0.004, 0.01, 26), np.tile(white, (26, 1)))


def boat(easel: Easel, x: float, y: float, size: float, side: int) -> None:
    """A long boat with a row of bent backs."""
    colours, tilt = easel.palette, easel.between(-0.25, 0.25)
    t = np.linspace(-1, 1, 12)
    top = np.stack([x + size * t, y - size * (0.16 * t**2 * (1 + 0.6 * side * t) + tilt * t)], 1)
    low = np.stack([x + size * t * 0.85, y + size * (0.13 - 0.12 * t**2 - tilt * t)], 1)
    for a, b in top[2:10]:
        easel.disc(a, b - size * 0.03, size * 0.065, colours["deep"])
        easel.disc(a + size * 0.03 * side, b - size * 0.1, size * 0.035, colours["paper"])
    shape(easel, np.array([*top, *low[::-1]]), mix(colours["paper"], (190, 140, 80), 0.6))


def great_mountain(easel: Easel, level: float) -> None:
    """The cone fills the sheet; a sun, mackerel clouds or mist; forest or water at its foot."""
    colours, random = easel.palette, easel.random
    x = easel.right * easel.between(0.35, 0.65)
    if easel.chance(0.65):
        luminary(easel, easel.right * easel.between(0.15, 0.85), level)
    if easel.chance(0.5):
        count, white = 90, mix(colours["paper"], (255, 255, 255), 0.5)
        y = level * random.uniform(0.08, 0.75, count)
        across = (random.random(count) * 0.8 + y) % 1.0 * easel.right
        easel.dabs(across, y, random.uniform(0.012, 0.04, count), np.tile(white, (count, 1)), 0.3)
    foot = easel.bottom * easel.between(0.72, 0.85)
    cone(easel, x, foot, foot * easel.between(0.55, 0.8), easel.between(0.5, 0.85) * easel.right)
    bands_of_mist(easel, foot + 0.05)
    if easel.chance(0.5):
        ripples(easel, foot)
        for _ in range(int(random.integers(0, 4))):
            sail(easel, easel.between(0.1, 0.9) * easel.right, foot + easel.between(0.05, 0.12))
    else:
        t = np.linspace(0, 1, 20)
        for depth in (0.0, 0.08):
            line = foot + depth + 0.02 * np.sin(t * easel.between(3, 9) + easel.between(0, 6))
            wood = np.array([*zip(t * easel.right, line, strict=True), (easel.right, 2), (0, 2)])
            shape(easel, wood, mix(colours["green"], colours["deep"], 4 * depth))
        trees = np.sort(random.uniform(foot + 0.03, easel.bottom, 60))
        for y, a in zip(trees, random.random(60), strict=True):
            size = 0.02 + 0.14 * (y - foot)
            peak = [(a * easel.right - size * 0.5, y), (a * easel.right, y - size * 2)]
            easel.polygon([*peak, (a * easel.right + size * 0.5, y)], colours["deep"])


def sail(easel: Easel, x: float, y: float) -> None:
    """A square sail with a swelling side over a sliver of hull."""
    size, side = easel.between(0.05, 0.1), easel.choose((-1, 1))
    place = np.array([side * size, -size])
    cloth = [(-0.55, 0.25), (-0.4, 1.7), (0.4, 1.7), (0.62, 1.0), (0.55, 0.25)]
    hull = [(-0.9, 0.3), (-0.4, 0.12), (0.5, 0.12), (1.1, 0.4), (0.6, -0.15), (-0.6, -0.15)]
    shape(easel, np.array(hull) * place + (x, y), mix(easel.palette["ink"], (150, 104, 66), 0.5))
    white = mix(easel.palette["paper"], (255, 255, 255), 0.5)
    shape(easel, np.array(cloth) * place + (x, y), white)


def pine_shore(easel: Easel, level: float) -> None:
    """Water, the mountain or a sun across it, and an old pine that leans over from one side."""
    colours, random, side = easel.palette, easel.random, easel.choose((-1, 1))
    if easel.chance(0.6):
        luminary(easel, easel.right * (0.5 + 0.2 * side), level)
    cone(easel, easel.right * (0.5 + 0.15 * side), level + 0.02, easel.between(0.2, 0.4), 0.5)
    ripples(easel, level)
    bands_of_mist(easel, level + 0.02)
    for _ in range(int(random.integers(1, 5))):
        sail(easel, easel.between(0.1, 0.9) * easel.right, level + easel.between(0.06, 0.16))
    edge = easel.right / 2 * (1 - side)
    t, reach = np.linspace(0, 1, 20), easel.right * easel.between(0.5, 0.9)
    rise = easel.between(0.08, 0.16) * (1 - t) ** 1.5
    bank = [*zip(edge + side * reach * t, easel.bottom - 0.06 - rise + 0.08 * t, strict=True)]
    shape(easel, np.array([*bank, (edge, easel.bottom + 0.1)]), colours["green"], colours["deep"])
    root = edge + side * reach * easel.between(0.1, 0.3), easel.bottom - 0.08
    tall = easel.between(0.5, 0.72) * easel.bottom
    bend = random.normal(0, 0.1, 5) + np.array([0, 0.08, 0.05, 0.22, 0.4]) * 0.8
    trunk = curve([(root[0] + side * bend[i], root[1] - tall * i / 4.5) for i in range(5)], 2)
    bark = mix(colours["ink"], (122, 84, 58), 0.6)
    for wide, tone in ((0.016, colours["ink"]), (0, bark)):  # thinner towards the top
        easel.line(trunk, 0.02 + wide, tone)
        easel.line(trunk[: len(trunk) * 3 // 4], 0.03 + wide, tone)
        easel.line(trunk[: len(trunk) // 2], 0.042 + wide, tone)
    for _ in range(int(random.integers(5, 9))):
        start = trunk[int(random.integers(len(trunk) // 3, len(trunk)))]
        end = start + random.normal((0.06 * side, -0.05), (0.17, 0.05))
        easel.line([start, end], 0.014, colours["ink"])
        pads = end + random.normal(0, (0.06, 0.018), (5, 2))
        size = random.uniform(0.05, 0.09, 5)
        for grow, tone in (
            (0.007, colours["ink"]),
            (0, mix(colours["green"], colours["deep"], 0.25)),
        ):
            easel.dabs(pads[:, 0], pads[:, 1], size + grow, np.tile(tone, (5, 1)), 0.45)
        light = np.tile(mix(colours["green"], colours["paper"], 0.3), (5, 1))
        easel.dabs(pads[:, 0], pads[:, 1] - 0.01, size * 0.6, light, 0.3)


def bridge_in_rain(easel: Easel, level: float) -> None:
    """An arched bridge with people under umbrellas, a far bank in grey, and slanting rain."""
    colours, random = easel.palette, easel.random
    t = np.linspace(0, 1, 24)
    ripples(easel, level - 0.04)
    bank = (
        level
        - 0.04
        - easel.between(0.05, 0.12) * np.abs(np.sin(t * easel.between(4, 9) + 1)) ** 0.5
    )
    far = [*zip(t * easel.right, bank, strict=True), (easel.right, level), (0, level)]
    easel.graded(
        far,
        mix(colours["stone"], colours["deep"], 0.35),
        mix(colours["stone"], colours["low"], 0.6),
    )
    rise, tilt = easel.between(0.1, 0.3), easel.between(-0.25, 0.25)
    y = level + easel.between(0.08, 0.2) + tilt * (t - 0.5) + rise * (2 * t - 1) ** 2 - rise * 0.4
    x = t * (easel.right + 0.2) - 0.1
    for a, b in zip(x[2::4], y[2::4], strict=True):
        easel.line([(a, b), (a, easel.bottom)], 0.035, colours["ink"])
        easel.line([(a - 0.04, b + 0.14), (a + 0.04, b + 0.14)], 0.02, colours["ink"])
    deck = np.array([*zip(x, y, strict=True), *zip(x[::-1], y[::-1] + 0.075, strict=True)])
    wood = mix(colours["low"], (170, 116, 66), 0.55)
    for _ in range(int(random.integers(2, 7))):
        place = easel.between(0.15, 0.85)
        a, b = np.interp(place, t, x), np.interp(place, t, y)
        robe = easel.choose((colours["red"], colours["deep"], colours["green"]))
        easel.polygon(
            [
                (a - 0.03, b + 0.02),
                (a + 0.03, b + 0.02),
                (a + 0.015, b - 0.1),
                (a - 0.015, b - 0.1),
            ],
            robe,
        )
        top = np.array(
            [
                (a - 0.07, b - 0.1),
                (a - 0.03, b - 0.145),
                (a, b - 0.155),
                (a + 0.03, b - 0.145),
                (a + 0.07, b - 0.1),
            ]
        )
        shape(easel, top, easel.choose((colours["paper"], colours["red"], wood)))
    shape(easel, deck, wood)
    for a, b in zip(x[::2], y[::2], strict=True):
        easel.line([(a, b), (a, b - 0.05)], 0.014, colours["ink"])
    easel.line([*zip(x, y - 0.05, strict=True)], 0.016, wood)
    lean, length = easel.between(-0.06, 0.06), easel.between(0.12, 0.22)
    tone = mix(colours["ink"], colours["sky"], 0.45)
    for a, b in random.random((95, 2)) * (easel.right, easel.bottom):
        easel.line([(a, b - length / 2), (a + lean, b + length / 2)], 0.003, tone)
