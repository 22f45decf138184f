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

    # ---- soft light, and many small touches ----------------------------------------------------

    def coarse(self, detail: int = 64) -> tuple[np.ndarray, np.ndarray]:
        """x and y in units on a coarse grid [rows, columns], `detail` cells to the short side."""
        y, x = np.mgrid[0 : round(self.bottom * detail), 0 : round(self.right * detail)]
        return (x.astype(np.float32) + 0.5) / detail, (y.astype(np.float32) + 0.5) / detail

    def mist(
        self, cells: int = 4, octaves: int = 3, stretch: float = 1.0, detail: int = 64
    ) -> np.ndarray:
        """Like `noise`, but on the grid of `coarse`: a tenth of the work; for `film`."""
        size = round(self.right * detail), round(self.bottom * detail)
        total = np.zeros(size[::-1], dtype=np.float32)
        for octave in range(octaves):
            fine = cells * 2**octave
            grid = self.random.random((max(2, fine), max(2, round(fine / stretch))))
            layer = Image.fromarray(grid.astype(np.float32))
            total += np.asarray(layer.resize(size, Image.Resampling.BICUBIC)) / 2**octave
        low, high = total.min(), total.max()
        return (total - low) / (high - low + 1e-6)

    def film(self, colour: Colour, share: np.ndarray) -> None:
        """Like `stain`, but the share may be coarse ([n, m], or [n, 1] for bands): it is resized
        smoothly to the whole canvas."""
        mask = Image.fromarray((share * 255).clip(0, 255).astype(np.uint8))
        mask = mask.resize((self.width, self.height), Image.Resampling.BILINEAR)
        self.picture.paste(as_rgb(colour), (0, 0), mask)

    def lay(self, light: np.ndarray) -> None:
        """Replace what is on the canvas by a coarse picture [n, m, 3], 0 to 255, resized
        smoothly."""
        picture = Image.fromarray(light.clip(0, 255).astype(np.uint8))
        self.put(picture.resize((self.width, self.height), Image.Resampling.BICUBIC))

    def graded(
        self, points: Sequence[tuple[float, float]] | np.ndarray, top: Colour, low: Colour
    ) -> None:
        """A polygon (corners in units) whose colour runs from `top` at its highest corner on the
        canvas to `low` at its lowest."""
        heights = [y for _, y in points]
        begin = round(max(0.0, min(heights)) * self.unit)
        count = round(min(self.bottom, max(heights)) * self.unit) - begin
        if count < 1:
            return
        corners = [(x, y - begin) for x, y in self.px(points)]
        mask = Image.new("L", (self.width, count))
        ImageDraw.Draw(mask).polygon(corners, fill=255)
        share = np.linspace(0, 1, count, dtype=np.float32)[:, None]
        column = np.asarray(top) * (1 - share) + np.asarray(low) * share
        strip = Image.fromarray(column.clip(0, 255).astype(np.uint8)[:, None])
        self.picture.paste(strip.resize((self.width, count)), (0, begin), mask)

    def dabs(
        self,
        x: np.ndarray,
        y: np.ndarray,
        radius: np.ndarray | float,
        colours: np.ndarray,
        squash: float = 1.0,
    ) -> None:
        """Many discs at once: places and radii in units, colours [n, 3]; the last lies on top."""
        radius = np.broadcast_to(radius, np.shape(x))
        boxes = np.stack([x - radius, y - radius * squash, x + radius, y + radius * squash], 1)
        tones = np.clip(colours, 0, 255).astype(int).tolist()
        for box, tone in zip((boxes * self.unit).tolist(), tones, strict=True):
            self.draw.ellipse(box, fill=tuple(tone))

    # ---- bodies in light -----------------------------------------------------------------------

    def glow(
        self, x: float, y: float, radius: float, colour: Colour, share: float, squash: float = 1.0
    ) -> None:
        """A soft disc, `share` (0 to 1) of the colour in its middle, none at `radius`: a cast
        shadow, a flush, a halo. `squash` times as high as wide."""
        wide = max(2, round(2 * radius * self.unit))
        high = max(2, round(2 * radius * squash * self.unit))
        mask = soft_disc().resize((wide, high)).point([round(v * share) for v in range(256)])
        corner = round(x * self.unit - wide / 2), round(y * self.unit - high / 2)
        self.picture.paste(as_rgb(colour), (*corner, *np.add(corner, mask.size).tolist()), mask)

    def turned(
        self,
        x: float,
        y: float,
        profile: Sequence[tuple[float, float]] | np.ndarray,
        tones: Sequence[Colour],
        tilt: float = 0.0,
        sun: tuple[float, float, float] = (-0.62, -0.5, 0.6),
        bounce: float = 0.12,
        opacity: float = 1.0,
    ) -> None:
        """A body as from a lathe, shaded: a jug, a fruit, a neck.

        x, y: its foot. profile: (distance along the axis from the foot, half width) pairs in
        units. tones: its colours from shadow to light, two or more. tilt: radians, to the right.
        sun: where the light comes from (right, down, towards us). bounce: light that comes back
        into the shadow edge, 0 to 1.
        """
        along, half = np.asarray(profile, dtype=np.float32).T
        axis = float(np.sin(tilt)), -float(np.cos(tilt))
        reach = half.max() + 2 / self.unit
        ends = np.array([[x, y], [x + axis[0] * along[-1], y + axis[1] * along[-1]]])
        ends = np.concatenate([ends, [[x + axis[0] * along[0], y + axis[1] * along[0]]]])
        left, top = np.floor((ends.min(0) - reach) * self.unit).astype(int).clip(0)
        right, low = np.ceil((ends.max(0) + reach) * self.unit).astype(int)
        right, low = min(right, self.width), min(low, self.height)
        if right <= left or low <= top:
            return
        # every second pixel is worked out, the others lie between: shading is smooth
        rows = np.arange(top + 0.5, low, 2, dtype=np.float32)[:, None] / self.unit - float(y)
        columns = np.arange(left + 0.5, right, 2, dtype=np.float32)[None] / self.unit - float(x)
        a = columns * axis[0] + rows * axis[1]
        across = rows * axis[0] - columns * axis[1]
        # looked up in a table of the axis: half width and slope at every distance
        steps = np.linspace(along[0], along[-1], 256, dtype=np.float32)
        width = np.interp(steps, along, half).astype(np.float32)
        slope = np.gradient(width, steps)
        slope = np.convolve(np.pad(slope, 10, mode="edge"), np.full(21, 1 / 21), mode="valid")
        place = ((a - along[0]) * (255 / (along[-1] - along[0]))).clip(0, 255).astype(np.uint8)
        w, s = width[place], slope.astype(np.float32).clip(-4, 4)[place]
        u = (across / np.maximum(w, 1e-4)).clip(-1, 1)
        facing = np.sqrt(1 - u * u)
        # the sun, turned into the body's own axes
        side = sun[0] * -axis[1] + sun[1] * axis[0]
        up = sun[0] * axis[0] + sun[1] * axis[1]
        light = (u * side - s * up + facing * sun[2]) / np.sqrt(1 + s * s)
        share = light.clip(0, 1) + bounce * (u * (-1.0 if side > 0 else 1.0)).clip(0, 1) ** 3
        scale = np.linspace(0, 1, len(tones))
        table = np.stack(
            [np.interp(np.linspace(0, 1, 256), scale, t) for t in zip(*tones, strict=True)], 1
        )
        colours = table.astype(np.uint8)[(share.clip(0, 1) * 255).astype(np.uint8)]
        edge = np.minimum(w - np.abs(across), np.minimum(a - along[0], along[-1] - a)) * self.unit
        mask = ((edge / 2 + 0.5).clip(0, 1) * (255 * opacity)).astype(np.uint8)
        size = 2 * mask.shape[1], 2 * mask.shape[0]
        body, cut = (
            Image.fromarray(a).resize(size, Image.Resampling.BILINEAR) for a in (colours, mask)
        )
        self.picture.paste(body, (left, top), cut)


def as_rgb(colour: Sequence[float]) -> tuple[int, int, int]:
    """Three numbers, cut to 0..255 and rounded."""
    return tuple(min(255, max(0, round(float(part)))) for part in colour)


def mix(one: Colour, other: Colour, share: float) -> tuple[int, int, int]:
    """`share` of the other colour mixed into the one."""
    return as_rgb([a * (1 - share) + b * share for a, b in zip(one, other, strict=True)])


def blend(below: np.ndarray, colour: Colour | np.ndarray, share: np.ndarray) -> np.ndarray:
    """A coarse picture [n, m, 3] (or one colour) with `share` [n, m] of a colour laid over it."""
    share = share.clip(0, 1).astype(np.float32)[..., None]
    below, colour = np.asarray(below, np.float32), np.asarray(colour, np.float32)
    return below + (colour - below) * share


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


@functools.lru_cache(maxsize=1)
def soft_disc() -> Image.Image:
    """A round grey spot that fades to nothing at its rim: the mask of `glow`."""
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    return Image.fromarray((255 * (1 - x * x - y * y).clip(0, 1) ** 1.5).astype(np.uint8))


def outline(*knots: tuple[float, float], smooth: int = 24) -> np.ndarray:
    """A smooth curve [smooth, 2] through points: a profile for `turned`, a contour, a stem."""
    points = np.asarray(knots, dtype=float)
    padded = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    place = np.linspace(0, len(points) - 1, smooth)
    i = place.astype(int).clip(0, len(points) - 2)
    t = (place - i)[:, None]
    before, one, two, after = (padded[i + k] for k in range(4))
    return 0.5 * (
        2 * one
        + (two - before) * t
        + (2 * before - 5 * one + 4 * two - after) * t**2
        + (3 * one - before - 3 * two + after) * t**3
    )
