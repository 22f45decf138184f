"""Tomás Aldecoa: luminous seascapes. Sails, cliffs, surf, the path of the sun on the water."""

from __future__ import annotations

import numpy as np
from PIL import Image

from helpers.data.atelier.painters.brushes import Easel, Painter, blend, from_hex, mix

PAINTER = Painter(
    name="Tomás Aldecoa",
    years="1848 - 1923",
    genre="Luminism,Impressionism",
    nationality="Spanish",
    bio="An imaginary harbour pilot's son who rowed his easel out to sea and came home "
    "sunburnt by the moon.",
    works=560,
)
FORMATS = (1.3, 1.5, 1.2, 1.0)  # width by height
PALETTES = {
    "midday": from_hex(
        high="3f93bd", low="d8ecdf", sun="fffbe0", sea="1f7f91", deep="124f66", sail="f6ead0"
    ),
    "gold": from_hex(
        high="8fa3a0", low="f7c873", sun="fff3bf", sea="a98a5a", deep="4d4a42", sail="8a4a2a"
    ),
    "moon": from_hex(
        high="0f1f3d", low="5f86a3", sun="f3f6df", sea="24486b", deep="0b1a33", sail="c9cfc4"
    ),
    "pearl": from_hex(
        high="a9b9bd", low="eee6d8", sun="ffffff", sea="8ca7a8", deep="4f6b72", sail="c9683f"
    ),
    "rose": from_hex(
        high="7f8fc0", low="f7b9a3", sun="fff0d2", sea="6f83b0", deep="38426f", sail="f3dfc6"
    ),
}
COMPOSITIONS = ("regatta", "sail in the light", "cliffs", "surf")


def paint(easel: Easel) -> Image.Image:
    """Light first: sky and sea share it. Then rocks, sails and foam stand in its way."""
    horizon = easel.between(0.38, 0.66) if easel.composition != "surf" else easel.between(0.3, 0.45)
    sun = easel.between(0.25, 0.75) * easel.right, horizon - easel.between(0.04, 0.3)
    light_on_sea(easel, horizon, sun)
    easel.strokes(200, 0.09, 0.016, 0.0, 3, (0, 0, easel.right, horizon - 0.02), 0.3)
    if easel.composition == "cliffs":
        cliffs(easel, horizon, sun[0])
    water(easel, horizon, sun)
    if easel.composition == "surf":
        surf(easel)
    places = {"regatta": (5, 11), "sail in the light": (1, 4), "cliffs": (1, 4), "surf": (2, 5)}
    depths = np.sort(
        easel.random.uniform(0.01, 0.1, int(easel.random.integers(*places[easel.composition])))
    )
    for depth in depths[:-1] if easel.composition != "cliffs" else depths:
        boat(easel, easel.between(0.02, 0.98) * easel.right, horizon + depth, 0.06 + depth, sun[0])
    if easel.composition in ("regatta", "sail in the light"):
        near = easel.between(0.12, 0.24)
        x = easel.right * (0.5 + easel.random.normal(0, 0.09))
        boat(easel, x, horizon + near, easel.between(0.36, 0.62), sun[0])
    gulls(easel, horizon)
    return easel.varnish(relief=0.35, weave=0.25, shade=0.3)


def light_on_sea(easel: Easel, horizon: float, sun: tuple[float, float]) -> None:
    """Sky and water in one soft layer: everything glows from where the sun stands."""
    colours, (x, y) = easel.palette, easel.coarse(64)
    light = blend(colours["high"], colours["low"], (y / horizon) ** easel.between(1, 2.2))
    towers = easel.mist(easel.choose((3, 4, 6)), 4, easel.between(0.9, 1.6))
    edge = towers - easel.between(0.4, 0.6) + 0.2 * (y / horizon - 0.6)
    body = (edge * 8).clip(0, 1) * (y < horizon) * (1.1 - 0.5 * y / horizon)
    lit = 4 * (towers - np.pad(towers, ((3, 0), (0, 0)), "edge")[:-3])
    light = blend(
        light, mix(mix(colours["high"], colours["low"], 0.45), colours["deep"], 0.12), body
    )
    light = blend(light, colours["sun"], body * (0.35 + lit))
    far = np.sqrt((x - sun[0]) ** 2 + (y - sun[1]) ** 2)
    light = blend(light, mix(colours["sun"], colours["low"], 0.4), 0.75 * np.exp(-far / 0.3))
    light = blend(light, colours["sun"], np.exp(-((far / easel.between(0.05, 0.1)) ** 2)))
    depth = (y - horizon) / (easel.bottom - horizon)
    sea = blend(mix(colours["low"], colours["sea"], 0.55), colours["sea"], depth * 3)
    sea = blend(sea, colours["deep"], depth * 1.1 - 0.2)
    path = np.exp(-(((x - sun[0]) / (0.1 + 0.25 * depth.clip(0, 1))) ** 2))
    sea = blend(sea, colours["sun"], path * 0.4)
    easel.lay(blend(light, sea, (y - horizon) * 64 + 0.5))
    easel.disc(*sun, 0.035, colours["sun"])


def water(easel: Easel, horizon: float, sun: tuple[float, float]) -> None:
    """Ripples that lengthen towards us, and the glitter path."""
    colours, random, deep = easel.palette, easel.random, easel.bottom - horizon
    depth = np.sort(random.random(330)) ** 1.5
    x, y = random.uniform(0, easel.right, 330), horizon + 0.01 + depth * deep
    tones = np.asarray(easel.picture)[
        (y * easel.unit).astype(int).clip(0, easel.height - 1), (x * easel.unit).astype(int)
    ]
    shade = random.random((330, 1)) < 0.55
    tones = np.where(shade, tones * 0.75 + np.asarray(colours["deep"]) * 0.25, tones * 1.08 + 8)
    easel.dabs(x, y, 0.012 + 0.06 * depth, tones, 0.13)
    depth = np.sort(random.random(460)) ** 1.2
    x = sun[0] + random.normal(0, 1, 460) * (0.012 + easel.between(0.06, 0.13) * depth)
    tones = np.asarray(colours["sun"]) - random.uniform(0, 45, (460, 1)) * (0.3, 0.6, 1)
    radius = (0.003 + 0.02 * depth) * random.uniform(0.4, 1.1, 460)
    easel.dabs(x, horizon + 0.005 + depth * deep, radius, tones, 0.2)


def boat(easel: Easel, x: float, y: float, size: float, sun: float) -> None:
    """A hull, one mast or two, sails with a side in the light, all of it again in the water."""
    colours, wind, t = easel.palette, easel.choose((-1, 1)), np.linspace(0, 1, 18)
    far = max(0.0, 0.7 - 2.2 * size)
    paint_of_hull = easel.choose(((46, 28, 24), (46, 28, 24), (150, 60, 42), (60, 92, 96)))
    hull = mix(mix(colours["deep"], paint_of_hull, 0.6), colours["low"], far)
    cloth = easel.tint(easel.choose((colours["sail"], (247, 240, 222))), 7)
    cloth = mix(cloth, colours["low"], far)
    dim, lit = mix(cloth, colours["deep"], 0.3), (sun - x) * wind < 0
    masts = easel.choose(((0.0,), (0.1,), (0.22, -0.2)))  # places along the hull, bow first
    rake, lug = easel.between(-0.02, 0.1), easel.chance(0.4)
    for foot, reach, tone in ((0, 0.05, hull), (masts[0], 0.8, mix(cloth, colours["sea"], 0.45))):
        shift = (foot * wind + easel.random.normal(0, 0.05, 18)) * size
        wide = size * (0.34 if tone == hull else 0.2) * (1 - 0.8 * t)
        easel.dabs(x + shift, y + size * reach * t + 0.01, wide, np.tile(tone, (18, 1)), 0.1)

    def at(along: float, up: float) -> tuple[float, float]:
        return x + (along + rake * up) * wind * size, y - up * size

    for number, mast in enumerate(masts):
        tall = (1.0 if len(masts) == 1 else 0.92) - 0.14 * number
        easel.line([at(mast, 0), at(mast, tall)], max(0.005, size * 0.018), hull)
        boom = mast - (0.46 if len(masts) == 1 else 0.36)
        if lug:  # a four-cornered sail on a slanting yard
            yard = at(mast + 0.13, tall * 0.6), at(boom + 0.16, tall * 1.04)
            belly = [
                at(boom + 0.12 - 0.06 * np.sin(3 * a) + 0.04 * a, 0.14 + tall * 0.9 * a) for a in t
            ]
            easel.polygon(
                [at(mast + 0.12, 0.13), yard[0], yard[1], *belly[::-1]], cloth if lit else dim
            )
            easel.line(yard, max(0.004, size * 0.014), hull)
            continue
        swell = 0.07 * np.sin(np.pi * t)
        leech = [
            at(mast + (boom - mast) * a - b, tall - (tall - 0.12) * a)
            for a, b in zip(t, swell, strict=True)
        ]
        easel.polygon([*leech, at(mast - 0.02, 0.1)], cloth if lit else dim)
        if number == 0:
            jib = [
                at(mast + (0.52 - mast) * a + 0.6 * b, tall * (0.9 - 0.78 * a))
                for a, b in zip(t, swell, strict=True)
            ]
            easel.polygon([*jib, at(mast + 0.06, 0.13)], dim if lit else cloth)
    for along in easel.random.uniform(-0.35, 0.2, int(easel.random.integers(0, 4))):
        easel.line([at(along, 0.05), at(along, 0.16)], max(0.004, size * 0.03), hull)  # the crew
    ends = [(-0.46, 0.1), (-0.2, 0.075), (0.2, 0.09), (0.52, 0.15), (0.38, -0.03), (-0.36, -0.03)]
    easel.polygon([at(*end) for end in ends], hull)
    easel.line([at(*end) for end in ends[:4]], size * 0.02, dim)


def cliffs(easel: Easel, horizon: float, sun: float) -> None:
    """Headlands from far to near on the side away from the sun, foam at their feet."""
    colours, side = easel.palette, 1 if sun < easel.right / 2 else -1
    edge = easel.right / 2 * (1 + side)
    for i in range(count := int(easel.random.integers(2, 5))):
        near = (i + 1) / count
        reach = easel.right * easel.between(0.4, 0.68) * (1.25 - 0.5 * near)
        high = easel.between(0.14, 0.22) + 0.2 * near
        foot = horizon + 0.12 * near * near
        steps = int(easel.random.integers(6, 11))
        x = edge - side * reach * np.sort(easel.random.uniform(0.2, 1, steps))
        fall = ((np.abs(x - edge) / reach) ** 3)[:, None]
        x = np.repeat(x, 2)
        y = foot - high * (1 - 0.75 * np.repeat(fall[:, 0], 2))
        y[1::2] += high * easel.random.uniform(0.02, 0.22, steps)
        y = np.minimum(y, foot)
        rock = mix(mix(colours["deep"], colours["low"], 0.62 - 0.5 * near), (150, 104, 72), 0.3)
        line = [(edge, y[0] - 0.03), *zip(x, y, strict=True)]
        easel.polygon([*line, (x[-1] - side * 0.03, foot), (edge, foot)], rock)
        light = mix(rock, colours["sun"], 0.38)
        for a, b in zip(x[1::2], y[1::2], strict=True):  # planes that face the sun
            wide, low = side * easel.between(0.02, 0.06), b + (foot - b) * easel.between(0.5, 1)
            plane = [(a, b), (a + wide, b + 0.015), (a + wide * 1.4, low), (a + wide * 0.5, low)]
            easel.polygon(plane, easel.tint(light, 5))
            easel.line(
                [(a - wide * 0.2, b + 0.02), (a, foot)], 0.007, mix(rock, colours["deep"], 0.5)
            )
        if easel.chance(0.5):  # grass on top
            cap = [*line, *[(a, b + 0.03 * near) for a, b in line[::-1]]]
            easel.polygon(cap, mix(mix(rock, (96, 120, 70), 0.6), colours["sun"], 0.15))
        foam = easel.random.uniform(0, 1, 14)
        white = np.tile(mix(colours["sun"], colours["low"], 0.3), (14, 1))
        easel.dabs(
            edge - side * reach * foam, foot + 0.004 + 0.01 * foam, 0.015 * near + 0.006, white, 0.4
        )


def surf(easel: Easel) -> None:
    """Waves that break on wet sand, each line of foam with its shadow."""
    colours, t = easel.palette, np.linspace(0, 1, 40)
    sand = mix(colours["low"], (176, 138, 96), 0.6)
    lean, phase = easel.between(-0.24, 0.24), easel.between(0, 6)
    shore = easel.between(-0.1, 0.03)
    for i, level in enumerate((0.72, 0.8, 0.9)):
        level = easel.bottom * level + shore + easel.between(-0.03, 0.03)
        y = level + lean * (t - 0.5) + 0.022 * np.sin(t * easel.between(5, 12) + phase + i)
        y = y + easel.random.normal(0, 0.004, 40)
        x = t * easel.right
        wet = mix(mix(colours["sea"], colours["sun"], 0.35), sand, (0, 0.45, 1)[i])
        below = [(easel.right, easel.bottom), (0, easel.bottom)]
        easel.polygon(
            [*zip(x, y - 0.035 + 0.008 * i, strict=True), *below],
            mix(colours["deep"], colours["sea"], 0.5)
            if i == 0
            else mix(wet, colours["deep"], 0.25),
        )
        easel.polygon(
            [*zip(x, y - 0.018, strict=True), *below], mix(colours["sun"], (255, 255, 255), 0.4)
        )
        easel.polygon([*zip(x, y + easel.random.uniform(0, 0.02, 40), strict=True), *below], wet)
        lace = easel.random.integers(0, 40, 40)
        spray = y[lace] + easel.random.normal(0.012, 0.014, 40)
        white = np.tile(mix(wet, (255, 255, 255), 0.7), (40, 1))
        easel.dabs(x[lace], spray, easel.random.uniform(0.003, 0.014, 40), white, 0.4)
    easel.strokes(
        120, 0.08, 0.012, lean / 2, 5, (0, easel.bottom * 0.75, easel.right, easel.bottom)
    )
    for _ in range(int(easel.random.integers(0, 4))):  # people, or rocks
        x, y = easel.between(0.1, 0.9) * easel.right, easel.bottom * easel.between(0.84, 0.95)
        if easel.chance(0.5):
            dress = easel.choose((colours["sun"], (176, 74, 58), colours["deep"]))
            easel.polygon(
                [(x - 0.02, y), (x + 0.02, y), (x + 0.008, y - 0.06), (x - 0.008, y - 0.06)], dress
            )
            easel.disc(x, y - 0.068, 0.011, colours["deep"])
            easel.line([(x, y), (x + 0.05, y + 0.012)], 0.008, mix(sand, colours["deep"], 0.4))
        else:
            size = easel.between(0.02, 0.07)
            easel.disc(x, y, size, mix(colours["deep"], sand, 0.25), 0.5)
            easel.disc(
                x - size * 0.15, y - size * 0.12, size * 0.7, mix(colours["deep"], sand, 0.6), 0.45
            )


def gulls(easel: Easel, horizon: float) -> None:
    """A few birds: two strokes each."""
    for _ in range(int(easel.random.integers(0, 6))):
        x, y = easel.between(0.1, 0.9) * easel.right, easel.between(0.08, 0.8) * horizon
        size, tip = easel.between(0.012, 0.028), easel.between(-0.4, 0.1)
        wings = [(x - size, y + size * tip), (x, y + size * 0.35), (x + size, y - size * 0.4)]
        easel.line(wings, 0.006, mix(easel.palette["deep"], easel.palette["sun"], 0.15))
