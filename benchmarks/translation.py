"""Photo to painting: what a CycleGAN of notebook 16 reaches, and how long a stylised picture takes.

    export ATELIER_THREADS=1 OMP_NUM_THREADS=1     # one core for each process
    python benchmarks/translation.py cycles        # CycleGAN, 600 steps, three seeds
    python benchmarks/translation.py stylise       # the search of section 3: seconds a picture
    python benchmarks/translation.py table         # all that was found, in Markdown

`cycles` trains on the views 1 to 300 and the paintings 301 to 600 of Marguerite Delorme, and
measures on the pairs 601 to 800, 128 pixels: FD-lite2 of 800 pieces of 64 pixels to those of the
true paintings; colours: the mean difference of means of 8 x 8 pixels from the true painting, in
grey levels; content: the change of map 6 of EfficientNet-Lite2, as a share; cycle: how far a
painting is from itself after the way there and back, also with noise of 6 grey levels between.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from conditional import spread, work
from peers import machine

from helpers.data.atelier.squares import square
from helpers.data.sitters import sitter
from helpers.data.views import draw_views
from helpers.environment.files import write_atomically
from helpers.evaluation import metrics
from helpers.evaluation.features import Lite2, extract_features
from helpers.images import to_signed
from helpers.models.neural_style import Taps, apart, style_distance, stylise
from helpers.models.translation import translate
from helpers.training.translating import CycleTraining

RESULT = Path(__file__).resolve().parent / "results" / "translation.json"
SEEDS, STEPS, NOISE = (0, 1, 2), 600, 6.0
METHODS: dict[str, dict] = {  # how a CycleTraining differs
    "cycle loss after a blur": {},
    "as in the paper: every pixel, weight 10, no noise": {"blur": 1, "cycle": 10.0, "noise": 0},
    "cycle loss of every pixel": {"blur": 1},
    "without the identity loss": {"identity": 0.0},
    "without the cycle loss": {"cycle": 0.0},
    "without noise": {"noise": 0},
}
COLUMNS = ("FD-lite2", "colours", "content", "cycle", "with noise")


@cache
def pairs(first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Views and paintings, drawn once in each process."""
    return draw_views(range(first, last + 1), processes=1)


def pieces(images: Tensor) -> np.ndarray:
    """Features of the four corners of each image, 64 pixels each."""
    cut = [images[..., y : y + 64, x : x + 64] for y in (0, 64) for x in (0, 64)]
    return extract_features(torch.cat(cut), Lite2())


def off_by(found: Tensor, wanted: Tensor) -> float:
    """The mean absolute difference in grey levels."""
    return float((found.float() - wanted.float()).abs().mean())


def scores(painted: Tensor) -> dict[str, float]:
    """What is measured of translated views, uint8 [200, 3, 128, 128]."""
    views, truth = (torch.tensor(side) for side in pairs(601, 800))
    taps = Taps()
    with torch.no_grad():
        moved = [
            float(apart(*(taps(to_signed(x[i : i + 20]), 6)[6] for x in (painted, views))))
            for i in range(0, len(views), 20)
        ]
    return {
        "FD-lite2": metrics.frechet_distance(pieces(truth), pieces(painted)),
        "colours": off_by(*(avg_pool2d(x.float(), 8) for x in (painted, truth))),
        "content": float(np.mean(moved)),
    }


def run(method: str, seed: int) -> dict:
    """One training and its scores."""
    warnings.simplefilter("ignore")  # 800 pieces are few for FD, which is said
    views, paintings = pairs(1, 300)[0], pairs(301, 600)[1]
    training = CycleTraining(views, paintings, STEPS, seed=seed, **METHODS[method])
    training.fit()
    test, truth = (torch.tensor(side) for side in pairs(601, 800))
    seen = translate(training.b_to_a, truth)
    noise = NOISE * torch.randn(seen.shape, generator=torch.Generator().manual_seed(1))
    noisy = (seen.float() + noise).clamp(0, 255).round().to(torch.uint8)
    row = {"method": method, "seed": seed, "seconds": round(training.seconds, 1)}
    return row | scores(translate(training.a_to_b, test)) | {
        "cycle": off_by(translate(training.a_to_b, seen), truth),
        "with noise": off_by(translate(training.a_to_b, noisy), truth),
    }  # fmt: skip


def references() -> dict[str, dict[str, float]]:
    """The same of the untouched views, and FD of other paintings of hers."""
    warnings.simplefilter("ignore")
    others = pieces(torch.tensor(pairs(301, 500)[1]))
    known = pieces(torch.tensor(pairs(601, 800)[1]))
    return {
        "the views as they are": scores(torch.tensor(pairs(601, 800)[0])),
        "the true paintings": {"content": scores(torch.tensor(pairs(601, 800)[1]))["content"]},
        "other paintings of hers": {"FD-lite2": metrics.frechet_distance(known, others)},
    }


def search(size: int = 256) -> list[dict]:
    """Seconds for a stylised picture, and how far the style loss falls, for three paintings."""
    taps, rows = Taps(), []
    photo = torch.tensor(np.array(sitter(1, size))).permute(2, 0, 1)[None]
    for painter, number in (
        ("Hanae Morishita", 3),
        ("Lucía Montferrer", 2),
        ("Marguerite Delorme", 5),
    ):
        style = torch.tensor(square(painter, number, size)[0].copy())[None]
        begun = time.perf_counter()
        painted = stylise(photo, style, steps=200, taps=taps)
        seconds = time.perf_counter() - begun
        before, after = (
            style_distance(to_signed(x), to_signed(style), taps) for x in (photo, painted)
        )
        rows.append({"painter": painter, "seconds": round(seconds, 1)})
        rows[-1] |= {"style before": float(before), "style after": float(after)}
    return rows


def table(result: dict) -> str:
    """All that was found, in Markdown."""
    lines = ["| | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for name, found in result.get("references", {}).items():
        cells = [
            f"{found[c]:.{2 if c == 'content' else 1}f}" if c in found else "" for c in COLUMNS
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    for name in METHODS:
        of = [row for row in result["rows"] if row["method"] == name]
        if of:
            cells = [spread([r[c] for r in of], 2 if c == "content" else 1) for c in COLUMNS]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    for row in result.get("search", []):
        lines.append(f"\n{row['painter']}: {row['seconds']} s, style distance "
                     f"{row['style before']:.2f} to {row['style after']:.2f}")  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, and print the table."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("what", choices=["cycles", "stylise", "table"])
    p.add_argument("--methods", nargs="*", choices=METHODS, default=list(METHODS))
    p.add_argument("--processes", type=int, default=2)
    asked = p.parse_args()
    result = {"machine": machine(), "rows": []}
    if RESULT.exists():
        result = json.loads(RESULT.read_text(encoding="utf-8"))

    def write() -> None:
        write_atomically(RESULT, (json.dumps(result, indent=1, ensure_ascii=False) + "\n").encode())

    def keep(row: dict) -> None:
        result["rows"].append(row)
        print(row, flush=True)
        write()

    if asked.what == "stylise":
        result["search"] = search()
        write()
    if asked.what == "cycles":
        result.setdefault("references", references())
        done = {(row["method"], row["seed"]) for row in result["rows"]}
        jobs = [(name, seed) for seed in SEEDS for name in asked.methods]
        work(run, [job for job in jobs if job not in done], asked.processes, keep)
    print(table(result))


if __name__ == "__main__":
    main()
