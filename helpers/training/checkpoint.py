"""What makes a training one that cannot be lost: its state as tensors and plain numbers."""

from __future__ import annotations

import json
import platform
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

    def identity(self) -> dict[str, Any]:
        """What must be equal for a run to go on."""

    def recent_scores(self) -> Tensor:
        """Scores since the last row of the history."""


def state_of(trainer: Training) -> dict[str, Any]:
    """All that the next step depends on. Every process of a group must call it."""
    parts = {name: getattr(trainer, name).state_dict() for name in STATEFUL}
    return parts | {
        "format": runs.FORMAT,
        "identity": trainer.identity(),
        "random": trainer.random.get_state(),
        "random_states": trainer.group.all_gather(environment.random_states(trainer.device)),
        "order": trainer.order,
        "recent": trainer.recent_scores(),
        "steps": trainer.steps,
        "seconds": trainer.seconds,
        "threads": trainer.threads,
        "history": trainer.history,
    }


def restore(trainer: Training, state: dict[str, Any]) -> None:
    """Go back to where `state_of` was called; the next step is then the same, bit for bit.

    Only with another number of processes than before does what a network draws by itself,
    as dropout, begin anew.
    """
    for name in STATEFUL:
        getattr(trainer, name).load_state_dict(state[name])
    trainer.random.set_state(state["random"])
    if len(state["random_states"]) == trainer.group.world_size:
        states = state["random_states"][trainer.group.rank]
        environment.set_random_states(states, trainer.device)
    trainer.recent = list(state["recent"].to(trainer.device))
    for name in ("order", "steps", "seconds", "threads", "history"):
        setattr(trainer, name, state[name])


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
        "precision": str(trainer.dtype or torch.float32).removeprefix("torch."),
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
