"""What does augmentation do for few pictures? A set cut down to ten works and more.

    python benchmarks/few.py --dataset atelier --seeds 0 1 2
    python benchmarks/few.py --counts 200 --steps 4000

The same number of steps each time, with nothing changed, with images translated, and with all
changes of helpers/augment.py. Scored against a thousand works that nobody learnt from: KID, which
is unbiased for so many, and the share of memorised images. Rows go to
data/benchmarks/projects_few.json; `python benchmarks/projects.py publish` copies them from
there into benchmarks/results.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from peers import DRAWN, latents
from projects import keep_some, record

from helpers.data.image_set import load_images
from helpers.evaluation import metrics
from helpers.evaluation.copies import memorisation
from helpers.evaluation.features import Lite2, extract_features
from helpers.models import generate
from helpers.training.config import recipe
from helpers.training.trainer import Trainer

COUNTS = (10, 200, 1000)  # pictures: one of each kind that `suited` tells apart
AUGMENTATION = {
    "none": {},
    "moved": {"translation": 4},
    "moved, recoloured, hidden": {"translation": 4, "colour": 1.0, "cutout": 0.5},
}


def few(seed: int, dataset: str, counts: list[int], steps: int) -> Iterator[dict]:
    """A set cut down to a few works, with and without augmentation, the same steps each time.

    Scored against works that nobody learnt from: KID, which is unbiased for a thousand pictures,
    and the share of copies.
    """
    works = load_images(dataset, size=32, quiet=True)
    order = np.random.default_rng(seed).permutation(len(works))
    network = Lite2()
    held_out = works.images[np.sort(order[-1000:])]
    unseen = extract_features(held_out, network)
    for count in counts:
        learnt = works.images[np.sort(order[:count])]
        for name, changes in AUGMENTATION.items():
            config = replace(recipe("laptop"), steps=steps, flip=works.mirror, seed=seed, **changes)
            trainer = Trainer(learnt, config, device="cpu")
            trainer.fit()
            drawn = generate(trainer.ema_generator, latents(1000, config.latent)).numpy()
            keep_some(drawn, f"few_{works.source}_{count}_{steps}_{name}_{seed}")
            fakes = extract_features(drawn, network)
            verdict = memorisation(learnt, held_out, drawn)
            row = {"method": name, "seed": seed, "pictures": count, "set": works.source}
            row["steps"] = steps
            row |= {"seconds": round(trainer.seconds, 1), "copied": verdict.memorised}
            yield row | {"KID x 1000": 1000 * metrics.kernel_distance(unseen, fakes)[0]}


def main() -> None:
    """Seed by seed."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--dataset", default="atelier", help="a name or a folder")
    p.add_argument("--seeds", type=int, nargs="+", default=[0])
    p.add_argument("--counts", type=int, nargs="+", default=COUNTS, help="pictures to learn from")
    p.add_argument("--steps", type=int, default=1200)
    asked = p.parse_args()
    DRAWN.mkdir(parents=True, exist_ok=True)
    for seed in asked.seeds:
        for row in few(seed, asked.dataset, asked.counts, asked.steps):
            print(json.dumps(row), flush=True)
            record("few", row)


if __name__ == "__main__":
    main()
