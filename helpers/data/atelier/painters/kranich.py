"""Ilse Kranich: still lifes against the dark. Fruit, jugs, bottles, bread, glass, a lemon."""

from __future__ import annotations

import numpy as np
from PIL import Image

from helpers.data.atelier.painters.brushes import Colour, Easel, Painter, from_hex, mix, outline

PAINTER = Painter(
    name="Ilse Kranich",
    years="1703 - 1768",
    genre="Baroque",
    nationality="Austrian",
    bio="An imaginary innkeeper's widow who painted each evening what the guests had left over, "
    "by the one candle she allowed herself.",
    works=430,
)
FORMATS = (1.25, 1.0, 0.8, 1.4)  # width by height
PALETTES = {
    "umber": from_hex(wall="1d140e", lit="8a6a44", table="7d5a36", cloth="d8cbb0", clay="9a5a38"),
    "olive": from_hex(wall="14160f", lit="74744e", table="6a5634", cloth="cfc9b4", clay="6f7a6c"),
    "slate": from_hex(wall="12161b", lit="6b7f8a", table="6b6058", cloth="dcdcd4", clay="8fa3b5"),
    "oxblood": from_hex(wall="1a0d0c", lit="8f543c", table="6e3b28", cloth="d9c3a4", clay="c4a878"),
    "smoke": from_hex(wall="17130f", lit="857a6a", table="8a7a62", cloth="e6dcc6", clay="d9d2c0"),
}
COMPOSITIONS = ("jug and fruit", "bread and wine", "lemons", "grapes", "bottle and pears")
NIGHT = (12, 8, 6)
SKINS = from_hex(
    apple="b8322a", russet="b98a34", quince="d9b23c", orange="d97a26", plum="5b3050", peach="d98a5a"
)


def paint(easel: Easel) -> Image.Image:
    """The room, the table, then the things upon it from the back to the front."""
    colours = easel.palette
    edge = easel.bottom / 2 + easel.between(0.16, 0.26)  # the middle of the table top
    middle = easel.right / 2 + easel.between(-0.05, 0.05)
    room(easel, edge)
    scale = easel.between(0.92, 1.28)
    side = easel.choose((-1, 1))
    tall = middle + side * easel.between(0.1, 0.2)
    if easel.composition in ("jug and fruit", "grapes"):
        jug(easel, tall, edge - 0.05, 0.48 * scale, easel.tint(colours["clay"], 14))
    if easel.composition == "bottle and pears":
        bottle(easel, tall, edge - 0.05, 0.66 * scale)
    if easel.composition == "bread and wine":
        bottle(easel, tall, edge - 0.06, 0.6 * scale)
        glass(easel, middle - side * easel.between(0.12, 0.22), edge - 0.02, 0.4 * scale)
        loaf(easel, middle + easel.between(-0.1, 0.1), edge + 0.1, 0.2 * scale)
    if easel.composition == "lemons":
        if easel.chance(0.6):
            glass(easel, tall, edge - 0.05, 0.52 * scale)
        else:
            jug(easel, tall, edge - 0.05, 0.44 * scale, easel.tint(colours["clay"], 14))
        if easel.chance(0.6):
            plate(easel, middle - side * 0.08, edge + 0.05, 0.3 * scale)
        for step in easel.random.uniform(-0.27, -0.02, int(easel.random.integers(1, 4))):
            lemon(
                easel, middle - side * (step + 0.16), edge + easel.between(0.03, 0.1), 0.1 * scale
            )
        place = middle + side * easel.between(0.02, 0.2)
        cut_lemon(easel, place, edge + easel.between(0.06, 0.12), 0.11 * scale)
        return finish(easel)
    if easel.composition == "grapes":
        grapes(easel, middle - side * easel.between(0.08, 0.16), edge + 0.02, scale)
    kind = easel.choose(list(SKINS))
    count = int(easel.random.integers(2, 5))
    count = min(count, 2) if easel.composition == "bread and wine" else count
    spots = np.linspace(-0.3, 0.3, count) + easel.random.normal(0, 0.03, count)
    for spot in easel.random.permutation(spots):
        size, low = easel.between(0.075, 0.115) * scale, edge + easel.between(0.03, 0.13)
        if easel.composition == "bottle and pears":
            pear(easel, middle + spot, low, size)
        else:
            fruit(easel, middle + spot, low, size, easel.tint(SKINS[kind], 12))
    return finish(easel)


def finish(easel: Easel) -> Image.Image:
    """A few visible strokes, and a thick old varnish."""
    easel.strokes(200, 0.04, 0.012, angle=0.6, tint=2.5, spread=0.5)
    return easel.varnish(relief=0.35, weave=0.5, shade=0.7)


def room(easel: Easel, edge: float) -> None:
    """A dark wall with light that falls in from the left, and a table; at times a cloth on it."""
    colours = easel.palette
    easel.put(Image.new("RGB", (easel.width, easel.height), colours["wall"]))
    x, y = easel.coarse(24)
    beam = np.exp(-((x - easel.between(0.0, 0.35)) ** 2 + (y - edge + 0.45) ** 2) / 0.2)
    easel.film(colours["lit"], (0.95 * beam * (0.7 + 0.3 * easel.mist(4, 2, detail=24))).clip(0, 1))
    back, front = edge - 0.12, edge + 0.17
    easel.wash(mix(colours["table"], NIGHT, 0.45), colours["table"], back, front)
    easel.wash(mix(colours["table"], NIGHT, 0.7), NIGHT, front, easel.bottom)
    easel.line(
        [(0, front), (easel.right, front)], 0.008, mix(colours["table"], (255, 230, 190), 0.3)
    )
    if easel.chance(0.55):
        left = easel.between(-0.1, 0.4) * easel.right
        right, hem = left + easel.between(0.45, 0.7), front + easel.between(0.1, 0.25)
        shift, light = easel.between(-0.1, 0.1), mix(colours["cloth"], colours["table"], 0.1)
        top = [(left + shift, back + 0.04), (right + shift, back + 0.04)]
        easel.polygon([*top, (right, front), (left, front)], mix(light, NIGHT, 0.1))
        folds, phase = easel.between(2, 4), easel.between(0, 6)
        for t in np.linspace(0, 0.96, 25):  # strips whose shade and hem swing together
            a, b = left + t * (right - left), left + (t + 0.045) * (right - left)
            wave = np.sin(t * folds * 6.28 + phase + 0.8 * np.sin(5 * t + phase))
            low = hem + 0.025 * wave + 0.05 * t
            easel.polygon(
                [(a, front), (b, front), (b, low), (a, low)],
                mix(light, NIGHT, 0.36 - 0.22 * wave),
            )
    easel.film(NIGHT, (0.75 * ((x / easel.right - 0.45) * 1.6).clip(0, 1) * (y > back)))


def tones(colour: Colour) -> list[Colour]:
    """From the shadow to the light of one pigment under a candle."""
    return [
        mix(colour, NIGHT, 0.88),
        mix(colour, NIGHT, 0.55),
        colour,
        mix(colour, (255, 236, 200), 0.35),
    ]


def shadow(easel: Easel, x: float, y: float, half: float) -> None:
    """What a thing takes away from the table, to its right."""
    easel.glow(x + 0.9 * half, y - 0.01, 2.1 * half + 0.03, NIGHT, 0.85, squash=0.3)


def glint(easel: Easel, x: float, y: float, radius: float) -> None:
    """The window, seen in a thing that shines."""
    easel.glow(x, y, radius * 2, (255, 244, 220), 0.9, squash=1.3)


def fruit(easel: Easel, x: float, y: float, size: float, colour: Colour) -> None:
    """Something round that rolled."""
    shadow(easel, x, y, size)
    t = np.linspace(-1, 1, 24)
    body = np.stack([size * 0.95 * (1 + t), size * np.sqrt(1 - t * t) + 0.001], 1)
    easel.turned(x, y, body, tones(colour), tilt=easel.between(-0.3, 0.3))
    top = y - 1.72 * size
    easel.glow(x, top, size * 0.4, NIGHT, 0.7, squash=0.4)
    easel.line(
        [(x, top), (x + easel.between(-0.3, 0.4) * size, top - 0.4 * size)], 0.009, (60, 40, 24)
    )
    glint(easel, x - 0.38 * size, y - 1.4 * size, 0.13 * size)


def pear(easel: Easel, x: float, y: float, size: float) -> None:
    """A pear, upright or leaning."""
    shadow(easel, x, y, size)
    body = outline(
        (0, 0.3), (0.15, 0.75), (0.8, 1), (1.5, 0.72), (2, 0.42), (2.4, 0.34), (2.6, 0.08)
    )
    lean = easel.between(-0.5, 0.5)
    skin = mix(
        SKINS["quince"], easel.choose(((120, 130, 40), (190, 80, 40))), easel.between(0, 0.7)
    )
    easel.turned(x, y, np.abs(body) * size, tones(skin), tilt=lean)
    tip = x + 2.55 * size * np.sin(lean), y - 2.55 * size * np.cos(lean)
    easel.line([tip, (tip[0] + 0.2 * size, tip[1] - 0.5 * size)], 0.01, (50, 34, 22))
    glint(easel, x - 0.4 * size, y - 1.2 * size, 0.12 * size)


def lemon(easel: Easel, x: float, y: float, size: float) -> None:
    """A lemon on its side."""
    shadow(easel, x, y, size)
    body = outline(
        (0, 0.05), (0.2, 0.28), (0.7, 0.85), (1.4, 0.9), (2, 0.5), (2.25, 0.2), (2.4, 0.05)
    )
    tilt = easel.between(0.9, 1.8)
    easel.turned(x - size, y - 0.8 * size, np.abs(body) * size, tones((228, 186, 48)), tilt=tilt)
    glint(easel, x - 0.25 * size, y - 1.25 * size, 0.14 * size)


def cut_lemon(easel: Easel, x: float, y: float, size: float) -> None:
    """Half a lemon, open towards us, its peel over the table's edge."""
    turn = np.linspace(0, 6.5, 26)
    peel = np.stack(
        [x + size * (0.9 + 0.45 * np.cos(turn)), y + turn * 0.035 + 0.03 * np.sin(turn)], 1
    )
    easel.line(peel + np.array([0.012, 0.016]), 0.035, NIGHT)
    easel.line(peel, 0.034, (214, 166, 40))
    easel.line(peel - np.array([0.006, 0.008]), 0.012, (246, 226, 150))
    shadow(easel, x, y, size)
    for share, colour in ((1.0, (206, 158, 36)), (0.92, (248, 236, 190)), (0.8, (232, 200, 84))):
        easel.disc(x, y - 0.8 * size, size * share, colour, 0.92)
    for angle in np.arange(9) * 2 * np.pi / 9 + easel.between(0, 0.6):
        rim = x + 0.8 * size * np.cos(angle), y - 0.8 * size + 0.74 * size * np.sin(angle)
        easel.line([(x, y - 0.8 * size), rim], 0.008, (250, 238, 190))


def grapes(easel: Easel, x: float, y: float, scale: float) -> None:
    """A bunch, each grape with its own light."""
    skin = easel.choose(((92, 50, 84), (150, 160, 70), (120, 40, 52)))
    shadow(easel, x, y + 0.06, 0.2 * scale)
    t = np.linspace(-1, 1, 14)
    size = 0.042 * scale
    body = np.stack([size * (1 + t), size * np.sqrt(1 - t * t) + 0.001], 1)
    for row in range(5):
        for place in range(6 - row if row else 4):
            a = x + (place - (5 - row) / 2) * 1.55 * size + easel.between(-0.4, 0.4) * size
            b = y + 0.08 - (4 - row) * 1.2 * size + easel.between(-0.3, 0.3) * size
            easel.turned(a, b, body, tones(easel.tint(skin, 10)))
            easel.disc(a - 0.3 * size, b - 1.4 * size, 0.15 * size, (240, 226, 220))
    easel.line(
        [(x - 0.04, y - 5 * size + 0.08), (x + 0.05, y - 7 * size + 0.06)], 0.012, (80, 58, 34)
    )


def loaf(easel: Easel, x: float, y: float, size: float) -> None:
    """Bread, slashed before it was baked."""
    shadow(easel, x, y, size)
    crust = easel.tint((184, 118, 56), 10)
    body = outline((0, 0.1), (0.2, 0.36), (0.9, 0.5), (1.8, 0.48), (2.2, 0.3), (2.35, 0.08))
    easel.turned(x - 1.15 * size, y - 0.42 * size, np.abs(body) * size, tones(crust), tilt=1.57)
    for step in np.linspace(-0.7, 0.6, 4):
        a, b = x + step * size, y - 0.62 * size
        easel.line(
            [(a, b + 0.12 * size), (a + 0.22 * size, b - 0.16 * size)], 0.02, (238, 206, 150)
        )
        easel.line(
            [(a + 0.05 * size, b + 0.14 * size), (a + 0.27 * size, b - 0.12 * size)],
            0.009,
            (96, 54, 26),
        )


def jug(easel: Easel, x: float, y: float, high: float, clay: Colour) -> None:
    """A jug with a handle, its belly and neck as the potter liked that day."""
    belly, neck = easel.between(0.27, 0.36), easel.between(0.12, 0.18)
    shadow(easel, x, y, belly * high)
    foot = easel.between(0.16, 0.22)
    body = outline(
        (-0.03, foot * 0.7),
        (0.02, foot),
        (0.34, belly),
        (0.7, neck + 0.02),
        (0.85, neck),
        (1, neck * 1.2),
        smooth=48,
    )
    turn, side = np.linspace(-1.5, 1.5, 12), easel.choose((-1, 1))
    arm = np.stack(
        [x + side * (0.1 + 0.3 * np.cos(turn)) * high, y - (0.66 + 0.24 * np.sin(turn)) * high], 1
    )
    easel.line(arm, 0.055 * high, mix(clay, NIGHT, 0.75))
    easel.line(arm - 0.006, 0.03 * high, mix(clay, NIGHT, 0.25 if side < 0 else 0.6))
    easel.turned(x, y, body * high, tones(clay))
    easel.disc(x, y - high, neck * 1.2 * high, mix(clay, (255, 240, 210), 0.2), 0.3)
    easel.disc(x + 0.004, y - high + 0.004, neck * 1.02 * high, mix(clay, NIGHT, 0.85), 0.28)
    glint(easel, x - 0.5 * belly * high, y - 0.48 * high, 0.022)


def bottle(easel: Easel, x: float, y: float, high: float) -> None:
    """Dark glass with a window in it."""
    half, glass_colour = (
        easel.between(0.15, 0.19),
        easel.choose(((58, 84, 50), (92, 62, 30), (50, 70, 78))),
    )
    shadow(easel, x, y, half * high)
    body = outline(
        (-0.02, half * 0.8),
        (0.02, half),
        (0.45, half),
        (0.6, half * 0.72),
        (0.7, 0.06),
        (0.95, 0.05),
        (1, 0.06),
        smooth=48,
    )
    easel.turned(
        x, y, body * high, [NIGHT, mix(glass_colour, NIGHT, 0.7), glass_colour], bounce=0.35
    )
    a = x - 0.6 * half * high
    easel.line([(a, y - 0.15 * high), (a, y - 0.46 * high)], 0.014, (196, 206, 176))
    easel.line(
        [(x - 0.02 * high, y - 0.72 * high), (x - 0.02 * high, y - 0.92 * high)],
        0.008,
        (190, 196, 170),
    )
    easel.turned(
        x, y - 0.98 * high, [(0, 0.04 * high), (0.07 * high, 0.045 * high)], tones((176, 130, 84))
    )


def glass(easel: Easel, x: float, y: float, high: float) -> None:
    """A goblet with some wine left."""
    wine = easel.choose(((150, 34, 36), (206, 160, 60), (120, 26, 44)))
    shadow(easel, x, y, 0.16 * high)
    easel.disc(x, y - 0.02 * high, 0.19 * high, (96, 98, 90), 0.26)
    easel.disc(x, y - 0.03 * high, 0.15 * high, (50, 48, 42), 0.24)
    easel.line([(x, y - 0.02 * high), (x, y - 0.46 * high)], 0.018, (142, 144, 132))
    bowl = outline((0.42, 0.02), (0.5, 0.15), (0.7, 0.225), (0.86, 0.21), (1, 0.18), smooth=32)
    fill = easel.between(0.62, 0.82)
    easel.turned(x, y, bowl * high, [(40, 40, 38), (150, 156, 150)], opacity=0.4)
    low = bowl[bowl[:, 0] < fill] * high
    easel.turned(
        x, y, low, [mix(wine, NIGHT, 0.8), wine, mix(wine, (255, 220, 170), 0.4)], bounce=0.5
    )
    easel.disc(x, y - low[-1, 0], low[-1, 1], mix(wine, (255, 210, 160), 0.3), 0.2)
    rim = np.linspace(0, 2 * np.pi, 25)
    lip = np.stack([x + 0.18 * high * np.cos(rim), y - high + 0.035 * high * np.sin(rim)], 1)
    easel.line(lip, 0.006, (190, 192, 180))
    glint(easel, x - 0.11 * high, y - 0.78 * high, 0.016)


def plate(easel: Easel, x: float, y: float, half: float) -> None:
    """Pewter."""
    shadow(easel, x - 0.5 * half, y + 0.05, half * 0.6)
    for share, tone in (
        (1.0, (70, 70, 68)),
        (0.97, (156, 156, 148)),
        (0.75, (92, 92, 88)),
        (0.72, (128, 128, 122)),
    ):
        easel.disc(x, y + (0.01 if share == 1 else 0), half * share, tone, 0.3)
