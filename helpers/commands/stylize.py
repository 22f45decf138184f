"""A photograph in the style of a painting: `python -m helpers.stylize PHOTO --style PAINTING`.

PHOTO is a file or a folder; a folder's pictures get the same names in the folder --out. Nothing
that is there already is written over.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
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
from helpers.models.neural_style import Look, Taps, stylise


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
    return p


@spoken
def main(arguments: Sequence[str] | None = None) -> int:
    """Stylise; returns the exit status: 0, or 1 after a message, also if some pictures failed."""
    asked = parser().parse_args(arguments)
    if not asked.photo.exists():
        raise ValueError(f"There is no picture and no folder {asked.photo}.")
    jobs = planned(asked.photo, asked.out, "stylised")
    device, taps = environment.pick_device(), Taps()
    style = as_tensor(fitted(checked(asked.style), asked.size)).to(device)

    def stylised(photo: Image.Image, i: int) -> Image.Image:
        small = as_tensor(fitted(photo, asked.size)).to(device)
        look = Look(content=asked.content)
        with tqdm(total=asked.steps, desc=f"{i + 1} of {len(jobs)}", leave=False) as bar:
            watch = lambda *_: bar.update()  # noqa: E731
            return as_picture(stylise(small, style, look, asked.steps, taps=taps, watch=watch))

    return each(jobs, stylised)


if __name__ == "__main__":
    sys.exit(main())
