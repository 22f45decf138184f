"""A run folder, `data/runs/NAME/`: what a training leaves behind, written so it cannot be lost.

config.json      all it takes to repeat the run
history.csv      one row per log point
samples/         snapshots: the same latents through training, as .npy arrays and as PNG grids
checkpoints/     the last two states from which training can go on
generator.pt     the finished networks, readable without any of the above
discriminator.pt
grid.png         25 images, uncurated
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from helpers import environment
from helpers.environment.files import writable, write_atomically
from helpers.training import in_use
from helpers.training.config import Config

FORMAT = 4  # of a checkpoint; raised when what it holds changes


def save_atomically(state: dict[str, Any], path: Path) -> None:
    """`torch.save` through `write_atomically`."""
    content = io.BytesIO()
    torch.save(state, content)
    write_atomically(path, content.getvalue())


def write_array(array: np.ndarray, path: Path) -> None:
    """Write an .npy file, whole or not at all."""
    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
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
                return state | {"identity": in_todays_words(state["identity"])}
            reason = "it was not written by this version of the course"
        except Exception as error:  # whatever a damaged file makes torch.load raise
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        print(f"checkpoint {path.name} cannot be used ({reason}); trying the one before")
    return None


def in_todays_words(identity: dict[str, Any]) -> dict[str, Any]:
    """The identity of a run as it would be written today, so that an older run can go on.

    Settings that are newer than the run have their defaults; D's `norm` was True or False.
    """
    opponent = identity["discriminator"]
    for old, new in (("norm=True", "norm='batch'"), ("norm=False", "norm='none'")):
        opponent = opponent.replace(old, new)
    config = asdict(Config()) | identity["config"]
    return identity | {"config": config, "discriminator": opponent}


def save_checkpoint(state: dict[str, Any], folder: Path) -> Path:
    """Write a checkpoint, then the history; keep the last two checkpoints. Returns its path."""
    path = folder / "checkpoints" / f"step_{state['steps']:08d}.pt"
    save_atomically(state, path)
    for old in checkpoints(folder)[:-2]:
        old.unlink()
    write_history(state["history"], folder)
    return path


def write_names(names: Sequence[str], folder: Path) -> None:
    """labels.json: what a conditional run's labels stand for."""
    content = json.dumps({"labels": list(names)}, ensure_ascii=False, indent=1)
    write_atomically(folder / "labels.json", content.encode())


def open_folder(run: str, identity: dict[str, Any]) -> tuple[Path, dict[str, Any] | None]:
    """The folder of a run, and the state to go on from if it is an unfinished one and the same.

    A run of that name with other identity is left alone, and so is a finished one, and one that
    another process trains just now: the next free name is taken, NAME, NAME-2, NAME-3, ..., and a
    line says why. The folder is this process's own until `in_use.give_back`.

    Raises ValueError if `run` cannot be a name.
    """
    checked_name(run)
    number, passed = 1, []
    while True:
        folder = environment.runs_folder() / (run if number == 1 else f"{run}-{number}")
        writable(folder)
        number += 1
        if not in_use.take(folder):
            passed = [f"{folder.name} is in use by another process"]
            continue
        made = {path.name for path in folder.rglob("*") if path.is_file()}
        if not any(map(_is_kept, made)):
            break  # it never began, or was killed before its first checkpoint was whole
        state = newest_state(folder)
        differences = compare(state["identity"], identity) if state else []
        if state and not differences and state["steps"] < identity["config"]["steps"]:
            print(f"run       {folder.name}: goes on at step {state['steps']:,}")
            return folder, state
        in_use.give_back(folder)
        if differences:
            passed = [f"{folder.name} is another run: {'; '.join(differences)}"]
    (folder / "samples").mkdir(exist_ok=True)
    (folder / "checkpoints").mkdir(exist_ok=True)
    print(f"run       {folder.name}: a new folder, runs/{folder.name}")
    for reason in passed:
        print(f"          {reason}")
    return folder, None


def _is_kept(file: str) -> bool:
    """Whether a file is more than a run writes before its first checkpoint."""
    first = file in ("config.json", in_use.NAME) or file.startswith("step_000000.")
    return not first and not file.endswith(".part")


def checked_name(run: str) -> str:
    """`run`, if it can be a folder's name on every system; else ValueError, in words."""
    allowed = r'[^/\\:*?"<>|\x00-\x1f]'
    if len(run) > 100 or not re.fullmatch(rf"\w({allowed}*(?<![ .]))?", run):
        raise ValueError(
            f"{run!r} cannot be the name of a run. A name begins with a letter or digit, is at "
            'most 100 characters long, and has no / \\ : * ? " < > |: `first` or `monet-2`.'
        )
    return run


def find_folder(run: str) -> tuple[Path, dict[str, Any]]:
    """The folder and newest state of a run that must exist; else FileNotFoundError, in words."""
    folder = environment.runs_folder() / checked_name(run)
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
    """What differs between the identity of two runs, a phrase each: 'batch 32 there, 64 here'."""
    differences = []
    for name in sorted(before["config"].keys() | now["config"].keys()):
        there, here = before["config"].get(name), now["config"].get(name)
        if there != here:
            differences.append(f"{name} {there} there, {here} here")
    if before["images"] != now["images"]:
        differences.append("other images")
    for network in ("generator", "discriminator"):
        if before[network] != now[network]:
            differences.append(f"another {network}")
    return differences


def run_folder(run: str) -> Path:
    """The folder of a run given by name, folder, or a file in it; FileNotFoundError, in words."""
    path = run_path(run)
    return path if path.is_dir() else path.parent


def finished_runs(name: str, images: str | None = None) -> list[Path]:
    """Run folders NAME, NAME-2, ... that hold a generator, oldest first.

    images: only runs on the set of this `images.fingerprint`.
    """
    folders = [
        folder
        for folder in environment.runs_folder().iterdir()
        if re.fullmatch(re.escape(name) + r"(-\d+)?", folder.name)
        and (folder / "generator.pt").exists()
        and images in (None, read_config(folder).get("images"))
    ]
    return sorted(folders, key=lambda folder: (folder / "generator.pt").stat().st_mtime)


def read_snapshots(folder: Path) -> dict[int, np.ndarray]:
    """A run's snapshots: step -> uint8 [25, C, H, W], in order. A damaged file is left out."""
    found = {}
    for path in sorted((folder / "samples").glob("step_*.npy")):
        with contextlib.suppress(OSError, ValueError, EOFError):
            found[int(path.stem[5:])] = np.load(path, allow_pickle=False)
    return found


def read_config(folder: Path) -> dict[str, Any]:
    """A run's config.json; empty if it is missing or damaged."""
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def read_history(folder: Path) -> list[dict[str, float]]:
    """The rows of a run's history.csv, all numbers. Raises ValueError, in words, if damaged."""
    with (folder / "history.csv").open(newline="", encoding="utf-8", errors="replace") as file:
        rows = list(csv.DictReader(file))
    try:
        return [{name: float(value) for name, value in row.items()} for row in rows]
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"history.csv of the run {folder.name} is damaged ({error}). Resume the run: it is "
            "written anew from the last checkpoint."
        ) from error


def write_history(history: list[dict[str, float]], folder: Path) -> None:
    """Write a run's history.csv, a row per log point."""
    rows = io.StringIO()
    table = csv.DictWriter(rows, history[0] if history else ["step"])
    table.writeheader()
    table.writerows(history)
    write_atomically(folder / "history.csv", rows.getvalue().encode())
