"""Views and paintings: a park as it was before it was painted, and what the painter made of it.

Marguerite Delorme of the built-in set lays flat shapes first, which nobody gets to see, and then
dots over them. The flat shapes, a little blurred and with grain, stand in for a photograph of the
place. So here one knows what is unknown everywhere else: how she would paint a given photograph.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from helpers.data.atelier.painters import delorme
from helpers.data.atelier.painters.brushes import Easel, mix
from helpers.data.atelier.painting import SUPERSAMPLING
from helpers.data.atelier.writing import MOST_PROCESSES, in_parallel
from helpers.data.cores import usable_cores

RIM = 0.05  # share of the short side: the painter's border of blue dots, which is cut away
GRAIN = 3.0  # grey levels, the standard deviation of what a camera adds


def view_and_painting(number: int, size: int = 128, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A view and its painting, uint8 [3, size, size] each: work `number` of the painter.

    The painting is the middle of `paint("Marguerite Delorme", number, ...)` without its rim.
    """
    rim = round(size * RIM)
    short = size + 2 * rim
    name = delorme.PAINTER.name
    random = np.random.default_rng(np.random.SeedSequence([seed, number, *name.encode()]))
    ratio = delorme.FORMATS[int(random.integers(len(delorme.FORMATS)))]
    palette = list(delorme.PALETTES)[int(random.integers(len(delorme.PALETTES)))]
    composition = delorme.COMPOSITIONS[int(random.integers(len(delorme.COMPOSITIONS)))]
    width, height = round(short * max(1.0, ratio)), round(short * max(1.0, 1 / ratio))
    shape = width * SUPERSAMPLING, height * SUPERSAMPLING
    easel = Easel(random, *shape, delorme.PALETTES[palette], composition)
    flat = under_painting(easel)
    painted = delorme.dots(easel).reduce(SUPERSAMPLING)
    seen = flat.reduce(SUPERSAMPLING).filter(ImageFilter.GaussianBlur(size / 200))
    left, top = (width - size) // 2, (height - size) // 2
    view, painting = (
        np.asarray(picture.crop((left, top, left + size, top + size))).transpose(2, 0, 1)
        for picture in (seen, painted)
    )
    grain = np.random.default_rng([seed, number]).normal(0, GRAIN, (1, size, size))
    return (view + grain).clip(0, 255).astype(np.uint8), painting


def under_painting(easel: Easel) -> Image.Image:
    """What the painter lays before the dots."""
    colours, horizon = easel.palette, easel.bottom * easel.between(0.3, 0.46)
    sun = int(easel.choose((-1, 1)))
    easel.wash(mix(colours["sky"], colours["violet"], 0.1), colours["light"], 0, horizon + 0.05)
    delorme.meadow(easel, horizon)
    {
        "park": delorme.park,
        "river bank": delorme.river_bank,
        "avenue": delorme.avenue,
        "parasols": delorme.parasols,
    }[easel.composition](easel, horizon, sun)
    return easel.picture.copy()


def draw_views(
    numbers: range, size: int = 128, seed: int = 0, processes: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Views and their paintings, uint8 [N, 3, size, size] each; the same numbers, the same works.

    Takes about three hundredths of a second a pair and core at 128 pixels.
    """
    jobs = [(number, size, seed) for number in numbers]
    workers = processes or min(usable_cores(), MOST_PROCESSES)
    pairs = list(in_parallel(_drawn, jobs, workers))
    views, paintings = zip(*pairs, strict=True)
    return np.stack(views), np.stack(paintings)


def _drawn(job: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    return view_and_painting(*job)
