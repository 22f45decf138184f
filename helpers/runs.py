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
import re
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import nn

from helpers import environment
from helpers.files import write_atomically
from helpers.models import Discriminator, Generator

FORMAT = 2  # of a checkpoint; raised when what it holds changes


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
            if state.get("format") == FORMAT:
                return state
            reason = "it was not written by this version of the course"
        except Exception as error:  # whatever a damaged file makes torch.load raise
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        print(f"checkpoint {path.name} cannot be used ({reason}); trying the one before")
    return None


def save_checkpoint(state: dict[str, Any], folder: Path) -> Path:
    """Write a checkpoint, then the history; keep the last two checkpoints. Returns its path."""
    path = folder / "checkpoints" / f"step_{state['steps']:08d}.pt"
    save_atomically(state, path)
    for old in checkpoints(folder)[:-2]:
        old.unlink()
    write_history(state["history"], folder)
    return path


def open_folder(run: str, facts: dict[str, Any]) -> tuple[Path, dict[str, Any] | None]:
    """The folder of a run, and the state to go on from if it is an unfinished one of these facts.

    A run of that name with other facts is left alone, and so is a finished one: the next free
    name is taken, NAME, NAME-2, NAME-3, ..., and a line says what differs.
    """
    number, last = 1, None
    while True:
        folder = environment.runs_folder() / (run if number == 1 else f"{run}-{number}")
        if not folder.exists():
            break
        made = [path for path in folder.rglob("*") if path.is_file()]
        if all(path.name == "config.json" for path in made):
            break  # it never began
        last, state = folder, newest_state(folder)
        differences = compare(state["facts"], facts) if state else []
        if state and not differences and state["steps"] < facts["config"]["steps"]:
            print(f"run       {folder.name}: goes on at step {state['steps']:,}")
            return folder, state
        number += 1
    (folder / "samples").mkdir(parents=True, exist_ok=True)
    (folder / "checkpoints").mkdir(exist_ok=True)
    print(f"run       {folder.name}: a new folder, runs/{folder.name}")
    if last and differences:
        print(f"          {last.name} is another run: {'; '.join(differences)}")
    return folder, None


def find_folder(run: str) -> tuple[Path, dict[str, Any]]:
    """The folder and newest state of a run that must exist; else FileNotFoundError, in words."""
    folder = environment.runs_folder() / run
    if not folder.is_dir():
        there = sorted(path.name for path in environment.runs_folder().iterdir() if path.is_dir())
        raise FileNotFoundError(
            f"There is no run {run!r} in {environment.runs_folder()}. "
            f"There are: {', '.join(there) or 'none yet'}."
        )
    state = newest_state(folder)
    if state is None:
        raise FileNotFoundError(
            f"The run {run!r} has no checkpoint that can be read: it cannot go on. "
            "Start a new one under another name."
        )
    return folder, state


def run_path(run: str) -> Path:
    """The path of a run given by name, folder or generator.pt; FileNotFoundError, in words."""
    path = Path(run).expanduser()
    if not path.exists():
        path = environment.runs_folder() / run
    if not path.exists():
        there = [f.parent.name for f in sorted(environment.runs_folder().glob("*/generator.pt"))]
        raise FileNotFoundError(
            f"There is no run {run!r}: neither a path nor a name in "
            f"{environment.runs_folder()}, which has: {', '.join(there) or 'none yet'}."
        )
    return path


def compare(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What differs between the facts of two runs, a phrase each: 'batch 32 there, 64 here'."""
    differences = []
    for name in sorted(before["config"].keys() | now["config"].keys()):
        there, here = before["config"].get(name), now["config"].get(name)
        if there != here:
            differences.append(f"{name} {there} there, {here} here")
    if before["pictures"] != now["pictures"]:
        differences.append("other pictures")
    for network in ("generator", "discriminator"):
        if before[network] != now[network]:
            differences.append(f"another {network}")
    return differences


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

    pictures: only runs on the set of this `pictures.fingerprint`.
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
