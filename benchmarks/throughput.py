"""Pictures per second: this course's step against the PyTorch tutorial's loop, and the roof.

    python benchmarks/throughput.py             # two sizes, about five minutes
    python benchmarks/throughput.py --rounds 3  # quicker, coarser

Both sides run in one process with the same networks, batch and pictures, a few steps of one, then a
few of the other, many times: what slows the machine down slows both. The ratio is the median over
the rounds. The tutorial's loop runs twice: with its pictures ready in memory (the pure step), and
as it is written, with ImageFolder, transforms and a DataLoader reading JPEG files of 224 pixels.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from statistics import median

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from baselines import Tutorial

from helpers import models
from helpers.data.folders import read_artists
from helpers.data.reading import read_picture
from helpers.data.sources import named_dataset
from helpers.images import to_signed
from helpers.training.config import recipe
from helpers.training.planner import memory_used
from helpers.training.trainer import Trainer

ROOT = Path(__file__).resolve().parent


class Plain(Tutorial):
    """The tutorial's step on the course's own networks."""

    def __init__(self, size: int, filters: int, batch: int) -> None:
        super().__init__(size, 3, 0, filters)
        self.batch = batch


def seconds_of(steps: int, step: Callable[[], object]) -> float:
    """Wall-clock seconds of so many steps."""
    begin = time.perf_counter()
    for _ in range(steps):
        step()
    return time.perf_counter() - begin


def paintings(n: int) -> np.ndarray:
    """n works of the built-in set, uint8 [n, 3, 224, 224], every painter among them."""
    source = named_dataset("atelier")
    paths = [path for artist in read_artists(source.folder) for path in artist.files]
    return np.stack([read_picture(path, 224) for path in paths[:: len(paths) // n][:n]])


def write_jpegs(folder: Path, images: np.ndarray) -> None:
    """Pictures as JPEG files in one class folder, as ImageFolder wants them."""
    (folder / "all").mkdir()
    for i, pixels in enumerate(images):
        Image.fromarray(pixels.transpose(1, 2, 0)).save(folder / "all" / f"{i:05d}.jpg", quality=90)


def as_written(folder: Path, size: int, batch: int) -> Callable[[], torch.Tensor]:
    """The tutorial's way to a batch: two workers, each reading, resizing, cropping."""
    from torchvision import datasets, transforms

    steps = [
        transforms.Resize(size),
        transforms.CenterCrop(size),
        transforms.ToTensor(),
        transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    ]
    dataset = datasets.ImageFolder(str(folder), transforms.Compose(steps))
    loader = torch.utils.data.DataLoader(dataset, batch, shuffle=True, num_workers=2)

    def epochs():  # noqa: ANN202
        while True:
            for real, _ in loader:
                if len(real) == batch:
                    yield real

    batches = epochs()
    return lambda: next(batches)


def roof() -> float:
    """The rate, FLOP/s, that one plain large convolution reaches here in the precision in use."""
    layer = torch.nn.Conv2d(256, 256, 3, padding=1, bias=False)
    layer = layer.to(memory_format=torch.channels_last)
    x = torch.randn(32, 256, 32, 32).contiguous(memory_format=torch.channels_last)
    trainer = Trainer(np.zeros((1, 3, 8, 8), np.uint8), recipe("laptop", size=8), device="cpu")
    with torch.no_grad(), trainer.autocast():
        seconds_of(3, lambda: layer(x))
        best = min(seconds_of(5, lambda: layer(x)) for _ in range(5)) / 5
    return 2 * layer.weight.numel() * 32 * 32 * 32 / best


def flops(size: int, filters: int) -> int:
    """FLOPs of one step for one picture: G forward and back, D on real, on fake, and for G.

    Back is twice forward: once for the weights, once for what came in. D's first layer needs no
    gradient of what came in for its own lesson, and D no gradient of its weights for G's.
    """
    generator = models.Generator(size, filters=filters)
    discriminator = models.Discriminator(size, filters=filters)
    g = models.count_multiplies(generator, torch.randn(1, 100))
    d = models.count_multiplies(discriminator, torch.zeros(1, 3, size, size))
    first_g, first_d = next(iter(g.values())), next(iter(d.values()))
    in_g = 3 * sum(g.values()) - first_g
    in_d = 2 * (3 * sum(d.values()) - first_d) + 2 * sum(d.values())
    return 2 * (in_g + in_d)


def compare(size: int, filters: int, batch: int, rounds: int, steps: int) -> dict[str, float]:
    """All ways, interleaved; rates in pictures per second and ratios as medians of the rounds."""
    large = paintings(1024)
    small = functional.interpolate(torch.tensor(large).float(), size, mode="area")
    images = small.round().to(torch.uint8).numpy()
    config = replace(recipe("tutorial", size=size), filters=filters, batch=batch, steps=10**9)
    ours, plain = Trainer(images, config, device="cpu"), Plain(size, filters, batch)
    ready = cycle([to_signed(torch.tensor(images[i : i + batch])) for i in range(0, 1024, batch)])
    result: dict[str, list[float]] = {"ours": [], "pure": [], "written": []}
    with tempfile.TemporaryDirectory() as folder:
        write_jpegs(Path(folder), large)
        loaded = as_written(Path(folder), size, batch)
        ways = {
            "ours": lambda: ours.recent.append(ours.step()),
            "pure": lambda: plain.step(next(ready)),
        }
        for step in ways.values():
            seconds_of(3, step)
        for _ in range(rounds):
            for name, step in ways.items():
                result[name].append(batch * steps / seconds_of(steps, step))
            ours.recent.clear()
        seconds_of(2, lambda: plain.step(loaded()))
        for _ in range(rounds):  # its workers read ahead: not to be mixed with the others
            result["written"].append(
                batch * steps / seconds_of(steps, lambda: plain.step(loaded()))
            )
    rate = median(result["ours"])
    return {
        "size": size,
        "filters": filters,
        "batch": batch,
        "ours": rate,
        "pure": median(result["pure"]),
        "as_written": median(result["written"]),
        "ratio_pure": median(a / b for a, b in zip(result["ours"], result["pure"], strict=True)),
        "ratio_as_written": rate / median(result["written"]),
        "gflop_per_picture": flops(size, filters) / 1e9,
        "gflops": flops(size, filters) * rate / 1e9,
    }


def main() -> None:
    """Print a table, and write it as JSON."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--rounds", type=int, default=7)
    p.add_argument("--out", type=Path, default=ROOT / "results" / "throughput.json")
    asked = p.parse_args()
    ceiling = roof()
    rows = []
    for size, filters, batch, steps in ((32, 32, 128, 6), (32, 32, 32, 20), (64, 64, 128, 2)):
        row = compare(size, filters, batch, asked.rounds, steps)
        row["share_of_roof"] = row["gflops"] * 1e9 / ceiling
        rows.append(row)
        print(
            f"{size} px, {filters} filters, batch {batch}: ours {row['ours']:,.0f} pictures/s, "
            f"pure step {row['pure']:,.0f} ({row['ratio_pure']:.2f}x), as written "
            f"{row['as_written']:,.0f} ({row['ratio_as_written']:.1f}x); "
            f"{row['gflops']:,.0f} GFLOP/s, {row['share_of_roof']:.0%} of the roof",
            flush=True,
        )
    about = {
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
        "torch": torch.__version__,
        "roof_gflops": ceiling / 1e9,
        "peak_memory_gib": memory_used(torch.device("cpu")) / 2**30,
        "rows": rows,
    }
    print(f"a plain convolution reaches {ceiling / 1e9:,.0f} GFLOP/s here")
    asked.out.parent.mkdir(exist_ok=True)
    asked.out.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
