"""What makes a training one that cannot be lost: its state as tensors and plain numbers."""

from __future__ import annotations

import copy
import json
import platform
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from helpers import environment
from helpers.environment.files import write_atomically
from helpers.images import image_grid
from helpers.models import registry
from helpers.training import runs
from helpers.training.config import Config
from helpers.training.distributed import ProcessGroup
from helpers.training.schedule import learning_rate_share

STATEFUL = ("generator", "discriminator", "ema", "optim_g", "optim_d", "scaler")
CHANGEABLE = ("steps", "learning_rate")  # of a run that has begun


class Training(Protocol):
    """What is saved of a `Trainer`."""

    config: Config
    device: torch.device
    dtype: torch.dtype | None
    group: ProcessGroup
    generator: nn.Module
    discriminator: nn.Module
    ema_generator: nn.Module
    random: torch.Generator
    order: Tensor
    recent: list[Tensor]
    steps: int
    seconds: float
    threads: int
    history: list[dict[str, float]]
    fixed_latents: Tensor
    folder: Path | None

    def compute_in(self, dtype: torch.dtype | None) -> None:
        """Set the precision of autocast."""

    def identity(self) -> dict[str, Any]:
        """What must be equal for a run to go on."""

    def recent_scores(self) -> Tensor:
        """Scores since the last row of the history."""


def state_of(trainer: Training) -> dict[str, Any]:
    """A copy of all that the next step depends on. Every process of a group must call it."""
    # state_dict() returns the living tensors, and further training would change them
    parts = {name: copy.deepcopy(getattr(trainer, name).state_dict()) for name in STATEFUL}
    return parts | {
        "device": trainer.device.type,
        "precision": precision_of(trainer),
        "format": runs.FORMAT,
        "identity": trainer.identity(),
        "random": trainer.random.get_state(),
        "random_states": trainer.group.all_gather(environment.random_states(trainer.device)),
        "order": trainer.order,
        "recent": trainer.recent_scores(),
        "steps": trainer.steps,
        "seconds": trainer.seconds,
        "threads": trainer.threads,
        "history": copy.deepcopy(trainer.history),
    }


def precision_of(trainer: Training) -> str:
    """The precision of autocast: "bfloat16", "float16", or "float32" for none."""
    return str(trainer.dtype or torch.float32).removeprefix("torch.")


def restore(trainer: Training, state: dict[str, Any]) -> None:
    """Go back to where `state_of` was called; the next step is then the same, bit for bit.

    Not so with another number of processes, where what a network draws by itself, as dropout,
    begins anew; nor on a device that does not compute in the run's precision, of which a line
    tells.
    """
    _keep_precision(trainer, state)
    for name in STATEFUL:
        if state[name]:  # the scaler's is empty where the precision needs none
            getattr(trainer, name).load_state_dict(copy.deepcopy(state[name]))
    trainer.random.set_state(state["random"])
    if len(state["random_states"]) == trainer.group.world_size:
        states = state["random_states"][trainer.group.rank]
        environment.set_random_states(states, trainer.device)
    trainer.recent = list(state["recent"].to(trainer.device))
    for name in ("order", "steps", "seconds", "threads", "history"):
        setattr(trainer, name, copy.deepcopy(state[name]))


def _keep_precision(trainer: Training, state: dict[str, Any]) -> None:
    """Go on in the precision of the run so far, if this is such a device; else say so."""
    before = getattr(torch, state["precision"])
    before = None if before is torch.float32 else before
    if trainer.device.type == state["device"] and environment.computes_natively(
        before, trainer.device
    ):
        trainer.compute_in(before)
    elif precision_of(trainer) != state["precision"] and trainer.group.is_main:
        print(
            f"precision {state['precision']} until now, {precision_of(trainer)} from here on: "
            f"{trainer.device} has another one. From here on the run is not the same bit for bit."
        )


def say_new_schedule(before: Config, now: Config, step: int) -> None:
    """Print what a prolonged run does to the learning rate, which follows the planned length."""
    rates = [c.learning_rate * learning_rate_share(c, step) for c in (before, now)]
    if f"{rates[0]:.1e}" != f"{rates[1]:.1e}":
        print(
            f"schedule  {now.steps:,} steps instead of {before.steps:,}: the learning rate goes "
            f"from {rates[0]:.1e} to {rates[1]:.1e}. A run of {now.steps:,} steps from the start "
            "would have come here with other weights.",
            file=sys.stderr,  # a notice, as that of the threads
        )


def may_continue(before: dict[str, Any], changes: dict[str, Any], run: str) -> Config:
    """The configuration of a run that goes on with `changes`. Raises ValueError if it may not."""
    if unknown := changes.keys() - asdict(Config()).keys():
        raise ValueError(f"A configuration has no {', '.join(sorted(unknown))}.")
    kept = {name: value for name, value in changes.items() if name not in CHANGEABLE}
    wanted = before | {"config": before["config"] | kept}
    refuse(runs.compare(before, wanted), run)
    return Config(**(before["config"] | changes))


def refuse(differences: list[str], run: str) -> None:
    """ValueError with the differences, if there are any."""
    if differences:
        raise ValueError(
            f"{run} cannot go on as another training: {'; '.join(differences)}. "
            f"Only {' and '.join(CHANGEABLE)} may change, each by name, and the images with "
            "other_images=True. For anything else begin a new run."
        )


def write_config(trainer: Training) -> None:
    """config.json: all it takes to repeat the run, and what it ran on."""
    facts = trainer.identity() | {
        "device": str(trainer.device),
        "processes": trainer.group.world_size,
        "precision": precision_of(trainer),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
    }
    write_atomically(trainer.folder / "config.json", json.dumps(facts, indent=2).encode())


def write_snapshot(folder: Path, steps: int, images: Tensor) -> None:
    """The same latents after so many steps: an array for programs, a PNG for people."""
    path = folder / "samples" / f"step_{steps:06d}"
    runs.write_array(images.numpy().astype(np.uint8), path.with_suffix(".npy"))
    runs.write_image(image_grid(images, columns=5), path.with_suffix(".png"))


def write_results(trainer: Training, images: Tensor) -> None:
    """What a visitor of the run folder wants: both networks, and a grid of uncurated images."""
    registry.save(trainer.ema_generator, trainer.folder / "generator.pt")
    registry.save(trainer.discriminator, trainer.folder / "discriminator.pt")
    runs.write_image(image_grid(images, columns=5), trainer.folder / "grid.png")
