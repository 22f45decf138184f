"""One work of one imaginary painter, drawn from a seed and the work's number."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.data.atelier.painters import (
    aldecoa,
    brandt,
    brushes,
    calloway,
    delorme,
    fontanari,
    havlova,
    kesse,
    kranich,
    montferrer,
    morishita,
    orlova,
    stollberg,
    valdassi,
    van_oosten,
    vestergaard,
)
from helpers.data.atelier.painters.brushes import Easel, Painter

MODULES = {
    module.PAINTER.name: module
    for module in (
        aldecoa,
        brandt,
        calloway,
        delorme,
        fontanari,
        havlova,
        kesse,
        kranich,
        montferrer,
        morishita,
        orlova,
        stollberg,
        valdassi,
        van_oosten,
        vestergaard,
    )
}
PAINTERS: tuple[Painter, ...] = tuple(module.PAINTER for module in MODULES.values())
SHORT_SIDE = 128  # pixels, of a work as it is written to images/
SUPERSAMPLING = 2  # drawn twice as large, then shrunk: antialiasing


def paint(
    painter: Painter | str, number: int, short_side: int = SHORT_SIDE, seed: int = 0
) -> tuple[Image.Image, dict[str, str]]:
    """Work `number` of a painter, an RGB picture with `short_side` pixels on its short side, and
    its truth.

    The same painter, number and seed give the same work at every size, and the same bits on the
    same machine. The truth names painter, palette, composition and format. KeyError names the
    painters there are.
    """
    name = painter if isinstance(painter, str) else painter.name
    if name not in MODULES:
        raise KeyError(f"No painter called {name!r}. There are: {', '.join(MODULES)}.")
    module = MODULES[name]
    key = [seed, number, *name.encode()]
    random = np.random.default_rng(np.random.SeedSequence(key))
    ratio = module.FORMATS[int(random.integers(len(module.FORMATS)))]
    palette = list(module.PALETTES)[int(random.integers(len(module.PALETTES)))]
    composition = module.COMPOSITIONS[int(random.integers(len(module.COMPOSITIONS)))]
    width = round(short_side * max(1.0, ratio))
    height = round(short_side * max(1.0, 1 / ratio))
    easel = Easel(
        random, width * SUPERSAMPLING, height * SUPERSAMPLING, module.PALETTES[palette], composition
    )
    picture = module.paint(easel).reduce(SUPERSAMPLING)
    shape = "square" if width == height else "landscape" if width > height else "portrait"
    return picture, {
        "painter": name,
        "palette": palette,
        "composition": composition,
        "format": shape,
    }


def version(seed: int) -> str:
    """12 hexadecimal digits for this atelier: others if a painter, a brush or the seed changes.

    They are a hash of the source code of all that draws or writes a work.
    """
    sources = [Path(__file__), Path(__file__).with_name("writing.py"), Path(brushes.__file__)]
    sources += [Path(module.__file__) for module in MODULES.values()]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    return hashlib.sha256(f"{seed} {text}".encode()).hexdigest()[:12]


def overview(
    painter: Painter | str, works: int = 25, side: int = 128, seed: int = 0
) -> Image.Image:
    """A painter's first works side by side, each fitted into a square of `side` pixels."""
    columns = max(1, round(works**0.5))
    rows = -(-works // columns)
    sheet = Image.new("RGB", (columns * (side + 6) + 6, rows * (side + 6) + 6), "#f4f1ea")
    for i in range(works):
        picture, _ = paint(painter, i + 1, short_side=side, seed=seed)
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        left = 6 + (i % columns) * (side + 6) + (side - picture.width) // 2
        top = 6 + (i // columns) * (side + 6) + (side - picture.height) // 2
        sheet.paste(picture, (left, top))
    return sheet
