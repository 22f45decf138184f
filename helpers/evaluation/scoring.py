"""Score a generator: the same N on both sides, the real-vs-real baseline beside every score, and
the standard deviation over repeated samples."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import torch
from torch import Tensor, nn

from helpers.evaluation import metrics
from helpers.evaluation.copies import Memorisation, memorisation
from helpers.evaluation.features import cached_features, extract_features, feature_extractor
from helpers.evaluation.metrics import FRECHET_NAMES, Score
from helpers.training import runs

BETTER = {"precision": "high", "recall": "high", "density": "near 1", "coverage": "high"}


@dataclass(frozen=True)
class Report:
    """All scores of one generator against one reference.

    unbiased: FD as N goes to infinity. memorisation: None without held-out images. notes: what a
    reader must know to trust the table. metadata: what it was measured with.
    """

    scores: list[Score]
    unbiased: float
    memorisation: Memorisation | None
    notes: list[str] = field(default_factory=list)
    metadata: dict[str, object] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Score:
        for score in self.scores:
            if score.name == name:
                return score
        known = ", ".join(score.name for score in self.scores)
        raise KeyError(f"This report has no score {name!r}. It has: {known}.")

    def __str__(self) -> str:
        first, *others = self.scores
        lines = [str(first), f"  as N goes to infinity: {self.unbiased:.1f}"]
        for score in others:
            lines.append(f"{score!s:56} {BETTER.get(score.name, 'low')} is good")
        lines += [str(self.memorisation)] if self.memorisation else []
        return "\n".join(lines + [f"note: {note}" for note in self.notes])


def evaluate(
    sample: Callable[[int, int], Tensor],
    real: np.ndarray | Tensor,
    n: int = 5000,
    repeats: int = 3,
    network: nn.Module | None = None,
    held_out: np.ndarray | Tensor | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> Report:
    """Score generated images against real ones, uint8 [N, C, H, W] both, n on each side.

    sample: (n, seed) -> n generated images; called `repeats` times with other seeds.
    held_out: real images that were not trained on, to look for memorisation.
    With fewer than n real images all are used, and as many fakes. The baseline needs 2 n real
    images; where there are not enough, it comes from two halves, and FD's is scaled by their size,
    as its bias goes with 1/N. Raises ValueError for fewer than 20 real images.
    """
    if len(real) < 20:
        raise ValueError(f"{len(real)} real images are too few to compare with: 20 at least.")
    network = network or feature_extractor()
    order = drawn_order(len(real), 2 * n, seed)
    known = known_features(np.asarray(real), 2 * n, network, seed, device)
    n = min(n, len(known))
    one, half = known[:n], min(n, len(known) // 2)
    notes = []
    if n < metrics.ENOUGH:
        notes.append(f"N={n:,} is too small for FD: go by KID, and by FD as N goes to infinity")
    if half < n:
        notes.append(f"real vs real is of two halves of {half:,}, FD's scaled to N={n:,}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # said in the notes
        baseline = real_vs_real(known, n, network.name)
        samples = [sample(n, seed + k) for k in range(repeats)]
        drawn = [
            extract_features(fakes, network, device, title=f"fakes {k} of {repeats}")
            for k, fakes in enumerate(samples, 1)
        ]
        found = [all_scores(one, fake, network.name) for fake in drawn]
        unbiased = metrics.unbiased_frechet_distance(one, drawn[0], seed=seed)
    scores = [averaged(name, [f[name] for f in found], n, baseline[name]) for name in baseline]
    verdict = None
    if held_out is not None:
        seen = np.asarray(real)[np.sort(order)]
        verdict = memorisation(seen, held_out, samples[0].cpu())
        if len(known) < len(real):
            notes.append(f"memorisation was tested on {len(known):,} of {len(real):,} real images")
    return Report(scores, unbiased, verdict, notes)


def averaged(name: str, values: list[float], n: int, baseline: float) -> Score:
    """The mean of several scores, and their standard deviation if there are two or more."""
    return Score(name, mean(values), stdev(values) if len(values) > 1 else None, n, baseline)


def drawn_order(count: int, most: int, seed: int) -> np.ndarray:
    """Which of `count` images are looked at: up to `most`, in an order drawn by the seed."""
    return np.random.default_rng(seed).permutation(count)[:most]


def known_features(
    real: np.ndarray,
    most: int,
    network: nn.Module,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> np.ndarray:
    """Features of up to `most` real images, in an order drawn by the seed.

    Of a set not much larger they are kept for all images, so that another seed is free.
    """
    order = drawn_order(len(real), most, seed)
    if len(real) < 2 * most:
        return cached_features(real, network, device)[order]
    return cached_features(real[np.sort(order)], network, device)[order.argsort().argsort()]


def real_vs_real(known: np.ndarray, n: int, network: str) -> dict[str, float]:
    """What n real images score against n others; from two halves if there are not so many."""
    half = min(n, len(known) // 2)
    found = all_scores(known[:half], known[half : 2 * half], network)
    found[FRECHET_NAMES[network]] *= half / n  # bias goes with 1/N
    return found


def all_scores(real: np.ndarray, fake: np.ndarray, network: str = "lite2") -> dict[str, float]:
    """Every score of one sample by its name, from features [N, D] of both sides."""
    kid = metrics.kernel_distance(real, fake)[0]
    found = {FRECHET_NAMES[network]: metrics.frechet_distance(real, fake), "KID x 1000": 1000 * kid}
    return found | metrics.precision_recall_density_coverage(real, fake)


def over_runs(reports: Sequence[Report]) -> list[Score]:
    """The same scores over several trainings (other seeds, say): mean and deviation between runs.

    That is the interval that counts when recipes are compared; one run's own deviation only says
    how well *that* generator was measured.
    """
    together = []
    for score in reports[0].scores:
        found = [report[score.name].value for report in reports]
        baseline = mean(report[score.name].baseline for report in reports)
        together.append(averaged(score.name, found, score.n, baseline))
    return together


def along(
    folder: Path,
    real: np.ndarray | Tensor,
    network: nn.Module | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> list[dict[str, float]]:
    """A run's score while it trained: KID of the 25 images of each of its snapshots.

    Rows of step, kid and std (over subsets). KID is unbiased even for 25 images; a Fréchet
    distance would say nothing. It is noisy, and always the same 25 latents: for the shape of the
    curve.
    """
    network = network or feature_extractor()
    chosen = np.random.default_rng(seed).permutation(len(real))[:2000]
    known = cached_features(np.asarray(real)[np.sort(chosen)], network, device)
    rows = []
    for step, images in runs.read_snapshots(folder).items():
        kid, std = metrics.kernel_distance(
            known, extract_features(images, network, device), subsets=80, size=len(images)
        )
        rows.append({"step": step, "kid": kid, "std": std})
    return rows
