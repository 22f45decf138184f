"""How many threads are fastest just now? On a busy machine often one.

PyTorch's threads wait for each other many times in a step. Beside a busy browser each wait lasts
until the browser gives the core back, and two threads are slower than one. So a long computation
times a few of its own steps with each number now and then, and goes on with the faster one.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import TypeVar

import torch
from tqdm import tqdm

Result = TypeVar("Result")
FIRST = 40  # steps before the first trial: short computations never try
EVERY = 400  # steps from one trial to the next
TRIAL = 6  # steps timed with each number of threads
MARGIN = 0.95  # the other number must be faster by this much
LIMIT = 1024  # threads; more is a slip of the finger


class ThreadChoice:
    """Runs steps, and chooses between one thread and all of them by their time.

    device: only a CPU's threads are chosen. active: False never tries (processes that compute
    together must not choose apart). last: `now` of an earlier part of the same computation, from
    its checkpoint, or 0. now: the threads in use: 1, all, or what ATELIER_THREADS=N fixes. Where it
    is fixed nothing is tried, and the same seed gives the same bits however busy the machine is.

    Raises ValueError if ATELIER_THREADS is not a whole number from 1.
    """

    def __init__(self, device: torch.device, active: bool = True, last: int = 0) -> None:
        fixed = threads_wished()
        self.most = torch.get_num_threads()
        self.active = active and not fixed and device.type == "cpu" and self.most > 1
        # `last` may come from a machine with more or fewer cores: only "one" means the same here
        self.now = fixed or (1 if self.active and last == 1 else self.most)
        self.steps = 0
        self.times: dict[int, list[float]] = {}

    @contextmanager
    def in_use(self) -> Iterator[ThreadChoice]:
        """Set the threads for a block, and give back the number that was set before."""
        before = torch.get_num_threads()
        torch.set_num_threads(self.now)
        try:
            yield self
        finally:
            torch.set_num_threads(before)

    def run(self, step: Callable[[], Result]) -> Result:
        """Run one step inside `in_use`, and return its result; now and then it is timed."""
        place = (self.steps - FIRST) % EVERY if self.active and self.steps >= FIRST else EVERY
        self.steps += 1
        if place >= 2 * TRIAL:
            return step()
        threads = self.most if place < TRIAL else 1
        if place in (0, TRIAL):
            torch.set_num_threads(threads)
            self.times[threads] = []
        begin = time.perf_counter()
        result = step()
        self.times[threads].append(time.perf_counter() - begin)
        if place == 2 * TRIAL - 1:
            self._choose()
        return result

    def _choose(self) -> None:
        """Take the faster number; at a tie stay with the present one."""
        # the median: the first step with another number also starts or wakes its threads
        seconds = {threads: median(times) for threads, times in self.times.items()}
        other = 1 if self.now == self.most else self.most
        if seconds[other] < MARGIN * seconds[self.now]:
            ratio = seconds[self.now] / seconds[other]
            self.now = other
            why = "something else is computing" if other == 1 else "the machine is quiet again"
            # tqdm's: a progress bar that is on the screen stays whole
            tqdm.write(
                f"threads   {other} from here on, {ratio:.1f} times as fast: {why}",
                file=sys.stderr,
            )
        torch.set_num_threads(self.now)


def threads_wished() -> int:
    """The number in ATELIER_THREADS, or 0 if it is not set. ValueError says what it may be."""
    text = os.environ.get("ATELIER_THREADS", "").strip()
    if not text:
        return 0
    if not text.isdecimal() or not 1 <= int(text) <= LIMIT:
        raise ValueError(
            f"ATELIER_THREADS={text!r} must be a whole number from 1 to {LIMIT}. "
            "Unset it to let the course choose."
        )
    return int(text)
