"""What is wrong with my run? Its history, its snapshots and its discriminator are measured.

    print(diagnose(folder, paintings.images))
    python -m helpers.diagnose RUN --dataset NAME_OR_FOLDER

The limits below were set on runs that were made to fail, and on healthy ones (tests/
test_diagnose.py makes them again). They are rules of thumb: the evidence is printed with them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor, nn

from helpers.evaluation.scoring import Report
from helpers.evaluation.symptoms import measure
from helpers.training import runs

MIN_SNAPSHOTS = 8  # with fewer nothing can be said
NO_CHANGE = 0.5  # grey levels from one snapshot to the next: the images stay as they are
LARGE_CHANGE = 25.0  # grey levels from one snapshot to the next, late in the run
LOW_DIVERSITY = 0.5  # of the real images' diversity
MEMORISED = 0.5  # share of D's margin that is there for training images only
D_TOO_STRONG = 0.98  # D(x) - D(G(z)) late in the run; the course's own runs end at 0.93 or below
D_AHEAD = 0.5  # D(x) - D(G(z)) late in a run that is healthy otherwise
D_TOO_WEAK = 0.06  # D(x) - D(G(z)): D does not classify better than chance
CHECKERBOARD = 2.5  # grey levels of alternating pixels beyond those of real images
COLOUR_CAST = 15.0  # grey levels by which a colour is shifted against real images
OTHER_LOSSES = ("saturating", "hinge", "wgan", "wgan-gp", "relativistic")  # not -log D(G(z))


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
    labels: np.ndarray | None = None,
    held_out_labels: np.ndarray | None = None,
) -> Diagnosis:
    """Name the likeliest failure of a run, or call it healthy.

    folder: the run's. images: the training images, uint8 [N, C, H, W]. held_out: images of the
    same distribution that it has not seen: with them, memorisation by D is measured directly.
    report: its scores. discriminator: an untrained one of the same layers, if its class is not
    registered. labels, held_out_labels: int [N], for a conditional run with held-out images.
    Raises ValueError if the run left no history.
    """
    m = measure(folder, images, held_out, discriminator, labels, held_out_labels)
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
    if asked_differently(folder, m):
        told = f"D's update sees D(G(z)) {m['d_fake']:.3f}, G's loss of {m['loss_g']:.2f} means "
        told += f"{math.exp(-m['loss_g']):.2f}"
        if abs(m.get("alone_fake", m["d_fake"]) - m["d_fake"]) > 0.3:
            return found(
                "real and fake in one batch",
                f"{told}; D scores a batch of fakes alone {m['alone_fake']:.2f}: its BatchNorm "
                "knows each by the other",
                "a batch of real and a batch of fake images, one after the other",
            )
        return found(
            "D in evaluation mode",
            f"{told}: G is trained against another function than D is",
            "D in training mode in both updates, or a D without BatchNorm (norm='spectral')",
        )
    if gap > 0.9 and m["change_middle"] < NO_CHANGE:
        return found(
            "vanishing gradients",
            f"{seen}, and in the middle of the run images changed by {m['change_middle']:.1f} grey "
            "levels from snapshot to snapshot: where D is certain, G gets no gradient",
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
    if m["cast"] > COLOUR_CAST:
        return found(
            "a leaking augmentation",
            f"the colours are shifted by {m['cast']:.0f} grey levels against real images, as if D "
            "had seen those recoloured and the fakes not",
            "augment real and fake images by the same code, in both updates; or not at all",
        )
    if m["checkerboard"] > CHECKERBOARD:
        return found(
            "checkerboard artefacts",
            f"neighbouring pixels alternate by {m['checkerboard']:.1f} grey levels more than in "
            "real images",
            "more steps and an EMA; or nearest upsampling and a 3 x 3 convolution in G, in place "
            "of transposed convolutions",
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


def asked_differently(folder: Path, m: dict[str, float]) -> bool:
    """Whether D's score of fakes in its own update contradicts what G's loss says of them.

    Only for the non-saturating loss, -log D(G(z)); it is at least -log of the mean score, and D
    has learnt in between, so it is usually larger, and never half of it.
    """
    if runs.read_config(folder).get("config", {}).get("objective") in OTHER_LOSSES:
        return False
    expected = -math.log(max(m["d_fake"], 1e-9))
    return expected > 1 and m["loss_g"] < expected / 2
