"""Whole projects, counted in pictures seen rather than in seconds: digits, modes, fashion.

    python benchmarks/projects.py digits  --seeds 0 1 2    # how soon can digits be read?
    python benchmarks/projects.py modes   --seeds 0 1 2    # how many of 1,000 stacked digits?
    python benchmarks/projects.py fashion --seeds 0 1 2    # 50 epochs of the Keras-style DCGAN
    python benchmarks/projects.py minutes --seeds 0 1 2    # the same clothes in three minutes
    python benchmarks/projects.py figure                   # fashion, epoch by epoch

Each adds its rows to data/benchmarks/projects_NAME.json, which begins as a copy of what
benchmarks/results holds; `publish` copies it back. But for `minutes`, nothing here depends on how
busy the machine is, except the seconds noted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import pad

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from baselines import BASELINES
from peers import DRAWN, RESULTS, N, latents, machine, run_atelier

from helpers.data.image_set import load_images
from helpers.environment.files import write_atomically
from helpers.evaluation import classifiers, scoring
from helpers.evaluation.features import Lite2, cached_features, extract_features
from helpers.images import to_signed, to_uint8
from helpers.models import Classifier, FullyConnectedGenerator, generate
from helpers.training import runs
from helpers.training.config import Config, recipe
from helpers.training.trainer import Trainer

SAMPLES = 26_000  # pictures in which modes are counted: Metz et al. 2017, section 3.3.1
CONFIDENCE = 0.8  # a classifier's prediction counts as confident from here on
EPOCHS = {"fully connected": (1, 2, 5, 10, 20, 50), "course": (0.5, 1, 2)}
MODES_KIMG = (32, 64, 128, 256)
KERAS_EPOCHS = (1, 2, 5, 10, 20, 30, 40, 50)
SHOWN_EPOCHS = (1, 5, 10, 20, 50)


def dense_discriminator(channels: int, size: int = 32) -> nn.Module:
    """The discriminator of most first GANs on MNIST: pixels in a row, two hidden layers."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(channels * size * size, 512),
        nn.LeakyReLU(0.2),
        nn.Dropout(0.3),
        nn.Linear(512, 256),
        nn.LeakyReLU(0.2),
        nn.Dropout(0.3),
        nn.Linear(256, 1),
        nn.Flatten(0),
    )


def fully_connected(images: np.ndarray, kimg: list[float], seed: int) -> Iterator[tuple]:
    """A fully connected GAN, Adam at 2e-4, batch 128, as most first notebooks on MNIST have it."""
    channels, size = images.shape[1:3]
    config = Config(
        size, channels, batch=128, learning_rate=2e-4, decay=0, ema=0, flip=False, seed=seed
    )
    config = replace(config, steps=steps_for(kimg[-1], config))
    torch.manual_seed(seed)
    pair = FullyConnectedGenerator(size, channels=channels), dense_discriminator(channels, size)
    yield from looks(
        Trainer(images, config, device="cpu", generator=pair[0], discriminator=pair[1]), kimg
    )


def course(images: np.ndarray, kimg: list[float], seed: int) -> Iterator[tuple]:
    """The course's recipe, planned for the last of these moments."""
    config = recipe("laptop", images.shape[-1], images.shape[1])
    config = replace(config, flip=False, seed=seed, steps=steps_for(kimg[-1], config))
    yield from looks(Trainer(images, config, device="cpu"), kimg)


def steps_for(kimg: float, config: Config) -> int:
    """Steps until so many thousands of pictures were seen."""
    return round(1000 * kimg / config.batch)


def looks(trainer: Trainer, kimg: list[float]) -> Iterator[tuple]:
    """(thousands of pictures seen, steps, seconds, draw) at each moment of one training."""
    for moment in kimg:
        missing = steps_for(moment, trainer.config) - trainer.steps
        if missing <= 0:  # a run that was cut off goes on where it was
            continue
        trainer.fit(steps=missing)

        def paint(z: Tensor) -> Tensor:
            return generate(trainer.ema_generator, z)

        yield moment, trainer.steps, trainer.seconds, paint


def baseline(name: str, images: np.ndarray, kimg: list[float], seed: int) -> Iterator[tuple]:
    """A baseline of baselines.py, looked at on its way."""
    torch.manual_seed(seed)
    tensor = torch.tensor(images)
    method = BASELINES[name](tensor.shape[-1], tensor.shape[1], len(tensor))
    waiting, steps, spent = list(kimg), 0, 0.0
    while waiting:
        begin = time.perf_counter()
        for index in torch.randperm(len(tensor)).split(method.batch):
            if len(index) < method.batch:
                continue
            method.step(to_signed(tensor[index]))
            steps += 1
            if steps * method.batch >= 1000 * waiting[0]:
                spent += time.perf_counter() - begin
                yield waiting.pop(0), steps, spent, lambda z: to_uint8(method.draw(z))
                begin = time.perf_counter()
                if not waiting:
                    return
        spent += time.perf_counter() - begin


def digits(seed: int) -> Iterator[dict]:
    """How many of the ten digits, how evenly, how confidently, after so many epochs of MNIST."""
    images, classifier, _ = mnist_and_classifier()
    epoch = len(images) / 1000
    yield read_digits(classifier, images[:N]) | {"method": "real digits", "seed": 0}
    plays = [(fully_connected, [epoch * e for e in EPOCHS["fully connected"]])]
    plays += [(course, [epoch * e]) for e in EPOCHS["course"]]  # its rate falls towards each end
    for method, kimg in plays:
        for moment, steps, seconds, paint in method(images, kimg, seed):
            row = {
                "method": method.__name__.replace("_", " "),
                "seed": seed,
                "epochs": moment / epoch,
            }
            row |= {"steps": steps, "seconds": round(seconds, 1)}
            yield row | read_digits(classifier, paint(latents(N, 100)).numpy())


def read_digits(classifier: Classifier, images: np.ndarray) -> dict:
    """The share of confident predictions, and the share of each digit among them."""
    chances = classifiers.classify(classifier, images)
    confident = chances.max(1) >= CONFIDENCE
    shares = classifiers.shares(chances[confident].argmax(1), 10)
    even = classifiers.balanced_confident_rate(chances, CONFIDENCE)
    return {"confident": float(confident.mean()), "even": even, "shares": shares.tolist()}


def modes(
    seed: int, methods: tuple[str, ...] = ("fully connected", "course", "tutorial")
) -> Iterator[dict]:
    """How many of the 1,000 classes of StackedMNIST are among 26,000 generated pictures."""
    _, classifier, _ = mnist_and_classifier()
    stacked = load_images("stacked-mnist", quiet=True)
    labels = classifiers.stacked_labels(classifier, stacked.images[:SAMPLES])
    yield {"method": "real", "seed": 0, **counted(labels)}
    for name in methods:
        kimg = list(MODES_KIMG)
        play = {"fully connected": fully_connected, "course": course}.get(name)
        found = (
            play(stacked.images, kimg, seed) if play else baseline(name, stacked.images, kimg, seed)
        )
        for moment, steps, seconds, paint in found:
            drawn = paint(latents(SAMPLES, 100)).numpy()
            row = {"method": name, "seed": seed, "kimg": moment, "steps": steps}
            row |= {"seconds": round(seconds, 1)}
            yield row | counted(classifiers.stacked_labels(classifier, drawn))


def counted(labels: np.ndarray) -> dict:
    """Modes found, and KL from even shares in nats."""
    shares = classifiers.shares(labels, 1000)
    even = np.full(1000, 0.001)
    return {"modes": int((shares > 0).sum()), "kl": classifiers.kl_divergence(shares, even)}


def keras_style(
    images: np.ndarray, kimg: list[float], seed: int, run: str | None = None
) -> Iterator[tuple]:
    """The Keras-style networks and settings in this course's Trainer, on 28 x 28 pixels.

    The black frame that makes 32 of 28 is taken off, and put back round what is drawn. Three things
    differ: D learns before G is scored, dropout takes 77 in 256 for 0.3, and convolutions run in
    bfloat16 where this machine is faster in it. The results' `machine` names the precision.
    """
    small = np.ascontiguousarray(images[:, :, 2:-2, 2:-2])
    if int(images.sum(dtype=np.int64)) != int(small.sum(dtype=np.int64)):
        raise ValueError("keras_style expects pictures with a frame of two black pixels.")
    torch.manual_seed(seed)
    pair = BASELINES["keras"](28, images.shape[1], 1)
    config = Config(
        28, images.shape[1], batch=pair.batch, learning_rate=1e-4, beta1=0.9,
        decay=0, ema=0, flip=False, seed=seed,
    )  # fmt: skip
    config = replace(config, steps=steps_for(kimg[-1], config))
    discriminator = nn.Sequential(
        *(BytesDropout() if isinstance(m, nn.Dropout) else m for m in pair.discriminator)
    )
    trainer = Trainer(
        small, config, run, "cpu", generator=pair.generator, discriminator=discriminator
    )
    for moment, steps, seconds, paint in looks(trainer, kimg):
        yield moment, steps, seconds, lambda z, paint=paint: pad(paint(z), (2, 2, 2, 2))


class BytesDropout(nn.Module):
    """nn.Dropout(0.3), or 77 / 256, by one random byte a value: in a sixth of its time."""

    def forward(self, x: Tensor) -> Tensor:
        """x of any shape without gaps, as many values as a multiple of 8."""
        if not self.training:
            return x
        drawn = torch.empty(x.numel() // 8, dtype=torch.int64).random_(-(2**63), None)
        keep = (drawn.view(torch.uint8) >= 77).as_strided(x.shape, x.stride())
        return x * keep.to(x.dtype).mul_(256 / 179)


def fashion(seed: int) -> Iterator[dict]:
    """Fifty epochs of the Keras-style DCGAN on Fashion-MNIST, scored on the way."""
    clothes, known, network, classifier = scored_clothes()
    epoch = len(clothes) / 1000
    moments = [epoch * e for e in KERAS_EPOCHS]
    run = f"keras-{seed}"  # takes hours: cut off, it goes on where it was
    for moment, steps, seconds, paint in keras_style(clothes, moments, seed, run):
        drawn = paint(latents(N, 100)).numpy()
        keep_some(drawn, f"keras50_{seed}_{round(moment / epoch)}")
        row = {"method": "Keras-style", "seed": seed, "epochs": moment / epoch}
        row |= {"steps": steps, "seconds": round(seconds, 1)}
        row |= {"loss_d": loss_before(moment / epoch, DRAWN / "runs" / run)}
        row |= scoring.all_scores(known, extract_features(drawn, network))
        yield row | recognised(classifier, drawn)


def loss_before(epochs: float, run: Path) -> float:
    """D's mean loss in the epoch that ends at this one, from the run's history."""
    rows = runs.read_history(run)
    return float(np.mean([r["loss_d"] for r in rows if epochs - 1 < r["epoch"] <= epochs]))


def minutes(seed: int) -> Iterator[dict]:
    """Three minutes of the course's recipe on the same clothes, planning included."""
    clothes, known, network, classifier = scored_clothes()
    seconds, seen, drawn = run_atelier(clothes, 180.0, seed, flip=False)
    keep_some(drawn.numpy(), f"course3_{seed}")
    row = {"method": "course", "seed": seed, "seconds": seconds, "seen": seen}
    row |= scoring.all_scores(known, extract_features(drawn, network))
    yield row | recognised(classifier, drawn.numpy())
    real = clothes[np.random.default_rng(0).permutation(len(clothes))[N : 2 * N]]
    row = {"method": "real", "seed": 0} | scoring.all_scores(known, extract_features(real, network))
    yield row | recognised(classifier, real)


def scored_clothes() -> tuple[np.ndarray, np.ndarray, nn.Module, Classifier]:
    """Fashion-MNIST, the features of N of its pictures, the network of these, and a classifier."""
    clothes = load_images("fashion-mnist", quiet=True)
    network = Lite2()
    chosen = np.random.default_rng(0).permutation(len(clothes))[:N]
    known = cached_features(clothes.images[chosen], network)
    return (
        clothes.images,
        known,
        network,
        kept_classifier("clothes", clothes.images, clothes.labels),
    )


def keep_some(drawn: np.ndarray, name: str) -> None:
    """The first hundred pictures, to be looked at."""
    np.savez_compressed(DRAWN / f"{name}.npz", drawn=drawn[:100])


def figure() -> None:
    """Some pictures of each recorded epoch, the course's below; figures/08_epochs.png."""
    from helpers import plotting

    rows = json.loads((RESULTS / "projects_fashion.json").read_text(encoding="utf-8"))["rows"]
    found = {}
    for row in sorted(rows, key=lambda row: row.get("epochs", 99)):
        epoch = round(row.get("epochs", 0))
        if row["seed"] or row["method"] == "real" or (epoch and epoch not in SHOWN_EPOCHS):
            continue
        name = f"epoch {epoch}" if epoch else "3 minutes"
        path = DRAWN / (f"keras50_0_{epoch}.npz" if epoch else "course3_0.npz")
        found[f"{name}\nFD-lite2 {row['FD-lite2']:.0f}"] = np.load(path)["drawn"][:14]
    picture = plotting.png_bytes(plotting.rows_of(found, inches=0.7))
    write_atomically(RESULTS.parent.parent / "figures" / "08_epochs.png", picture)


def recognised(classifier: Classifier, images: np.ndarray) -> dict:
    """The share of confident predictions, and KL of the classes from even shares."""
    chances = classifiers.classify(classifier, images)
    shares = classifiers.shares(chances.argmax(1), 10)
    confident = float((chances.max(1) >= CONFIDENCE).mean())
    return {"sure": confident, "kl": classifiers.kl_divergence(shares, np.full(10, 0.1))}


def mnist_and_classifier() -> tuple[np.ndarray, Classifier, float]:
    """All training digits, a classifier that has not seen every tenth, and its accuracy there."""
    mnist = load_images("mnist", quiet=True)
    learn, test = classifiers.hold_out(mnist.labels, 0.1)
    classifier = kept_classifier("digits", mnist.images[learn], mnist.labels[learn])
    right = classifiers.classify(classifier, mnist.images[test]).argmax(1) == mnist.labels[test]
    print(f"the classifier is right in {right.mean():.2%} of {len(test):,} held-out digits")
    return mnist.images, classifier, float(right.mean())


def kept_classifier(name: str, images: np.ndarray, labels: np.ndarray) -> Classifier:
    """A classifier of ten classes in grey, trained once: the same for all that is compared."""
    path, classifier = DRAWN / f"classifier_of_{name}.pt", Classifier(10, channels=1)
    if path.exists():
        classifier.load_state_dict(torch.load(path, weights_only=True))
        return classifier.eval()
    classifier = classifiers.train_classifier(images, labels, epochs=3, batch=128, flip=False)
    torch.save(classifier.state_dict(), path)
    return classifier


def main() -> None:
    """One of the projects, seed by seed."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("project", choices=(*PROJECTS, "publish", "figure"))
    p.add_argument("--seeds", type=int, nargs="+", default=[0])
    p.add_argument("--methods", nargs="+", help="of `modes`: only these, such as tutorial")
    asked = p.parse_args()
    DRAWN.mkdir(parents=True, exist_ok=True)
    os.environ["ATELIER_RUNS"] = str(DRAWN / "runs")
    if asked.project in ("publish", "figure"):
        return publish() if asked.project == "publish" else figure()
    play, table = PROJECTS[asked.project]
    some = {"methods": asked.methods} if asked.methods else {}
    for seed in asked.seeds:
        for row in play(seed, **some):
            print(json.dumps(row), flush=True)
            record(table, row)
    return None


def publish() -> None:
    """Copy the results to where git keeps them."""
    for path in DRAWN.glob("projects_*.json"):
        write_atomically(RESULTS / path.name, path.read_bytes())


def record(project: str, row: dict) -> None:
    """Add a row to the project's results; a row of the same method, moment and seed is replaced."""
    path = DRAWN / f"projects_{project}.json"
    begin = path if path.exists() else RESULTS / path.name
    before = json.loads(begin.read_text(encoding="utf-8"))["rows"] if begin.exists() else []
    names = ("method", "seed", "epochs", "kimg", "pictures", "steps", "set")
    kept = [r for r in before if [r.get(n) for n in names] != [row.get(n) for n in names]]
    result = {"project": project, "rows": [*kept, row | {"machine": machine()}]}
    write_atomically(path, (json.dumps(result, indent=1) + "\n").encode())


PROJECTS = {  # name: what it does, and the table that its rows belong to
    "digits": (digits, "digits"),
    "modes": (modes, "modes"),
    "fashion": (fashion, "fashion"),
    "minutes": (minutes, "fashion"),
}


if __name__ == "__main__":
    main()
