"""A photograph in the style of a painting: `python -m helpers.stylize PHOTO --style PAINTING`.

PHOTO is a file or a folder; a folder's pictures get the same names in the folder --out. Nothing
that is there already is written over.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from helpers import environment
from helpers.data.folders import PICTURES, DatasetError
from helpers.data.reading import read_picture, whole_picture
from helpers.environment.console import count, number, spoken
from helpers.environment.files import write_atomically
from helpers.models.neural_style import Look, Taps, stylise

LEAST = 32  # pixels of the shorter side, in which the style is computed


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
    jobs = planned(asked.photo, asked.out)
    style = checked(asked.style)
    device, taps = environment.pick_device(), Taps()
    style = as_tensor(fitted(style, asked.size)).to(device)
    failed = 0
    for i, (source, target) in enumerate(jobs):
        try:
            photo = checked(source)
        except DatasetError as error:
            print(f"skipped   {source.name}: {error}")
            failed += 1
            continue
        small = as_tensor(fitted(photo, asked.size)).to(device)
        with tqdm(total=asked.steps, desc=f"{i + 1} of {len(jobs)}", leave=False) as bar:
            painted = stylise(
                small,
                style,
                Look(content=asked.content),
                asked.steps,
                taps=taps,
                watch=lambda *_, bar=bar: bar.update(),
            )
        picture = Image.fromarray(painted[0].permute(1, 2, 0).cpu().numpy())
        content = io.BytesIO()
        picture.resize(photo.size, Image.Resampling.LANCZOS).save(
            content, Image.registered_extensions()[target.suffix.lower()]
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, content.getvalue())
        print(f"wrote     {environment.shown(target) if target.is_absolute() else target}")
    return 1 if failed else 0


def planned(photo: Path, out: Path | None) -> list[tuple[Path, Path]]:
    """Each picture with the file that its stylised version will be.

    Raises ValueError if there is nothing to do, or if a file would be written over.
    """
    if photo.is_dir():
        folder = out or photo.with_name(f"{photo.name}-stylised")
        if folder.suffix:
            raise ValueError(f"--out {folder} should be a folder: {photo} is one.")
        files = sorted(file for file in photo.iterdir() if file.suffix.lower() in PICTURES)
        jobs = [(file, folder / f"{file.name}.png") for file in files]
    else:
        jobs = [(photo, out or photo.with_name(f"{photo.stem}-stylised.png"))]
    if not jobs:
        raise ValueError(f"There are no pictures in {photo}.")
    Image.init()
    for _, target in jobs:
        if target.suffix.lower() not in Image.registered_extensions():
            raise ValueError(f"--out {target.name} does not end as a picture does: use .png.")
        if target.exists():
            raise ValueError(f"{target} is there already: name another with --out.")
    return jobs


def checked(path: Path) -> Image.Image:
    """The whole picture, upright; DatasetError with the reason if it cannot be used."""
    if not path.is_file():
        raise DatasetError(f"There is no picture {path}.")
    read_picture(path, LEAST)  # it says in words what is wrong with a file
    picture = whole_picture(path)
    if min(picture.size) < LEAST:
        raise DatasetError(f"too small: {picture.width} x {picture.height} pixels")
    return picture


def fitted(picture: Image.Image, size: int) -> Image.Image:
    """Its longer side `size` pixels, its shorter one at least 32."""
    factor = max(size / max(picture.size), LEAST / min(picture.size))
    return picture.resize(
        [max(LEAST, round(side * factor)) for side in picture.size], Image.Resampling.LANCZOS
    )


def as_tensor(picture: Image.Image) -> Tensor:
    """uint8 [1, 3, H, W]."""
    return torch.tensor(np.asarray(picture)).permute(2, 0, 1)[None]


if __name__ == "__main__":
    sys.exit(main())
