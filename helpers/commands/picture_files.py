"""Pictures in, pictures out: what the commands that change photographs have in common.

A file or a folder of them goes in; nothing that is there already is written over.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from helpers import environment
from helpers.data.folders import PICTURES, DatasetError
from helpers.data.reading import read_picture, whole_picture
from helpers.environment.files import write_atomically

LEAST = 32  # pixels of the shorter side, in which a change is computed


def planned(photo: Path, out: Path | None, done: str) -> list[tuple[Path, Path]]:
    """Each picture with the file that its new version will be; `done` ends its name.

    out: a file, or a folder for a folder; without it the name with `done`, as me-stylised.png.
    Raises ValueError if there is nothing to do, or if a file would be written over.
    """
    if photo.is_dir():
        folder = out or photo.with_name(f"{photo.name}-{done}")
        if folder.suffix:
            raise ValueError(f"--out {folder} should be a folder: {photo} is one.")
        files = sorted(file for file in photo.iterdir() if file.suffix.lower() in PICTURES)
        jobs = [(file, folder / f"{file.name}.png") for file in files]
    else:
        jobs = [(photo, out or photo.with_name(f"{photo.stem}-{done}.png"))]
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


def each(jobs: list[tuple[Path, Path]], changed: Callable[[Image.Image, int], Image.Image]) -> int:
    """Change each picture and write it; returns the exit status, 1 if some could not be read.

    changed: from a picture and its place in the list to a picture, which is then resized to the
    size of the first. A file that cannot be read is named and skipped.
    """
    failed = 0
    for i, (source, target) in enumerate(jobs):
        try:
            photo = checked(source)
        except DatasetError as error:
            print(f"skipped   {source.name}: {error}")
            failed += 1
            continue
        picture, content = changed(photo, i), io.BytesIO()
        picture.resize(photo.size, Image.Resampling.LANCZOS).save(
            content, Image.registered_extensions()[target.suffix.lower()]
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, content.getvalue())
        print(f"wrote     {environment.shown(target) if target.is_absolute() else target}")
    return 1 if failed else 0


def fitted(picture: Image.Image, size: int) -> Image.Image:
    """Its longer side `size` pixels, its shorter one at least 32."""
    factor = max(size / max(picture.size), LEAST / min(picture.size))
    return picture.resize(
        [max(LEAST, round(side * factor)) for side in picture.size], Image.Resampling.LANCZOS
    )


def as_tensor(picture: Image.Image) -> Tensor:
    """uint8 [1, 3, H, W]."""
    return torch.tensor(np.asarray(picture)).permute(2, 0, 1)[None]


def as_picture(images: Tensor) -> Image.Image:
    """The first of uint8 images [N, 3, H, W]."""
    return Image.fromarray(images[0].permute(1, 2, 0).cpu().numpy())
