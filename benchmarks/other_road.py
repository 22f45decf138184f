"""Flow matching against the course's GAN: the same pictures, parameters and minutes of training.

    export ATELIER_THREADS=1 OMP_NUM_THREADS=1     # one core for each process
    python benchmarks/other_road.py speed SET ...  # milliseconds a step, seconds to paint; quiet
    python benchmarks/other_road.py rates          # learning rates of the flow, one seed
    python benchmarks/other_road.py minutes SET ...  # three seeds
    python benchmarks/other_road.py table          # all that was found, in Markdown

Each command goes on where it was stopped. Everything is at 32 pixels. The GAN is the recipe,
shortened to 2,000 steps; the flow gets as many steps as fit into the same time (`COST`, from
`speed`), and then paints in 1, 4, 16 and 50 steps. Scores: 1,000 pictures of each side,
EfficientNet-Lite2.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from functools import cache
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from conditional import spread, work
from peers import machine, may_be_mirrored, pictures

from helpers.environment import data_folder
from helpers.environment.files import write_atomically
from helpers.evaluation import scoring
from helpers.evaluation.features import Lite2, extract_features
from helpers.models import generate, registry
from helpers.models.flow import FlowSampler
from helpers.training.config import Config, recipe
from helpers.training.flowing import FlowTraining
from helpers.training.trainer import Trainer

RESULT = Path(__file__).resolve().parent / "results" / "other_road.json"
SEEDS, STEPS, SCORED = (0, 1, 2), 2_000, 1000
PAINTING_STEPS = (1, 4, 16, 50)
COST = 1.75  # how much longer a step of the flow takes than one of the GAN, from `speed`
RATES = (5e-4, 1e-3, 2e-3, 4e-3)
RATE = 4e-3
COLUMNS = ("FD-lite2", "KID x 1000", "precision", "recall", "coverage", "pictures a second")


@cache
def data_of(set_: str) -> np.ndarray:
    """A set at 32 pixels, read once in each process."""
    return pictures(set_, 32)


def config_of(set_: str, seed: int, steps: int, **changes: float) -> Config:
    """The recipe for a set."""
    channels = data_of(set_).shape[1]
    flip = may_be_mirrored(set_)
    return recipe("laptop", channels=channels, seed=seed, flip=flip, steps=steps, **changes)


def painted(generator: nn.Module, n: int, seed: int = 0) -> tuple[torch.Tensor, float]:
    """n pictures of a seed, and how many a second were painted, in batches of 64."""
    random = torch.Generator().manual_seed(seed)
    z = torch.randn(n, generator.latent, generator=random)
    generate(generator, z[:64])
    begun = time.perf_counter()
    drawn = generate(generator, z, batch=64)
    return drawn, n / (time.perf_counter() - begun)


def scores(generator: nn.Module, set_: str) -> dict[str, float]:
    """FD, KID, precision, recall and the rest, and the speed of painting."""
    images = data_of(set_)
    known = scoring.known_features(images, 2 * SCORED, Lite2())
    drawn, each_second = painted(generator, SCORED)
    found = scoring.all_scores(known[:SCORED], extract_features(drawn, Lite2()))
    return found | {"pictures a second": each_second}


def speed(set_: str, rounds: int = 5) -> dict[str, float]:
    """Milliseconds a step of both, taking turns; the median of some rounds."""
    trainings = {
        "GAN": Trainer(data_of(set_), config_of(set_, 0, STEPS), device="cpu"),
        "flow": FlowTraining(data_of(set_), config_of(set_, 0, STEPS), device="cpu"),
    }
    took: dict[str, list[float]] = {name: [] for name in trainings}
    for _ in range(rounds + 1):  # the first one warms up
        for name, training in trainings.items():
            before = time.perf_counter()
            training.fit(steps=40)
            took[name].append((time.perf_counter() - before) / 40 * 1000)
    return {name: round(median(times[1:]), 1) for name, times in took.items()}


def run(kind: str, set_: str, method: str, seed: int, rate: float) -> list[dict]:
    """One training and its scores: one row for the GAN, one for each number of steps of a flow."""
    warnings.simplefilter("ignore")  # 2,500 pictures are few for FD, which is said
    row = {"kind": kind, "set": set_, "method": method, "seed": seed}
    if method == "GAN":
        trainer = Trainer(data_of(set_), config_of(set_, seed, STEPS), device="cpu")
        trainer.fit()
        network = trainer.ema_generator
        samplers = {0: network}
    else:
        config = config_of(set_, seed, round(STEPS / COST), learning_rate=rate)
        trainer = FlowTraining(data_of(set_), config, device="cpu")
        trainer.fit()
        network = trainer.ema_network.eval()
        samplers = {n: FlowSampler(network, n) for n in PAINTING_STEPS}
    if kind == "minutes":
        file = data_folder() / "cache" / f"other-road-{method}-{set_}-{seed}.pt"
        registry.save(network, file)
    row |= {"steps": trainer.steps, "seconds": round(trainer.seconds, 1), "rate": rate}
    row |= {"parameters": sum(p.numel() for p in network.parameters())}
    return [row | {"painting steps": n} | scores(sampler, set_) for n, sampler in samplers.items()]


def name_of(row: dict) -> str:
    """What a row of the table is called."""
    if row["method"] == "GAN":
        return "GAN, one pass"
    rate = f", {row['rate']:g}" if row["kind"] == "rates" else ""
    return f"flow, {row['painting steps']} steps{rate}"


def table(rows: list[dict]) -> str:
    """All that was found, in Markdown."""
    lines = []
    for kind, set_ in dict.fromkeys((row["kind"], row["set"]) for row in rows):
        lines += [f"\n{kind}, {set_}\n", "| | " + " | ".join(COLUMNS) + " |"]
        lines.append("|---" * (len(COLUMNS) + 1) + "|")
        here = [row for row in rows if (row["kind"], row["set"]) == (kind, set_)]
        here.sort(key=lambda row: (row["rate"], row["painting steps"]))
        for name in dict.fromkeys(map(name_of, here)):
            of = [row for row in here if name_of(row) == name]
            cells = [
                spread([r[c] for r in of], 0 if c[0] in "FK" or c == COLUMNS[-1] else 2)
                for c in COLUMNS
            ]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, and print the table."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("what", choices=["speed", "rates", "minutes", "table"])
    p.add_argument("sets", nargs="*", default=["atelier"], help="atelier, a name, or a folder")
    p.add_argument("--processes", type=int, default=2)
    asked = p.parse_args()
    result = {"machine": machine(), "rows": []}
    if RESULT.exists():
        result = json.loads(RESULT.read_text(encoding="utf-8"))

    def write() -> None:
        write_atomically(RESULT, (json.dumps(result, indent=1) + "\n").encode())

    def keep(rows: list[dict]) -> None:
        result["rows"] += rows
        print(*rows, sep="\n", flush=True)
        write()

    if asked.what == "speed":
        for set_ in asked.sets:
            result[f"milliseconds a step, {set_}"] = found = speed(set_)
            print(set_, found, f"{found['flow'] / found['GAN']:.2f}")
        write()
    wanted = []
    if asked.what == "rates":
        wanted = [("rates", "atelier", "GAN", 0, 0.0)]
        wanted += [("rates", "atelier", "flow", 0, rate) for rate in RATES]
    if asked.what == "minutes":
        wanted = [
            ("minutes", set_, method, seed, RATE if method == "flow" else 0.0)
            for seed in SEEDS
            for set_ in asked.sets
            for method in ("GAN", "flow")
        ]
    done = {(r["kind"], r["set"], r["method"], r["seed"], r["rate"]) for r in result["rows"]}
    work(run, [job for job in wanted if job not in done], asked.processes, keep)
    print(table(result["rows"]))


if __name__ == "__main__":
    main()
