"""Train from a shell: `python -m helpers.train --dataset atelier --minutes 3 --run first`.

It makes the same run folder as the notebook. On several processes, GPUs or machines:
`torchrun --nproc-per-node=2 -m helpers.train ...` (see distributed.py).
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, replace

import torch

from helpers import environment
from helpers.data.image_set import ImageSet, load_images
from helpers.data.sources import find_dataset, named_dataset
from helpers.environment.console import count, number, seed, spoken
from helpers.losses import OBJECTIVES
from helpers.models import NETWORKS
from helpers.models.registry import classes_in
from helpers.training import distributed, planner, recipe_for_size, runs
from helpers.training.config import CONDITIONAL, RECIPES, STYLE, Config, recipe
from helpers.training.trainer import Trainer

SETTINGS = ("network", "filters", "batch", "seed", "learning_rate", "objective", "r1", "r2", "norm")
EXAMPLES = """
examples:
  python -m helpers.train --dataset atelier --minutes 3 --run first
  python -m helpers.train --dataset ~/pictures --size 64 --minutes 30 --run mine
  python -m helpers.train --dataset atelier --conditional --minutes 10 --run on-request
  python -m helpers.train --run mine --dataset ~/pictures --resume --steps 20000
  torchrun --nproc-per-node=2 -m helpers.train --dataset atelier --steps 2000 --name pair
"""


def parser() -> argparse.ArgumentParser:
    """What may be said on the command line."""
    p = argparse.ArgumentParser(
        prog="python -m helpers.train",
        description="Train a GAN on a set of pictures. All of it lands in a run folder, "
        "data/runs/NAME: settings, history, samples, checkpoints, both networks.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument(  # torchrun takes --run for one of its own options: there it is --name
        "--run", "--name", required=True, metavar="NAME", help="name of the run folder"
    )
    p.add_argument(
        "--dataset",
        metavar="NAME|FOLDER",
        help="atelier, best-artworks, mnist, fashion-mnist, cifar10, celeba, stacked-mnist, a "
        "zip file or a folder of pictures (default: what is found)",
    )
    length = p.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=number(), help="train about so long")
    length.add_argument("--steps", type=count(), help="train so many steps")
    p.add_argument("--size", type=count(), help="pixels a side (default: 32, on a GPU 64)")
    p.add_argument("--seed", type=seed(), help="the same seed, the same pictures (default: 0)")
    p.add_argument(
        "--recipe",
        choices=RECIPES,
        help="all other settings (default: laptop, on a GPU t4; with more augmentation for a "
        "small set)",
    )
    p.add_argument(
        "--network",
        choices=NETWORKS,
        help="the generator, with settings that suit it (default: dcgan)",
    )
    p.add_argument(
        "--conditional",
        action="store_true",
        help="learn the labels of the set as well (artists, classes or folders), so that you can "
        "ask for one",
    )
    p.add_argument("--filters", type=count(), help="width of the networks")
    p.add_argument("--batch", type=count(), help="pictures a step, of all processes together")
    p.add_argument(
        "--learning-rate", type=number(), metavar="RATE", help="Adam's; with style G's alone"
    )
    p.add_argument("--objective", choices=OBJECTIVES, help="the two losses (default: bce)")
    p.add_argument(
        "--r1", type=number(), metavar="WEIGHT", help="gradient penalty at real images, such as 0.1"
    )
    p.add_argument("--r2", type=number(), metavar="WEIGHT", help="the same at generated images")
    p.add_argument(
        "--spectral-norm",
        dest="norm",
        action="store_const",
        const="spectral",
        help="in the discriminator, in place of BatchNorm",
    )
    p.add_argument("--device", help="cpu, cuda, cuda:1, ... (default: a GPU if there is one)")
    p.add_argument(
        "--checkpoint-every",
        type=count(),
        metavar="STEPS",
        help="steps between two checkpoints (default: one a minute)",
    )
    p.add_argument(
        "--resume",
        action="store_true",
        help="go on with a run that must exist; with --steps, --minutes or --learning-rate "
        "also differently, or further than it was meant to go",
    )
    return p


@spoken
def main(arguments: Sequence[str] | None = None) -> int:
    """Train; returns the exit status: 0, or 1 after a message that says what to do."""
    asked = parser().parse_args(arguments)
    try:
        group, device = distributed.join(
            environment.checked_device(asked.device, "--device") if asked.device else None
        )
        trainer = resumed(asked, device) if asked.resume else begun(asked, group, device)
        callbacks = []
        if group.is_main:
            from helpers.plotting import widgets  # pyplot and widgets: only where shown

            callbacks = [widgets.LiveProgress()]
        every = asked.checkpoint_every
        trainer.fit(callbacks=callbacks, log_every=min(10, every or 10), save_every=every)
    finally:
        distributed.leave()
    if group.is_main:
        speed = trainer.steps * trainer.config.batch / max(trainer.seconds, 1e-9)
        print(f"steps     {trainer.steps:,} in {trainer.seconds:.0f} s, {speed:,.0f} pictures/s")
        print(f"folder    {environment.shown(trainer.folder)}")
        print(f"draw      python -m helpers.sample {trainer.folder.name} --n 25 --out grid.png")
    return 0


def begun(asked: argparse.Namespace, group: distributed.ProcessGroup, device: object) -> Trainer:
    """A new run, or the same one again if it was cut off."""
    runs.checked_name(asked.run)
    device = torch.device(device or environment.pick_device())
    profile = environment.pick_profile(device)
    size = asked.size or profile.size
    planner.check_memory(settings(asked, recipe(asked.recipe or profile.recipe, size)), device)
    images = load(asked, size, group)
    config = recipe(asked.recipe or profile.recipe, size, images.images.shape[1])
    if not asked.recipe:
        config, advice = recipe_for_size(replace(config, flip=images.mirror), len(images))
        if advice and group.is_main:
            print(f"few       {advice}")
    if asked.conditional:
        config = replace(config, **CONDITIONAL)
    if asked.network == "style":
        config = replace(config, **STYLE)
    config = settings(asked, config)
    if config.norm == "none" and group.is_main:
        print("norm      none in the discriminator: the gradient penalty is for single images")
    if asked.steps:
        config = replace(config, steps=asked.steps)
    elif asked.minutes:
        classes = len(images.names) if asked.conditional else 0
        config = group.broadcast(timed(asked, config, device, group, classes))
    labels = images.labels if asked.conditional else None
    if asked.conditional and group.is_main:
        print(f"labels    {', '.join(f'{i} {name}' for i, name in enumerate(images.names))}")
    trainer = Trainer(
        images.images, config, run=asked.run, device=device, labels=labels, group=group
    )
    if asked.conditional and group.is_main:
        runs.write_names(images.names, trainer.folder)
    return trainer


def settings(asked: argparse.Namespace, config: Config) -> Config:
    """The configuration with what was asked for by name.

    BatchNorm would mix the gradients that a penalty looks at, so with one D has no norm, unless
    spectral norm was asked for.
    """
    named = {name: getattr(asked, name) for name in SETTINGS}
    config = replace(config, **{key: value for key, value in named.items() if value is not None})
    penalised = config.r1 or config.r2 or config.objective == "wgan-gp"
    return replace(config, norm="none") if penalised and config.norm == "batch" else config


def timed(
    asked: argparse.Namespace,
    config: Config,
    device: object,
    group: distributed.ProcessGroup,
    classes: int,
) -> Config:
    """The configuration with as many steps as fit into the minutes."""
    before = runs.read_config(environment.runs_folder() / asked.run).get("config", {})
    if before | {"steps": 0} == asdict(config) | {"steps": 0}:
        return replace(config, steps=before["steps"])  # cut off: its plan still holds
    return replace(config, steps=steps_in(asked.minutes, config, device, group, classes))


def steps_in(
    minutes: float,
    config: Config,
    device: object,
    group: distributed.ProcessGroup,
    classes: int,
) -> int:
    """How many steps fit, tried by all processes at once, each with its share of a batch."""
    share = replace(config, batch=config.batch // group.world_size)
    seconds = min(10.0, 6 * minutes)  # at most a tenth of the time
    planned = planner.plan(minutes, device, base=share, probe_seconds=seconds, classes=classes)
    if group.is_main:
        whole = replace(planned.config, batch=config.batch)
        print(replace(planned, config=whole, rate=planned.rate * group.world_size))
    return planned.config.steps


def resumed(asked: argparse.Namespace, device: object) -> Trainer:
    """The run of that name, with nothing changed but what was asked for by name."""
    folder, state = runs.find_folder(asked.run)
    config = Config(**state["identity"]["config"])
    changes = {
        name: getattr(asked, name)
        for name in ("size", "steps", *SETTINGS)
        if getattr(asked, name) is not None
    }
    group = distributed.join(device)[0]
    images = load(asked, config.size, group)
    classes = classes_in(state["identity"]["generator"])
    if asked.minutes:
        more = steps_in(asked.minutes, config, device, group, classes)
        changes["steps"] = state["steps"] + group.broadcast(more)
    labels = images.labels if classes else None
    trainer = Trainer.resume(images.images, asked.run, device=device, labels=labels, **changes)
    print(f"run       {folder.name}: goes on at step {trainer.steps:,}")
    return trainer


def load(asked: argparse.Namespace, size: int, group: distributed.ProcessGroup) -> ImageSet:
    """The set that was asked for; in a group the first process reads it, the others its cache."""
    if group.is_main:
        images = _found(asked, size)
    group.broadcast(True)  # the others wait here until the cache is complete
    if not group.is_main:
        with redirect_stdout(io.StringIO()):  # one voice is enough
            images = _found(asked, size)
    return images


def _found(asked: argparse.Namespace, size: int) -> ImageSet:
    source = named_dataset(asked.dataset, "--dataset") if asked.dataset else find_dataset()
    return load_images(size=size, source=source)


if __name__ == "__main__":
    sys.exit(main())
