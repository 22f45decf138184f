"""Draw from a finished run: `python -m helpers.sample RUN --n 25 --seed 0 --out grid.png`.

All it needs is the run's generator.pt: no data, and no run folder around it.
"""

from __future__ import annotations

import argparse
import io
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image

from helpers import environment
from helpers.environment.console import count, seed, spoken
from helpers.environment.files import write_atomically
from helpers.images import image_grid
from helpers.models import generate_from_seed, load_generator
from helpers.training import runs


def parser() -> argparse.ArgumentParser:
    """What may be said on the command line."""
    p = argparse.ArgumentParser(
        prog="python -m helpers.sample",
        description="Draw images from a saved generator.",
        epilog="A name with an ending, as grid.png, gets one grid of all of them, row by row; "
        "any other is a folder that gets them singly: 00000.png, 00001.png, ...",
    )
    p.add_argument("run", metavar="RUN", help="name of a run, its folder, or a generator.pt")
    p.add_argument("--n", type=count(), default=25, help="how many (default: 25)")
    p.add_argument("--seed", type=seed(), default=0, help="the same seed, the same images")
    p.add_argument(
        "--label",
        metavar="NUMBER|NAME",
        help="what a conditional generator is to paint (default: all labels in turn)",
    )
    p.add_argument("--out", type=Path, default=Path("grid.png"), help="default: grid.png")
    return p


@spoken
def main(arguments: Sequence[str] | None = None) -> int:
    """Draw; returns the exit status: 0, or 1 after a message that says what to do."""
    asked = parser().parse_args(arguments)
    single = not asked.out.suffix or asked.out.is_dir()
    if not single and asked.out.suffix.lower() not in Image.registered_extensions():
        raise ValueError(f"--out {asked.out.name} does not end as an image does: use .png.")
    drawn = sample(asked.run, asked.n, asked.seed, asked.label)
    if single:
        files = {asked.out / f"{i:05d}.png": as_image(pixels) for i, pixels in enumerate(drawn)}
    else:
        files = {asked.out: image_grid(drawn, columns=math.ceil(math.sqrt(asked.n)))}
    write(files)
    where = environment.shown(asked.out) if asked.out.is_absolute() else asked.out
    where = f"{where}/00000.png to {asked.n - 1:05d}.png" if single else where
    print(f"{asked.n} images of seed {asked.seed}: {where}")
    return 0


def sample(run: str, n: int, seed: int = 0, label: str | None = None) -> torch.Tensor:
    """n images, uint8 [n, C, H, W], of a run given by name, folder or generator.pt.

    label: a number or a name; None for all in turn. Raises ValueError for a file that holds no
    generator, and for a label that it does not know.
    """
    path = runs.run_path(run)
    generator = load_generator(path / "generator.pt" if path.is_dir() else path)
    if label is None:
        return generate_from_seed(generator, n, seed)
    classes = getattr(generator, "classes", None)
    if classes is None:
        raise ValueError(f"{run} was trained without labels: it cannot be asked for --label.")
    return generate_from_seed(generator, n, seed, number_of(label, classes, generator.names))


def number_of(label: str, classes: int, names: Sequence[str]) -> int:
    """A label by its number, its name, or the part of a name that only one label has."""
    if label.isdecimal() and int(label) < classes:
        return int(label)
    exact = [i for i, name in enumerate(names) if name.casefold() == label.casefold()]
    found = exact or [i for i, name in enumerate(names) if label.casefold() in name.casefold()]
    if len(found) != 1:
        there = f"0 to {classes - 1}"
        if names:
            there += f": {', '.join(names[i] for i in found or range(len(names)))}"
        raise ValueError(f"--label {label} is not one label of this generator. There are {there}.")
    return found[0]


def as_image(pixels: torch.Tensor) -> Image.Image:
    """uint8 [C, H, W] as an image, grey if it has one channel."""
    array = pixels.permute(1, 2, 0).numpy()
    return Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array)


def write(files: dict[Path, Image.Image]) -> None:
    """Write all or nothing; FileExistsError rather than replace another image."""
    contents = {}
    for path, image in files.items():
        content = io.BytesIO()
        image.save(content, Image.registered_extensions()[path.suffix.lower()], quality=95)
        contents[path] = content.getvalue()
        if path.exists() and path.read_bytes() != contents[path]:
            raise FileExistsError(f"{path} is there already and differs: name another --out.")
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)


if __name__ == "__main__":
    sys.exit(main())
