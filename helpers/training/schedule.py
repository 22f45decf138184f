"""What is due when: the learning rate of a step, and what is written after it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from helpers.training.config import Config


def learning_rate_share(config: Config, step: int) -> float:
    """Share of the learning rate that is left at a step: 1 at first, then down in a line.

    It ends at a hundredth, not at 0, so that a run that is prolonged still learns.
    """
    left = 1 - step / max(1, config.steps)
    return max(min(1.0, left / config.decay) if config.decay else 1.0, 0.01)


@dataclass
class Due:
    """What is due after which step of a fit. At its goal a fit saves by itself."""

    goal: int
    log_every: int
    snapshot_every: int
    save_every: int | None
    save_seconds: float
    snapshot_step: int  # of the newest one

    def __post_init__(self) -> None:
        self.saved_at = time.perf_counter()

    def log(self, step: int) -> bool:
        """A row of the history, before everything else that is due."""
        saves = self.save_every and step % self.save_every == 0
        return bool(step == self.goal or step % self.log_every == 0 or saves)

    def snapshot(self, step: int) -> bool:
        """The fixed latents, once every `snapshot_every` steps."""
        due = step == self.goal or step // self.snapshot_every > (
            self.snapshot_step // self.snapshot_every
        )
        self.snapshot_step = step if due else self.snapshot_step
        return due

    def save(self, step: int) -> bool:
        """A checkpoint, by steps or by the clock."""
        late = time.perf_counter() - self.saved_at > self.save_seconds
        due = step % self.save_every == 0 if self.save_every else late
        self.saved_at = time.perf_counter() if due else self.saved_at
        return due and step != self.goal
