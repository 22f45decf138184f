"""Score a generator: `python -m helpers.evaluate RUN --reference NAME_OR_FOLDER --n 5000`.

It prints a table and writes metrics.json into the run folder.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from helpers import environment
from helpers.data.image_set import load_images
from helpers.data.sources import find_dataset, named_dataset
from helpers.environment.console import count, seed, spoken
from helpers.environment.files import write_atomically
from helpers.evaluation.features import EXTRACTORS, feature_extractor
from helpers.evaluation.scoring import Report, along, evaluate, over_runs
from helpers.models import generate_from_seed, load_generator
from helpers.training import runs


def parser() -> argparse.ArgumentParser:
    """What may be said on the command line."""
    p = argparse.ArgumentParser(
        prog="python -m helpers.evaluate",
        description="Score a run's generator against real images; the table also lands in "
        "metrics.json in the run folder.",
    )
    p.add_argument("runs", metavar="RUN", nargs="+", help="names or folders; several are compared")
    p.add_argument(
        "--reference", metavar="NAME|FOLDER", help="real images (default: what is found)"
    )
    p.add_argument(
        "--held-out", metavar="FOLDER", help="images not trained on: to test for memorisation"
    )
    p.add_argument("--n", type=count(20), default=5000, help="images on each side (default: 5000)")
    p.add_argument("--repeats", type=count(), default=3, help="samples to be scored (default: 3)")
    p.add_argument("--features", choices=EXTRACTORS, default="lite2", help="default: lite2")
    p.add_argument("--along", action="store_true", help="also KID of each of the run's snapshots")
    p.add_argument("--seed", type=seed(), default=0)
    return p


@spoken
def main(arguments: Sequence[str] | None = None) -> int:
    """Score; returns the exit status: 0, or 1 after a message that says what to do."""
    asked = parser().parse_args(arguments)
    reports = [scored(runs.run_folder(name), asked) for name in asked.runs]
    if len(reports) > 1:
        print(f"over {len(reports)} runs")
        print("\n".join(map(str, over_runs(reports))))
    return 0


def scored(folder: Path, asked: argparse.Namespace) -> Report:
    """One run's report, printed, and written into its folder."""
    begin, device = time.perf_counter(), environment.pick_device()
    generator = load_generator(folder / "generator.pt").to(device)
    channels, size = generate_from_seed(generator, 1, 0).shape[1:3]
    real = load_images(size=size, source=_source(asked.reference), colour=channels == 3)
    if real.images.shape[1] != channels:
        kinds = {1: "grey", 3: "in colour"}
        print(
            f"note      {folder.name} paints {kinds[channels]}, {real.source} is "
            f"{kinds[real.images.shape[1]]}: the scores measure this difference as well"
        )
    held_out = None
    if asked.held_out:
        held_out = load_images(size=size, source=named_dataset(asked.held_out, "--held-out")).images
    report = evaluate(
        lambda n, seed: generate_from_seed(generator, n, seed),
        real.images,
        asked.n,
        asked.repeats,
        feature_extractor(asked.features),
        held_out,
        asked.seed,
        device,
    )
    report.metadata.update(
        reference=real.source,
        real_images=len(real),
        features=asked.features,
        seed=asked.seed,
        device=str(device),
        torch=torch.__version__,
        seconds=round(time.perf_counter() - begin, 1),
    )
    if asked.along:
        report.metadata["along"] = along(
            folder, real.images, feature_extractor(asked.features), asked.seed, device
        )
    content = json.dumps(asdict(report), indent=1, default=float).encode()
    write_atomically(folder / "metrics.json", content)
    print(report)
    for row in report.metadata.get("along", []):
        kid, std = 1000 * row["kid"], 1000 * row["std"]
        print(f"step {row['step']:7,}  KID x 1000 {kid:.0f} ± {std:.0f}")
    print(f"written   {environment.shown(folder / 'metrics.json')}")
    return report


def _source(name: str | None) -> object:
    return named_dataset(name, "--reference") if name else find_dataset()


if __name__ == "__main__":
    sys.exit(main())
