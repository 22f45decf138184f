"""Marguerite Delorme: parks, river banks and parasols, all in dots of pure colour."""

from __future__ import annotations

import numpy as np
from PIL import Image

from helpers.data.atelier.painters.brushes import Easel, Painter, from_hex, mix

PAINTER = Painter(
    name="Marguerite Delorme",
    years="1861 - 1934",
    genre="Pointillism",
    nationality="French",
    bio="An imaginary chemist's daughter who counted every dot of a Sunday afternoon and left "
    "the mixing to the eye.",
    works=390,
)
FORMATS = (1.4, 1.5, 1.25, 0.85)  # width by height
PALETTES = {
    "sunday": from_hex(
        sky="b5d3e6", light="f6efb8", grass="a9bf4f", shade="2f6a56", water="6aa5cf", warm="efb267"
    )
    | from_hex(accent="d9483b", violet="5c5597"),
    "april": from_hex(
        sky="cfe0ee", light="fbf3cf", grass="b9d07a", shade="5d8f6a", water="93bfd6", warm="f3b9c0"
    )
    | from_hex(accent="d95f86", violet="7a78b6"),
    "late gold": from_hex(
        sky="f4d9a0", light="fff0b5", grass="c9b04c", shade="5c6a3c", water="8ba7b5", warm="ee9a4d"
    )
    | from_hex(accent="c2403a", violet="6c4f86"),
    "october": from_hex(
        sky="c3cfd8", light="f7e3ab", grass="bb9a45", shade="8a4a2c", water="7f9db3", warm="e58a3c"
    )
    | from_hex(accent="b5352f", violet="4f4a7c"),
    "morning mist": from_hex(
        sky="dcd6e6", light="f8ead6", grass="a8c0a0", shade="567a86", water="a9b8d6", warm="eec2a4"
    )
    | from_hex(accent="cf6a6a", violet="77709f"),
}
COMPOSITIONS = ("park", "river bank", "avenue", "parasols")


def paint(easel: Easel) -> Image.Image:
    """A flat under-painting that nobody sees, then the dots that take their colours from it."""
    colours = easel.palette
    horizon = easel.bottom * easel.between(0.3, 0.46)
    sun = int(easel.choose((-1, 1)))  # the side the light comes from
    easel.wash(mix(colours["sky"], colours["violet"], 0.1), colours["light"], 0, horizon + 0.05)
    meadow(easel, horizon)
    {"park": park, "river bank": river_bank, "avenue": avenue, "parasols": parasols}[
        easel.composition
    ](easel, horizon, sun)
    return dots(easel)


def dots(easel: Easel) -> Image.Image:
    """Every colour of the under-painting, split into purer ones; a rim of deep blue dots."""
    random, colours = easel.random, easel.palette
    ratio = min(FORMATS, key=lambda form: abs(form - easel.right / easel.bottom))
    under = np.asarray(easel.picture).astype(np.float32)
    easel.wash(colours["light"], mix(colours["light"], colours["warm"], 0.25))
    splits = np.array([(30, 8, -34), (-30, -4, 34), (16, 18, -22), (26, -20, 16), (22, 22, 22)])
    for step, size in ((0.0235, 0.016), (0.025, 0.0092)):
        rows, columns = round(max(1, 1 / ratio) / step), round(max(1, ratio) / step)
        y, x = np.mgrid[0:rows, 0:columns].reshape(2, -1) + random.uniform(
            0, 1, (2, rows * columns)
        )
        x, y = x * easel.right / columns, y * easel.bottom / rows
        tones = under[
            (y * easel.unit).astype(int).clip(0, easel.height - 1),
            (x * easel.unit).astype(int).clip(0, easel.width - 1),
        ]
        tones = tones + 0.3 * (tones - tones.mean(1, keepdims=True))  # purer than it was mixed
        force = 0.75 if size > 0.01 else 1.25
        tones = tones + force * splits[random.integers(0, len(splits), len(x))]
        tones = tones + random.normal(0, 7, (len(x), 1))
        edge = np.minimum.reduce([x, y, easel.right - x, easel.bottom - y]) < 0.026
        rim = np.array([colours["violet"], mix(colours["violet"], colours["water"], 0.5)])
        tones = np.where(edge[:, None], rim[random.integers(0, 2, len(x))], tones)
        order = random.permutation(len(x))
        radius = size * random.uniform(0.8, 1.15, len(x))
        easel.dabs(x[order], y[order], radius, tones[order])
    return easel.varnish(relief=0.3, weave=0.2, shade=0.1)


def meadow(easel: Easel, horizon: float) -> None:
    """Far trees in haze, and grass in sun and in cool shade."""
    colours, t = easel.palette, np.linspace(0, 1, 20)
    edge = [(easel.right, easel.bottom), (0, easel.bottom)]
    for high, tone in ((0.13, 0.55), (0.07, 0.25)):
        line = horizon - high * easel.random.uniform(0.3, 1.2, 20)
        far = mix(mix(colours["shade"], colours["violet"], 0.3), colours["sky"], tone)
        easel.polygon([*zip(t * easel.right, line, strict=True), *edge], far)
    lawn = [(0, horizon), (easel.right, horizon), *edge]
    easel.graded(lawn, mix(colours["grass"], colours["light"], 0.45), colours["grass"])
    _, y = easel.coarse(32)
    patches = easel.mist(5, 2, 3.0, 32)
    cool = mix(colours["shade"], colours["violet"], 0.3)
    easel.film(cool, ((patches - 0.5) * 6).clip(0, 0.7) * (y > horizon + 0.06))


def tree(easel: Easel, x: float, foot: float, high: float, wide: float, sun: int) -> None:
    """A trunk, its long shadow, and a crown of big soft lumps lit from one side."""
    colours, random = easel.palette, easel.random
    dark = mix(colours["shade"], colours["violet"], 0.45)
    easel.disc(x - sun * wide * 0.8, foot, wide * 1.1, mix(dark, colours["grass"], 0.25), 0.12)
    bend = random.normal(0, 0.02, 2)
    stem = [(x, foot), (x + bend[0], foot - high * 0.35), (x + bend[1], foot - high * 0.75)]
    easel.line(stem, max(0.014, wide * 0.14), mix(dark, colours["warm"], 0.25))
    spots = random.normal(0, 0.42, (26, 2)).clip(-1, 1)
    light = 0.45 - 0.35 * spots[:, 1] + 0.3 * sun * spots[:, 0] + random.normal(0, 0.1, 26)
    order = np.argsort(light)
    top = np.asarray(mix(colours["grass"], colours["light"], 0.3))
    share = light.clip(0, 1)[order, None]
    tones = np.asarray(colours["shade"]) * (1 - share) + top * share
    easel.dabs(
        x + bend[1] + spots[order, 0] * wide,
        foot - high * 0.8 + spots[order, 1] * high * 0.28,
        random.uniform(0.25, 0.42, 26) * wide,
        tones,
        0.8,
    )


def figure(easel: Easel, x: float, foot: float, size: float, sun: int, parasol: bool) -> None:
    """Someone on a Sunday: a bustle and a parasol, or a dark coat and a hat."""
    colours, turn = easel.palette, int(easel.choose((-1, 1)))
    shadow = mix(colours["violet"], colours["shade"], 0.4)
    easel.disc(x - sun * size * 0.35, foot, size * 0.42, shadow, 0.16)

    def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x + turn * a * size, foot - b * size) for a, b in points]

    skin = mix(colours["warm"], (246, 214, 186), 0.6)
    if parasol or easel.chance(0.5):
        options = (colours["violet"], colours["light"], colours["accent"], colours["warm"])
        dress = easel.tint(easel.choose(options), 8)
        dim = mix(dress, colours["violet"], 0.4)
        skirt = at((-0.3, 0), (-0.34, 0.25), (-0.2, 0.5), (-0.07, 0.58), (0.07, 0.58), (0.18, 0))
        easel.polygon(skirt, dress)
        back = at((-0.3, 0), (-0.34, 0.25), (-0.2, 0.5), (-0.07, 0.58), (-0.1, 0))
        easel.polygon(
            back if turn * sun > 0 else at((0, 0), (0.02, 0.58), (0.07, 0.58), (0.18, 0)), dim
        )
        easel.polygon(at((-0.08, 0.55), (-0.11, 0.8), (0.08, 0.82), (0.08, 0.55)), dim)
        easel.line(at((0.0, 0.76), (0.15, 0.64), (0.2, 0.78)), size * 0.06, dim)
    else:
        coat = mix(colours["violet"], (34, 32, 52), 0.6)
        easel.polygon(at((-0.12, 0), (-0.15, 0.5), (-0.11, 0.82), (0.1, 0.82), (0.13, 0)), coat)
    easel.disc(*at((0.01, 0.89))[0], size * 0.075, skin)
    hat = mix(colours["violet"], (30, 28, 46), 0.5)
    easel.polygon(at((-0.11, 0.93), (-0.07, 1.03), (0.06, 1.03), (0.11, 0.93)), hat)
    if parasol:
        a, b = at((0.2, 0.75))[0]
        lean, reach = turn * easel.between(-0.05, 0.12) * size, size * easel.between(0.36, 0.5)
        hub = a - turn * 0.12 * size + lean, b - 0.48 * size
        easel.line([(a, b), hub], max(0.007, size * 0.03), hat)
        t = np.linspace(0, np.pi, 14)
        tilt = easel.between(-0.25, 0.25)
        pale = mix(colours["light"], colours["violet"], 0.3)
        cloth = easel.tint(
            easel.choose((colours["accent"], colours["accent"], colours["warm"], pale)), 8
        )
        for low, tone in ((0.0, cloth), (0.5, mix(cloth, colours["violet"], 0.35))):
            angles = t[t >= low * np.pi - 0.01] if sun > 0 else t[t <= np.pi * (1 - low) + 0.01]
            u, v = np.cos(angles) * reach, -np.sin(angles) * reach * 0.62
            dome = [
                (hub[0] + p - q * tilt, hub[1] + 0.1 * size + q + p * tilt)
                for p, q in zip(u, v, strict=True)
            ]
            if low:
                dome.append((hub[0], hub[1] + 0.1 * size))
            easel.polygon(dome, tone)


def crowd(easel: Easel, top: float, count: int, grow: float, sun: int) -> None:
    """People of all distances, the far ones first."""
    for down in np.sort(easel.random.uniform(0.03, easel.bottom - top - 0.1, count)):
        x = easel.right * (0.5 + easel.random.normal(0, 0.24))
        figure(easel, x, top + down, 0.06 + grow * down, sun, easel.chance(0.5))


def park(easel: Easel, horizon: float, sun: int) -> None:
    """A lawn with great trees and strollers; sometimes a pond."""
    if easel.chance(0.45):
        x, y = easel.right * easel.between(0.2, 0.8), horizon + easel.between(0.1, 0.2)
        easel.disc(x, y, easel.between(0.25, 0.45), easel.palette["water"], 0.2)
        easel.disc(
            x, y - 0.015, 0.2, mix(easel.palette["water"], easel.palette["light"], 0.5), 0.12
        )
    depths = np.sort(easel.random.uniform(0.02, 0.3, int(easel.random.integers(2, 6))))
    for down in depths:
        high = 0.24 + 1.6 * down
        tree(easel, easel.between(0, 1) * easel.right, horizon + down, high, 0.42 * high, sun)
    crowd(easel, horizon + 0.06, int(easel.random.integers(3, 9)), 0.75, sun)


def river_bank(easel: Easel, horizon: float, sun: int) -> None:
    """Water that crosses the picture, sails and their reflections, people on the near bank."""
    colours, random, t = easel.palette, easel.random, np.linspace(0, 1, 16)
    lean = easel.between(-0.5, 0.5)
    far, near = horizon + 0.03, easel.bottom * easel.between(0.72, 0.84)
    bank = near + lean * (t - 0.5) * 0.6 + 0.02 * np.sin(7 * t)
    water = [(0, far), (easel.right, far), *zip(t[::-1] * easel.right, bank[::-1], strict=True)]
    easel.graded(water, mix(colours["water"], colours["light"], 0.45), colours["water"])
    for x in random.uniform(0, 1, int(random.integers(2, 6))) * easel.right:  # the other bank
        tree(easel, x, far, easel.between(0.12, 0.26), easel.between(0.05, 0.12), sun)
        easel.disc(x, far + 0.07, 0.045, mix(colours["water"], colours["shade"], 0.5), 1.4)
    for down in np.sort(random.uniform(0.04, 0.2, int(random.integers(1, 5)))):
        x, y, size = easel.right * easel.between(0.1, 0.9), far + down, 0.07 + 0.9 * down
        for up, tone in (
            (1, colours["light"]),
            (-0.6, mix(colours["light"], colours["water"], 0.4)),
        ):
            cloth = [
                (x - size * 0.45, y - 0.1 * size * up),
                (x, y - size * up),
                (x + size * 0.3, y - 0.1 * size * up),
            ]
            easel.polygon(cloth, tone)
        easel.line(
            [(x - size * 0.5, y), (x + size * 0.4, y)], 0.02 + 0.03 * size, colours["violet"]
        )
    if easel.chance(0.7):
        side = easel.choose((0.04, 0.96))
        tree(easel, easel.right * side, easel.bottom * 0.9, easel.bottom * 0.8, 0.3, sun)
    crowd(easel, near, int(random.integers(1, 5)), 1.1, sun)
    if easel.chance(0.75):
        x = easel.right * easel.between(0.3, 0.7)
        figure(easel, x, easel.bottom - 0.06, easel.between(0.3, 0.45), sun, easel.chance(0.8))


def avenue(easel: Easel, horizon: float, sun: int) -> None:
    """A path to the vanishing point between two rows of trees."""
    colours, random = easel.palette, easel.random
    end = easel.right * easel.between(0.35, 0.65)
    half = easel.between(0.35, 0.6) * easel.right
    way = [
        (end - 0.015, horizon),
        (end + 0.015, horizon),
        (end + half, easel.bottom),
        (end - half, easel.bottom),
    ]
    pale = mix(colours["light"], colours["warm"], 0.4)
    easel.graded(way, pale, mix(pale, colours["warm"], 0.3))
    for step in np.linspace(0.05, 1, int(random.integers(5, 8))) ** 1.7:
        foot = horizon + step * (easel.bottom - horizon) * 0.85
        high = 0.1 + 1.05 * step
        bar = [(end - half * step, foot), (end + half * step, foot + 0.03 * step)]
        easel.line(bar, 0.012 + 0.06 * step, mix(colours["violet"], colours["warm"], 0.35))
        for side in (-1, 1):
            x = end + side * (half * step * 1.08 + 0.02)
            tree(easel, x, foot, high, 0.3 * high, sun)
    crowd(easel, horizon + 0.02, int(random.integers(3, 8)), 0.6, sun)


def parasols(easel: Easel, horizon: float, sun: int) -> None:
    """One, two or three people close to us."""
    for _ in range(int(easel.random.integers(0, 4))):
        x, high = easel.between(0, 1) * easel.right, easel.between(0.25, 0.55)
        tree(easel, x, horizon + easel.between(0.02, 0.12), high, 0.4 * high, sun)
    crowd(easel, horizon + 0.04, int(easel.random.integers(0, 4)), 0.3, sun)
    count = int(easel.random.integers(1, 4))
    start = easel.right * (0.5 + easel.random.normal(0, 0.06)) - 0.19 * (count - 1)
    for number in range(count):
        size = easel.between(0.5, 0.66) * easel.bottom * (1 - 0.06 * count)
        foot = easel.bottom * easel.between(0.9, 1.02)
        figure(easel, start + 0.38 * number, foot, size, sun, number == 0 or easel.chance(0.6))
