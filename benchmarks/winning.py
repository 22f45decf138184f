"""Why does the discriminator win on paintings? Five discriminators watched, each in three seeds.

    python benchmarks/winning.py            # every case and seed that is not in the results yet
    python benchmarks/winning.py --table    # what was found, in Markdown

Every case is the course's recipe at 32 pixels for 3,000 steps, so it does not matter how busy the
machine is, with one change. Every 250 steps D is asked about works that it was trained on, works
of the same painters that it has never seen, and fakes: separate batches, in training mode, on a
copy. At the end the generator is scored against works that no case was trained on.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import median

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from peers import N, latents, machine

from helpers.data.drawn import draw_works
from helpers.data.image_set import load_images
from helpers.environment.files import write_atomically
from helpers.evaluation import scoring
from helpers.evaluation.features import Lite2, extract_features
from helpers.evaluation.symptoms import mean_score
from helpers.models import Discriminator, generate
from helpers.training.config import recipe
from helpers.training.trainer import Trainer

RESULT = Path(__file__).resolve().parent / "results" / "winning.json"
STEPS, EVERY, ASKED = 3000, 250, 480
SEEDS = (0, 1, 2)
CASES: dict[str, dict] = {  # what is changed; "works" and "filters_d" are not settings of a recipe
    "the recipe": {},
    "60,000 works": {"works": 60_000},
    "translation by 4 pixels": {"translation": 4},
    "R1 of 0.1, no BatchNorm": {"r1": 0.1, "norm": "none"},
    "8 filters in D": {"filters_d": 8},
}


class Watch:
    """A callback: D's mean scores of three groups, every so many steps."""

    def __init__(self, training: np.ndarray, unseen: np.ndarray) -> None:
        self.groups = {"training": training, "unseen": unseen}
        self.rows: list[dict[str, float]] = []

    def __call__(self, trainer: Trainer) -> None:
        """Ask, if it is time."""
        if trainer.steps % EVERY:
            return
        fakes = trainer.sample(latents(ASKED, trainer.config.latent), ema=False)
        groups = self.groups | {"fakes": fakes.numpy()}
        row = {"step": trainer.steps}
        for name, images in groups.items():  # batches of one kind, as in training
            parts = torch.tensor(images).split(trainer.config.batch)
            row[name] = float(np.mean([mean_score(trainer.discriminator, p) for p in parts]))
        self.rows.append(row)


def run(case: str, seed: int, unseen: np.ndarray, known: np.ndarray, network: Lite2) -> dict:
    """One training, watched and scored."""
    changes = dict(CASES[case])
    works, filters = changes.pop("works", 0), changes.pop("filters_d", 32)
    images = draw_works(works, 32).images if works else load_images("atelier", 32).images
    config = recipe("laptop", seed=seed, steps=STEPS, flip=False, **changes)
    torch.manual_seed(seed)
    opponent = Discriminator(32, filters, norm=config.norm)
    trainer = Trainer(images, config, device="cpu", discriminator=opponent)
    some = np.sort(np.random.default_rng(0).permutation(len(images))[:ASKED])
    # by chance, not in order: the works are stored painter by painter
    watch = Watch(shuffled(images[some]), shuffled(unseen[:: len(unseen) // ASKED][:ASKED]))
    trainer.fit(callbacks=[watch], log_every=50)
    drawn = generate(trainer.ema_generator, latents(N, config.latent)).numpy()
    scores = scoring.all_scores(known, extract_features(drawn, network))
    return (
        {"case": case, "seed": seed, "seconds": round(trainer.seconds)}
        | scores
        | {"rows": watch.rows}
    )


def shuffled(images: np.ndarray) -> np.ndarray:
    """The same images in an order by chance."""
    return images[np.random.default_rng(1).permutation(len(images))]


def table(rows: list[dict]) -> str:
    """Medians over the seeds, with the lowest and the highest."""
    names = ("training", "unseen", "fakes", "FD-lite2", "recall")
    lines = ["| | D(training works) | D(unseen works) | D(fakes) | FD-lite2 | recall |"]
    lines.append("|---" * 6 + "|")
    for case in CASES:
        mine = [row["rows"][-1] | row for row in rows if row["case"] == case]
        cells = []
        for name in names if mine else ():
            found = [row[name] for row in mine]
            digits = 0 if name == "FD-lite2" else 3 if name == "recall" else 2
            cells.append(
                f"{median(found):.{digits}f} ({min(found):.{digits}f} to {max(found):.{digits}f})"
            )
        lines.append("| " + " | ".join([case, *cells]) + " |")
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, and print the table."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--table", action="store_true", help="only print what was found")
    asked = p.parse_args()
    result = {"machine": machine(), "n": N, "rows": []}
    if RESULT.exists():
        result = json.loads(RESULT.read_text(encoding="utf-8"))
    if not asked.table:
        network = Lite2()
        unseen = draw_works(2 * N, 32, seed=3).images
        order = np.random.default_rng(0).permutation(len(unseen))
        known = extract_features(unseen[np.sort(order[:N])], network)
        asked_about = unseen[np.sort(order[N:])]
        done = {(row["case"], row["seed"]) for row in result["rows"]}
        for seed in SEEDS:
            for case in CASES:
                if (case, seed) in done:
                    continue
                result["rows"].append(run(case, seed, asked_about, known, network))
                write_atomically(RESULT, (json.dumps(result, indent=1) + "\n").encode())
                last = result["rows"][-1]
                print(case, seed, f"{last['FD-lite2']:.0f}", last["rows"][-1], flush=True)
    print(table(result["rows"]))


if __name__ == "__main__":
    main()
