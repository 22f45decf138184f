"""Conditional GANs: is the label followed, and do the pictures of one label differ?

    export ATELIER_THREADS=1 OMP_NUM_THREADS=1       # one core for each process
    python benchmarks/conditional.py short           # seven ways, 2,500 steps
    python benchmarks/conditional.py whole atelier   # three seeds as long as notebook 05's run
    python benchmarks/conditional.py whole fashion-mnist mnist
    python benchmarks/conditional.py table           # all that was found, in Markdown

Each command goes on where it was stopped. Everything is at 32 pixels. A step with the penalties
costs about 1.6 times as much, so those trainings have 0.65 times as many steps, and those with the
style-based generator 0.43 times: nearly equal minutes.
The classifier never sees a fake in its training. In `short` there is one seed.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from statistics import mean, median

import numpy as np
import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from peers import latents, machine

from helpers.data.image_set import ImageSet, load_images
from helpers.environment import data_folder
from helpers.environment.files import write_atomically
from helpers.evaluation import classifiers, conditions, scoring
from helpers.evaluation.features import Lite2, extract_features
from helpers.models import (
    Classifier,
    ConditionalGenerator,
    Discriminator,
    Generator,
    ProjectionDiscriminator,
    StyleGenerator,
    generate,
    registry,
)
from helpers.training import CONDITIONAL, STYLE, recipe
from helpers.training.trainer import Trainer

RESULT = Path(__file__).resolve().parent / "results" / "conditional.json"
SEEDS, SHORT, WHOLE, SCORED = (0, 1, 2), 2500, 10_000, 2500
PENALTIES, SLOWER = 0.65, 0.43  # of the steps, in the same time: with penalties, with style


class Joined(nn.Module):
    """Concatenation in G: latent and label vector are the input of a DCGAN's first layer."""

    def __init__(self, classes: int, channels: int) -> None:
        super().__init__()
        self.latent, self.classes = 100, classes
        self.embedding = nn.Embedding(classes, 64)
        self.generator = Generator(latent=164, channels=channels)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        """Latents [N, 100] and labels [N] to images."""
        return self.generator(torch.cat([z, self.embedding(labels)], 1))


class JoinedDiscriminator(nn.Module):
    """Concatenation in D: eight more image channels, each filled with a number of the label."""

    def __init__(self, classes: int, channels: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(classes, 8)
        self.discriminator = Discriminator(channels=channels + 8)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Images [N, C, H, W] and labels [N] to logits [N]."""
        filled = self.embedding(labels)[:, :, None, None].expand(-1, -1, *images.shape[2:])
        joined = torch.cat([images, filled.to(images.dtype)], 1)
        return self.discriminator(joined.contiguous(memory_format=torch.channels_last))


class LabelInTheNorms(ConditionalGenerator):
    """The first attempt of notebook 12: the norms know the label and not the latent."""

    def decode(self, condition: Tensor) -> Tensor:
        """Conditions [N, Z + E] to images."""
        label_only = condition.clone()
        label_only[:, : self.latent] = 0
        maps = condition[:, :, None, None]
        for upward, norm in zip(self.upward, self.norms, strict=True):
            maps = norm(upward(maps), label_only).relu()
        return self.to_image(maps).tanh()


class Style(StyleGenerator):
    """The style-based generator of notebook 13, with labels: they reach every layer by way of w."""

    def __init__(self, classes: int, channels: int, size: int) -> None:
        super().__init__(size, channels=channels, classes=classes)


# method: generator, discriminator (None: no labels), changes of the recipe
METHODS: dict[str, tuple[type | None, type | None, dict]] = {
    "unconditional": (None, None, {}),
    "concatenation": (Joined, JoinedDiscriminator, {}),
    "label in the norms, projection": (LabelInTheNorms, ProjectionDiscriminator, {}),
    "latent and label in the norms, projection": (
        ConditionalGenerator,
        ProjectionDiscriminator,
        {},
    ),
    "label in the norms, pairs with R1 and R2": (
        LabelInTheNorms,
        ProjectionDiscriminator,
        CONDITIONAL,
    ),
    "latent and label in the norms, pairs with R1 and R2": (
        ConditionalGenerator,
        ProjectionDiscriminator,
        CONDITIONAL,
    ),
    "style-based G, projection, pairs with R1 and R2": (
        Style,
        ProjectionDiscriminator,
        CONDITIONAL | STYLE,
    ),
}
COMPARED = ("unconditional", *list(METHODS)[-2:])
COLUMNS = ("agreement", "recognised", "confident", "FD-lite2", "KID x 1000", "precision", "recall")
COLUMNS += ("coverage", "diversity")


@cache
def data_of(set_: str) -> ImageSet:
    """A set at 32 pixels, read once in each process."""
    return load_images(set_, 32, quiet=True)


def classifier_of(set_: str) -> Classifier:
    """A classifier of the set's labels, trained once on 85 % of the set, and kept.

    Prints how often it is right on the rest.
    """
    path = data_folder() / "cache" / f"benchmark-classifier-{set_}.pt"
    if not path.exists():
        data = data_of(set_)
        learn, held_out = classifiers.hold_out(data.labels)
        learn = np.random.default_rng(0).permutation(learn)[:20_000]  # as in notebook 08
        made = classifiers.train_classifier(
            data.images[learn], data.labels[learn], flip=data.mirror
        )
        said = classifiers.classify(made, data.images[held_out])
        right = conditions.agreement(said, data.labels[held_out])
        print(f"classifier of {set_}: {right:.1%} right on unseen pictures", flush=True)
        registry.save(made, path)
    return registry.load(path)


def run(kind: str, set_: str, name: str, seed: int, steps: int) -> dict:
    """One training and its scores."""
    warnings.simplefilter("ignore")  # 2,500 pictures are few for FD, which is said
    data = data_of(set_)
    generator, discriminator, changes = METHODS[name]
    channels, classes = data.images.shape[1], len(data.names)
    steps = round(steps * (SLOWER if "network" in changes else PENALTIES if changes else 1))
    config = recipe(
        "laptop", channels=channels, seed=seed, flip=data.mirror, steps=steps, **changes
    )
    shape, norm = {"channels": channels}, {}
    if discriminator is ProjectionDiscriminator:
        shape["size"] = 32
        norm = {"norm": config.norm}
    torch.manual_seed(seed)
    networks = {}
    if generator:
        networks["generator"] = generator(classes, **shape)
        networks["discriminator"] = discriminator(classes, **shape, **norm)
    labels = data.labels if generator else None
    trainer = Trainer(data.images, config, device="cpu", labels=labels, **networks)
    trainer.fit()
    row = {"kind": kind, "set": set_, "method": name, "seed": seed, "steps": config.steps}
    row |= {"seconds": round(trainer.seconds, 1)} | scores(trainer.ema_generator, set_, labels)
    return row


def scores(generator: nn.Module, set_: str, labels: np.ndarray | None) -> dict[str, float]:
    """Everything that is measured, on 2,500 pictures with the labels of as many real ones."""
    data = data_of(set_)
    network = Lite2()
    chosen = np.sort(scoring.drawn_order(len(data), SCORED, 0))
    real, asked = extract_features(data.images[chosen], network), data.labels[chosen]
    z = latents(len(chosen), 100)
    drawn = generate(generator, z, None if labels is None else torch.as_tensor(asked))
    fakes = extract_features(drawn, network)
    said = classifiers.classify(classifier_of(set_), drawn)
    found = scoring.all_scores(real, fakes)
    theirs = said.argmax(1) if labels is None else asked  # without labels: what it looks like
    some = np.random.default_rng(0).permutation(len(said))[:500]  # rows lie artist by artist
    within = conditions.diversity_within(fakes, theirs, real, asked)
    found |= {
        "recognised": len(classifiers.recognised(said[some], 0.8, 5)),
        "confident": float((said.max(1) >= 0.8).mean()),
        "diversity": mean(within.values()) if within else 0.0,
        "diversity of": len(within),
    }
    if labels is not None:
        found["agreement"] = conditions.agreement(said, asked)
        right = said.argmax(1) == asked
        found["agreements"] = [round(float(right[asked == i].mean()), 3) for i in np.unique(asked)]
    return found


def jobs(kind: str, sets: list[str]) -> list[tuple]:
    """What is to be run: the arguments of `run`."""
    if kind == "short":
        return [(kind, "atelier", name, 0, SHORT) for name in METHODS]
    return [(kind, s, name, seed, WHOLE) for s in sets for seed in SEEDS for name in COMPARED]


def spread(values: list[float], digits: int) -> str:
    """The median, with the lowest and the highest; one value alone."""
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def table(rows: list[dict]) -> str:
    """All that was found, in Markdown."""
    lines = []
    for kind, set_ in dict.fromkeys((row["kind"], row["set"]) for row in rows):
        lines += [f"\n{kind}, {set_}\n", "| | steps | " + " | ".join(COLUMNS) + " |"]
        lines.append("|---" * (len(COLUMNS) + 2) + "|")
        for name in METHODS:
            of = [r for r in rows if (r["kind"], r["set"], r["method"]) == (kind, set_, name)]
            cells = []
            for c in COLUMNS:
                values = [r[c] for r in of if c in r]
                digits = 0 if c[0] in "FK" or c == "recognised" else 2
                cells.append(spread(values, digits) if values else "")
            if of:
                lines.append(f"| {name} | {of[0]['steps']:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def work(job: Callable, todo: list[tuple], processes: int, done: Callable[[dict], None]) -> None:
    """Run a job with each of these arguments, some at a time, each in a process of its own."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(job, *arguments) for arguments in todo]):
            done(future.result())


def main() -> None:
    """Run what is missing, and print the table."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("what", choices=["short", "whole", "table"])
    p.add_argument("sets", nargs="*", default=["atelier"], help="for `whole`")
    p.add_argument("--methods", nargs="*", choices=METHODS, default=list(METHODS))
    p.add_argument("--processes", type=int, default=2)
    asked = p.parse_args()
    result = {"machine": machine(), "rows": []}
    if RESULT.exists():
        result = json.loads(RESULT.read_text(encoding="utf-8"))

    def keep(row: dict) -> None:
        result["rows"].append(row)
        print({name: row[name] for name in row if name != "agreements"}, flush=True)
        write_atomically(RESULT, (json.dumps(result, indent=1) + "\n").encode())

    if asked.what != "table":
        wanted = [job for job in jobs(asked.what, asked.sets) if job[2] in asked.methods]
        for set_ in {job[1] for job in wanted}:  # once, before the processes need it
            classifier_of(set_)
        done = {(r["kind"], r["set"], r["method"], r["seed"]) for r in result["rows"]}
        work(run, [job for job in wanted if job[:4] not in done], asked.processes, keep)
    print(table(result["rows"]))


if __name__ == "__main__":
    main()
