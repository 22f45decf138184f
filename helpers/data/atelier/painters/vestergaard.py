"""Søren Vestergaard: nights that turn. Stars with haloes, a moon, cypresses, sleeping villages."""

from __future__ import annotations

import numpy as np
from PIL import Image

from helpers.data.atelier.painters.brushes import Easel, Painter, blend, from_hex, mix

PAINTER = Painter(
    name="Søren Vestergaard",
    years="1852 - 1899",
    genre="Post-Impressionism",
    nationality="Danish,Dutch",
    bio="An imaginary lamplighter who painted after his round and swore that the sky turned "
    "faster when nobody looked.",
    works=540,
)
FORMATS = (1.27, 1.4, 1.15, 0.8)  # width by height
PALETTES = {
    "ultramarine": from_hex(
        night="1d2f6f", blue="3f68b5", pale="9cc0dc", star="fbe08a", land="1f3350", dark="0f1a26"
    ),
    "emerald": from_hex(
        night="123f4a", blue="2f7c80", pale="a3cdb4", star="f6ee9c", land="20463a", dark="0d2020"
    ),
    "violet": from_hex(
        night="33265f", blue="6a5aa8", pale="c0b2dc", star="ffc878", land="362a4c", dark="171226"
    ),
    "prussian": from_hex(
        night="0f2038", blue="2c5478", pale="8fb3bf", star="f7f0cf", land="1a2c3c", dark="0a121a"
    ),
    "last light": from_hex(
        night="24407c", blue="5684b8", pale="e6c3a0", star="ffe79a", land="3f4a4a", dark="18201f"
    ),
}
COMPOSITIONS = ("village", "cypress", "river", "wheat")


def paint(easel: Easel) -> Image.Image:
    """Light laid softly, whirled by strokes that follow its eddies, then the land under it."""
    tall = {"village": (0.62, 0.74), "cypress": (0.66, 0.8), "river": (0.5, 0.6)}
    horizon = easel.bottom * easel.between(*tall.get(easel.composition, (0.48, 0.6)))
    eddies = heavens(easel, horizon)
    flow = turning(eddies, easel.between(0.3, 0.9), easel.between(3, 7), easel.between(0, 6))
    above = (0, 0, easel.right, horizon + 0.03)
    easel.strokes(520, 0.085, 0.017, flow, 13, above, 0.1)
    easel.strokes(760, 0.055, 0.008, flow, 24, above, 0.08)
    lights(easel, eddies)
    hills(easel, horizon)
    {"village": village, "cypress": village, "river": river, "wheat": wheat}[easel.composition](
        easel, horizon
    )
    if easel.composition == "cypress" or easel.chance(0.3):
        cypress(easel)
    return easel.varnish(relief=0.75, weave=0.3, shade=0.35)


def heavens(easel: Easel, horizon: float) -> list[tuple[float, float, float, float]]:
    """The sky's light; returns its eddies: x, y, radius, turn. The first is the moon, then the
    great whirls, then the stars."""
    colours, (x, y) = easel.palette, easel.coarse(48)
    random, right = easel.random, easel.right
    light = blend(colours["night"], colours["blue"], (y / horizon) ** 1.5 * 0.8)
    light = blend(light, colours["pale"], (y / horizon - 0.6) * easel.between(0.4, 1.6))
    side = easel.choose((-1, 1))
    moon = right * (0.5 + side * easel.between(0.1, 0.38)), horizon * easel.between(0.16, 0.4)
    eddies = [(*moon, easel.between(0.12, 0.2), 1.0)]
    for _ in range(int(random.integers(1, 4))):
        place = right * easel.between(0.2, 0.8), horizon * easel.between(0.3, 0.75)
        eddies.append((*place, easel.between(0.14, 0.27), easel.choose((-1.6, 1.6))))
    whirls = len(eddies)
    for _ in range(int(random.integers(5, 12))):
        place = right * easel.between(0.03, 0.97), horizon * easel.between(0.05, 0.8)
        eddies.append((*place, easel.between(0.04, 0.095), 1.0))
    for number, (left, top, radius, turn) in enumerate(eddies):
        far = np.hypot(x - left, y - top)
        fade = np.exp(-((far / radius) ** 2))
        if 0 < number < whirls:  # two arms that wind outwards
            angle = np.arctan2(y - top, x - left) * np.sign(turn)
            arms = 0.5 + 0.5 * np.cos(2 * angle - 9 * far / radius)
            light = blend(light, colours["pale"], fade * arms * 0.95)
            light = blend(light, colours["night"], fade * (1 - arms) * 0.5)
        else:
            rings = 0.62 + 0.38 * np.cos(far / radius * 8)
            light = blend(light, mix(colours["pale"], colours["star"], 0.55), fade * rings)
            light = blend(light, colours["star"], np.exp(-((far / radius * 2.3) ** 2)))
    easel.lay(light)
    return eddies


def turning(eddies: list, wave: float, often: float, phase: float) -> object:
    """The direction of the wind at any place: a wavy breeze, bent round every eddy."""

    def flow(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        along, down = np.ones_like(x), wave * np.cos(often * x + 2 * y + phase)
        for left, top, radius, turn in eddies:
            far = np.hypot(x - left, y - top) + 1e-3
            pull = 7 * turn * np.exp(-((far / radius / 1.25) ** 2))
            along = along - pull * (y - top) / far
            down = down + pull * (x - left) / far
        return np.arctan2(down, along)

    return flow


def lights(easel: Easel, eddies: list) -> None:
    """The moon, full or a crescent, and the hearts of the stars, laid on thick."""
    colours, white = easel.palette, mix(easel.palette["star"], (255, 255, 255), 0.6)
    left, top, radius, _ = eddies[0]
    size, hollow = radius * 0.45, easel.choose((-1.0, 0.35, 0.75))  # -1: the moon is full
    t, lean = np.linspace(-1.57, 1.57, 16), easel.between(-0.6, 0.6) + easel.choose((0, np.pi))
    across = np.concatenate([np.cos(t), hollow * np.cos(t[::-1])])
    along = np.concatenate([np.sin(t), np.sin(t[::-1])])
    x = left + size * (across * np.cos(lean) - along * np.sin(lean))
    y = top + size * (across * np.sin(lean) + along * np.cos(lean))
    easel.polygon([*zip(x, y, strict=True)], mix(colours["star"], white, 0.4))
    stars = [eddy for eddy in eddies[1:] if eddy[2] < 0.1]
    for left, top, radius, _ in stars:
        easel.disc(left, top, radius * 0.22, white, easel.between(0.8, 1.2))


def hills(easel: Easel, horizon: float) -> None:
    """Two or three waves of land, stroked along their slopes."""
    colours, t = easel.palette, np.linspace(0, 1, 30)
    low = easel.bottom - horizon
    for depth in (0.0, 0.3, 0.62):
        wave, phase = easel.between(3, 8), easel.between(0, 6)
        swing = 0.06 * (1 - 0.6 * depth) * (0.25 if easel.composition == "river" else 1)
        line = horizon + depth * low + swing * np.sin(wave * t + phase)
        land = mix(
            mix(colours["land"], colours["blue"], 0.45 - 0.5 * depth), colours["dark"], depth
        )
        edge = [(easel.right, easel.bottom), (0, easel.bottom)]
        easel.polygon([*zip(t * easel.right, line, strict=True), *edge], land)

        def slope(x: np.ndarray, y: np.ndarray, a: float = wave, b: float = phase) -> np.ndarray:
            return 0.5 * np.cos(a * x / easel.right + b + 6 * (y - horizon))

        area = (0, horizon + depth * low, easel.right, easel.bottom)
        easel.strokes(150, 0.06, 0.013, slope, 15, area, 0.1)


def village(easel: Easel, horizon: float) -> None:
    """Steep roofs, lit windows, trees between them, and one thin spire."""
    colours, random = easel.palette, easel.random
    middle = easel.right * easel.between(0.35, 0.65)
    depth = np.sort(random.uniform(0.04, 0.19, int(random.integers(9, 18))))
    church = int(random.integers(2, len(depth) - 2))
    for number, down in enumerate(depth):
        x, y = middle + random.normal(0, 0.24), horizon + down
        size = 0.025 + 0.26 * down
        wall = mix(easel.tint(colours["blue"], 10), colours["dark"], easel.between(0.1, 0.6))
        roof = mix(easel.choose((colours["dark"], (122, 66, 48), colours["land"])), wall, 0.3)
        if number == church:
            x, size = middle, size * 1.15
            easel.polygon(
                [
                    (x - 0.018, y),
                    (x - 0.015, y - 0.13),
                    (x, y - 0.34),
                    (x + 0.015, y - 0.13),
                    (x + 0.018, y),
                ],
                mix(wall, colours["dark"], 0.45),
            )
        if random.random() < 0.3:
            easel.disc(
                x + size * 1.3,
                y - size * 0.3,
                size * 0.7,
                mix(colours["land"], colours["dark"], 0.5),
            )
        easel.polygon(
            [(x - size, y), (x - size, y - size), (x + size, y - size), (x + size, y)], wall
        )
        ridge = [(x - size * 0.75, y - size * 1.8), (x + size * 0.75, y - size * 1.8)]
        easel.polygon([(x - size * 1.12, y - size), *ridge, (x + size * 1.12, y - size)], roof)
        for pane in random.uniform(-0.7, 0.7, int(random.integers(0, 4))):
            a, b, half = x + pane * size, y - size * 0.5, size * 0.17
            easel.polygon(
                [
                    (a - half, b - half * 1.5),
                    (a + half, b - half * 1.5),
                    (a + half, b + half),
                    (a - half, b + half),
                ],
                colours["star"],
            )


def river(easel: Easel, horizon: float) -> None:
    """A quay with lamps, and every lamp drawn out on the moving water."""
    colours, random = easel.palette, easel.random
    top = horizon + 0.05
    box = [(0, top), (easel.right, top), (easel.right, easel.bottom), (0, easel.bottom)]
    easel.graded(box, mix(colours["blue"], colours["night"], 0.3), colours["night"])
    easel.strokes(330, 0.07, 0.012, 0.0, 17, (0, top, easel.right, easel.bottom), 0.12)
    count = int(random.integers(5, 12))
    for x in random.uniform(0.04, 0.96, count) * easel.right:
        reach, wide = easel.between(0.12, 0.36), easel.between(0.012, 0.026)
        y = top + np.sort(random.random(16)) * reach
        fade = ((y - top) / reach)[:, None]
        tones = (
            np.asarray(colours["star"]) * (1 - 0.5 * fade)
            + np.asarray(colours["blue"]) * 0.5 * fade
        )
        easel.dabs(x + random.normal(0, 0.006, 16), y, wide * (1.1 - 0.5 * fade[:, 0]), tones, 0.25)
        easel.disc(x, top - 0.015, 0.013, mix(colours["star"], (255, 255, 255), 0.4))
    easel.line([(0, top), (easel.right, top)], 0.012, colours["dark"])
    for _ in range(int(random.integers(0, 4))):  # boats at rest
        x, y, size = (
            easel.right * easel.between(0.1, 0.9),
            easel.bottom - easel.between(0.05, 0.2),
            0.09,
        )
        ends = [
            (x - size, y - 0.03),
            (x + size, y - 0.03),
            (x + size * 0.7, y + 0.02),
            (x - size * 0.7, y + 0.02),
        ]
        easel.polygon(ends, mix(colours["dark"], (122, 66, 48), 0.3))
        easel.line([(x, y), (x + 0.01, y - easel.between(0.1, 0.22))], 0.008, colours["dark"])


def wheat(easel: Easel, horizon: float) -> None:
    """A field in the wind under the night, and a path through it."""
    colours, random = easel.palette, easel.random
    gold = mix(mix(colours["star"], (150, 110, 50), 0.55), colours["land"], easel.between(0.1, 0.4))
    top, t = horizon + easel.between(0.06, 0.12), np.linspace(0, 1, 12)
    line = top + 0.02 * np.sin(t * easel.between(4, 9))
    edge = [(easel.right, easel.bottom), (0, easel.bottom)]
    easel.graded(
        [*zip(t * easel.right, line, strict=True), *edge], gold, mix(gold, colours["dark"], 0.45)
    )
    end, bend = easel.right * easel.between(0.3, 0.7), easel.between(-0.2, 0.2)
    way = end + bend * np.sin(3 * t) + (easel.right * easel.between(0.3, 0.7) - end) * t
    y, half = top + (easel.bottom - top) * t**1.4, 0.01 + 0.13 * t**1.5
    path = [*zip(way - half, y, strict=True), *zip((way + half)[::-1], y[::-1], strict=True)]
    easel.polygon(path, mix(colours["land"], colours["pale"], 0.25))
    wave, phase = easel.between(4, 9), easel.between(0, 6)

    def wind(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return -1.1 + 0.8 * np.sin(wave * x + phase + 5 * y)

    easel.strokes(520, 0.06, 0.01, wind, 20, (0, top, easel.right, easel.bottom), 0.2)
    if random.random() < 0.5:
        x, size = easel.right * easel.between(0.2, 0.8), easel.between(0.05, 0.08)
        wall = [(x - size, top), (x - size, top - size), (x + size, top - size), (x + size, top)]
        easel.polygon(wall, mix(colours["blue"], colours["dark"], 0.4))
        roof = [(x - size * 1.15, top - size), (x, top - size * 2), (x + size * 1.15, top - size)]
        easel.polygon(roof, colours["dark"])
        easel.disc(x, top - size * 0.45, size * 0.2, colours["star"])


def cypress(easel: Easel) -> None:
    """A dark flame or two that climb out of the foreground."""
    colours, random, side = easel.palette, easel.random, easel.choose((-1, 1))
    for number in range(int(random.integers(1, 4))):
        high = easel.bottom * easel.between(0.55, 0.92) * 0.8**number
        x = easel.right * (0.5 + side * easel.between(0.12, 0.38)) + number * 0.11 * side
        t = np.linspace(0, 1, 26)
        wide = high * 0.17 * np.sin(np.pi * (0.12 + 0.88 * t) ** 0.8) ** 1.1
        sway = 0.03 * np.sin(t * easel.between(4, 9) + easel.between(0, 6)) * t
        y = easel.bottom + 0.02 - high * t
        ragged = wide * random.uniform(0.75, 1.15, (2, 26))
        outline = [*zip(x + sway - ragged[0], y, strict=True)]
        outline += [*zip(x + sway + ragged[1], y, strict=True)][::-1]
        green = mix(colours["dark"], (52, 72, 40), 0.45)
        easel.polygon(outline, green)
        up, across = random.random(100), random.uniform(-1, 1, 100)
        left = x + np.interp(up, t, sway) + across * np.interp(up, t, wide)
        top = easel.bottom - high * up
        lean = across * 0.02 + 0.012 * np.sin(25 * up)
        reach = random.uniform(0.03, 0.07, 100)
        ends = np.stack([left + lean / 2, top + reach / 2, left - lean, top - reach / 2], 1)
        lit = (across * side < -0.35)[:, None]
        tones = np.where(lit, colours["pale"], colours["dark"]) * 0.35 * np.abs(across[:, None])
        tones = tones + np.asarray(green) * (1 - 0.35 * np.abs(across[:, None]))
        tones = (tones + random.normal(0, 8, (100, 1))).clip(0, 255).astype(int).tolist()
        pixels = max(1, round(0.009 * easel.unit))
        for end, tone in zip((ends * easel.unit).tolist(), tones, strict=True):
            easel.draw.line(end, fill=tuple(tone), width=pixels)
