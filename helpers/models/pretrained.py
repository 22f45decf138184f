"""The generators that come with the course, trained for hours: data/generators/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import nn

from helpers.environment.folders import ROOT
from helpers.models.registry import load

FOLDER = ROOT / "data" / "generators"
DISCRIMINATOR = ".discriminator"  # after the name of its generator


def pretrained(name: str) -> nn.Module:
    """A network that comes with the course, on the CPU, in evaluation mode.

    "portraits-64" is a generator; "portraits-64.discriminator" the one it was trained against, to
    go on from there with a `Trainer`. The `names`, such as "Ilse Kranich: lemons", say what each
    label stands for. Raises FileNotFoundError, with what to do, if there is no such file.
    """
    network = load(found(f"{name}.pt"))
    network.names = tuple(about(name.removesuffix(DISCRIMINATOR))["labels"])
    return network


def about(name: str) -> dict[str, Any]:
    """What is known of a generator: its recipe, labels, scores, machine, hours and licence."""
    return json.loads(found(f"{name}.json").read_text(encoding="utf-8"))


def training_film(name: str) -> dict[int, np.ndarray]:
    """How a generator was trained: step -> the same latents, uint8 [N, C, size, size].

    N is 25, or four above 64 pixels.
    """
    film, known = Image.open(found(f"{name}.webp")), about(name)
    frames, side, channels = {}, known["recipe"]["size"], known["recipe"]["channels"]
    for i, step in enumerate(known["film_steps"]):
        film.seek(i)
        grid = np.asarray(film.convert("RGB"))[:, :, :channels]  # grey: all three are equal
        columns = grid.shape[0] // side
        parts = grid.reshape(columns, side, columns, side, channels).transpose(0, 2, 4, 1, 3)
        frames[step] = parts.reshape(-1, channels, side, side)
    return frames


def found(file: str) -> Path:
    """The file, or FileNotFoundError with the names there are."""
    path = FOLDER / file
    if not path.is_file():
        there = ", ".join(sorted(entry.stem for entry in FOLDER.glob("*.pt"))) or "none"
        raise FileNotFoundError(
            f"There is no data/generators/{file} (there: {there}). Some copies of the course come "
            "without these files: get the folder data/generators from its repository, or train "
            "one yourself with `make generators`, which takes hours."
        )
    return path
