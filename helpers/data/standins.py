"""Drawn stand-ins for MNIST and Fashion-MNIST, for a machine that has neither.

Digits in the typefaces that come with matplotlib, pushed and turned as if by hand; clothes as
outlines with a cut and a shade of their own. Shape and labels are those of the real sets, so all
code runs; what is measured on them says nothing about the real ones.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from helpers.data.classics import CLASSICS, at_size
from helpers.data.folders import DatasetError
from helpers.data.image_set import ImageSet, load_images, of_classes
from helpers.data.sources import named_dataset

CANVAS = 112  # drawn four times as large as it is kept, so that edges are smooth
FACES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSerif-Italic")
FACES += ("DejaVuSansMono", "DejaVuSerif-Bold", "STIXGeneral", "STIXGeneralItalic", "cmr10")


def real_or_drawn(name: str, size: int = 32, drawn: int = 10_000) -> ImageSet:
    """The set itself, or a drawn one of `drawn` images; one line says which, and why.

    name: "mnist" or "fashion-mnist". A stand-in's `source` begins with "drawn".
    """
    try:
        source = named_dataset(name, "this notebook")
    except DatasetError as error:
        images, labels = draw_set(name, drawn)
        names = CLASSICS[name].names
        print(f"STAND-IN  {name} is not here: {drawn:,} drawn images take its place. {error}")
        mirror = CLASSICS[name].mirror
        return of_classes(at_size(images, size), labels, names, f"drawn {name}", mirror, quiet=True)
    print(f"{name:13} {source.why}")
    return load_images(source, size)


def draw_set(name: str, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 [n, 1, 28, 28], white on black, and labels int64 [n], ten classes evenly."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 10
    make = {"mnist": digit, "fashion-mnist": garment}[name]
    images = np.stack([shrunk(make(int(label), random)) for label in labels])
    return images[:, None], labels.astype(np.int64)


def shrunk(picture: Image.Image) -> np.ndarray:
    """uint8 [28, 28], antialiased."""
    return np.asarray(picture.resize((28, 28), Image.Resampling.BOX))


def digit(label: int, random: np.random.Generator) -> Image.Image:
    """One digit: a typeface, a slant, a turn, a width, a stroke."""
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    font = ImageFont.truetype(
        str(fonts / f"{random.choice(FACES)}.ttf"), int(random.integers(74, 92))
    )
    picture = Image.new("L", (CANVAS, CANVAS))
    thick = int(random.integers(0, 3))
    middle = (CANVAS / 2, CANVAS / 2)
    ImageDraw.Draw(picture).text(
        middle, str(label), fill=255, font=font, anchor="mm", stroke_width=thick
    )
    slant, turn = random.normal(0, 0.15), random.normal(0, 0.12)
    wide, tall = random.uniform(0.9, 1.25), random.uniform(0.9, 1.15)
    across = np.array([[wide, slant], [0, tall]]) @ np.array(
        [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    )
    origin = np.array(middle) - across @ (np.array(middle) + random.normal(0, 3, 2))
    affine = (*across[0], origin[0], *across[1], origin[1])
    picture = picture.transform(
        picture.size, Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR
    )
    return picture.filter(ImageFilter.GaussianBlur(random.uniform(1, 2.5)))


def garment(label: int, random: np.random.Generator) -> Image.Image:
    """One garment: the outline of its class in a cut, a shade and a texture of its own."""
    picture = Image.new("L", (CANVAS, CANVAS))
    pen = ImageDraw.Draw(picture)
    shade = int(random.integers(90, 256))
    for outline in OUTLINES[label](*random.uniform(0, 1, 3)):
        points = [(x * CANVAS, y * CANVAS) for x, y in outline]
        pen.polygon(points, fill=shade, outline=max(0, shade - 60))
    cloth = np.asarray(picture, dtype=float)
    stripes = np.sin(np.arange(CANVAS) * random.uniform(0.1, 0.5) + random.uniform(0, 6))
    along = stripes[:, None] if random.random() < 0.5 else stripes[None]
    cloth *= 1 - random.uniform(0, 0.35) * (along > 0)
    return Image.fromarray(cloth.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1))


def upper(sleeve: float, width: float, length: float, hem: float = 0.0) -> list[list[tuple]]:
    """Two sleeves and a body; `sleeve` is how far down they reach, `hem` how far it flares."""
    left, right, top, low = 0.5 - width, 0.5 + width, 0.12, length
    end = top + 0.1 + sleeve
    body = [(left, top), (0.42, top - 0.02), (0.5, top + 0.05), (0.58, top - 0.02), (right, top)]
    body += [(right + hem, low), (left - hem, low)]
    arms = [
        [
            (edge, top),
            (edge + side * 0.17, end),
            (edge + side * 0.05, end + 0.03),
            (edge, top + 0.2),
        ]
        for edge, side in ((left, -1), (right, 1))
    ]
    return [body, *arms]


def shoe(heel: float, toe: float, shaft: float) -> list[list[tuple]]:
    """A sole and an upper, the toe to the left; `shaft` is how high it goes up the leg."""
    sole = [(0.06, 0.74), (0.94, 0.74), (0.94, 0.74 + heel), (0.7, 0.78), (0.06, 0.79)]
    return [
        sole,
        [(0.06, 0.74), (0.1, 0.74 - toe), (0.5, 0.55), (0.62, shaft), (0.92, shaft), (0.94, 0.74)],
    ]


OUTLINES = {  # label: outlines in parts of the canvas, from three numbers in [0, 1]
    0: lambda a, b, c: upper(0.1 + 0.08 * a, 0.18 + 0.06 * b, 0.82 + 0.08 * c),  # T-shirt
    1: lambda a, b, c: [  # trousers
        [(0.36, 0.06), (0.64, 0.06), (0.66 + 0.06 * a, 0.95), (0.54, 0.95), (0.5, 0.3 + 0.08 * b),
         (0.46, 0.95), (0.34 - 0.06 * a, 0.95)]
    ],
    2: lambda a, b, c: upper(0.6 + 0.1 * a, 0.2 + 0.05 * b, 0.8 + 0.08 * c),  # pullover
    3: lambda a, b, c: upper(0.02 + 0.5 * a, 0.1 + 0.03 * b, 0.95, hem=0.04 + 0.12 * c),  # dress
    4: lambda a, b, c: [  # coat, open in front
        *upper(0.62 + 0.1 * a, 0.2 + 0.04 * b, 0.95),
        [(0.49, 0.2), (0.51, 0.2), (0.51 + 0.02 * c, 0.95), (0.49 - 0.02 * c, 0.95)],
    ],
    5: lambda a, b, c: [  # sandal: a sole and straps
        [(0.05, 0.74), (0.95, 0.64 - 0.1 * a), (0.95, 0.76), (0.05, 0.8)],
        [(0.15, 0.74), (0.35 + 0.1 * b, 0.5), (0.42 + 0.1 * b, 0.5), (0.28, 0.74)],
        [(0.6, 0.7), (0.72, 0.4 + 0.1 * c), (0.78, 0.4 + 0.1 * c), (0.74, 0.7)],
    ],
    6: lambda a, b, c: [  # shirt: long sleeves and a line of buttons
        *upper(0.5 + 0.15 * a, 0.17 + 0.05 * b, 0.85 + 0.05 * c),
        [(0.495, 0.2), (0.505, 0.2), (0.505, 0.85), (0.495, 0.85)],
    ],
    7: lambda a, b, c: shoe(0.06, 0.08 + 0.08 * a, 0.46 + 0.06 * b),  # sneaker
    8: lambda a, b, c: [  # bag
        [(0.12, 0.4 - 0.1 * a), (0.88, 0.4 - 0.1 * a), (0.92, 0.88), (0.08, 0.88)],
        [(0.3, 0.4 - 0.1 * a), (0.34 + 0.06 * b, 0.12 + 0.1 * c), (0.66 - 0.06 * b, 0.12 + 0.1 * c),
         (0.7, 0.4 - 0.1 * a), (0.66, 0.4 - 0.1 * a), (0.6, 0.18 + 0.1 * c), (0.4, 0.18 + 0.1 * c),
         (0.34, 0.4 - 0.1 * a)],
    ],
    9: lambda a, b, c: shoe(0.06 + 0.06 * a, 0.1 + 0.06 * b, 0.14 + 0.14 * c),  # ankle boot
}  # fmt: skip
