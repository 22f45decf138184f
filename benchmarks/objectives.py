"""Six objectives: the cost of a step, the valley of learning rates, and scores at equal minutes.

    export ATELIER_THREADS=1 OMP_NUM_THREADS=1      # one core for each process
    python benchmarks/objectives.py speed           # a minute, on a quiet machine
    python benchmarks/objectives.py valley          # five learning rates, three seeds: 40 minutes
    python benchmarks/objectives.py minutes atelier fashion-mnist    # three seeds: an hour
    python benchmarks/objectives.py switches        # one change of the recipe at a time
    python benchmarks/objectives.py whole atelier   # runs of 10,000 steps: 20 minutes
    python benchmarks/objectives.py table           # all that was found, in Markdown

Each command goes on where it was stopped. What is measured in `valley` and `switches` is the short
training of notebook 11: the course's recipe on the built-in set, 1,500 steps, and KID on 1,000
pictures. In `minutes` every objective has the learning rate that was best in its valley, and as
many steps as its speed allows in the time that binary cross-entropy needs for 2,000: 40 seconds
on one thread. In `whole` the runs are as long as that of notebook 05.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from statistics import mean, median

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from peers import latents, machine, may_be_mirrored, pictures

from helpers.environment.files import write_atomically
from helpers.evaluation import ablation, scoring
from helpers.evaluation.features import Lite2, extract_features
from helpers.models import UpsamplingGenerator
from helpers.training.config import Config, recipe
from helpers.training.trainer import Trainer

RESULT = Path(__file__).resolve().parent / "results" / "objectives.json"
SEEDS = (0, 1, 2)
SHORT, FEW = 1500, 1000  # steps and pictures of the short training
LONG, MANY = 2000, 2500  # steps of binary cross-entropy in `minutes`, and pictures
RATES = (2e-4, 6.3e-4, 2e-3, 6.3e-3, 2e-2)  # two decades, the recipe's in the middle
METHODS: dict[str, dict] = {  # what differs from the recipe
    "BCE, BatchNorm": {},
    "hinge, spectral norm": {"objective": "hinge", "norm": "spectral"},
    "Wasserstein, clipping": {"objective": "wgan"},
    "Wasserstein, GP": {"objective": "wgan-gp", "norm": "none"},
    "BCE, R1": {"r1": 0.1, "norm": "none"},
    "relativistic, R1 + R2": {"objective": "relativistic", "r1": 0.1, "r2": 0.1, "norm": "none"},
}
SWITCHES: dict[str, dict] = (  # "network" is not a setting of a recipe
    {"the recipe": {}}
    | ablation.SWITCHES
    | {"upsampling instead of transposed convolutions": {"network": "upsampling"}}
)

WHOLE = 10_000  # steps of notebook 05
WHOLES: dict[str, dict] = {
    "the recipe": {},
    "beta1 0": {"beta1": 0.0},
    # as many steps as fit into the time of the recipe's 10,000
    "upsampling": {"network": "upsampling", "steps": 8300},
}


def short_recipe(set_: str, seed: int, changes: dict) -> Config:
    """The recipe with these changes, for a set."""
    images = data_of(set_)
    flip = {"flip": may_be_mirrored(set_)} | changes
    return recipe("laptop", channels=images.shape[1], seed=seed, **flip)


@cache
def data_of(set_: str) -> np.ndarray:
    """A set at 32 pixels, read once in each process."""
    return pictures(set_, 32)


@cache
def known(set_: str, n: int) -> tuple[np.ndarray, Lite2]:
    """Features of n real pictures, and the network that computes them."""
    network = Lite2()
    return scoring.known_features(data_of(set_), 2 * MANY, network)[:n], network


class Watch:
    """A callback: the loss of D, and KID of 500 pictures, at a tenth of the run and so on."""

    def __init__(self, set_: str, steps: int) -> None:
        self.set, self.every, self.rows = set_, steps // 10, []  # steps are hundreds
        self.losses: list[float] = []

    def __call__(self, trainer: Trainer) -> None:
        """Ask, if it is time."""
        self.losses.append(trainer.history[-1]["loss_d"])
        if trainer.steps % self.every:
            return
        real, network = known(self.set, FEW)
        drawn = trainer.sample(latents(500, trainer.config.latent))
        kid = scoring.all_scores(real[:500], extract_features(drawn, network))["KID x 1000"]
        loss_g = trainer.history[-1]["loss_g"]
        row = {"step": trainer.steps, "KID x 1000": kid, "loss_d": mean(self.losses)}
        self.rows.append(row | {"loss_g": loss_g})
        self.losses.clear()


def run(kind: str, set_: str, name: str, seed: int, n: int, settings: dict) -> dict:
    """One training and its scores; a training that fails says so instead."""
    warnings.simplefilter("ignore")  # 1,000 pictures are few for FD, which is said
    changes = dict(settings)
    upsampling = changes.pop("network", "") == "upsampling"
    config = short_recipe(set_, seed, changes)
    row = {"kind": kind, "set": Path(set_).name, "method": name, "seed": seed}
    row |= {"learning_rate": config.learning_rate, "steps": config.steps}
    torch.manual_seed(seed)
    network = UpsamplingGenerator(channels=config.channels) if upsampling else None
    trainer = Trainer(data_of(set_), config, device="cpu", generator=network)
    watch = Watch(set_, config.steps) if kind == "minutes" and set_ == "atelier" else None
    try:
        trainer.fit(callbacks=[watch] if watch else [], log_every=10)
    except FloatingPointError:
        return row | {"failed": True}
    parts = 10 if kind == "whole" else 3
    late = trainer.history[-(len(trainer.history) // parts) :]  # the last third, or the last tenth
    means = {key: mean(r[key] for r in late) for key in ("loss_d", "loss_g", "d_real", "d_fake")}
    real, network = known(set_, n)
    drawn = extract_features(trainer.sample(latents(n, config.latent)), network)
    scores = scoring.all_scores(real, drawn)
    row |= {"seconds": round(trainer.seconds, 1)} | means | scores
    return row | ({"watched": watch.rows} if watch else {})


def speeds(result: dict) -> None:
    """Seconds per step of each method, the median of rounds in which all take their turn."""
    images, found = data_of("atelier"), {name: [] for name in METHODS}
    trainers = {
        name: Trainer(images, short_recipe("atelier", 0, changes), device="cpu")
        for name, changes in METHODS.items()
    }
    for round_ in range(6):
        for name, trainer in trainers.items():
            begin = time.perf_counter()
            trainer.fit(steps=40)
            if round_:  # the first one warms up
                found[name].append((time.perf_counter() - begin) / 40)
    result["seconds per step"] = {name: round(median(all_), 5) for name, all_ in found.items()}


def best_rate(rows: list[dict], method: str) -> float:
    """The learning rate with the lowest median KID, of those at which no training failed."""
    found = {rate: [] for rate in RATES}
    for row in rows:
        if row["kind"] == "valley" and row["method"] == method:
            found[row["learning_rate"]].append(row.get("KID x 1000", float("inf")))
    if not all(found.values()):
        raise SystemExit("Measure the valley first: python benchmarks/objectives.py valley")
    safe = [rate for rate in RATES if max(found[rate]) < float("inf")]
    return min(safe, key=lambda rate: median(found[rate]))


def jobs(kind: str, sets: list[str], result: dict) -> Iterable[tuple]:
    """What is to be run: the arguments of `run`, seed by seed."""
    for seed in SEEDS:
        if kind == "valley":
            for rate in RATES:
                for name, changes in METHODS.items():
                    settings = changes | {"learning_rate": rate, "steps": SHORT}
                    yield kind, "atelier", name, seed, FEW, settings
        if kind == "switches":
            for name, changes in SWITCHES.items():
                yield kind, "atelier", name, seed, FEW, {"steps": SHORT} | changes
        if kind == "whole":
            for set_ in sets:
                for name, changes in WHOLES.items():
                    settings = {"steps": WHOLE} | changes
                    yield kind, set_, name, seed, MANY, settings
        if kind == "minutes":
            cost = result.get("seconds per step") or {}
            if not cost:
                raise SystemExit("Measure the speed first: python benchmarks/objectives.py speed")
            for set_ in sets:
                for name, changes in METHODS.items():
                    steps = round(LONG * cost["BCE, BatchNorm"] / cost[name], -2)
                    rate = best_rate(result["rows"], name)
                    settings = changes | {"learning_rate": rate, "steps": int(steps)}
                    yield kind, set_, name, seed, MANY, settings


def key(kind: str, set_: str, name: str, seed: int, rate: float) -> tuple:
    """What tells one row from another."""
    return kind, Path(set_).name, name, seed, rate if kind == "valley" else 0


def missing(kind: str, sets: list[str], result: dict) -> list[tuple]:
    """The jobs that have no row yet."""
    columns = ("kind", "set", "method", "seed", "learning_rate")
    done = {key(*(row[column] for column in columns)) for row in result["rows"]}
    todo = []
    for job in jobs(kind, sets, result):
        if key(*job[:4], job[5].get("learning_rate", 0)) not in done:
            todo.append(job)
    return todo


def spread(values: list[float], digits: int = 0) -> str:
    """The median, with the lowest and the highest."""
    low, high = min(values), max(values)
    return f"{median(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def table(result: dict) -> str:
    """All that was found, in Markdown."""
    rows, lines = result["rows"], []
    cost = result.get("seconds per step", {})
    columns = ("FD-lite2", "KID x 1000", "precision", "recall", "coverage")
    for set_ in dict.fromkeys(row["set"] for row in rows if row["kind"] == "minutes"):
        lines += [f"\n{set_}\n", "| | " + " | ".join(["steps", *columns]) + " |", "|---" * 7 + "|"]
        for name in METHODS:
            of = [r for r in rows if (r["kind"], r["set"], r["method"]) == ("minutes", set_, name)]
            good = [row for row in of if not row.get("failed")]
            cells = [
                spread([r[c] for r in good], 0 if c[0] in "FK" else 3) for c in columns if good
            ]
            if of:
                stopped = f" ({len(of) - len(good)} of {len(of)} stopped)" if of != good else ""
                lines.append(
                    f"| {name}{stopped} | {of[0]['steps']:,} | " + " | ".join(cells) + " |"
                )
    lines += ["\nvalley, KID x 1000\n", "| | " + " | ".join(f"{r:g}" for r in RATES) + " | cost |"]
    lines.append("|---" * 7 + "|")
    for name in METHODS:
        cells = []
        for rate in RATES:
            of = [r for r in rows if (r["kind"], r["method"]) == ("valley", name)]
            found = [r.get("KID x 1000", np.inf) for r in of if r["learning_rate"] == rate]
            cells.append(spread(found) if found else "")
        times = cost[name] / cost["BCE, BatchNorm"] if cost else 0
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {times:.2f} |")
    lines += ["\nswitches, KID x 1000\n", "| | KID x 1000 | FD-lite2 |", "|---" * 3 + "|"]
    for name in SWITCHES:
        of = [r for r in rows if (r["kind"], r["method"]) == ("switches", name)]
        if of:
            fd = spread([r["FD-lite2"] for r in of])
            lines.append(f"| {name} | {spread([r['KID x 1000'] for r in of])} | {fd} |")
    names = ("d_real", "d_fake", "KID x 1000", "FD-lite2", "recall", "coverage")
    for set_ in dict.fromkeys(row["set"] for row in rows if row["kind"] == "whole"):
        lines += [f"\n{set_}, 10,000 steps\n", "| | " + " | ".join(names) + " |", "|---" * 7 + "|"]
        for name in WHOLES:
            of = [r for r in rows if (r["kind"], r["set"], r["method"]) == ("whole", set_, name)]
            cells = [spread([r[n] for r in of], 0 if n[0] in "FK" else 3) for n in names if of]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def work(todo: list[tuple], processes: int, done: Callable[[dict], None]) -> None:
    """Run the jobs, some at a time, each in a process of its own with one thread."""
    context = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        for future in as_completed([pool.submit(run, *job) for job in todo]):
            done(future.result())


def main() -> None:
    """Run what is missing, and print the table."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("what", choices=["speed", "valley", "minutes", "switches", "whole", "table"])
    p.add_argument("sets", nargs="*", default=["atelier"], help="for `minutes` and `whole`")
    p.add_argument("--processes", type=int, default=2)
    asked = p.parse_args()
    result = {"machine": machine(), "rows": []}
    if RESULT.exists():
        result = json.loads(RESULT.read_text(encoding="utf-8"))

    def keep(row: dict | None = None) -> None:
        if row:
            result["rows"].append(row)
            said = "failed" if row.get("failed") else f"KID x 1000 {row['KID x 1000']:.0f}"
            print(*list(row.values())[:6], said, row.get("seconds", ""), flush=True)
        write_atomically(RESULT, (json.dumps(result, indent=1) + "\n").encode())

    if asked.what == "speed":
        speeds(result)
        keep()
    elif asked.what != "table":
        work(missing(asked.what, asked.sets, result), asked.processes, keep)
    print(table(result))


if __name__ == "__main__":
    main()
