"""Fifteen framed images on a museum wall, in print size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from torch import Tensor

from helpers.plotting.style import as_pixels, font

COLUMNS, ROWS = 5, 3  # of the gallery's wall
LANCZOS = Image.Resampling.LANCZOS


def gallery(
    images: np.ndarray | Tensor, placards: Sequence[str] = (), note: str = "", unit: int = 480
) -> Image.Image:
    """A wall of 15 framed images, lit from above, for printing.

    The images are enlarged (Lanczos) and not changed otherwise.

    images: uint8 [15, C, H, W]. placards: a line under each frame, or none at all. note: a line at
    the foot of the wall, such as which networks made the images.
    unit: pixels of an image's place on the wall, frame and margin included.
    Raises ValueError if there are not 15 images.
    """
    if len(images) != COLUMNS * ROWS:
        raise ValueError(f"The gallery hangs {COLUMNS * ROWS} images, not {len(images)}.")
    margin = unit // 4
    wall_picture = lit_wall(COLUMNS * unit + 2 * margin, ROWS * unit + 2 * margin)
    for i, pixels in enumerate(as_pixels(images)):
        framed = frame(Image.fromarray(pixels), round(0.76 * unit), unit)
        place = (
            margin + i % COLUMNS * unit + round(0.12 * unit),
            margin + i // COLUMNS * unit + round(0.08 * unit),
        )
        hang(wall_picture, framed, place, unit)
        if placards:
            spot = (place[0] + framed.width // 2, place[1] + framed.height + unit // 30)
            ImageDraw.Draw(wall_picture).text(
                spot, placards[i], "#d9d3c4", font(unit // 19), anchor="ma"
            )
    if note:
        foot = (wall_picture.width // 2, wall_picture.height - margin // 2)
        ImageDraw.Draw(wall_picture).text(foot, note, "#d9d3c4", font(unit // 19), anchor="mm")
    return wall_picture


def with_card(picture: Image.Image, lines: Sequence[str], unit: int = 480) -> Image.Image:
    """One framed image on a wall, and a museum card beside it: a title and lines below it.

    unit: pixels of the image's place, frame and margin included.
    """
    scene = lit_wall(2 * unit, round(1.1 * unit))
    hang(scene, frame(picture, round(0.8 * unit), unit), (round(0.12 * unit),) * 2, unit)
    size = unit // 26
    card = Image.new("RGB", (round(0.86 * unit), size * (2 * len(lines) + 2)), "#f4efe4")
    pen = ImageDraw.Draw(card)
    for i, line in enumerate(lines):
        letters = font(size, bold=not i)
        while letters.size > 6 and pen.textlength(line, letters) > card.width - 2 * size:
            letters = font(round(letters.size) - 1, bold=not i)
        pen.text((size, round(size * (1.2 + 2 * i))), line, "#2b2926", letters)
    hang(scene, card, (round(1.06 * unit), round(0.4 * unit)), unit // 4)
    return scene


def lit_wall(width: int, height: int) -> Image.Image:
    """A dark green museum wall, brighter where the lamps reach it."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    lamps = sum(np.exp(-(((x / width - c) / 0.16) ** 2)) for c in (0.14, 0.38, 0.62, 0.86))
    light = 0.72 + 0.34 * lamps * np.exp(-((y / height - 0.32) ** 2) / 0.22)
    colour = np.array([58, 74, 70], dtype=np.float32)
    pixels = light[:, :, None] * colour
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def frame(picture: Image.Image, side: int, unit: int) -> Image.Image:
    """A picture in its gilded frame, enlarged so that all is `side` pixels wide."""
    border, mount = max(4, unit // 22), max(3, unit // 30)
    inner = side - 2 * (border + mount)
    framed = Image.new("RGB", (side, side), "#7a5a2e")
    draw = ImageDraw.Draw(framed)
    for i in range(border):  # a moulding: light runs over the gilded edge and falls off inside
        shine = 0.55 + 0.75 * np.sin(np.pi * (i + 0.5) / border) ** 2
        gold = tuple(round(min(255, part * shine)) for part in (178, 138, 74))
        draw.rectangle((i, i, side - 1 - i, side - 1 - i), outline=gold)
    draw.rectangle((border, border, side - 1 - border, side - 1 - border), fill="#f1ece0")
    framed.paste(picture.resize((inner, inner), LANCZOS), (border + mount, border + mount))
    return framed


def hang(wall_picture: Image.Image, framed: Image.Image, place: tuple[int, int], unit: int) -> None:
    """Paste a framed picture with its soft shadow, which falls down and to the right."""
    blur = unit // 16
    shade = Image.new("L", (framed.width + 6 * blur, framed.height + 6 * blur), 0)
    shade.paste(150, (3 * blur, 3 * blur, 3 * blur + framed.width, 3 * blur + framed.height))
    shade = shade.filter(ImageFilter.GaussianBlur(blur))
    corner = (place[0] - 3 * blur + unit // 40, place[1] - 3 * blur + unit // 16)
    wall_picture.paste((8, 10, 10), corner, shade)
    wall_picture.paste(framed, place)
