"""Ottilie Brandt: landscapes under weather. Hills, a river, a lone tree, mountains."""

from __future__ import annotations

import numpy as np
from PIL import Image

from helpers.data.atelier.painters.brushes import Easel, Painter, blend, from_hex, mix

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
        high="5f92c2", low="dfe6dc", sun="fff6d8", far="8fa5b0", near="6d8440", dark="27381f"
    ),
    "dawn": from_hex(
        high="8593b5", low="f4c9a0", sun="fff0c0", far="a08fa5", near="787a48", dark="2f2e2b"
    ),
    "storm": from_hex(
        high="39434d", low="b4b5a6", sun="e6e0c4", far="5a666b", near="5d6438", dark="1c231c"
    ),
    "dusk": from_hex(
        high="3f4a78", low="e8895a", sun="ffd58a", far="63547a", near="5a4836", dark="1b181d"
    ),
    "autumn": from_hex(
        high="93abbb", low="eadfc4", sun="fff3d0", far="a38f78", near="a87434", dark="40281a"
    ),
}
COMPOSITIONS = ("hills", "river", "lone tree", "mountains")


def paint(easel: Easel) -> Image.Image:
    """Sky, then land from far to near, the brush over both, then what stands in the light."""
    colours, motif = easel.palette, easel.composition
    horizon = easel.between(0.4, 0.62)
    sun = easel.between(0.1, 0.9) * easel.right
    sky(easel, horizon, sun)
    easel.strokes(200, 0.1, 0.014, angle=0.05, tint=4, region=(0, 0, easel.right, horizon))
    if motif == "mountains":
        mountains(easel, horizon + 0.03, sun)
    _, rows = easel.coarse(24)
    count = int(easel.random.integers(3, 5))
    for depth in np.linspace(0, 0.8, count):
        land = mix(mix(colours["far"], colours["low"], 0.25), colours["near"], min(1, depth * 1.6))
        land = mix(land, colours["dark"], max(0, depth - 0.45))
        hill(easel, horizon + 0.42 * depth**1.3, 0.1 - 0.06 * depth, easel.tint(land, 5))
        if depth < 0.3:  # the air between us and the next hill
            air = np.exp(-(((rows[:, :1] - horizon - 0.42 * depth - 0.09) / 0.07) ** 2))
            easel.film(mix(colours["low"], colours["far"], 0.4), (0.5 - depth) * air)
    if motif == "river":
        river(easel, horizon + 0.07)
    land = (rows - horizon).clip(0, 0.04) * 25
    patches = easel.mist(7, 2, 3.5, 24) - 0.5  # sun and cloud wander over the fields
    easel.film(colours["dark"], land * (patches * 2.2).clip(0, 0.55))
    easel.film(colours["sun"], land * (-patches * 1.6).clip(0, 0.38))
    easel.strokes(300, 0.07, 0.014, 0.1, 9, (0, horizon + 0.03, easel.right, easel.bottom), 0.4)
    if motif in ("hills", "mountains") and easel.chance(0.5):
        flock(easel, horizon)
    trees(easel, horizon, sun)
    easel.strokes(120, 0.05, 0.006, -1.5, 14, (0, easel.bottom - 0.09, easel.right, easel.bottom))
    return easel.varnish(relief=0.45, weave=0.4, shade=0.55)


def sky(easel: Easel, horizon: float, sun: float) -> None:
    """Light near the horizon; clouds that flatten with distance, their sunward edges lit."""
    colours = {name: np.asarray(colour) for name, colour in easel.palette.items()}
    x, y = easel.coarse(64)

    light = blend(colours["high"], colours["low"], (y / horizon) ** 1.4)
    height = easel.between(0.04, 0.3)
    far = (x - sun) ** 2 + (y - horizon + height) ** 2
    light = blend(light, colours["sun"], 0.85 * np.exp(-far / easel.between(0.03, 0.12)))
    clouds = easel.mist(easel.choose((4, 6, 9)), 4, easel.between(1.3, 2.4), 64)
    clouds = clouds[(len(y) * ((y[:, 0] / easel.bottom) ** 1.25)).astype(int).clip(0, len(y) - 1)]
    cover = easel.between(0.35, 0.62)
    body = ((clouds - cover) * 7).clip(0, 1) * (1.15 - y / horizon)
    left = 4 if sun < easel.right / 2 else 0
    lit = 5 * (clouds - np.pad(clouds, ((3, 0), (2, 2)), "edge")[:-3, left : left + len(x[0])])
    shadow = colours["high"] * 0.62 + colours["dark"] * 0.2 + colours["low"] * 0.18
    light = blend(light, shadow, body * 0.85)
    light = blend(light, colours["sun"], body * (0.25 + lit))
    easel.lay(light)


def skyline(easel: Easel, first: np.ndarray, swing: float, rough: float, rounds: int) -> np.ndarray:
    """A line made jagged by moving the middles of its pieces, again and again."""
    for _ in range(rounds):
        middle = (first[:-1] + first[1:]) / 2
        middle = middle + easel.random.normal(0, swing, middle.shape)
        first = np.insert(first, range(1, len(first)), middle, axis=0)
        swing *= rough
    return first


def hill(easel: Easel, top: float, swing: float, colour: tuple) -> None:
    """A soft skyline, filled down to the lower edge."""
    line = skyline(easel, top - easel.random.normal(0, swing * 0.5, 4), swing * 0.25, 0.42, 4)
    x = np.linspace(0, easel.right, len(line))
    edge = [(easel.right, easel.bottom), (0, easel.bottom)]
    easel.polygon([*zip(x, line, strict=True), *edge], colour)


def mountains(easel: Easel, foot: float, sun: float) -> None:
    """Peaks from far to near, each with a face in the light, one in the shade, and snow."""
    colours = easel.palette
    count = int(easel.random.integers(3, 7))
    heights = np.sort(easel.random.uniform(0.1, 0.24, count))[::-1]
    heights[0] = easel.between(0.28, foot - 0.1)
    for i, height in enumerate(heights):
        x = easel.right * (easel.between(0.3, 0.7) if i == 0 else easel.between(0, 1))
        wide = height * easel.between(0.8, 1.4)
        peak, turn = np.array([x, foot - height]), 1 if sun > x else -1
        sides = [
            skyline(easel, np.array([peak, (x + side * wide, foot)]), height * 0.045, 0.6, 4)
            for side in (turn, -turn, -turn * 0.15)
        ]
        stone = mix(colours["far"], colours["high"], 0.25 + 0.4 * (i == 0))
        light = mix(mix(stone, colours["sun"], 0.35), colours["low"], 0.1)
        shade = mix(stone, colours["dark"], 0.2)
        snow = mix(colours["sun"], (255, 255, 255), 0.45)
        line = int(easel.random.integers(7, 10))
        faces = ((sides[1], shade, mix(snow, colours["high"], 0.5)), (sides[0], light, snow))
        for side, rock, white in faces:
            easel.polygon([*side, *sides[2][::-1]], rock)
            edge = skyline(easel, np.array([side[line], sides[2][line - 2]]), height * 0.06, 0.8, 3)
            easel.polygon([*side[:line], *edge, *sides[2][: line - 2][::-1]], white)


def river(easel: Easel, top: float) -> None:
    """Water that winds towards us and widens, with the sky in it."""
    colours, t = easel.palette, np.linspace(0, 1, 40)
    wave, phase = easel.between(4, 9), easel.between(0, 6)
    middle = easel.right * easel.between(0.35, 0.65) + 0.22 * np.sin(t**0.6 * wave + phase) * t**0.5
    y, half = top + (easel.bottom - top) * t**1.3, 0.008 + easel.between(0.16, 0.34) * t**1.6
    for shift, colour in ((0.012, colours["dark"]), (0, mix(colours["high"], colours["low"], 0.6))):
        banks = [*zip(middle - half - shift * t, y - shift * t, strict=True)]
        banks += [*zip(middle + half + shift * t, y - shift * t, strict=True)][::-1]
        easel.polygon(banks, colour)
    glints = easel.random.uniform(0.1, 1, (60, 2))
    for a, b in glints:
        x, level = np.interp(a, t, middle) + (b - 0.55) * np.interp(a, t, half), np.interp(a, t, y)
        colour = colours["sun"] if b > 0.5 else mix(colours["high"], colours["dark"], 0.2)
        easel.line([(x, level), (x + 0.05 * a, level)], 0.005, colour)


def flock(easel: Easel, horizon: float) -> None:
    """Sheep: a few touches of light wool, each with a dark head."""
    count = int(easel.random.integers(4, 12))
    x = easel.between(0.25, 0.75) * easel.right + easel.random.normal(0, 0.12, count)
    y = np.sort(horizon + easel.between(0.15, 0.28) + easel.random.normal(0, 0.025, count))
    size, colours = 0.03 * (y - horizon) + 0.006, easel.palette
    wool = np.tile(mix(colours["sun"], colours["far"], 0.15), (count, 1))
    dark = np.tile(colours["dark"], (count, 1))
    easel.dabs(x, y + size * 0.5, size, dark, 0.5)
    easel.dabs(x, y, size, wool, 0.7)
    easel.dabs(x + size * easel.choose((-1, 1)), y - size * 0.3, size * 0.4, dark)


def trees(easel: Easel, horizon: float, sun: float) -> None:
    """One great tree, or groups and single ones that grow towards us."""
    if easel.composition == "lone tree":
        x = easel.between(0.3, 0.7) * easel.right
        for spot in easel.random.uniform(0, 1, int(easel.random.integers(0, 4))):
            tree(easel, spot * easel.right, horizon + 0.07, 0.08, "oak", sun)
        tree(easel, x, horizon + easel.between(0.2, 0.3), easel.between(0.45, 0.62), "oak", sun)
        return
    kinds = ("fir", "oak") if easel.composition == "mountains" else ("oak", "poplar", "bush")
    for depth in np.sort(easel.random.uniform(0.04, 0.3, int(easel.random.integers(3, 7)))):
        middle, kind = easel.between(0.02, 0.98) * easel.right, easel.choose(kinds)
        for step in range(int(easel.random.integers(1, 5))):
            size = (0.04 + 0.75 * depth) * easel.between(0.7, 1.2)
            x = middle + (step - 1) * size * easel.between(0.3, 0.6)
            tree(easel, x, horizon + depth, size, kind, sun)


def tree(easel: Easel, x: float, y: float, size: float, kind: str, sun: float) -> None:
    """A shadow on the grass, a trunk, and a crown of leaves gathered in lit lumps."""
    colours, random, side = easel.palette, easel.random, 1 if sun > x else -1
    near = mix(colours["far"], colours["near"], min(1, 0.4 + size * 2))
    dark = mix(colours["far"], colours["dark"], min(1, 0.55 + size * 1.5))
    easel.disc(x - side * size * 0.2, y, size * 0.38, mix(dark, near, 0.45), 0.13)
    lean = random.normal(0, 0.05) * size
    for branch in ((0, -0.6), (-0.16, -0.62), (0.17, -0.7)) if kind == "oak" else ((0, -0.5),):
        ends = [(x, y), (x + lean, y + branch[1] * size * 0.5)]
        easel.line([*ends, (x + branch[0] * size, y + branch[1] * size)], size * 0.05, dark)
    lumps, leaves = {"oak": (10, int(14 + 140 * size**2)), "bush": (5, 12)}.get(kind, (8, 12))
    t = np.linspace(0, 1, lumps) if kind in ("poplar", "fir") else random.random(lumps)
    if kind == "fir":
        wide, rise, a = 0.24 * (1.1 - t), 0.14 + 0.8 * t, np.zeros(lumps)
    elif kind == "poplar":
        wide, rise, a = 0.03 + 0.1 * np.sin(0.4 + 2.5 * t), 0.15 + 0.8 * t, np.zeros(lumps)
    else:
        turn, high = random.uniform(0, 6.28, lumps), 0.64 if kind == "oak" else 0.18
        wide, rise = random.uniform(0.12, 0.2, lumps), high + 0.2 * np.sin(turn) * np.sqrt(t)
        a = 0.34 * np.cos(turn) * np.sqrt(t)
    order = np.argsort(rise + random.normal(0, 0.05, lumps))
    easel.dabs(  # the mass of each lump, in shade; the leaves come over it
        x + lean + a[order] * size,
        y - (rise[order] - 0.1 * wide[order]) * size,
        wide[order] * size * 0.72,
        np.tile(mix(dark, near, 0.2), (lumps, 1)) + (4 * order % 9)[:, None],
        0.5 if kind == "fir" else 0.75,
    )
    spot = random.normal(0, 0.55, (lumps, leaves, 2))
    spot = spot / np.maximum(1, np.hypot(spot[..., :1], spot[..., 1:]) / 0.9)
    left = a[order, None] + spot[..., 0] * wide[order, None]
    up = rise[order, None] - spot[..., 1] * wide[order, None] * (0.5 if kind == "fir" else 0.75)
    light = 0.32 - 0.32 * spot[..., 1] + 0.25 * side * spot[..., 0] + side * left
    light = light + 0.25 * (rise[order, None] - 0.6) + random.normal(0, 0.1, light.shape)
    light = light.clip(0, 1)[..., None]
    top = np.asarray(mix(near, colours["sun"], 0.3))
    tones = np.where(
        light < 0.5,
        np.asarray(dark) * (1 - 2 * light) + np.asarray(near) * 2 * light,
        np.asarray(near) * (2 - 2 * light) + top * (2 * light - 1),
    )
    easel.dabs(
        x + lean + left.ravel() * size,
        y - up.ravel() * size,
        random.uniform(0.02, 0.05, lumps * leaves) * size * (1 - 0.6 * size),
        tones.reshape(-1, 3),
        0.8,
    )
