"""What every imaginary painter has at hand: an easel, pigments, brushes, varnish.

Positions and lengths are shares of the picture's short side ("units"), so that a work is the same
work at any size. Colours are (r, g, b) from 0 to 255. NumPy and Pillow only: a worker process that
draws pictures starts in a fraction of a second.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Painter:
    """A painter who never lived. `works` is how many paintings they left behind."""

    name: str
    years: str
    genre: str
    nationality: str
    bio: str
    works: int


class Easel:
    """An empty canvas of a certain format, with a palette and a composition already chosen.

    random: the only source of chance; how often it is asked must not depend on the size.
    width, height: pixels of the canvas. unit: pixels of its short side.
    palette: named colours; composition: the name of the motif.
    """

    def __init__(
        self,
        random: np.random.Generator,
        width: int,
        height: int,
        palette: dict[str, Colour],
        composition: str,
    ) -> None:
        self.random, self.width, self.height = random, width, height
        self.unit = min(width, height)
        self.palette, self.composition = palette, composition
        self.right, self.bottom = width / self.unit, height / self.unit  # in units
        self.picture = Image.new("RGB", (width, height))
        self.draw = ImageDraw.Draw(self.picture)

    # ---- chance --------------------------------------------------------------------------------

    def between(self, low: float, high: float) -> float:
        """A number from low to high."""
        return float(self.random.uniform(low, high))

    def chance(self, share: float) -> bool:
        """True with this probability."""
        return bool(self.random.random() < share)

    def choose(self, options: Sequence) -> object:
        """One of the options."""
        return options[int(self.random.integers(len(options)))]

    def tint(self, colour: Colour, amount: float = 12) -> tuple[int, int, int]:
        """A colour as a hand mixes it: never twice the same."""
        shift = self.random.normal(0, amount, 3) * 0.5 + self.random.normal(0, amount)
        return as_rgb(np.asarray(colour) + shift)

    # ---- from units to pixels ------------------------------------------------------------------

    def px(self, points: Sequence[tuple[float, float]] | np.ndarray) -> list[tuple[float, float]]:
        """Points in units to points in pixels."""
        return [(float(x) * self.unit, float(y) * self.unit) for x, y in points]

    # ---- brushes -------------------------------------------------------------------------------

    def put(self, picture: Image.Image | np.ndarray) -> None:
        """Replace what is on the canvas by a picture of the same size (array: 0 to 255)."""
        if isinstance(picture, np.ndarray):
            picture = Image.fromarray(picture.clip(0, 255).astype(np.uint8))
        self.picture.paste(picture)

    def polygon(self, points: Sequence[tuple[float, float]] | np.ndarray, colour: Colour) -> None:
        """A filled polygon, corners in units."""
        self.draw.polygon(self.px(points), fill=as_rgb(colour))

    def disc(self, x: float, y: float, radius: float, colour: Colour, squash: float = 1.0) -> None:
        """A filled disc, or an ellipse `squash` times as high as wide."""
        (left, top), (right, low) = self.px(
            [(x - radius, y - radius * squash), (x + radius, y + radius * squash)]
        )
        self.draw.ellipse((left, top, right, low), fill=as_rgb(colour))

    def line(
        self, points: Sequence[tuple[float, float]] | np.ndarray, width: float, colour: Colour
    ) -> None:
        """A line through points, all in units, with rounded joints."""
        pixels = max(1, round(width * self.unit))
        self.draw.line(self.px(points), fill=as_rgb(colour), width=pixels, joint="curve")

    def wash(self, top: Colour, low: Colour, begin: float = 0.0, end: float | None = None) -> None:
        """A vertical gradient between two heights (units) over the full width."""
        rows = np.array([round(begin * self.unit), round((end or self.bottom) * self.unit)])
        rows = rows.clip(0, self.height)
        count = int(rows[1] - rows[0])
        if count > 0:
            share = np.linspace(0, 1, count, dtype=np.float32)[:, None]
            column = np.asarray(top) * (1 - share) + np.asarray(low) * share
            strip = Image.fromarray(column.clip(0, 255).astype(np.uint8)[:, None])
            self.picture.paste(strip.resize((self.width, count)), (0, int(rows[0])))

    def noise(self, cells: int = 4, octaves: int = 3, stretch: float = 1.0) -> np.ndarray:
        """Smooth noise [height, width], 0 to 1: clouds, foliage, stains.

        cells: blobs across the short side. stretch: how much wider than high they are.
        """
        total = np.zeros((self.height, self.width), dtype=np.float32)
        for octave in range(octaves):
            fine = cells * 2**octave
            grid = self.random.random((max(2, fine), max(2, round(fine / stretch))))
            layer = Image.fromarray(grid.astype(np.float32))
            size = (self.width, self.height)
            total += np.asarray(layer.resize(size, Image.Resampling.BICUBIC)) / 2**octave
        low, high = total.min(), total.max()
        return (total - low) / (high - low + 1e-6)

    def stain(self, colour: Colour, share: np.ndarray) -> None:
        """Blend a colour over the canvas, `share` [height, width] of it from 0 to 1."""
        mask = Image.fromarray((share * 255).clip(0, 255).astype(np.uint8))
        self.picture.paste(as_rgb(colour), (0, 0), mask)

    def strokes(
        self,
        count: int,
        length: float,
        width: float,
        angle: float | np.ndarray | object = 0.0,
        tint: float = 10,
        region: tuple[float, float, float, float] | None = None,
        spread: float = 0.15,
    ) -> None:
        """Paint over what is there with oriented strokes of its own colours: the painter's hand.

        count strokes, `length` and `width` in units, start at jittered places in `region` (left,
        top, right, bottom in units; all by default). angle: radians, or a function of x and y
        (arrays in units) that returns radians. tint: how much each stroke's colour strays.
        """
        left, top, right, low = region or (0, 0, self.right, self.bottom)
        x = self.random.uniform(left, right, count)
        y = self.random.uniform(top, low, count)
        direction = angle(x, y) if callable(angle) else np.full(count, angle, dtype=float)
        direction = direction + self.random.normal(0, spread, count)
        reach = length * self.random.uniform(0.6, 1.2, count) / 2
        shift = self.random.normal(0, tint, (count, 1)) + self.random.normal(
            0, tint / 2, (count, 3)
        )
        columns = (x * self.unit).astype(int).clip(0, self.width - 1)
        rows = (y * self.unit).astype(int).clip(0, self.height - 1)
        colours = (np.asarray(self.picture)[rows, columns] + shift).clip(0, 255).astype(int)
        dx, dy = np.cos(direction) * reach, np.sin(direction) * reach
        ends = np.stack([x - dx, y - dy, x + dx, y + dy], 1) * self.unit
        pixels = max(1, round(width * self.unit))
        for end, colour in zip(ends.tolist(), colours.tolist(), strict=True):
            self.draw.line(end, fill=tuple(colour), width=pixels)

    def varnish(self, relief: float = 0.5, weave: float = 0.5, shade: float = 0.3) -> Image.Image:
        """The finished work: paint that stands up in light from the upper left, on canvas, aged.

        relief: how thick the paint lies; weave: how coarse the canvas shows; shade: how much the
        corners have darkened; each from 0 to 1.
        """
        picture = self.picture
        if relief:
            height = picture.convert("L")
            lit = ImageChops.subtract(height, ImageChops.offset(height, 2, 2), scale=1, offset=128)
            picture = ImageChops.overlay(picture, Image.merge("RGB", [soften(lit, relief)] * 3))
        surface = ground(self.width, self.height, round(weave, 2), round(shade, 2))
        return ImageChops.multiply(picture, surface)


def as_rgb(colour: Sequence[float]) -> tuple[int, int, int]:
    """Three numbers, cut to 0..255 and rounded."""
    return tuple(min(255, max(0, round(float(part)))) for part in colour)


def mix(one: Colour, other: Colour, share: float) -> tuple[int, int, int]:
    """`share` of the other colour mixed into the one."""
    return as_rgb([a * (1 - share) + b * share for a, b in zip(one, other, strict=True)])


def from_hex(**colours: str) -> dict[str, Colour]:
    """A palette from hex codes: from_hex(sky="8fb7d3", sand="d8c49a")."""
    return {
        name: tuple(int(code[i : i + 2], 16) for i in (0, 2, 4)) for name, code in colours.items()
    }


def soften(picture: Image.Image, share: float) -> Image.Image:
    """A grey picture drawn towards middle grey, `share` of its contrast left."""
    return picture.point([round(128 + (value - 128) * share) for value in range(256)])


@functools.lru_cache(maxsize=64)
def ground(width: int, height: int, weave: float, shade: float) -> Image.Image:
    """Canvas threads and darkened corners, a picture to multiply with; the same for all works."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    threads = np.sin(x * 2.1) * np.sin(y * 2.1) + np.random.default_rng(0).normal(
        0, 0.35, (height, width)
    )
    corner = ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * 2
    value = 255 * (
        1 - 0.05 * weave * (1 - threads.clip(-1, 1)) / 2 * 2 - 0.35 * shade * corner**1.5
    )
    grey = Image.fromarray(value.clip(0, 255).astype(np.uint8))
    return Image.merge("RGB", [grey] * 3)
