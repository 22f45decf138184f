"""The generators that come with the course: `python -m helpers.pretrain train atelier-64`.

Training takes hours and goes on where it was interrupted; `pack` scores what was trained and
writes it into data/generators/. `make generators` does both.
"""

from __future__ import annotations

import argparse
import io
import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import avg_pool2d

from helpers import environment
from helpers.commands.enlarger import EnlargerRecipe
from helpers.data.drawn import draw_works
from helpers.data.image_set import ImageSet, load_images
from helpers.environment.console import number, spoken
from helpers.environment.files import write_atomically
from helpers.evaluation import classifiers, scoring
from helpers.evaluation.copies import memorisation
from helpers.images import image_grid
from helpers.models import ConditionalGenerator, ProjectionDiscriminator, generate, registry
from helpers.models.pretrained import DISCRIMINATOR, FOLDER, pretrained
from helpers.training import runs
from helpers.training.config import Config
from helpers.training.growing import GROWING_STEPS, grow_discriminator, grow_generator
from helpers.training.trainer import Trainer

FRAMES = 40  # of a film
SCORED = 5000  # images on each side


@dataclass(frozen=True)
class Recipe:
    """How a generator is made: its settings, and the works that are drawn for it to learn from.

    painters: only theirs, if any are named. recognised_by: what a classifier is to recognise in
    its images, "painter" or "subject". grown_from: the generator for half the size that the
    training begins with, by its name.
    """

    config: Config
    works: int
    painters: tuple[str, ...] = ()
    recognised_by: str = "painter"
    grown_from: str = ""
    licence = "MIT, as the course; trained only on works that the course's own code draws."

    @property
    def steps(self) -> int:
        """How long the training is."""
        return self.config.steps

    def images(self) -> ImageSet:
        """What it is trained on; the labels are the subjects."""
        return draw_works(self.works, self.config.size, painters=self.painters)

    def unseen(self) -> ImageSet:
        """Other works of the same painters: what it is scored against."""
        return draw_works(2 * SCORED, self.config.size, seed=3, painters=self.painters)

    def networks(self, works: ImageSet, begun: bool = False) -> tuple[nn.Module, nn.Module]:
        """Generator and discriminator as the training begins with them.

        begun: a checkpoint holds their weights already, so nothing has to be learnt in growing.
        """
        if self.grown_from:
            steps, images = 0 if begun else GROWING_STEPS, torch.from_numpy(works.images)
            opponent = pretrained(self.grown_from + DISCRIMINATOR)
            grown = grow_generator(pretrained(self.grown_from), steps)
            return grown, grow_discriminator(opponent, images, steps)
        config, classes = self.config, len(works.names)
        torch.manual_seed(config.seed)
        shape = {"size": config.size, "filters": config.filters, "channels": config.channels}
        generator = ConditionalGenerator(classes, latent=config.latent, **shape)
        return generator, ProjectionDiscriminator(classes, norm=config.norm, **shape)

    def train(self, name: str, minutes: float | None = None) -> None:
        """Train to the end of the recipe, or for so many minutes of it."""
        train(name, minutes)

    def pack(self, name: str) -> None:
        """Score and write it: see `pack` below."""
        pack(name)

    def class_of(self, label: str) -> str:
        """What a classifier is to recognise in an image with this label."""
        return label.partition(":")[0] if self.recognised_by == "painter" else label


@dataclass(frozen=True)
class FashionRecipe(Recipe):
    """The same for Fashion-MNIST, of which 10,000 images are kept for the scores."""

    licence = "MIT, as the course; trained on Fashion-MNIST, which is under the MIT licence too."

    def images(self) -> ImageSet:
        """All but the 10,000; the labels are the ten kinds of clothes."""
        return self._parted()[0]

    def unseen(self) -> ImageSet:
        """The 10,000."""
        return self._parted()[1]

    def _parted(self) -> tuple[ImageSet, ImageSet]:
        whole = load_images("fashion-mnist", self.config.size)
        kept, held = classifiers.hold_out(whole.labels, 2 * SCORED / len(whole))
        files = np.array(whole.files)
        return tuple(
            replace(whole, images=whole.images[i], labels=whole.labels[i], files=tuple(files[i]))
            for i in (kept, held)
        )


LONG = Config(
    size=64,
    batch=32,
    objective="relativistic",
    r1=0.2,
    r2=0.2,
    norm="none",
    learning_rate=1e-3,
    beta2=0.99,
    ema=0.9995,
    flip=False,
)
FASHION = replace(LONG, size=32, channels=1)
GROWN = replace(LONG, size=128, filters=16)  # the wide layers of 64 pixels and two narrow ones
RECIPES: dict[str, Recipe | EnlargerRecipe] = {
    "atelier-64": Recipe(replace(LONG, steps=32_000), 80_000),
    "portraits-64": Recipe(
        replace(LONG, steps=12_000), 40_000, ("Piero Valdassi",), recognised_by="subject"
    ),
    "print-4x": EnlargerRecipe(steps=8_000, l1_steps=2_500, works=3_000),
    "atelier-128": Recipe(replace(GROWN, steps=9_000), 40_000, grown_from="atelier-64"),
    "fashion-32": FashionRecipe(replace(FASHION, steps=20_000), 60_000, recognised_by="subject"),
}


def parser() -> argparse.ArgumentParser:
    """What may be said on the command line."""
    p = argparse.ArgumentParser(
        prog="python -m helpers.pretrain",
        description="Make a generator that comes with the course. It takes hours; `train` goes on "
        "where it was interrupted.",
    )
    p.add_argument("what", choices=["train", "pack"])
    p.add_argument("name", choices=RECIPES)
    p.add_argument("--minutes", type=number(), help="train for so long now (default: to the end)")
    return p


@spoken
def main(arguments: Sequence[str] | None = None) -> int:
    """Train or pack; returns the exit status: 0, or 1 after a message that says what to do."""
    asked = parser().parse_args(arguments)
    recipe = RECIPES[asked.name]
    if isinstance(recipe, EnlargerRecipe):
        recipe.train(asked.name, asked.minutes) if asked.what == "train" else recipe.pack(
            asked.name
        )
    elif asked.what == "train":
        train(asked.name, asked.minutes)
    else:
        pack(asked.name)
    return 0


# ---- training ----------------------------------------------------------------------------------


def train(name: str, minutes: float | None = None) -> None:
    """Train to the end of the recipe, or for so many minutes of it."""
    recipe = RECIPES[name]
    config, works = recipe.config, recipe.images()
    begun = bool(runs.checkpoints(environment.runs_folder() / run_of(name)))
    generator, discriminator = recipe.networks(works, begun)
    trainer = Trainer(
        works.images,
        config,
        run=run_of(name),
        generator=generator,
        discriminator=discriminator,
        labels=works.labels,
    )
    if trainer.steps < config.steps:
        callbacks = [Film(trainer.steps, config.steps), Speed(trainer)]
        trainer.fit(minutes=minutes, callbacks=callbacks, save_seconds=300)
    hours = trainer.seconds / 3600
    print(f"steps     {trainer.steps:,} of {config.steps:,} in {hours:.1f} hours")


def run_of(name: str) -> str:
    """The run folder's name."""
    return f"generator-{name}"


class Film:
    """A callback of a fit: keeps images of the same latents about 40 times, more often at first,
    where most happens."""

    def __init__(self, step: int, steps: int) -> None:
        times = (steps * np.linspace(0, 1, FRAMES) ** 2.5).astype(int).tolist()
        self.left = [time for time in times if time >= step]

    def __call__(self, trainer: Trainer) -> None:
        """Keep them, if one of these steps was reached since the last call."""
        passed = [time for time in self.left if time <= trainer.steps]
        self.left = self.left[len(passed) :]
        if passed:
            path = trainer.folder / "film" / f"step_{trainer.steps:06d}.npy"
            path.parent.mkdir(exist_ok=True)
            runs.write_array(trainer.sample(trainer.fixed_latents).numpy(), path)


class Speed:
    """A callback of a fit: one line every 1,000 steps."""

    def __init__(self, trainer: Trainer) -> None:
        self.steps, self.seconds = trainer.steps, trainer.seconds

    def __call__(self, trainer: Trainer) -> None:
        """Print it, if it is time."""
        steps, seconds = trainer.steps - self.steps, trainer.seconds - self.seconds
        if steps >= 1000:
            rate = trainer.config.batch * steps / seconds
            rows = [row for row in trainer.history if row["step"] > self.steps]
            means = {k: np.mean([row[k] for row in rows]) for k in ("d_real", "d_fake", "loss_g")}
            said = "  ".join(f"{k} {mean:.2f}" for k, mean in means.items())
            print(f"step      {trainer.steps:,}  {rate:,.0f} images/s  {said}", flush=True)
            self.steps, self.seconds = trainer.steps, trainer.seconds


# ---- packing -----------------------------------------------------------------------------------


def pack(name: str) -> None:
    """Score what was trained, and write NAME.pt, NAME.discriminator.pt, NAME.json and NAME.webp
    (the film).

    Raises ValueError if the training is not over.
    """
    folder, state = runs.find_folder(run_of(name))
    config = state["identity"]["config"]
    if state["steps"] < config["steps"]:
        raise ValueError(
            f"{name} is at step {state['steps']:,} of {config['steps']:,}: first finish it with "
            f"`python -m helpers.pretrain train {name}`."
        )
    recipe, packed = RECIPES[name], folder / "packed.pt"
    works, unseen = recipe.images(), recipe.unseen()
    registry.save(registry.load(folder / "generator.pt"), packed, half=True)
    generator = registry.load(packed)  # what is scored is what is shipped
    facts = {
        "name": name,
        "licence": recipe.licence,
        "labels": list(works.names),
        "works": len(works),
        "steps": state["steps"],
        "hours": round(state["seconds"] / 3600, 2),
        "threads": state["threads"],
        "device": f"{state['device']} ({platform.processor() or platform.machine()})",
        "torch": torch.__version__,
        "recipe": config,
        "film_steps": [int(file.stem[5:]) for file in frames_of(folder)],
        "scores": scores(generator, recipe, works, unseen),
        "history": thinned(state["history"]),
    }
    content = json.dumps(facts, indent=1, ensure_ascii=False, default=float)
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_atomically(FOLDER / f"{name}.pt", packed.read_bytes())
    opponent = registry.load(folder / "discriminator.pt")
    registry.save(opponent, FOLDER / f"{name}{DISCRIMINATOR}.pt", half=True)
    write_atomically(FOLDER / f"{name}.json", content.encode())
    film = write_film(frames_of(folder), FOLDER / f"{name}.webp")
    for path in (FOLDER / f"{name}.pt", FOLDER / f"{name}.json", film):
        print(f"written   {environment.shown(path)}, {path.stat().st_size / 1e6:.1f} MB")


def scores(
    generator: nn.Module, recipe: Recipe, works: ImageSet, unseen: ImageSet
) -> dict[str, Any]:
    """What is measured of a generator, asked for its labels in the shares that the works have.

    FD-lite2 and the rest against works that it was not trained on; how many painters or subjects a
    classifier recognises, and the largest factor between their shares and those asked for; the
    test for copies of training works.
    """

    def asked_for(n: int, seed: int) -> torch.Tensor:
        random = torch.Generator().manual_seed(seed)
        return torch.as_tensor(works.labels)[torch.randperm(len(works), generator=random)[:n]]

    def sample(n: int, seed: int) -> torch.Tensor:
        random = torch.Generator().manual_seed(seed + 1_000_000)
        return generate(
            generator, torch.randn(n, generator.latent, generator=random), asked_for(n, seed)
        )

    report = scoring.evaluate(sample, unseen.images, SCORED, repeats=2)
    print(report)
    fakes = sample(SCORED, 0)
    copies = memorisation(works.images, unseen.some(2000).images, fakes[:2000])
    print(copies)
    names = [recipe.class_of(label) for label in works.names]
    classes = sorted(set(names))
    number_of = np.array([classes.index(name) for name in names])
    classifier = classifiers.train_classifier(
        at_most_64(unseen.images), number_of[unseen.labels], flip=False, epochs=6
    )
    probabilities = classifiers.classify(classifier, at_most_64(fakes))
    found = classifiers.recognised(probabilities, at_least=5)
    asked = number_of[asked_for(SCORED, 0).numpy()]
    right = float((probabilities.argmax(1) == asked).mean())
    predicted, wanted = (
        classifiers.shares(labels, len(classes)) for labels in (probabilities.argmax(1), asked)
    )
    factor = float(np.maximum(predicted / wanted, wanted / np.maximum(predicted, 1e-9)).max())
    print(f"classes   {len(found)} of {len(classes)} recognised, {right:.0%} as asked for")
    return {
        "scores": [asdict(score) for score in report.scores],
        "fd_unbiased": report.unbiased,
        "recognised_by": recipe.recognised_by,
        "classes": len(classes),
        "classes_recognised": len(found),
        "class_as_asked": right,
        "largest_factor_between_shares": factor,
        "memorisation": asdict(copies),
    }


def at_most_64(images: np.ndarray | torch.Tensor) -> np.ndarray:
    """Images as a classifier sees them: larger ones at 64 pixels, which show it enough."""
    images = torch.as_tensor(images)
    times = images.shape[-1] // 64
    if times <= 1:
        return images.numpy()
    small = [avg_pool2d(part.float(), times).round().byte() for part in images.split(1000)]
    return torch.cat(small).numpy()


def thinned(history: list[dict[str, float]], rows: int = 400) -> list[dict[str, float]]:
    """Means over equal stretches of the history, so many rows."""
    parts = np.array_split(np.arange(len(history)), min(rows, len(history)))
    names = ("step", "seconds", "loss_d", "loss_g", "d_real", "d_fake")
    return [
        {name: float(f"{np.mean([history[i][name] for i in part]):.4g}") for name in names}
        | {"step": history[part[-1]]["step"]}
        for part in parts
    ]


def frames_of(folder: Path) -> list[Path]:
    """The frames that `Film` kept, in order."""
    return sorted((folder / "film").glob("step_*.npy"))


def write_film(frames: Sequence[Path], path: Path) -> Path:
    """All frames of the film as an animated WebP, which keeps every pixel as it is.

    It has 25 images, or four if they are larger than 64 pixels: so the file stays small.
    """
    columns = 5 if np.load(frames[0]).shape[-1] <= 64 else 2
    grids = [
        image_grid(torch.as_tensor(np.load(file)[: columns**2]), columns=columns, gap=0)
        for file in frames
    ]
    content = io.BytesIO()
    grids[0].save(
        content, "WEBP", save_all=True, append_images=grids[1:], lossless=True, duration=200, loop=0
    )
    write_atomically(path, content.getvalue())
    return path


if __name__ == "__main__":
    sys.exit(main())
