"""The course's recipe against three well-known DCGANs: the same data, size and wall-clock time.

    python benchmarks/peers.py train fashion-mnist --seconds 180 --seeds 0 1 2
    python benchmarks/peers.py score                # every metric of all that was drawn
    python benchmarks/peers.py figure

One run after another, the methods in turn within each seed, so that a busy minute of the machine
hits nobody alone. A baseline trains once for the whole time and is looked at on the way, its clock
standing still. The course's recipe plans its learning rate for the time it is given, so there is a
run of its own for each moment, and what it spends on planning counts.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dataclasses import replace

from baselines import BASELINES

from helpers.data.classics import CLASSICS
from helpers.data.image_set import load_images
from helpers.environment import fast_dtype
from helpers.evaluation import scoring
from helpers.evaluation.features import Lite2, extract_features
from helpers.images import image_grid, to_signed, to_uint8
from helpers.models import Generator, generate
from helpers.training import planner
from helpers.training.config import recipe
from helpers.training.trainer import Trainer

ROOT = Path(__file__).resolve().parent
DRAWN = ROOT.parent / "data" / "benchmarks"  # what was drawn: large, not committed
RESULTS = ROOT / "results"
N = 5000  # pictures to be scored, on both sides
METHODS = ("tutorial", "keras", "paintings", "atelier")


def moments(seconds: float) -> list[float]:
    """When the methods are looked at: at a twelfth, a third, and all of the time."""
    return [seconds / 12, seconds / 3, seconds]


def pictures(name: str, size: int) -> np.ndarray:
    """A set by its name or folder, uint8 [N, C, size, size]."""
    return np.asarray(load_images(name, size=size, quiet=True).images)


def may_be_mirrored(name: str) -> bool:
    """Whether the set's pictures keep their sense in a mirror, as shoes of one side do not."""
    return name not in CLASSICS or CLASSICS[name].mirror


def latents(n: int, size: int) -> torch.Tensor:
    """The same for every method of that latent size."""
    return torch.randn(n, size, generator=torch.Generator().manual_seed(7))


def run_baseline(name: str, images: np.ndarray, seconds: float, seed: int) -> list[tuple]:
    """(moment, pictures seen, drawn [N, C, H, W]) of one run of a baseline."""
    torch.manual_seed(seed)
    tensor = torch.tensor(images)
    method = BASELINES[name](tensor.shape[-1], tensor.shape[1], len(tensor))
    looks, seen, spent = [], 0, 0.0
    waiting = moments(seconds)
    begin = time.perf_counter()
    while waiting:
        for index in torch.randperm(len(tensor)).split(method.batch):
            if len(index) < method.batch:
                continue
            method.step(to_signed(tensor[index]))
            seen += len(index)
            spent = time.perf_counter() - begin
            if spent >= waiting[0]:
                drawn = to_uint8(method.draw(latents(N, method.latent)))
                looks.append((waiting.pop(0), seen, drawn))
                begin = time.perf_counter() - spent  # looking is not training
                if not waiting:
                    break
    return looks


def run_atelier(
    images: np.ndarray, seconds: float, seed: int, flip: bool = True
) -> tuple[float, int, torch.Tensor]:
    """One run of the course's recipe, planned for so many seconds."""
    begin = time.perf_counter()
    base = recipe("laptop", size=images.shape[-1], channels=images.shape[1])
    probe = min(5.0, seconds / 10)
    planned = planner.plan((seconds - 1.5 * probe) / 60, "cpu", base=base, probe_seconds=probe)
    config = replace(planned.config, seed=seed, flip=flip)
    trainer = Trainer(images, config, device="cpu")
    trainer.fit(minutes=(seconds - (time.perf_counter() - begin)) / 60)
    drawn = generate(trainer.ema_generator, latents(N, config.latent))
    print(f"    {trainer.steps} of {config.steps} planned steps", flush=True)
    return seconds, trainer.steps * config.batch, drawn


def train(
    name: str, size: int, seconds: float, seeds: list[int], methods: list[str], looks: int
) -> None:
    """Train all methods in turn, seed by seed, and keep what they drew."""
    images = pictures(name, size)
    where = DRAWN / f"{Path(name).name}_{size}"
    where.mkdir(parents=True, exist_ok=True)
    about = json.dumps({"set": name, "size": size})
    (where / "about.json").write_text(about, encoding="utf-8")
    for seed in seeds:
        for method in methods:
            if method == "atelier":
                flip = may_be_mirrored(name)
                found = [run_atelier(images, s, seed, flip) for s in moments(seconds)[-looks:]]
            else:
                found = run_baseline(method, images, seconds, seed)[-looks:]
            for moment, seen, drawn in found:
                part = where / f"{method}_{seed}_{moment:g}.part.npz"
                np.savez_compressed(part, drawn=drawn.numpy(), seen=seen)
                part.replace(where / f"{method}_{seed}_{moment:g}.npz")
                print(
                    f"{where.name} {method:9} seed {seed} {moment:5g} s: "
                    f"{seen / moment:6.0f} pictures/s",
                    flush=True,
                )


def score(publish: bool, only: list[str]) -> None:
    """Every metric of all that was drawn, of some sets or all, as peers_SET.json.

    Beside what was drawn, or with `publish` in benchmarks/results.
    """
    warnings.simplefilter("ignore")  # a real set may have fewer than 2,048 pictures in a half
    network = Lite2()
    for where in sorted(path for path in DRAWN.glob("*_*") if path.is_dir()):
        if only and where.name not in only:
            continue
        about = json.loads((where / "about.json").read_text(encoding="utf-8"))
        images = pictures(about["set"], about["size"])
        known = scoring.known_features(images, 2 * N, network)
        rows = [
            {"method": "real", "seed": 0, "seconds": 0} | scoring.real_vs_real(known, N, "lite2")
        ]
        for (method, seed, seconds, seen), drawn in sides(where, images):
            row = {"method": method, "seed": seed, "seconds": seconds, "seen": seen}
            rows.append(row | scoring.all_scores(known[:N], extract_features(drawn, network)))
            print(
                f"{where.name} {method} {seed} {seconds:g} s: {rows[-1]['FD-lite2']:.0f}",
                flush=True,
            )
        result = {"set": where.name, "n": N, "machine": machine(), "rows": rows}
        target = RESULTS if publish else where
        target.mkdir(exist_ok=True)
        text = json.dumps(result, indent=1) + "\n"
        (target / f"peers_{where.name}.json").write_text(text, encoding="utf-8")
        print(table(result))
        print(detail(result))


def sides(where: Path, images: np.ndarray) -> Iterator[tuple[tuple, np.ndarray]]:
    """What is to be scored: noise, three untrained generators, and all that was drawn."""
    channels, size = images.shape[1:3]
    noise = np.random.default_rng(0).integers(0, 256, (N, channels, size, size), dtype=np.uint8)
    yield ("noise", 0, 0.0, 0), noise
    for seed in range(3):
        torch.manual_seed(seed)
        untrained = Generator(size, filters=32, channels=channels)
        yield ("untrained", seed, 0.0, 0), generate(untrained, latents(N, 100)).numpy()
    for path in sorted(where.glob("*.npz")):
        method, seed, seconds = path.stem.split("_")
        saved = np.load(path)
        yield (method, int(seed), float(seconds), int(saved["seen"])), saved["drawn"]


def machine() -> str:
    """What the numbers were made on."""
    threads, kind = torch.get_num_threads(), fast_dtype(torch.device("cpu")) or torch.float32
    precision = str(kind).removeprefix("torch.")
    return f"{platform.machine()}, {threads} threads, torch {torch.__version__}, {precision}"


def medians(
    result: dict, name: str = "FD-lite2"
) -> dict[tuple[str, float], tuple[float, float, float, int]]:
    """(method, seconds): median, lowest and highest score over the seeds, and how many seeds."""
    found: dict[tuple[str, float], list[float]] = {}
    for row in result["rows"]:
        found.setdefault((row["method"], row["seconds"]), []).append(row[name])
    return {key: (median(all_), min(all_), max(all_), len(all_)) for key, all_ in found.items()}


def detail(result: dict) -> str:
    """Every score of each method's last moment, in Markdown."""
    names = [name for name in result["rows"][0] if name not in ("method", "seed", "seconds")]
    lines = ["| " + " | ".join(["", *names, "seeds"]) + " |", "|" + "---|" * (len(names) + 2)]
    for method in dict.fromkeys(row["method"] for row in result["rows"]):
        last = max(row["seconds"] for row in result["rows"] if row["method"] == method)
        found = [medians(result, name)[method, last] for name in names]
        cells = [
            f"{c[0]:.3g} ({c[1]:.3g} to {c[2]:.3g})" if c[3] > 1 else f"{c[0]:.3g}" for c in found
        ]
        lines.append("| " + " | ".join([f"{method} {last:g} s", *cells, str(found[0][3])]) + " |")
    return "\n".join(lines)


def table(result: dict) -> str:
    """One line a method, one column a moment, in Markdown."""
    scores = medians(result)
    times = sorted({seconds for method, seconds in scores if method in METHODS})
    lines = ["| " + " | ".join(["", *(f"{t:g} s" for t in times), "seeds"]) + " |"]
    lines.append("|" + "---|" * (len(times) + 2))
    for method in METHODS:
        cells = [scores.get((method, t)) for t in times]
        if any(cells):
            said = [f"{c[0]:.0f} ({c[1]:.0f} to {c[2]:.0f})" if c else "" for c in cells]
            seeds = max(c[3] for c in cells if c)
            lines.append("| " + " | ".join([method, *said, str(seeds)]) + " |")
    return "\n".join(lines)


def figure() -> None:
    """Score against time, and pictures below; figures/peers_SET.png for each set that has them."""
    import matplotlib.pyplot as plt

    from helpers import plotting

    colours = dict(zip(METHODS, ("#56B4E9", "#009E73", "#CC79A7", "#D55E00"), strict=True))
    for path in sorted(RESULTS.glob("peers_*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        scores, where = medians(result), DRAWN / result["set"]
        times = sorted({seconds for method, seconds in scores if method == "atelier"})
        if len(times) < 2 or not where.is_dir():
            continue
        methods = [p for p in METHODS if any(key[0] == p for key in scores)]
        fig = plt.figure(figsize=(11, 4 + 1.1 * len(methods)), dpi=100)
        grid = fig.add_gridspec(
            1 + len(methods), len(times), height_ratios=[3.2] + [1] * len(methods)
        )
        ax = fig.add_subplot(grid[0, :])
        for method in methods:
            moments_of = sorted(t for name, t in scores if name == method)
            points = [(t / 60, *scores[method, t][:3]) for t in moments_of]
            x, y, low, high = zip(*points, strict=True)
            ax.plot(x, y, "o-", color=colours[method], label=method, lw=2)
            ax.fill_between(x, low, high, color=colours[method], alpha=0.2, lw=0)
            for row, t in enumerate(times):
                drawn = where / f"{method}_0_{t:g}.npz"
                if drawn.exists():
                    cell = fig.add_subplot(grid[1 + methods.index(method), row])
                    cell.imshow(image_grid(torch.tensor(np.load(drawn)["drawn"][:20]), columns=10))
                    cell.set_title(f"{method}, {t:g} s: {scores[method, t][0]:.0f}", fontsize=9)
                    cell.axis("off")
        ax.axhline(scores["real", 0][0], color="grey", ls=":", label="real against real")
        ax.set(xlabel="minutes of training", ylabel="FD-lite2 (low is good)", yscale="log")
        ax.set(xscale="log", xticks=[0.25, 1, 3, 20], xticklabels=["1/4", "1", "3", "20"])
        ax.minorticks_off()
        ax.set_title(f"{result['set'].replace('_', ', ')} px: the same data, the same minutes")
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        fig.tight_layout()
        plotting.as_output(fig, "")  # closes it as well
        fig.savefig(ROOT.parent / "figures" / f"peers_{result['set']}.png")


def main() -> None:
    """One of the three commands."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = p.add_subparsers(dest="command", required=True)
    t = commands.add_parser("train")
    t.add_argument("set", help="fashion-mnist, atelier, or a folder of pictures")
    t.add_argument("--size", type=int, default=32)
    t.add_argument("--seconds", type=float, default=180)
    t.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    t.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    t.add_argument("--looks", type=int, default=3, help="only the last so many moments")
    scoring = commands.add_parser("score")
    scoring.add_argument("sets", nargs="*", help="such as atelier_32 (default: all)")
    scoring.add_argument("--publish", action="store_true", help="into benchmarks/results")
    commands.add_parser("figure")
    asked = p.parse_args()
    if asked.command != "train":
        return score(asked.publish, asked.sets) if asked.command == "score" else figure()
    return train(asked.set, asked.size, asked.seconds, asked.seeds, asked.methods, asked.looks)


if __name__ == "__main__":
    main()
