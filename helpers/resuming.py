"""What makes a training one that cannot be lost: its state, its checkpoints, how it goes on."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from helpers import environment, health, runs
from helpers.pictures import as_grid, fingerprint
from helpers.recipes import Config

STATEFUL = ("generator", "discriminator", "average", "optim_g", "optim_d", "scaler")
CHANGEABLE = ("steps", "learning_rate")  # of a run that has begun


class Resumable:
    """The half of a `Trainer` that keeps: `state()`, `load_state()`, `save()` and `resume()`."""

    @classmethod
    def resume(
        cls,
        images: np.ndarray | Tensor,
        run: str,
        other_pictures: bool = False,
        device: torch.device | str | None = None,
        generator: nn.Module | None = None,
        discriminator: nn.Module | None = None,
        **changes: float,
    ) -> Self:
        """Go on with a run, finished or not, exactly where its newest good checkpoint was taken.

        changes: what shall be otherwise from here on, by name: `steps` or `learning_rate`.
        other_pictures: allow a set that is not the one the run has learnt from.
        Raises FileNotFoundError if there is no such run, ValueError with the difference if it
        would not be the same training.
        """
        folder, state = runs.find_folder(run)
        before = state["facts"]
        if unknown := changes.keys() - asdict(Config()).keys():
            raise ValueError(f"A configuration has no {', '.join(sorted(unknown))}.")
        wanted = before["config"] | changes
        allowed = {name: wanted[name] for name in CHANGEABLE}
        as_allowed = before | {"config": before["config"] | allowed}
        differences = runs.compare(as_allowed, before | {"config": wanted})
        if not differences:
            trainer = cls(images, Config(**wanted), None, device, generator, discriminator)
            if other_pictures:
                as_allowed["pictures"] = trainer.facts()["pictures"]
            differences = runs.compare(as_allowed, trainer.facts())
        if differences:
            raise ValueError(
                f"{run} cannot go on as another training: {'; '.join(differences)}. "
                f"Only {' and '.join(CHANGEABLE)} may change, each by name, and the pictures with "
                "other_pictures=True. For anything else begin a new run."
            )
        trainer.load_state(state)
        trainer.folder = folder
        trainer._write_config()
        return trainer

    def state(self) -> dict[str, Any]:
        """All that the next step depends on, as tensors and plain numbers."""
        parts = {name: getattr(self, name).state_dict() for name in STATEFUL}
        return parts | {
            "format": runs.FORMAT,
            "facts": self.facts(),
            "random": self.random.get_state(),
            "random_states": self.team.gather(environment.random_states(self.device)),
            "order": self.order,
            "recent": self._recent_scores(),
            "steps": self.steps,
            "seconds": self.seconds,
            "history": self.history,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go back to where `state()` was taken; the next step is then the same, bit for bit.

        Only with another number of processes than before does what a network draws by itself,
        as dropout, begin anew.
        """
        for name in STATEFUL:
            getattr(self, name).load_state_dict(state[name])
        self.random.set_state(state["random"])
        if len(state["random_states"]) == self.team.size:
            states = state["random_states"][self.team.rank]
            environment.set_random_states(states, self.device)
        self.recent = list(state["recent"].to(self.device))
        for name in ("order", "steps", "seconds", "history"):
            setattr(self, name, state[name])

    def save(self) -> None:
        """Write a checkpoint and the history, if the run has a folder and is in good health."""
        self._check(self._recent_scores())
        for name in ("discriminator", "generator"):
            rate = self.config.learning_rate
            health.check_weights(getattr(self, name), name, self.steps, rate, self.folder)
        if self.folder:
            state = self.state()  # all processes have a part in it
            if self.team.first:
                runs.save_checkpoint(state, self.folder)

    def _finish(self) -> None:
        """What a visitor of the run folder wants: both networks, and 25 pictures, uncurated."""
        if self.folder and self.team.first:
            config = asdict(self.config)
            runs.save_network(self.average, config, self.folder / "generator.pt")
            runs.save_network(self.discriminator, config, self.folder / "discriminator.pt")
            grid = as_grid(self.sample(self.fixed_latents), columns=5)
            runs.write_image(grid, self.folder / "grid.png")

    def facts(self) -> dict[str, Any]:
        """What must be equal for a run to be continued: configuration, networks and pictures."""
        return {
            "config": asdict(self.config),
            "generator": describe(self.generator),
            "discriminator": describe(self.discriminator),
            "pictures": fingerprint(self.images),
        }

    def _open_folder(self, run: str) -> Path:
        """The folder to write to, after picking up an unfinished run of the same facts."""
        found = runs.open_folder(run, self.facts()) if self.team.first else None
        folder, state = self.team.told_by_first(found)
        if state:
            self.load_state(state)
        elif self.team.first:
            self.folder = folder
            self._write_config()
        return folder

    def _write_config(self) -> None:
        facts = self.facts() | {
            "device": str(self.device),
            "processes": self.team.size,
            "precision": str(self.dtype or torch.float32).removeprefix("torch."),
            "versions": {"python": platform.python_version(), "torch": torch.__version__},
        }
        if self.team.first:
            content = json.dumps(facts, indent=2).encode()
            runs.write_atomically(self.folder / "config.json", content)


def describe(network: nn.Module) -> str:
    """A network's class and layers, as text: enough to tell two designs apart."""
    return hashlib.sha256(repr(network).encode()).hexdigest()[:16] + " " + type(network).__name__
