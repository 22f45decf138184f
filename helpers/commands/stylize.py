"""A photograph in the style of a painting: `python -m helpers.stylize PHOTO --style PAINTING`.

PHOTO is a file or a folder; a folder's pictures get the same names in the folder --out. Nothing
that is there already is written over.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from helpers import environment
from helpers.commands.picture_files import (
    LEAST,
    as_picture,
    as_tensor,
    checked,
    each,
    fitted,
    planned,
)
from helpers.environment.console import count, number, spoken
from helpers.images import to_signed, to_uint8
from helpers.models.neural_style import Look, Taps, stylise, with_colours_of
from helpers.models.vgg import VGG_LOOK, VGGTaps


def parser() -> argparse.ArgumentParser:
    """What may be said on the command line."""
    p = argparse.ArgumentParser(
        prog="python -m helpers.stylize",
        description="Give photographs the style of a painting (neural style transfer).",
        epilog="The result is as large as the photograph; what is changed was computed at --size "
        "pixels of its longer side.",
    )
    p.add_argument("photo", metavar="PHOTO", type=Path, help="a picture, or a folder of them")
    p.add_argument("--style", type=Path, required=True, metavar="PAINTING", help="a picture")
    p.add_argument(
        "--out",
        type=Path,
        help="a file, or a folder for a folder (default: its name and -stylised)",
    )
    p.add_argument("--size", type=count(LEAST), default=256, help="default: 256; more takes longer")
    p.add_argument("--steps", type=count(), default=200, help="default: 200")
    p.add_argument(
        "--content",
        type=number(),
        default=Look.content,
        metavar="WEIGHT",
        help=f"how much of the photograph is kept (default: {Look.content})",
    )
    p.add_argument("--keep-colours", action="store_true", help="take the strokes, not the colours")
    p.add_argument(
        "--features",
        choices=["lite2", "vgg19"],
        default="lite2",
        help="lite2 comes with the course; vgg19 is downloaded, 548 MB",
    )
    return p


@spoken
def main(arguments: Sequence[str] | None = None) -> int:
    """Stylise; returns the exit status: 0, or 1 after a message, also if some pictures failed."""
    asked = parser().parse_args(arguments)
    if not asked.photo.exists():
        raise ValueError(f"There is no picture and no folder {asked.photo}.")
    jobs = planned(asked.photo, asked.out, "stylised")
    device = environment.pick_device()
    taps, usual = (VGGTaps(), VGG_LOOK) if asked.features == "vgg19" else (Taps(), Look())
    look = replace(usual, content=asked.content)
    style = as_tensor(fitted(checked(asked.style), asked.size)).to(device)

    def stylised(photo: Image.Image, i: int) -> Image.Image:
        small = as_tensor(fitted(photo, asked.size)).to(device)
        with tqdm(total=asked.steps, desc=f"{i + 1} of {len(jobs)}", leave=False) as bar:
            watch = lambda *_: bar.update()  # noqa: E731
            painted = stylise(small, style, look, asked.steps, taps=taps, watch=watch)
        if asked.keep_colours:
            painted = to_uint8(with_colours_of(to_signed(small), to_signed(painted)))
        return as_picture(painted)

    return each(jobs, stylised)


if __name__ == "__main__":
    sys.exit(main())
