"""What is due when: the learning rate of a step, and what is written after it."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from helpers.training.config import Config


def learning_rate_share(config: Config, step: int) -> float:
    """Share of the learning rate that is left at a step: 1 at first, then down in a line.

    It ends at a hundredth, not at 0, so that a run that is prolonged still learns.
    """
    left = 1 - step / max(1, config.steps)
    return max(min(1.0, left / config.decay) if config.decay else 1.0, 0.01)


def schedules(optimizers: Sequence[Optimizer], config: Config, step: int) -> list[LambdaLR]:
    """The learning rate of every step from here on: level at first, then down in a line.

    optimizers: G's and D's.
    """
    for optimizer, rate in zip(optimizers, config.rates, strict=True):
        for group in optimizer.param_groups:
            group["initial_lr"] = rate
    share = partial(learning_rate_share, config)
    return [LambdaLR(optimizer, share, last_epoch=step - 1) for optimizer in optimizers]


def deadline(minutes: float | None) -> float:
    """When time.perf_counter() says that so many minutes are over; None is never.

    Raises ValueError for 0 minutes, less, or no number.
    """
    if minutes is not None and not minutes > 0:
        raise ValueError(f"A fit takes more than {minutes:g} minutes.")
    return time.perf_counter() + (math.inf if minutes is None else 60 * minutes)


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
