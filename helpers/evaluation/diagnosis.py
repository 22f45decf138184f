"""What is wrong with my run? Its history, its snapshots and its discriminator are measured.

    print(diagnose(folder, paintings.images))
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

MIN_SNAPSHOTS = 8  # with fewer nothing can be said
NO_CHANGE = 0.5  # grey levels from one snapshot to the next: the images stay as they are
LARGE_CHANGE = 25.0  # grey levels from one snapshot to the next, late in the run
LOW_DIVERSITY = 0.5  # of the real images' diversity
MEMORISED = 0.5  # share of D's margin that is there for training images only
D_TOO_STRONG = 0.98  # D(x) - D(G(z)) late in the run; the course's own runs end at 0.93 or below
D_AHEAD = 0.5  # D(x) - D(G(z)) late in a run that is healthy otherwise
D_TOO_WEAK = 0.06  # D(x) - D(G(z)): D does not classify better than chance


@dataclass(frozen=True)
class Diagnosis:
    """A name, the evidence in a sentence, and what to try next; `measured` holds the numbers."""

    name: str
    evidence: str
    advice: str
    measured: dict[str, float]

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

    folder: the run's. images: the training images, uint8 [N, C, H, W]. held_out: images of the
    same distribution that it has not seen: with them, memorisation by D is measured directly.
    report: its scores. discriminator: an untrained one of the same layers, if its class is not
    registered.
    Raises ValueError if the run left no history.
    """
    m = measure(folder, images, held_out, discriminator)
    gap, diversity = m["gap"], m["diversity"]
    seen = f"D(x) {m['d_real']:.2f} and D(G(z)) {m['d_fake']:.2f} in the last third"
    weaken = (
        "translation=4; a lower learning rate, fewer filters or dropout for D alone; a stronger G"
    )
    change = f"images change by {m['change_late']:.1f} grey levels from snapshot to snapshot"

    def found(name: str, evidence: str, advice: str) -> Diagnosis:
        return Diagnosis(name, evidence, advice, m)

    if m["snapshots"] < MIN_SNAPSHOTS:
        seen = f"only {m['snapshots']:.0f} snapshots yet"
        return found("too early", seen, "train on, then ask again")
    if gap > 0.9 and m["change_middle"] < NO_CHANGE:
        return found(
            "vanishing gradients",
            f"{seen}, and the {change}: where D is certain, G gets no gradient",
            "the non-saturating loss (objective='bce'), objective='hinge', or a weaker D",
        )
    if too_little_data(m):
        memorised = ""
        if "memorised" in m:
            memorised = f"; {m['memorised']:.0%} of D's margin is for training images only"
        return found(
            "too little data",
            f"each of {m['images']:,.0f} images was seen {m['epochs']:.0f} times{memorised}",
            "more images; translation=4 and flip=True; fewer steps or filters",
        )
    if m["gap_early"] > 0.9 and gap > 0.95:
        return found(
            "a discriminator that has won",
            f"{seen}, from early on; images have {diversity:.0%} of the real diversity",
            weaken,
        )
    # before oscillation: a collapsed G may jump from one image to the next, all latents together
    narrow = report and report["recall"].value < 0.1 < 0.5 < report["precision"].value
    if diversity < LOW_DIVERSITY or narrow:
        return found(
            "mode collapse",
            f"25 latents show {diversity:.0%} of the diversity of real images"
            + (f", recall {report['recall'].value:.2f}" if report else ""),
            "a lower learning rate for G, a stronger D, BatchNorm in D, a larger batch",
        )
    if m["change_late"] > LARGE_CHANGE:
        return found(
            "oscillation",
            f"the {change}, late in the run",
            "half the learning_rate, beta1=0.5 or 0, decay=0.5, ema=0.999",
        )
    if gap > D_TOO_STRONG:
        return found("a discriminator that has won", f"{seen}, though not from early on", weaken)
    if abs(gap) < D_TOO_WEAK:
        return found(
            "a discriminator that is too weak",
            f"{seen}: D does not recognise the fakes, so G has nothing to learn from",
            "a higher learning rate or more filters for D; look whether D's loss changes at all",
        )
    ahead = ""
    advice = "more steps, or the scores (python -m helpers.evaluate)"
    if gap > D_AHEAD:
        ahead = "; but D recognises most fakes, so G learns from it more and more slowly"
        advice += "; if these no longer improve: more images, or translation=4"
    return found(
        "healthy", f"{seen}; the {change}; {diversity:.0%} of the real diversity{ahead}", advice
    )


def too_little_data(m: dict[str, float]) -> bool:
    """D has memorised its images; without held-out images: few images, seen very often."""
    if "memorised" in m:
        return m["memorised"] > MEMORISED and m["gap"] > 0.3 and m["epochs"] > 20
    return m["images"] < 1000 and m["epochs"] > 100


def measure(
    folder: Path,
    images: np.ndarray | Tensor,
    held_out: np.ndarray | Tensor | None = None,
    discriminator: nn.Module | None = None,
) -> dict[str, float]:
    """The numbers a diagnosis goes by.

    d_real, d_fake, gap: mean D(x), D(G(z)) and their difference in the last third of the history;
        gap_early: the difference after a tenth to three tenths.
    change_middle, change_late: grey levels from one snapshot to the next.
    diversity: mean pairwise distance of the last snapshot's images, real ones have 1.
    images, epochs, snapshots: counts. memorised: share of D's margin between training images and
        fakes that is lost on `held_out`; only there if these are given.
    Raises ValueError if the run left no history, or if the images are of another shape.
    """
    history = runs.read_history(folder) if (folder / "history.csv").exists() else []
    if not history:
        raise ValueError(f"{folder.name} has no history yet: train first.")
    columns = {key: np.array([row[key] for row in history]) for key in history[0]}
    late = slice(2 * len(history) // 3, None)
    early = slice(len(history) // 10, 3 * len(history) // 10 + 1)
    margin = columns["d_real"] - columns["d_fake"]
    images = np.asarray(images)
    if len(images) < 2 or (images == images[:1]).all():
        raise ValueError(
            "The images given are all the same, or there is only one: the diversity of the run's "
            "images cannot be compared with theirs. Pass the images that it was trained on."
        )
    snapshots = [torch.from_numpy(found).float() for found in runs.read_snapshots(folder).values()]
    changes = [float((a - b).abs().mean()) for a, b in pairwise(snapshots)] or [0.0]
    shape = snapshots[-1].shape[1:] if snapshots else images.shape[1:]
    if images.shape[1:] != shape:
        raise ValueError(
            f"The run {folder.name} draws images [{', '.join(map(str, shape))}], those given are "
            f"[{', '.join(map(str, images.shape[1:]))}]: channels, height, width. Pass the images "
            "that it was trained on."
        )
    some = np.random.default_rng(0).permutation(len(images))[:200]
    measured = {
        "d_real": columns["d_real"][late].mean(),
        "d_fake": columns["d_fake"][late].mean(),
        "gap": margin[late].mean(),
        "gap_early": margin[early].mean(),
        "change_middle": np.mean(changes[len(changes) // 4 : 1 + len(changes) * 6 // 10]),
        "change_late": np.mean(changes[len(changes) * 2 // 3 :]),
        "diversity": 0.0,
        "images": len(images),
        "epochs": history[-1]["epoch"],
        "snapshots": len(snapshots),
    }
    if snapshots:
        real = mean_pairwise_distance(torch.as_tensor(images[some]))
        measured["diversity"] = mean_pairwise_distance(snapshots[-1]) / max(real, 1e-6)
    if held_out is not None and snapshots:
        network = load(folder / "discriminator.pt", discriminator)
        sides = (images[some], np.asarray(held_out)[:200], snapshots[-1].to(torch.uint8))
        training, unseen, fake = (median_logit(network, side) for side in sides)
        margin = training - fake
        measured["memorised"] = min((training - unseen) / margin, 1.0) if margin > 0 else 0.0
    return {name: float(value) for name, value in measured.items()}


def mean_pairwise_distance(images: Tensor) -> float:
    """Mean over all pairs of images [N, C, H, W] of their root mean square difference."""
    flat = images.flatten(1).float()
    return float(torch.pdist(flat).mean() / flat.shape[1] ** 0.5)


@torch.no_grad()
def median_logit(discriminator: nn.Module, images: np.ndarray | Tensor) -> float:
    """The middle one of D's logits for uint8 images [N, C, H, W]."""
    return float(discriminator(to_signed(torch.as_tensor(images))).median())
