"""What a training costs beside its steps: is the plan right, what does the dashboard take, memory.

    python benchmarks/costs.py              # all of it, about fifteen minutes
    python benchmarks/costs.py plan memory

`plan`: the planner's expectation against the time that the training then took. `dashboard`: the
share of a training's time spent in the live dashboard, in a real Jupyter kernel. `memory`: the
peak of a laptop run from the shell, and what the t4 profile keeps on a GPU, counted on the CPU.
`many`: folders of up to 100,000 made pictures, read and trained on (Linux only). `busy`: the speed
of a training beside no, one and two other busy processes, with the course's choice of threads and
with fixed numbers (of no use on a machine that is busy already).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from helpers.training import planner
from helpers.training.config import Config, recipe
from helpers.training.trainer import Trainer

ROOT = Path(__file__).resolve().parent.parent
DASHBOARD = """
import sys, time
sys.path.insert(0, {root!r})
import numpy as np
from dataclasses import replace
from helpers.training.config import Config, recipe
from helpers.training.trainer import Trainer
from helpers.plotting.widgets import LiveProgress

class Timed(LiveProgress):
    inside = 0.0
    def __call__(self, trainer):
        begin = time.perf_counter()
        super().__call__(trainer)
        Timed.inside += time.perf_counter() - begin
    def finish(self, trainer):
        begin = time.perf_counter()
        super().finish(trainer)
        Timed.inside += time.perf_counter() - begin

images = np.random.default_rng(0).integers(0, 256, (2000, 3, 32, 32), dtype=np.uint8)
Trainer(images, replace(recipe("laptop"), steps=20)).fit(callbacks=[LiveProgress()])  # loads fonts
trainer = Trainer(images, replace(recipe("laptop"), steps=10**6))
begin = time.perf_counter()
trainer.fit(callbacks=[Timed()], minutes={minutes})
print(Timed.inside / (time.perf_counter() - begin))
"""


def pictures(size: int) -> np.ndarray:
    """Noise: what a step takes does not depend on what is to be seen."""
    return np.random.default_rng(0).integers(0, 256, (2000, 3, size, size), dtype=np.uint8)


def plan() -> None:
    """The planner's word against the clock."""
    for size in (32, 64):
        planned = planner.plan(1.0, "cpu", size=size)
        begin = time.perf_counter()
        Trainer(pictures(size), planned.config, device="cpu").fit()
        took = time.perf_counter() - begin
        error = took / planned.seconds - 1
        print(
            f"plan      {size} px: {planned.config.steps:,} steps planned for "
            f"{planned.seconds:.0f} s took {took:.0f} s, {error:+.0%}",
            flush=True,
        )


def dashboard(minutes: float = 1.0) -> None:
    """The dashboard's share of the time, in a kernel as a notebook has it."""
    import nbformat
    from nbclient import NotebookClient

    code = DASHBOARD.format(root=str(ROOT), minutes=minutes)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    printed = [o.text for o in notebook.cells[0].outputs if o.output_type == "stream"]
    share = float("".join(printed).split()[-1])
    print(f"dashboard {share:.1%} of a training of {minutes:g} minutes", flush=True)


def memory() -> None:
    """The peak of a laptop run from the shell, and a count for a GPU."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "helpers.train", "--name", "memory", "--steps", "500"]
        command += ["--dataset", "atelier"]
        code = "import resource,subprocess,sys; subprocess.run(sys.argv[1:], check=True);"
        code += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        done = subprocess.run(
            [sys.executable, "-c", code, *command],
            cwd=ROOT,
            env=os.environ | {"ATELIER_RUNS": folder},
            capture_output=True,
            text=True,
            check=True,
        )
    peak = int(done.stdout.split()[-1]) * (1 if sys.platform == "darwin" else 1024)
    print(f"memory    a laptop run from the shell: {peak / 2**30:.2f} GiB at its peak", flush=True)
    config = recipe("t4", size=64)
    kept = counted(config)
    print(f"memory    the t4 profile keeps {kept / 2**30:.2f} GiB on the GPU, counted", flush=True)


def counted(config: Config) -> int:
    """Bytes that one step holds at once, counted from its tensors; a GPU's libraries add theirs.

    Weights, gradients, both moments of Adam and the average, and all that autograd keeps for the
    way back, the most of the two halves of a step.
    """
    images = pictures(config.size)
    trainer = Trainer(images, config, device="cpu")
    saved: dict[int, int] = {}
    peak = 0

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        saved[storage.data_ptr()] = storage.nbytes()
        return tensor

    update = trainer._update

    def counting(*arguments: object) -> None:
        nonlocal peak
        peak = max(peak, sum(saved.values()))
        update(*arguments)

    trainer._update = counting
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        trainer.step()
    weights = sum(
        p.numel() * 4 for n in (trainer.generator, trainer.discriminator) for p in n.parameters()
    )
    average = sum(p.numel() * 4 for p in trainer.ema_generator.parameters())
    return peak + 4 * weights + average + images.nbytes


READ_AND_TRAIN = """
import sys, threading, time
sys.path.insert(0, {root!r})
from helpers.data.image_set import load_images
from helpers.training.config import recipe
from helpers.training.trainer import Trainer
from dataclasses import replace

def private():  # memory that is this process's own; the map of the cache belongs to the disk
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

most = {{"reading": 0, "training": 0}}
doing = "reading"

def watch():
    while True:
        most[doing] = max(most[doing], private())
        time.sleep(0.05)

threading.Thread(target=watch, daemon=True).start()
begin = time.perf_counter()
images = load_images({folder!r}, size=64, quiet=True)
read = time.perf_counter() - begin
doing = "training"
Trainer(images.images, replace(recipe("laptop", size=64), steps=40), device="cpu").fit()
print(len(images), read, most["reading"], most["training"], images.images.nbytes)
"""


def many(counts: tuple[int, ...] = (1_000, 10_000, 100_000)) -> None:
    """Folders of made pictures: does the memory that reading and training take stay the same?"""
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as scratch:
        folder, made = Path(scratch) / "pictures", 0
        for count in counts:
            for number in range(made, count):
                place = folder / f"{number // 1000:03}"
                place.mkdir(parents=True, exist_ok=True)
                coarse = random.integers(0, 256, (6, 8, 3), dtype=np.uint8)
                picture = Image.fromarray(coarse).resize((96, 72), Image.Resampling.BICUBIC)
                picture.save(place / f"{number}.jpg", quality=85)
            made = count
            code = READ_AND_TRAIN.format(root=str(ROOT), folder=str(folder))
            own = os.environ | {"ATELIER_DATA": scratch}
            done = subprocess.run(
                [sys.executable, "-c", code], env=own, capture_output=True, text=True, check=True
            )
            n, seconds, reading, training, array = map(float, done.stdout.split())
            print(
                f"many      {n:9,.0f} pictures read in {seconds:5.1f} s; own memory "
                f"{reading / 2**20:.2f} GiB reading, {training / 2**20:.2f} GiB training; "
                f"the array has {array / 2**30:.2f} GiB",
                flush=True,
            )


TRAIN = """
import sys
sys.path.insert(0, {root!r})
import numpy as np
from helpers.training.config import recipe
from helpers.training.trainer import Trainer
from dataclasses import replace
images = np.random.default_rng(0).integers(0, 256, (2000, 3, 32, 32), dtype=np.uint8)
trainer = Trainer(images, replace(recipe("laptop"), steps=10**6), device="cpu")
trainer.fit(minutes={minutes})
print(trainer.steps * trainer.config.batch / trainer.seconds)
"""


def busy(minutes: float = 0.5, repeats: int = 3) -> None:
    """Images per second of the laptop's recipe beside busy processes, which only count."""
    code = TRAIN.format(root=str(ROOT), minutes=minutes)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    ways = {"chosen": {}, "1 thread": {"ATELIER_THREADS": "1"}}
    ways[f"{cores} threads"] = {"ATELIER_THREADS": str(cores)}
    own = {name: value for name, value in os.environ.items() if "THREADS" not in name}
    for count in (0, 1, 2):
        others = [
            subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)
        ]
        rates: dict[str, list[float]] = {way: [] for way in ways}
        try:
            for _ in range(repeats):
                for way, fixed in ways.items():  # in turns: what else runs hits all of them
                    done = subprocess.run(
                        [sys.executable, "-c", code],
                        env=own | fixed,
                        capture_output=True,
                        text=True,
                        check=True,
                    )
                    rates[way].append(float(done.stdout.split()[-1]))
        finally:
            for other in others:
                other.kill()
        medians = "  ".join(f"{way} {np.median(found):,.0f}" for way, found in rates.items())
        print(f"busy      beside {count} processes, images/s: {medians}", flush=True)


PARTS = {"plan": plan, "dashboard": dashboard, "memory": memory, "many": many, "busy": busy}


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("parts", nargs="*", help=f"{', '.join(PARTS)} (default: all)")
    for part in reader.parse_args().parts or PARTS:
        PARTS[part]()
