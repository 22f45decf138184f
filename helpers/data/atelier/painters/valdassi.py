"""Piero Valdassi: people who never lived, with long necks and almond eyes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from helpers.data.atelier.painters.brushes import Colour, Easel, Painter, from_hex, mix, outline

PAINTER = Painter(
    name="Piero Valdassi",
    years="1884 - 1931",
    genre="Expressionism",
    nationality="Italian",
    bio="An imaginary painter of imaginary sitters: he asked strangers on the night train what "
    "they dreamt of, and painted whoever that might be.",
    works=620,
)
FORMATS = (0.75, 0.8, 0.7, 0.9)  # width by height
PALETTES = {
    "terracotta": from_hex(wall="b8694a", door="8a4632", dress="2c3440", trim="e6d3b3"),
    "ochre": from_hex(wall="cf9f50", door="a4743a", dress="5a2f2c", trim="efe2c6"),
    "rose": from_hex(wall="cf9484", door="a8675f", dress="3c4f4a", trim="f0dccb"),
    "sage": from_hex(wall="a9a47a", door="7f7c56", dress="7c3a2b", trim="eee3c4"),
    "wine": from_hex(wall="8c3f3c", door="5e2a2e", dress="c2a878", trim="e9dcc6"),
    "smoke": from_hex(wall="9c8f88", door="766a69", dress="26262b", trim="d9c2a2"),
}
COMPOSITIONS = ("frontal", "three-quarter left", "three-quarter right", "hat", "headscarf")
FAIR, DARK = ("f0c8a4", "e4b088", "d89c70"), ("b87a50", "8f5a3a", "643c28")  # skins
HAIRS = ("1e1814", "3a2418", "2a1c18", "a8a29a", "6a4020", "98602c", "c89850", "8c3a1e")
STYLES = ("bun", "bob", "long", "short", "bald", "curls", "plait")
INK = (40, 24, 20)


@dataclass
class Sitter:
    """A person on the canvas. Points of the head are (right, up) from the chin, in head heights."""

    x: float
    y: float
    high: float
    slim: float  # how wide the face is
    tilt: float  # radians, to the right
    turn: float  # where the face looks: -1 left, 0 at us, 1 right
    skin: Colour
    hair: Colour

    def at(self, points: Sequence[tuple[float, float]] | np.ndarray) -> np.ndarray:
        """From the head to the canvas, in units."""
        right, up = np.asarray(points, dtype=float).T * self.high
        right = right * self.slim
        sin, cos = np.sin(self.tilt), np.cos(self.tilt)
        return np.stack([self.x + right * cos + up * sin, self.y + right * sin - up * cos], 1)


def paint(easel: Easel) -> Image.Image:
    """The wall, the dress, the neck, the face; hair behind and before it; then the brush."""
    way = {"three-quarter left": -1, "three-quarter right": 1, "frontal": 0}
    turn = way.get(easel.composition, int(easel.random.integers(-1, 2))) * easel.between(0.6, 1)
    high = easel.between(0.58, 0.68)
    fair = easel.chance(0.6)
    sitter = Sitter(
        x=easel.right / 2 + easel.between(-0.05, 0.05),
        y=easel.bottom / 2 + easel.between(0.17, 0.23),
        high=high,
        slim=easel.between(0.85, 1.08),
        tilt=easel.between(-0.16, 0.16),
        turn=turn,
        skin=easel.tint(hexed(easel.choose(FAIR if fair else DARK)), 6),
        hair=easel.tint(hexed(easel.choose(HAIRS if fair else HAIRS[:4])), 5),
    )
    style = easel.choose(STYLES)
    bearded = style in ("short", "bald") and easel.chance(0.5) and easel.composition != "headscarf"
    wall(easel)
    if easel.composition != "headscarf":
        hair_behind(easel, sitter, style)
    dress(easel, sitter)
    head(easel, sitter, bearded)
    if easel.composition == "headscarf":
        headscarf(easel, sitter)
    else:
        hair_before(easel, sitter, style)
    if easel.composition == "hat":
        hat(easel, sitter)
    easel.strokes(220, 0.022, 0.008, angle=1.1, tint=4, spread=0.5)
    return easel.varnish(relief=0.5, weave=0.6, shade=0.35)


def hexed(code: object) -> Colour:
    """One colour from its hex code."""
    return from_hex(one=str(code))["one"]


def wall(easel: Easel) -> None:
    """A plain warm wall, at times with the edge of a door or a dado."""
    colours = easel.palette
    plain, other = easel.tint(colours["wall"], 8), easel.tint(colours["door"], 8)
    easel.put(Image.new("RGB", (easel.width, easel.height), plain))
    edge = easel.choose((easel.between(0.08, 0.3), easel.between(0.7, 0.92))) * easel.right
    kind = easel.random.random()
    if kind < 0.45:
        far = 0 if edge < easel.right / 2 else easel.right
        lean = easel.between(-0.04, 0.04)
        easel.polygon(
            [(far, 0), (edge, 0), (edge + lean, easel.bottom), (far, easel.bottom)], other
        )
    elif kind < 0.65:
        low = easel.bottom * easel.between(0.5, 0.65)
        easel.polygon(
            [(0, low), (easel.right, low), (easel.right, easel.bottom), (0, easel.bottom)], other
        )
    easel.film(mix(plain, (255, 236, 200), 0.6), 0.4 * easel.mist(3, 2, detail=24))
    easel.strokes(240, 0.12, 0.03, angle=easel.between(0.4, 2.4), tint=7, spread=0.5)


def dress(easel: Easel, sitter: Sitter) -> None:
    """Sloping shoulders in plain cloth, with a collar, beads, a V-neck, or buttons; the neck."""
    cloth = easel.tint(easel.palette[easel.choose(("dress", "dress", "trim", "door"))], 10)
    trim = easel.tint(easel.palette["trim"], 8)
    x, base = sitter.x - 0.05 * sitter.turn, sitter.y + easel.between(0.1, 0.15)
    wide, slope = easel.between(0.34, 0.46), easel.between(0.12, 0.22)
    right = outline(
        (0.05, -0.02), (0.13, 0.04), (0.75 * wide, slope), (wide, slope + 0.16), (wide + 0.06, 0.8)
    )
    both = np.concatenate([right, (right * (-1, 1))[::-1]])
    easel.polygon(both + np.array([x, base]), cloth)
    easel.polygon(right * (1, 1.02) + np.array([x, base + 0.02]), mix(cloth, INK, 0.28))
    neck = [(x - 0.085, base + 0.02), (x + 0.085, base + 0.02)]
    detail = easel.random.integers(5)
    if detail == 0:  # a V-neck
        easel.polygon([*neck, (x, base + easel.between(0.14, 0.24))], sitter.skin)
    if detail == 4:  # a round opening
        easel.disc(x, base + 0.02, 0.13, sitter.skin, 0.55)
    lean = np.sin(sitter.tilt)
    length = base - sitter.y + 0.2
    shade, light = mix(sitter.skin, (90, 30, 20), 0.5), mix(sitter.skin, (255, 236, 200), 0.15)
    easel.turned(
        x,
        base + 0.06,
        [(0, 0.1), (0.05, 0.082), (length * 0.6, 0.07), (length, 0.075)],
        [shade, sitter.skin, light],
        tilt=np.arctan2(sitter.x + lean * 0.1 - x, length),
        sun=(-0.5, 0.1, 0.8),
    )
    if detail == 1:  # a white collar
        for way in (-1, 1):
            easel.polygon(
                [
                    (x, base + 0.07),
                    (x + way * 0.09, base - 0.01),
                    (x + way * 0.17, base + 0.06),
                    (x + way * 0.07, base + 0.15),
                ],
                mix(trim, INK, 0.06 if way < 0 else 0.2),
            )
    if detail == 2:  # beads
        turn = np.linspace(0.1, np.pi - 0.1, 13)
        easel.dabs(
            x + 0.105 * np.cos(turn),
            base + 0.02 + 0.11 * np.sin(turn),
            0.014,
            np.tile(trim, (13, 1)),
        )
    if detail == 3:  # a jacket
        easel.polygon([(x - 0.08, base), (x + 0.08, base), (x, base + 0.32)], trim)
        easel.polygon(
            [
                (x - 0.02, base + 0.06),
                (x + 0.02, base + 0.06),
                (x + 0.025, base + 0.3),
                (x - 0.015, base + 0.3),
            ],
            easel.palette["door"],
        )


def head(easel: Easel, sitter: Sitter, bearded: bool) -> None:
    """An oval, a long nose, almond eyes; a beard for some."""
    skin = sitter.skin
    dark, light = mix(skin, (80, 26, 18), 0.42), mix(skin, (255, 240, 205), 0.3)
    shape = outline(
        (0, 0.05), (0.05, 0.115), (0.22, 0.21), (0.5, 0.272), (0.72, 0.28), (0.88, 0.215),
        (1, 0.04), smooth=32,
    )  # fmt: skip
    t = sitter.turn
    ear = sitter.at([(-0.27 * np.sign(t or 1), 0.47)])[0]
    easel.disc(*ear, 0.035, mix(skin, dark, 0.45), 1.7)
    easel.glow(sitter.x, sitter.y + 0.03, 0.085, mix(dark, INK, 0.3), 0.8, 0.9)
    shape[:, 1] *= sitter.slim * (1 - 0.06 * abs(t))
    easel.turned(
        sitter.x,
        sitter.y,
        shape * sitter.high,
        [dark, mix(dark, skin, 0.7), skin, light],
        tilt=sitter.tilt,
        sun=(-0.45, -0.25, 0.8),
    )
    for way in (-1, 1):
        cheek = sitter.at([(way * 0.16 + 0.05 * t, 0.34)])[0]
        easel.glow(*cheek, 0.075, mix(skin, (200, 50, 30), 0.5), 0.45)
    if bearded:
        jaw = outline(
            (-0.265, 0.45), (-0.22, 0.2), (0, -0.1), (0.22, 0.2), (0.265, 0.45), (0.14, 0.27),
            (0.04 * t, 0.285), (-0.14, 0.27), (-0.265, 0.45), smooth=40,
        )  # fmt: skip
        easel.polygon(sitter.at(jaw), sitter.hair)
    features(easel, sitter, dark)


def features(easel: Easel, sitter: Sitter, dark: Colour) -> None:
    """Brows and nose in one line, eyes often without pupils, a small closed mouth."""
    t, way = sitter.turn, 1 if sitter.turn >= 0 else -1
    m = 0.07 * t  # the middle of the face
    iris = easel.choose(((70, 96, 110), (58, 44, 34), (96, 108, 76), (36, 34, 40)))
    blind = easel.chance(0.35)
    eye_y, gap = easel.between(0.52, 0.57), easel.between(0.115, 0.135)
    for side in (-1, 1):
        near = 1 - 0.22 * side * t  # the far eye is narrower
        u, half, tall = m + side * gap * (1 - 0.1 * side * t), 0.075 * near, 0.03
        slant = 0.012 * side
        eye = outline(
            (u - half, eye_y - slant),
            (u, eye_y + tall),
            (u + half, eye_y + slant),
            (u, eye_y - tall * 0.8),
            (u - half, eye_y - slant),
            smooth=16,
        )
        easel.polygon(sitter.at(eye), iris if blind else (232, 222, 204))
        if not blind:
            pupil = sitter.at([(u + 0.012 * t, eye_y)])[0]
            easel.disc(*pupil, 0.026 * sitter.high, iris)
            easel.disc(*pupil, 0.013 * sitter.high, (20, 14, 14))
        easel.line(sitter.at(eye[:8]), 0.009, INK)
        brow = outline(
            (u - side * half * 0.9, eye_y + 0.085),
            (u, eye_y + 0.115),
            (u + side * half * 1.2, eye_y + 0.075),
            smooth=8,
        )
        easel.line(sitter.at(brow), 0.011, mix(sitter.hair, INK, 0.4))
    low, wide = easel.between(0.27, 0.32), easel.between(0.04, 0.055)
    bridge, tip = (
        (m - way * 0.035, eye_y + 0.08),
        (m + way * wide * (0.4 + 0.8 * abs(t)), low + 0.03),
    )
    nose = [bridge, (m - way * 0.01, eye_y - 0.06), tip, (m - way * wide, low)]
    easel.polygon(sitter.at([*nose, (m - way * 0.055, low + 0.06)]), mix(sitter.skin, dark, 0.45))
    easel.line(
        sitter.at([*nose[:3], (m, low - 0.005), (m - way * wide, low + 0.012)]),
        0.008,
        mix(dark, INK, 0.35),
    )
    y, half = low - easel.between(0.11, 0.13), easel.between(0.065, 0.085)
    lip = mix(sitter.skin, easel.choose(((168, 36, 40), (150, 60, 50))), 0.7)
    bow = [
        (m - half, y),
        (m - 0.03, y + 0.026),
        (m, y + 0.016),
        (m + 0.03, y + 0.026),
        (m + half, y),
    ]
    easel.polygon(sitter.at(bow), mix(lip, INK, 0.2))
    easel.polygon(
        sitter.at([(m - half, y), (m + half, y), (m + 0.03, y - 0.036), (m - 0.03, y - 0.036)]), lip
    )
    easel.line(sitter.at([bow[0], (m, y - 0.002), bow[-1]]), 0.007, mix(lip, INK, 0.6))


def hair_behind(easel: Easel, sitter: Sitter, style: object) -> None:
    """What is seen of the hair behind the head."""
    if style in ("bob", "long", "plait"):
        low = {"bob": 0.12, "long": -0.4, "plait": 0.1}[str(style)]
        shape = outline(
            (-0.28, low), (-0.37, 0.35), (-0.33, 0.8), (0, 1.1), (0.33, 0.8), (0.37, 0.35),
            (0.28, low), smooth=28,
        )  # fmt: skip
        easel.polygon(sitter.at(shape), mix(sitter.hair, INK, 0.3))
    if style == "bun":
        spot = sitter.at([(-0.18 * sitter.turn, easel.between(1.02, 1.12))])[0]
        easel.disc(*spot, 0.16 * sitter.high, mix(sitter.hair, INK, 0.2), 0.9)
    if style == "curls":
        angle = np.linspace(-0.7, np.pi + 0.7, 26)
        ring = np.stack([0.34 * np.cos(angle), 0.62 + 0.42 * np.sin(angle)], 1)
        spots = sitter.at(ring + easel.random.normal(0, 0.02, ring.shape))
        tones = np.array([easel.tint(sitter.hair, 7) for _ in angle])
        easel.dabs(spots[:, 0], spots[:, 1], 0.085 * sitter.high * 1.2, tones)


def hair_before(easel: Easel, sitter: Sitter, style: object) -> None:
    """The hair that frames the face, with a parting; a few lights in it."""
    if style == "bald":
        for way in (-1, 1):
            side = outline(
                (way * 0.27, 0.45),
                (way * 0.32, 0.6),
                (way * 0.26, 0.8),
                (way * 0.245, 0.62),
                (way * 0.27, 0.45),
                smooth=14,
            )
            easel.polygon(sitter.at(side), sitter.hair)
        return
    part, line = easel.between(-0.12, 0.12), easel.between(0.74, 0.84)
    down = {"short": 0.6, "curls": 0.62, "bun": 0.55}.get(str(style), 0.36)
    cap = outline(
        (-0.285, down), (-0.315, 0.75), (-0.2, 1.0), (0, 1.06), (0.2, 1.0), (0.315, 0.75),
        (0.285, down), (0.23, line - 0.08), (part, line + 0.06), (-0.23, line - 0.08),
        (-0.285, down), smooth=50,
    )  # fmt: skip
    easel.polygon(sitter.at(cap), sitter.hair)
    if style == "plait":
        for step in range(7):
            spot = sitter.at([(0.33 - 0.02 * step, 0.25 - 0.12 * step)])[0]
            easel.disc(*spot, 0.05 * sitter.high, easel.tint(sitter.hair, 10), 1.3)
    shine = mix(sitter.hair, (255, 226, 180), 0.3)
    for step in np.linspace(-0.22, 0.16, 7):
        strand = outline(
            (part, line + 0.13), (step, 0.98 - step**2), (step * 1.3 - 0.02, 0.9), smooth=6
        )
        easel.line(sitter.at(strand), 0.006, mix(shine, sitter.hair, easel.random.random()))


def hat(easel: Easel, sitter: Sitter) -> None:
    """A wide brim, a bowler or a beret."""
    felt = easel.tint(easel.palette[easel.choose(("dress", "door", "trim"))], 10)
    band = mix(felt, INK, 0.5)
    kind = easel.random.integers(3)
    brim, crown = ((0.58, 0.22), (0.4, 0.3), (0.0, 0.16))[int(kind)]
    lean = 0.12 * easel.choose((-1, 1))
    if kind == 2:
        shape = outline(
            (-0.3, 0.8), (-0.42 + lean, 0.98), (lean, 1.17), (0.42 + lean, 0.98), (0.3, 0.8),
            (0, 0.86), (-0.3, 0.8), smooth=30,
        )  # fmt: skip
        easel.polygon(sitter.at(shape), felt)
        easel.line(sitter.at(outline((-0.3, 0.8), (0, 0.87), (0.3, 0.8), smooth=9)), 0.02, band)
        return
    easel.polygon(
        sitter.at(
            [
                (-0.29, 0.84),
                (-0.25, 0.95 + crown),
                (0, 1.0 + crown),
                (0.25, 0.95 + crown),
                (0.29, 0.84),
            ]
        ),
        felt,
    )
    easel.polygon(
        sitter.at([(0.06, 0.9), (0.06, 0.99 + crown), (0.25, 0.95 + crown), (0.29, 0.84)]),
        mix(felt, INK, 0.3),
    )
    easel.line(sitter.at([(-0.285, 0.9), (0.285, 0.9)]), 0.045, band)
    shape = outline(
        (-brim, 0.8 + lean),
        (0, 0.92),
        (brim, 0.8 - lean),
        (0, 0.76),
        (-brim, 0.8 + lean),
        smooth=30,
    )
    easel.polygon(sitter.at(shape), mix(felt, INK, 0.12))


def headscarf(easel: Easel, sitter: Sitter) -> None:
    """A scarf over the hair, knotted under the chin or hanging down."""
    cloth = easel.tint(easel.palette[easel.choose(("dress", "trim", "door"))], 12)
    hood = outline(
        (-0.13, -0.1), (-0.33, 0.3), (-0.36, 0.75), (-0.2, 1.06), (0, 1.12), (0.2, 1.06),
        (0.36, 0.75), (0.33, 0.3), (0.13, -0.1), (0.22, 0.25), (0.255, 0.6), (0.15, 0.84),
        (0, 0.89), (-0.15, 0.84), (-0.255, 0.6), (-0.22, 0.25), (-0.13, -0.1), smooth=64,
    )  # fmt: skip
    easel.polygon(sitter.at(hood), cloth)
    for way in (-1, 1):
        fold = outline(
            (way * 0.16, -0.05), (way * 0.3, 0.35), (way * 0.3, 0.75), (0.05, 1.04), smooth=14
        )
        easel.line(sitter.at(fold), 0.012, mix(cloth, INK if way > 0 else (255, 240, 210), 0.3))
    if easel.chance(0.6):
        easel.polygon(
            sitter.at([(-0.14, -0.08), (0.14, -0.08), (0.2, -0.36), (0, -0.2), (-0.2, -0.33)]),
            mix(cloth, INK, 0.15),
        )
