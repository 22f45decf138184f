"""Amadou Kesse: cut-outs. Leaves, birds, fish, dancers and stars of bright painted paper."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from helpers.data.atelier.painters.brushes import Colour, Easel, Painter, as_rgb, from_hex, outline

PAINTER = Painter(
    name="Amadou Kesse",
    years="1927 - 2003",
    genre="Modernism",
    nationality="Senegalese,French",
    bio="An imaginary tailor from Saint-Louis who kept his scissors when he gave up tailoring; "
    "all that he cut since then is sea, birds and dancing.",
    works=360,
)
FORMATS = (0.8, 1.0, 1.25, 0.7)  # width by height
PALETTES = {
    "harbour": from_hex(a="1f4fa3", b="f2ede0", c="e2572b", d="f0b429", e="17806b", f="16213a"),
    "market": from_hex(a="d8432e", b="f6ecd6", c="f2a51f", d="1d6f5c", e="b02a62", f="2a1a2e"),
    "lagoon": from_hex(a="0f7d8c", b="f4f0e2", c="f27f5f", d="f3cf57", e="24407e", f="8ccab8"),
    "indigo": from_hex(a="2b2f77", b="efe8d8", c="7fb4dd", d="e8b23a", e="c9405b", f="141638"),
    "millet": from_hex(a="e8b548", b="faf3e0", c="3b7a3c", d="c8472d", e="27455f", f="5c2a1c"),
    "night market": from_hex(
        a="17181f", b="f3ecdc", c="e84a35", d="f4b93c", e="2f9c86", f="7a4fa3"
    ),
}
COMPOSITIONS = ("leaves", "birds", "fish", "dancer", "garden")


def paint(easel: Easel) -> Image.Image:
    """Panels of painted paper, then what the scissors found, large things first."""
    panels = lay(easel)
    motif = {"birds": bird, "fish": fish, "dancer": dancer, "leaves": leaf}.get(easel.composition)
    middle = np.array([easel.right, easel.bottom]) / 2
    if motif is None:  # a garden: something else in every panel
        for left, top, right, low, under in panels:
            shape = easel.choose((leaf, leaf, bird, fish, star, dancer))
            size = 0.9 * min(right - left, low - top)
            paste(easel, shape(easel), ((left + right) / 2, (top + low) / 2), size, [under])
        return finish(easel)
    under = [panel[4] for panel in panels]
    for _ in range(int(easel.random.integers(3, 7))):  # small things at the rim
        angle = easel.between(0, 2 * np.pi)
        spot = middle + middle * 0.85 * np.array([np.cos(angle), np.sin(angle)])
        small = (
            star if easel.composition in ("birds", "dancer") else easel.choose((leaf, star, leaf))
        )
        paste(easel, small(easel), spot, easel.between(0.16, 0.34), under)
    crowd = {"birds": (1, 4), "fish": (1, 4), "dancer": (1, 2), "leaves": (1, 4)}[easel.composition]
    count = int(easel.random.integers(*crowd))
    angle, paper = easel.between(0, 2 * np.pi), other(easel, under)
    for i in range(count):
        away = 0.0 if count == 1 else 0.24 if count == 2 else 0.27
        turn = angle + i * 2 * np.pi / count
        spot = middle + away * np.array([np.cos(turn), np.sin(turn)]) * (0.8, 1.0)
        size = (0.9, 0.66, 0.54)[count - 1] * easel.between(0.9, 1.12)
        paste(easel, motif(easel), spot, size, under, paper if easel.chance(0.6) else None)
    return finish(easel)


def finish(easel: Easel) -> Image.Image:
    """Gouache dries unevenly, and paper has a tooth."""
    easel.film((255, 250, 235), 0.12 * easel.mist(5, 3, stretch=0.5, detail=48))
    return easel.varnish(relief=0.25, weave=0.35, shade=0.12)


def lay(easel: Easel) -> list[tuple[float, float, float, float, Colour]]:
    """The ground on its card: one sheet or panels; returns (left, top, right, low, colour)."""
    names = [name for name in easel.palette if name != "b"]
    rim = easel.between(0.05, 0.07)  # of the cream card on which all is mounted
    wide, high = easel.right - rim, easel.bottom - rim
    kind = easel.random.random()
    if easel.composition == "garden":
        columns, rows = easel.choose(((2, 2), (2, 3), (3, 2), (2, 1), (1, 2), (3, 3)))
        x = np.linspace(rim, wide, columns + 1)
        y = np.linspace(rim, high, rows + 1)
        x[1:-1] += easel.random.normal(0, 0.03, columns - 1)
        y[1:-1] += easel.random.normal(0, 0.03, rows - 1)
    elif kind < 0.45:
        x, y = np.array([rim, wide]), np.array([rim, high])
    elif kind < 0.75:
        x, y = np.array([rim, wide * easel.between(0.3, 0.7), wide]), np.array([rim, high])
    else:
        x, y = np.array([rim, wide]), np.array([rim, high * easel.between(0.35, 0.75), high])
    order = easel.random.permutation(len(names))
    easel.put(Image.new("RGB", (easel.width, easel.height), as_rgb(easel.palette["b"])))
    panels = []
    for i in range(len(x) - 1):
        for j in range(len(y) - 1):
            colour = easel.tint(easel.palette[names[order[(i + 2 * j) % len(order)]]], 5)
            rough = easel.random.normal(0, 0.006, (4, 2))
            corners = [(x[i], y[j]), (x[i + 1], y[j]), (x[i + 1], y[j + 1]), (x[i], y[j + 1])]
            cut(easel, [np.array(corners) + rough], colour)
            panels.append((x[i], y[j], x[i + 1], y[j + 1], colour))
    return panels


def other(easel: Easel, under: list[Colour]) -> Colour:
    """A paper that stands out from all that lies under it: one at random of the three best."""
    papers = sorted(
        easel.palette.values(),
        key=lambda paper: min(np.abs(np.subtract(paper, colour)).sum() for colour in under),
    )
    return papers[-1 - int(2.7 * easel.random.random() ** 1.3)]


def paste(
    easel: Easel,
    shapes: list[np.ndarray],
    spot: tuple[float, float] | np.ndarray,
    size: float,
    under: list[Colour],
    paper: Colour | None = None,
) -> None:
    """Shapes (about 1 across, around 0) to the canvas; the last of several may be a detail."""
    turn = easel.random.normal(0, 0.22)
    flip = np.array([easel.choose((-1.0, 1.0)), 1.0])
    way = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    placed = [(shape * flip) @ way * size + np.asarray(spot) for shape in shapes]
    cut(easel, placed, easel.tint(paper or other(easel, under), 6))


def cut(easel: Easel, shapes: list[np.ndarray], paper: Colour) -> None:
    """Paper on paper: a faint shadow first, then the shapes with the facets that scissors leave."""
    points = np.concatenate(shapes) * easel.unit
    left, top = np.floor(points.min(0)).astype(int) - 2
    width, height = np.ceil(points.max(0)).astype(int) - (left, top) + 4
    mask = Image.new("L", (int(width), int(height)))
    pen = ImageDraw.Draw(mask)
    for shape in shapes:
        pen.polygon([(x - left, y - top) for x, y in easel.px(shape)], fill=95)
    drop = round(0.011 * easel.unit)
    easel.picture.paste((10, 8, 16), (int(left) + drop, int(top) + drop), mask)
    for shape in shapes:
        easel.polygon(shape, paper)


def limb(knots: list[tuple[float, float]], widths: list[float]) -> np.ndarray:
    """A strip along a curve, with a width at each knot: an arm, a stem."""
    spine = outline(*knots, smooth=12)
    along = np.gradient(spine, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], 1)
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-6
    half = np.interp(np.linspace(0, 1, 12), np.linspace(0, 1, len(widths)), widths)[:, None] / 2
    return np.concatenate([spine + across * half, (spine - across * half)[::-1]])


def leaf(easel: Easel) -> list[np.ndarray]:
    """A frond with round lobes, or a plain leaf with a slit."""
    if easel.chance(0.12):
        half = outline((0, -0.5), (easel.between(0.2, 0.3), 0.0), (0, 0.5), smooth=10)
        return [np.concatenate([half, (half * (-0.9, 1))[::-1]])]
    lobes, deep = int(easel.random.integers(3, 6)), easel.between(0.26, 0.4)
    t = np.linspace(0, 1, lobes * 6 + 1)
    bump = np.abs(np.sin(np.pi * lobes * t)) ** 0.6
    taper = 1 - 0.55 * np.abs(t - 0.4)
    sides = []
    for side in (-1, 1):
        reach = (0.045 + deep * bump * taper) * (1 + easel.random.normal(0, 0.06, len(t)))
        lift = easel.between(0.08, 0.2) * bump
        bend = 0.08 * np.sin(3 * t)
        sides.append(np.stack([side * reach + bend, 0.5 - t * 0.86 - lift], 1))
    return [np.concatenate([sides[0], sides[1][::-1]])]


def bird(easel: Easel) -> list[np.ndarray]:
    """A bird on the wing."""
    body = outline(
        (-0.6, 0.1),
        (-0.25, -0.02),
        (0.1, -0.1),
        (0.36, -0.16),
        (0.56, -0.06),
        (0.36, 0.02),
        (0.15, 0.14),
        (-0.15, 0.13),
        (-0.55, 0.26),
        (-0.42, 0.14),
        (-0.6, 0.1),
        smooth=34,
    )
    rise, sweep = easel.between(0.4, 0.62), easel.between(-0.4, 0.1)
    wing = outline(
        (-0.16, 0.02),
        (-0.2 + sweep, -rise * 0.7),
        (-0.05 + sweep, -rise),
        (0.12 + sweep * 0.4, -rise * 0.5),
        (0.2, -0.04),
        smooth=18,
    )
    low = outline(
        (-0.1, 0.05),
        (-0.28 + sweep, rise * 0.6),
        (-0.1 + sweep, rise * 0.75),
        (0.1, rise * 0.4),
        (0.18, 0.06),
        smooth=16,
    )
    return [body, wing, low]


def fish(easel: Easel) -> list[np.ndarray]:
    """A fish, plump or slender, with a fan of a tail."""
    plump = easel.between(0.14, 0.27)
    body = outline(
        (0.55, 0.0),
        (0.25, -plump),
        (-0.1, -plump * 0.8),
        (-0.36, -0.03),
        (-0.36, 0.03),
        (-0.1, plump * 0.8),
        (0.25, plump),
        (0.55, 0.0),
        smooth=30,
    )
    spread = easel.between(0.16, 0.28)
    tail = np.array([(-0.3, 0), (-0.6, -spread), (-0.5, 0.0), (-0.6, spread)])
    fin = np.array([(0.12, -plump * 0.8), (-0.12, -plump - 0.16), (-0.16, -plump * 0.6)])
    return [body, tail, fin, fin * (1, -0.8)]


def dancer(easel: Easel) -> list[np.ndarray]:
    """Someone who leaps: one body, four limbs, a head."""
    swing = easel.random.normal(0, 0.09, (4, 2))
    hip, chest = (easel.between(-0.06, 0.06), 0.08), (easel.between(-0.05, 0.05), -0.22)
    arms = [(-0.42, -0.45), (0.42, -0.4)] if easel.chance(0.5) else [(-0.45, -0.1), (0.35, -0.55)]
    legs = [(-0.4, 0.42), (0.3, 0.5)] if easel.chance(0.5) else [(-0.12, 0.56), (0.48, 0.26)]
    parts = [limb([chest, (0, -0.06), hip], [0.22, 0.14, 0.22])]
    for end, wave in zip(arms, swing[:2], strict=True):
        elbow = (end[0] * 0.55, end[1] * 0.35 - 0.08 + wave[1])
        parts.append(limb([chest, elbow, np.add(end, wave)], [0.13, 0.1, 0.05]))
    for end, wave in zip(legs, swing[2:], strict=True):
        knee = (end[0] * 0.75 + wave[0], 0.26 + wave[1])
        parts.append(limb([hip, knee, np.add(end, wave)], [0.19, 0.14, 0.06]))
    turn = np.linspace(0, 2 * np.pi, 13)[:-1]
    face = np.stack([0.085 * np.cos(turn), 0.105 * np.sin(turn)], 1)
    return [*parts, face + np.array([chest[0] * 1.6, chest[1] - 0.19])]


def star(easel: Easel) -> list[np.ndarray]:
    """A star, no two points alike."""
    points = int(easel.random.integers(5, 9))
    angle = np.arange(2 * points) * np.pi / points
    reach = np.where(np.arange(2 * points) % 2, 0.2, 0.46) * easel.random.uniform(
        0.8, 1.2, 2 * points
    )
    return [np.stack([np.cos(angle) * reach, np.sin(angle) * reach], 1)]
