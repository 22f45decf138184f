"""What is wrong with my run? Its history, its samples and its discriminator are asked, in order.

    print(diagnose(folder, pictures.images))
    python -m helpers.diagnose RUN --dataset NAME_OR_FOLDER

The limits below were set on runs that were made to fail, and on healthy ones (tests/
test_diagnose.py makes them again). They are rules of thumb: the evidence is printed with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from helpers.evaluation.scoring import Report
from helpers.images import to_signed
from helpers.models import load
from helpers.training import runs

FEWEST = 8  # looks at the run; with fewer nothing can be said
STILL = 0.5  # grey levels between two looks: pictures that do not move
RESTLESS = 25.0  # grey levels between two looks, late in the run
ALIKE = 0.5  # of the real pictures' variety
BY_HEART = 0.5  # share of D's margin that is there for training works only
CERTAIN = 0.98  # D(x) - D(G(z)) late in the run; the course's own runs end below 0.9
HARDLY = 0.06  # D(x) - D(G(z)): a judge with nothing to say


@dataclass(frozen=True)
class Diagnosis:
    """A name, the evidence in a sentence, and what to try next; `signs` are the numbers behind."""

    name: str
    evidence: str
    advice: str
    signs: dict[str, float]

    def __str__(self) -> str:
        return f"{self.name}\n  seen  {self.evidence}\n  try   {self.advice}"


def diagnose(
    folder: Path,
    images: np.ndarray | Tensor,
    held_out: np.ndarray | Tensor | None = None,
    report: Report | None = None,
    discriminator: nn.Module | None = None,
) -> Diagnosis:
    """Name the likeliest failure of a run, or call it healthy.

    folder: the run's. images: what it learnt from, uint8 [N, C, H, W]. held_out: works of the same
    kind that it has not seen: with them, pictures known by heart are found directly. report: its
    scores. discriminator: an untrained one of the same layers, if it is of a class of your own.
    Raises ValueError if the run left no history.
    """
    signs = read_signs(folder, images, held_out, discriminator)
    gap, variety = signs["gap"], signs["variety"]
    seen = f"D(x) {signs['d_real']:.2f} and D(G(z)) {signs['d_fake']:.2f} in the last third"
    weaken = "a lower rate or fewer filters for D, shift or dropout in D, or a stronger G"
    moves = f"pictures move by {signs['moves_late']:.1f} grey levels from look to look"

    def found(name: str, evidence: str, advice: str) -> Diagnosis:
        return Diagnosis(name, evidence, advice, signs)

    if signs["looks"] < FEWEST:
        return found("too early", f"only {signs['looks']:.0f} samples yet", "train on, ask again")
    if gap > 0.9 and signs["moves_middle"] < STILL:
        return found(
            "vanishing gradients",
            f"{seen}, and the {moves}: G learns nothing from a judge that is sure",
            "the non-saturating loss, a weaker D, or a loss whose slope does not vanish (hinge)",
        )
    if too_little_data(signs):
        known = ""
        if "known" in signs:
            known = f"; {signs['known']:.0%} of D's margin is for training works only"
        return found(
            "too little data",
            f"each of {signs['pictures']:,.0f} pictures was seen {signs['views']:.0f} times{known}",
            "more pictures, translation=4 and flip, fewer steps; smaller networks",
        )
    if signs["gap_early"] > 0.9 and gap > 0.95:
        return found(
            "a discriminator that has won",
            f"{seen}, from early on; pictures have {variety:.0%} of the real variety",
            weaken,
        )
    # before oscillation: a collapsed G may jump from one picture to the next, all latents together
    narrow = report and report["recall"].value < 0.1 < 0.5 < report["precision"].value
    if variety < ALIKE or narrow:
        return found(
            "mode collapse",
            f"25 latents show {variety:.0%} of the variety of 25 real pictures"
            + (f", recall {report['recall'].value:.2f}" if report else ""),
            "a lower rate for G, a stronger D, batch norm in D, larger batches",
        )
    if signs["moves_late"] > RESTLESS:
        return found(
            "oscillation",
            f"the {moves}, late in the run",
            "half the learning rate, beta1 = 0.5 or 0, decay = 0.5, an averaged generator",
        )
    if gap > CERTAIN:
        return found("a discriminator that has won", f"{seen}, though not from early on", weaken)
    if abs(gap) < HARDLY:
        return found(
            "a discriminator that is too weak",
            f"{seen}: it does not tell them apart, and G has nobody to learn from",
            "a higher rate or more filters for D; look whether D's loss moves at all",
        )
    return found(
        "healthy",
        f"{seen}; the {moves}; {variety:.0%} of the real variety",
        "longer training, or a look at the scores (helpers.evaluate)",
    )


def too_little_data(signs: dict[str, float]) -> bool:
    """D knows its pictures by heart; without held-out works, few pictures seen very often."""
    if "known" in signs:
        return signs["known"] > BY_HEART and signs["gap"] > 0.3 and signs["views"] > 20
    return signs["pictures"] < 1000 and signs["views"] > 100


def read_signs(
    folder: Path,
    images: np.ndarray | Tensor,
    held_out: np.ndarray | Tensor | None = None,
    discriminator: nn.Module | None = None,
) -> dict[str, float]:
    """The numbers a diagnosis goes by."""
    history = runs.read_history(folder) if (folder / "history.csv").exists() else []
    if not history:
        raise ValueError(f"{folder.name} has no history yet: train first.")
    columns = {key: np.array([row[key] for row in history]) for key in history[0]}
    late = slice(2 * len(history) // 3, None)
    early = slice(len(history) // 10, 3 * len(history) // 10 + 1)
    margin = columns["d_real"] - columns["d_fake"]
    images = np.asarray(images)
    looks = [torch.from_numpy(found).float() for found in runs.read_snapshots(folder).values()]
    moves = [float((a - b).abs().mean()) for a, b in pairwise(looks)] or [0.0]
    some = np.random.default_rng(0).permutation(len(images))[:200]
    signs = {
        "d_real": columns["d_real"][late].mean(),
        "d_fake": columns["d_fake"][late].mean(),
        "gap": margin[late].mean(),
        "gap_early": margin[early].mean(),
        "moves_middle": np.mean(moves[len(moves) // 4 : 1 + len(moves) * 6 // 10]),
        "moves_late": np.mean(moves[len(moves) * 2 // 3 :]),
        "variety": spread(looks[-1]) / spread(torch.as_tensor(images[some])) if looks else 0.0,
        "pictures": len(images),
        "views": history[-1]["epoch"],
        "looks": len(looks),
    }
    if held_out is not None and looks:
        judge = load(folder / "discriminator.pt", discriminator)
        sides = (images[some], np.asarray(held_out)[:200], looks[-1].to(torch.uint8))
        known, unknown, fake = (median_logit(judge, side) for side in sides)
        signs["known"] = (known - unknown) / max(known - fake, 1e-6)
    return {name: float(value) for name, value in signs.items()}


def spread(pictures: Tensor) -> float:
    """Mean root mean square difference of all pairs, in grey levels."""
    flat = pictures.flatten(1).float()
    return float(torch.pdist(flat).mean() / flat.shape[1] ** 0.5)


@torch.no_grad()
def median_logit(discriminator: nn.Module, pictures: np.ndarray | Tensor) -> float:
    """The middle one of D's logits."""
    return float(discriminator(to_signed(torch.as_tensor(pictures))).median())
