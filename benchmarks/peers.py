"""The course's recipe against three well-known DCGANs: the same data, size and wall-clock time.

    python benchmarks/peers.py train fashion-mnist --seconds 180 --seeds 0 1 2
    python benchmarks/peers.py score                # FD-lite2 of all that was drawn
    python benchmarks/peers.py figure

One run after another, the players in turn within each seed, so that a busy minute of the machine
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
from pathlib import Path
from statistics import median

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from baselines import BASELINES
from sets import pictures

from helpers import planner
from helpers.features import Lite2, cached_features, features
from helpers.metrics import frechet_distance
from helpers.pictures import as_grid, draw, to_signed, to_uint8
from helpers.recipes import recipe
from helpers.training import Trainer

ROOT = Path(__file__).resolve().parent
DRAWN = ROOT.parent / "data" / "benchmarks"  # what was drawn: large, not committed
RESULTS = ROOT / "results"
N = 5000  # pictures to be scored, on both sides
PLAYERS = ("tutorial", "keras", "paintings", "atelier")


def moments(seconds: float) -> list[float]:
    """When the players are looked at: at a twelfth, a third, and all of the time."""
    return [seconds / 12, seconds / 3, seconds]


def latents(n: int, size: int) -> torch.Tensor:
    """The same for every player of that latent size."""
    return torch.randn(n, size, generator=torch.Generator().manual_seed(7))


def run_baseline(name: str, images: np.ndarray, seconds: float, seed: int) -> list[tuple]:
    """(moment, pictures seen, drawn [N, C, H, W]) of one run of a baseline."""
    torch.manual_seed(seed)
    tensor = torch.tensor(images)
    player = BASELINES[name](tensor.shape[-1], tensor.shape[1], len(tensor))
    looks, seen, spent = [], 0, 0.0
    waiting = moments(seconds)
    begin = time.perf_counter()
    while waiting:
        for index in torch.randperm(len(tensor)).split(player.batch):
            if len(index) < player.batch:
                continue
            player.step(to_signed(tensor[index]))
            seen += len(index)
            spent = time.perf_counter() - begin
            if spent >= waiting[0]:
                drawn = to_uint8(player.draw(latents(N, player.latent)))
                looks.append((waiting.pop(0), seen, drawn))
                begin = time.perf_counter() - spent  # looking is not training
                if not waiting:
                    break
    return looks


def run_atelier(images: np.ndarray, seconds: float, seed: int) -> tuple[float, int, torch.Tensor]:
    """One run of the course's recipe, planned for so many seconds."""
    begin = time.perf_counter()
    base = recipe("atelier", size=images.shape[-1], channels=images.shape[1])
    probe = min(5.0, seconds / 10)
    planned = planner.plan((seconds - 1.5 * probe) / 60, "cpu", base=base, probe_seconds=probe)
    config = planner.replace(planned.config, seed=seed)
    trainer = Trainer(images, config, device="cpu")
    trainer.fit(minutes=(seconds - (time.perf_counter() - begin)) / 60)
    drawn = draw(trainer.average, latents(N, config.latent))
    print(f"    {trainer.steps} of {config.steps} planned steps", flush=True)
    return seconds, trainer.steps * config.batch, drawn


def train(
    name: str, size: int, seconds: float, seeds: list[int], players: list[str], looks: int
) -> None:
    """Train all players in turn, seed by seed, and keep what they drew."""
    images = pictures(name, size)
    where = DRAWN / f"{Path(name).name}_{size}"
    where.mkdir(parents=True, exist_ok=True)
    about = json.dumps({"set": name, "size": size})
    (where / "about.json").write_text(about, encoding="utf-8")
    for seed in seeds:
        for player in players:
            if player == "atelier":
                found = [run_atelier(images, s, seed) for s in moments(seconds)[-looks:]]
            else:
                found = run_baseline(player, images, seconds, seed)[-looks:]
            for moment, seen, drawn in found:
                part = where / f"{player}_{seed}_{moment:g}.part.npz"
                np.savez_compressed(part, drawn=drawn.numpy(), seen=seen)
                part.replace(where / f"{player}_{seed}_{moment:g}.npz")
                print(
                    f"{where.name} {player:9} seed {seed} {moment:5g} s: "
                    f"{seen / moment:6.0f} pictures/s",
                    flush=True,
                )


def score() -> None:
    """FD-lite2 of everything that was drawn, as benchmarks/results/peers_SET.json."""
    network = Lite2()
    for where in sorted(path for path in DRAWN.glob("*_*") if path.is_dir()):
        about = json.loads((where / "about.json").read_text(encoding="utf-8"))
        images = pictures(about["set"], about["size"])
        order = np.random.default_rng(0).permutation(len(images))
        real = cached_features(images[order[:N]], network)
        spare = images[order[N : 2 * N]]
        rows = []
        for path in sorted(where.glob("*.npz")):
            player, seed, seconds = path.stem.split("_")
            saved = np.load(path)
            drawn = features(saved["drawn"], network)
            row = {"player": player, "seed": int(seed), "seconds": float(seconds)}
            row |= {"seen": int(saved["seen"]), "fd": frechet_distance(real, drawn)}
            rows.append(row)
            print(f"{where.name} {path.stem}: FD-lite2 {row['fd']:.0f}", flush=True)
        floor = None
        if len(spare) == N:
            floor = frechet_distance(real, cached_features(spare, network))
        result = {"set": where.name, "n": N, "floor": floor, "machine": machine(), "rows": rows}
        RESULTS.mkdir(exist_ok=True)
        text = json.dumps(result, indent=1) + "\n"
        (RESULTS / f"peers_{where.name}.json").write_text(text, encoding="utf-8")
        print(table(result))


def machine() -> str:
    """What the numbers were made on."""
    threads = torch.get_num_threads()
    return f"{platform.machine()}, {threads} threads, torch {torch.__version__}"


def medians(result: dict) -> dict[tuple[str, float], tuple[float, float, float, int]]:
    """(player, seconds): median, lowest and highest FD over the seeds, and how many seeds."""
    found: dict[tuple[str, float], list[float]] = {}
    for row in result["rows"]:
        found.setdefault((row["player"], row["seconds"]), []).append(row["fd"])
    return {key: (median(fd), min(fd), max(fd), len(fd)) for key, fd in found.items()}


def table(result: dict) -> str:
    """One line a player, one column a moment, in Markdown."""
    scores = medians(result)
    times = sorted({seconds for _, seconds in scores})
    lines = ["| " + " | ".join(["", *(f"{t:g} s" for t in times), "seeds"]) + " |"]
    lines.append("|" + "---|" * (len(times) + 2))
    for player in PLAYERS:
        cells = [scores.get((player, t)) for t in times]
        if any(cells):
            said = [f"{c[0]:.0f} ({c[1]:.0f} to {c[2]:.0f})" if c else "" for c in cells]
            seeds = max(c[3] for c in cells if c)
            lines.append("| " + " | ".join([player, *said, str(seeds)]) + " |")
    return "\n".join(lines)


def figure() -> None:
    """Score against time, and pictures below; figures/peers_SET.png for each set that has them."""
    import matplotlib.pyplot as plt

    from helpers import plotting

    colours = dict(zip(PLAYERS, ("#56B4E9", "#009E73", "#CC79A7", "#D55E00"), strict=True))
    for path in sorted(RESULTS.glob("peers_*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        scores, where = medians(result), DRAWN / result["set"]
        times = sorted({seconds for _, seconds in scores})
        if len(times) < 2 or not where.is_dir():
            continue
        players = [p for p in PLAYERS if any(key[0] == p for key in scores)]
        fig = plt.figure(figsize=(11, 4 + 1.1 * len(players)), dpi=100)
        grid = fig.add_gridspec(
            1 + len(players), len(times), height_ratios=[3.2] + [1] * len(players)
        )
        ax = fig.add_subplot(grid[0, :])
        for player in players:
            points = [(t / 60, *scores[player, t][:3]) for t in times if (player, t) in scores]
            x, y, low, high = zip(*points, strict=True)
            ax.plot(x, y, "o-", color=colours[player], label=player, lw=2)
            ax.fill_between(x, low, high, color=colours[player], alpha=0.2, lw=0)
            for row, t in enumerate(times):
                drawn = where / f"{player}_0_{t:g}.npz"
                if drawn.exists():
                    cell = fig.add_subplot(grid[1 + players.index(player), row])
                    cell.imshow(as_grid(torch.tensor(np.load(drawn)["drawn"][:20]), columns=10))
                    cell.set_title(f"{player}, {t:g} s: {scores[player, t][0]:.0f}", fontsize=9)
                    cell.axis("off")
        if result["floor"]:
            ax.axhline(result["floor"], color="grey", ls=":", label="real against real")
        ax.set(xlabel="minutes of training", ylabel="FD-lite2 (low is good)", yscale="log")
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
    t.add_argument("--players", nargs="+", choices=PLAYERS, default=list(PLAYERS))
    t.add_argument("--looks", type=int, default=3, help="only the last so many moments")
    commands.add_parser("score")
    commands.add_parser("figure")
    asked = p.parse_args()
    if asked.command != "train":
        return score() if asked.command == "score" else figure()
    return train(asked.set, asked.size, asked.seconds, asked.seeds, asked.players, asked.looks)


if __name__ == "__main__":
    main()
