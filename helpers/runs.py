"""A run folder, `data/runs/NAME/`: what a training leaves behind, written so it cannot be lost.

config.json      all it takes to repeat the run
history.csv      one row per log point
samples/         the same latents through training, one PNG each
checkpoints/     the last two states from which training can go on
generator.pt     the finished networks, readable without any of the above
discriminator.pt
grid.png         25 pictures, uncurated
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import nn

from helpers import environment
from helpers.models import Discriminator, Generator


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file under another name, sync it, and only then give it its own."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def save_atomically(state: dict[str, Any], path: Path) -> None:
    """`torch.save` through `write_atomically`."""
    content = io.BytesIO()
    torch.save(state, content)
    write_atomically(path, content.getvalue())


def write_image(picture: Image.Image, path: Path) -> None:
    """Write a PNG, whole or not at all."""
    content = io.BytesIO()
    picture.save(content, "PNG")
    write_atomically(path, content.getvalue())


def checkpoints(folder: Path) -> list[Path]:
    """A run's checkpoints, oldest first."""
    return sorted((folder / "checkpoints").glob("step_*.pt"))


def newest_state(folder: Path) -> dict[str, Any] | None:
    """The newest checkpoint that can be read; a damaged one is named and the one before is used."""
    for path in reversed(checkpoints(folder)):
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            if state.get("format") == 1:
                return state
            reason = "it was not written by this course"
        except Exception as error:  # whatever a damaged file makes torch.load raise
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        print(f"checkpoint {path.name} cannot be used ({reason}); trying the one before")
    return None


def save_network(network: nn.Module, config: dict[str, Any], path: Path) -> None:
    """Write a network and what is needed to build it again."""
    weights = {name: value.cpu() for name, value in network.state_dict().items()}
    about = {"class": type(network).__name__, "config": config, "weights": weights}
    save_atomically(about, path)


def load_network(path: Path | str, network: nn.Module | None = None) -> nn.Module:
    """A generator or discriminator from its file alone, on the CPU, in evaluation mode.

    network: an untrained network of the right shape, needed for a class of your own.
    Raises FileNotFoundError or ValueError, each with what to do.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no {path.name} in {path.parent.name}/: train first.")
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        kind, config, weights = saved["class"], saved["config"], saved["weights"]
    except Exception as error:
        raise ValueError(
            f"{path.name} is damaged or was not written by this course ({type(error).__name__})."
        ) from error
    if network is None:
        shape = {name: config[name] for name in ("size", "filters", "channels")}
        if kind == "Generator":
            network = Generator(latent=config["latent"], **shape)
        elif kind == "Discriminator":
            network = Discriminator(**shape)
        else:
            raise ValueError(f"{path.name} holds a {kind}: pass an untrained one as network=.")
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError(
            f"{path.name} holds a {kind} of another shape: pass as network= an untrained one "
            "with the same layers as the one that was trained."
        ) from error
    # the memory layout of training: with another one the last bit may be rounded differently
    return network.to(memory_format=torch.channels_last).eval()


def finished_runs(name: str, pictures: str | None = None) -> list[Path]:
    """Run folders NAME, NAME-2, ... that hold a generator, oldest first.

    pictures: only runs on the set of this `training.fingerprint`.
    """
    folders = [
        folder
        for folder in environment.runs_folder().glob(f"{name}*")
        if re.fullmatch(re.escape(name) + r"(-\d+)?", folder.name)
        and (folder / "generator.pt").exists()
        and pictures in (None, read_config(folder).get("pictures"))
    ]
    return sorted(folders, key=lambda folder: (folder / "generator.pt").stat().st_mtime)


def read_config(folder: Path) -> dict[str, Any]:
    """A run's config.json; empty if it is missing or damaged."""
    try:
        return json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def read_history(folder: Path) -> list[dict[str, float]]:
    """The rows of a run's history.csv, all numbers."""
    with (folder / "history.csv").open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def write_history(history: list[dict[str, float]], folder: Path) -> None:
    """Write a run's history.csv, a row per log point."""
    rows = io.StringIO()
    table = csv.DictWriter(rows, history[0] if history else ["step"])
    table.writeheader()
    table.writerows(history)
    write_atomically(folder / "history.csv", rows.getvalue().encode())
