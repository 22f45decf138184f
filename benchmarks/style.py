"""A style-based generator against a DCGAN, in equal minutes: which settings suit it, what it costs.

    export ATELIER_THREADS=1 OMP_NUM_THREADS=1     # one core for each process
    python benchmarks/style.py speed               # milliseconds a step, both networks
    python benchmarks/style.py short               # settings, as long as 5,000 steps of the recipe
    python benchmarks/style.py whole               # three seeds, as long as notebook 05's run
    python benchmarks/style.py table               # all that was found, in Markdown

Each command goes on where it was stopped. Everything is the built-in set at 32 pixels, without
labels. Equal minutes: each method's number of steps is the recipe's, divided by how much longer its
step takes (`COST`, from `speed`). In `short` there is one seed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from pathlib import Path
from statistics import median

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from conditional import classifier_of, data_of, scores, spread, work
from peers import machine

from helpers.environment import data_folder
from helpers.environment.files import write_atomically
from helpers.models import registry
from helpers.training import CONDITIONAL, STYLE, Config, recipe
from helpers.training.trainer import Trainer

RESULT = Path(__file__).resolve().parent / "results" / "style.json"
SEEDS, SHORT, WHOLE = (0, 1, 2), 5_000, 10_000
R1 = {"r1": 0.1, "norm": "none"}
PAIRS = CONDITIONAL  # pairs with R1 and R2, no norm in D
NETWORK = {"network": "style"}
BETA = {"beta1": 0.0, "beta2": 0.99}
FASTER = {"learning_rate": 1e-2, "learning_rate_d": 2e-3}

# method: changes of the recipe
METHODS: dict[str, dict] = {
    "DCGAN, the recipe": {},
    "DCGAN, pairs with R1 and R2": PAIRS,
    "style, the recipe": NETWORK,
    "style, beta1 0": NETWORK | BETA,
    "style, 4e-3": NETWORK | {"learning_rate": 4e-3},
    "style, R1": NETWORK | R1 | BETA,
    "style, R1, 4e-3": NETWORK | R1 | BETA | {"learning_rate": 4e-3},
    "style, pairs with R1 and R2": NETWORK | PAIRS,
    "style, pairs with R1 and R2, 4e-3": NETWORK | PAIRS | {"learning_rate": 4e-3},
    # G's weights are scaled in use, so Adam's steps change them less: G needs a higher rate than D
    "style, beta1 0, G 1e-2": NETWORK | BETA | FASTER,
    "style, pairs with R1 and R2, G 1e-2": NETWORK | PAIRS | FASTER,
    "style, R1, G 1e-2": STYLE,
    "style, R1, G 3e-2": STYLE | {"learning_rate": 3e-2},
}
COMPARED = ("DCGAN, the recipe", "style, R1, G 1e-2")
COLUMNS = ("FD-lite2", "KID x 1000", "precision", "recall", "coverage", "recognised", "diversity")


def kind_of(changes: dict) -> str:
    """What decides the cost of a step: the network, and which penalties there are."""
    penalties = {"relativistic": "pairs with R1 and R2"}.get(changes.get("objective", ""), "")
    penalties = penalties or ("R1" if "r1" in changes else "no penalty")
    return f"{changes.get('network', 'dcgan')}, {penalties}"


# how much longer a step takes than the recipe's, from `speed`; `short` was run before that was
# measured, with 2.0 and 2.4 in place of 1.95 and 2.06
COST = {
    "dcgan, no penalty": 1.0,
    "dcgan, pairs with R1 and R2": 1.5,
    "style, no penalty": 1.95,
    "style, R1": 2.06,
    "style, pairs with R1 and R2": 2.35,
}


def config_of(name: str, seed: int, steps: int) -> Config:
    """The settings of a method, with as many steps as fit into the time of the recipe's."""
    changes = METHODS[name]
    steps = round(steps / COST[kind_of(changes)])
    return recipe("laptop", seed=seed, steps=steps, **changes)


def speed(rounds: int = 3) -> dict[str, float]:
    """Milliseconds a step, the median of some rounds in which all take turns."""
    images, kinds = data_of("atelier").images, {}
    for changes in METHODS.values():
        kinds.setdefault(kind_of(changes), changes)
    trainers = {
        kind: Trainer(images, recipe("laptop", **changes), device="cpu")
        for kind, changes in kinds.items()
    }
    took: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(rounds + 1):  # the first one warms up
        for kind, trainer in trainers.items():
            before = time.perf_counter()
            trainer.fit(steps=40)
            took[kind].append((time.perf_counter() - before) / 40 * 1000)
    return {kind: round(median(times[1:]), 1) for kind, times in took.items()}


def run(kind: str, name: str, seed: int, steps: int) -> dict:
    """One training and its scores; the generator of a whole one is kept in data/cache."""
    warnings.simplefilter("ignore")  # 2,500 pictures are few for FD, which is said
    data, config = data_of("atelier"), config_of(name, seed, steps)
    torch.manual_seed(seed)
    trainer = Trainer(data.images, config, device="cpu")
    trainer.fit()
    row = {"kind": kind, "method": name, "seed": seed, "steps": config.steps}
    row |= {"seconds": round(trainer.seconds, 1)}
    if kind == "whole":
        file = data_folder() / "cache" / f"{config.network}-{seed}.pt"
        registry.save(trainer.ema_generator, file)
    return row | scores(trainer.ema_generator, "atelier", None)


def table(rows: list[dict]) -> str:
    """All that was found, in Markdown."""
    lines = []
    for kind in dict.fromkeys(row["kind"] for row in rows):
        lines += [f"\n{kind}\n", "| | steps | " + " | ".join(COLUMNS) + " |"]
        lines.append("|---" * (len(COLUMNS) + 2) + "|")
        for name in METHODS:
            of = [row for row in rows if (row["kind"], row["method"]) == (kind, name)]
            if of:
                cells = [
                    spread([r[c] for r in of], 0 if c[0] in "FK" or c == "recognised" else 2)
                    for c in COLUMNS
                ]
                lines.append(f"| {name} | {of[0]['steps']:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, and print the table."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("what", choices=["speed", "short", "whole", "table"])
    p.add_argument("--methods", nargs="*", choices=METHODS)
    p.add_argument("--processes", type=int, default=2)
    asked = p.parse_args()
    result = {"machine": machine(), "rows": []}
    if RESULT.exists():
        result = json.loads(RESULT.read_text(encoding="utf-8"))

    def write() -> None:
        write_atomically(RESULT, (json.dumps(result, indent=1) + "\n").encode())

    def keep(row: dict) -> None:
        result["rows"].append(row)
        print(row, flush=True)
        write()

    if asked.what == "speed":
        result["milliseconds a step"] = speed()
        print(result["milliseconds a step"])
        write()
    if asked.what in ("short", "whole"):
        classifier_of("atelier")  # once, before the processes need it
        names = asked.methods or (COMPARED if asked.what == "whole" else METHODS)
        seeds, steps = ((0,), SHORT) if asked.what == "short" else (SEEDS, WHOLE)
        wanted = [(asked.what, name, seed, steps) for seed in seeds for name in names]
        done = {(row["kind"], row["method"], row["seed"]) for row in result["rows"]}
        work(run, [job for job in wanted if job[:3] not in done], asked.processes, keep)
    print(table(result["rows"]))


if __name__ == "__main__":
    main()
