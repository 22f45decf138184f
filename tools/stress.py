"""Kill a training again and again, at random moments, and see what is lost.

    python tools/stress.py            # 50 kills, about half a minute

A child trains and saves every five steps, telling after each save; it is killed (SIGKILL, nobody
can catch it) after a random time, every third one amid a save. Then the next child goes on. After
each kill the newest checkpoint must be readable and no older than the last save that was told, and
in the end the run must equal, bit for bit, one that nobody disturbed.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import signal
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from helpers.training import runs
from helpers.training.config import Config
from helpers.training.trainer import Trainer

PICTURES = np.random.default_rng(0).integers(0, 256, (40, 3, 16, 16), dtype=np.uint8)
EVERY = 5  # steps between two saves


def train(config: Config, run: str, told: int | None = None, die_amid_save: int = 0) -> Trainer:
    """Train to the end, telling the pipe `told` after each save; or die in the so-manyth one."""
    write, saves, step = runs.write_atomically, 0, 0

    def watched(path: Path, content: bytes) -> None:
        nonlocal saves, step
        if path.parent.name == "checkpoints":
            saves, step = saves + 1, int(path.stem.removeprefix("step_"))
            if saves == die_amid_save:
                path.with_name(path.name + ".part").write_bytes(content[: len(content) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
        write(path, content)
        if path.name == "history.csv" and told is not None:  # a save ends with the history
            os.write(told, f"{step} ".encode())

    runs.write_atomically = watched
    try:
        trainer = Trainer(PICTURES, config, run=run, device="cpu")
        trainer.fit(log_every=EVERY, save_every=EVERY)
    finally:
        runs.write_atomically = write
    return trainer


def killed_child(config: Config, chance: random.Random, amid_save: bool) -> int:
    """Start a child that goes on with the run, kill it; returns the last step it told as saved."""
    ear, mouth = os.pipe()
    child = os.fork()
    if not child:
        os.close(ear)
        sys.stdout = io.StringIO()  # it has much to say, and nobody listens
        train(config, "killed", mouth, chance.randint(1, 3) if amid_save else 0)
        os._exit(0)
    os.close(mouth)
    if not amid_save:
        time.sleep(chance.uniform(0.02, 0.5))
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise RuntimeError("The child ended before it was killed: give the run more steps.")
    with os.fdopen(ear) as heard:
        steps = heard.read().split()
    return int(steps[-1]) if steps else 0


def environment_of(runs_folder: str) -> AbstractContextManager:
    """For a block, children included: runs go to this folder, and one thread computes, since with
    another number of threads sums have other last bits."""
    return patch.dict(os.environ, {"ATELIER_RUNS": runs_folder, "ATELIER_THREADS": "1"})


def stress(kills: int, seed: int = 0) -> int:
    """Kill so many times; returns the steps of the whole run.

    Raises AssertionError if more was lost than the work since the last checkpoint.
    """
    chance = random.Random(seed)
    torch.set_num_threads(1)  # a forked child has none of its parent's threads
    config = Config(size=16, latent=6, filters=4, batch=4, steps=EVERY * 40 * kills)
    with tempfile.TemporaryDirectory() as folder, environment_of(folder):
        reached = 0
        for kill in range(kills):
            told = killed_child(config, chance, amid_save=kill % 3 == 2)
            state = runs.newest_state(Path(folder) / "killed")
            now = state["steps"] if state else 0
            assert now >= max(told, reached), f"kill {kill}: step {told} was saved, {now} is left"
            reached = now
        goal = reached + 4 * EVERY
        last = Trainer.resume(PICTURES, "killed", device="cpu")
        last.fit(steps=goal - reached, log_every=EVERY)
        whole = Trainer(PICTURES, config, run="whole", device="cpu")
        whole.fit(steps=goal, log_every=EVERY)
        for ours, theirs in zip(
            last.ema_generator.parameters(), whole.ema_generator.parameters(), strict=True
        ):
            assert torch.equal(ours, theirs), "the killed run differs from the undisturbed one"
        scores = [[row[name] for name in ("step", "loss_d", "loss_g")] for row in last.history]
        assert scores == [[r[n] for n in ("step", "loss_d", "loss_g")] for r in whole.history]
    return goal


def main() -> None:
    """Report in a line."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--kills", type=int, default=50)
    p.add_argument("--seed", type=int, default=0)
    asked = p.parse_args()
    begin = time.perf_counter()
    steps = stress(asked.kills, asked.seed)
    print(
        f"{asked.kills} kills in {steps:,} steps: each time nothing was lost that had been saved, "
        f"and the end is the undisturbed run, bit for bit ({time.perf_counter() - begin:.0f} s)"
    )


if __name__ == "__main__":
    main()
