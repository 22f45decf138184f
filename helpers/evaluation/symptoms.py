"""What is measured of a run before it is diagnosed: its history, its snapshots, its discriminator.

A number here is evidence, not yet a name; diagnosis.py has the limits.
"""

from __future__ import annotations

import copy
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from helpers.images import to_signed
from helpers.models import labels_in_turn, load
from helpers.training import runs


def measure(
    folder: Path,
    images: np.ndarray | Tensor,
    held_out: np.ndarray | Tensor | None = None,
    discriminator: nn.Module | None = None,
    labels: np.ndarray | None = None,
    held_out_labels: np.ndarray | None = None,
) -> dict[str, float]:
    """The numbers a diagnosis goes by.

    d_real, d_fake, gap: mean D(x), D(G(z)) and their difference in the last third of the history;
        gap_early: the difference after a tenth to three tenths. loss_g: G's mean loss there.
    alone_fake: D's mean score of the last snapshot as a batch of its own, in training mode; only
        there if D can be loaded.
    change_middle, change_late: grey levels from one snapshot to the next.
    diversity: mean pairwise distance of the last snapshot's images, real ones have 1.
    checkerboard: grey levels by which neighbouring pixels alternate in the last snapshot, beyond
        those of real images. cast: grey levels by which its colours are shifted against theirs.
    images, epochs, snapshots: counts. memorised: share of D's margin between training images and
        fakes that is lost on `held_out`; only there if these are given, and their labels and
        those of the images if the run is a conditional one.
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
        "loss_g": columns["loss_g"][late].mean(),
        "change_middle": np.mean(changes[len(changes) // 4 : 1 + len(changes) * 6 // 10]),
        "change_late": np.mean(changes[len(changes) * 2 // 3 :]),
        "diversity": 0.0,
        "checkerboard": 0.0,
        "cast": 0.0,
        "images": len(images),
        "epochs": history[-1]["epoch"],
        "snapshots": len(snapshots),
    }
    if snapshots:
        last, real = snapshots[-1], torch.as_tensor(images[some])
        distance = max(mean_pairwise_distance(real), 1e-6)
        measured["diversity"] = mean_pairwise_distance(last) / distance
        measured["checkerboard"] = checkerboard(last) - checkerboard(real)
        measured["cast"] = (colour_cast(last) - colour_cast(real)).abs().max()
    network = loaded(folder, discriminator) if snapshots else None
    if network is not None:
        measured["alone_fake"] = mean_score(network, snapshots[-1])
    if held_out is not None and snapshots:
        network = load(folder / "discriminator.pt", discriminator)
        known = None if labels is None else np.asarray(labels)[some]
        other = None if held_out_labels is None else np.asarray(held_out_labels)[:200]
        if getattr(network, "classes", None) and (known is None or other is None):
            raise ValueError(
                f"{folder.name} is a conditional run: its D wants to know the labels of the images "
                "and of the held-out images as well."
            )
        training = median_logit(network, images[some], known)
        unseen = median_logit(network, np.asarray(held_out)[:200], other)
        fake = median_logit(network, snapshots[-1].to(torch.uint8))
        margin = training - fake
        measured["memorised"] = min((training - unseen) / margin, 1.0) if margin > 0 else 0.0
    return {name: float(value) for name, value in measured.items()}


def loaded(folder: Path, discriminator: nn.Module | None) -> nn.Module | None:
    """The run's discriminator, or None if it has none that can be loaded."""
    try:
        return load(folder / "discriminator.pt", discriminator)
    except (FileNotFoundError, ValueError):
        return None


def mean_pairwise_distance(images: Tensor) -> float:
    """Mean over all pairs of images [N, C, H, W] of their root mean square difference."""
    flat = images.flatten(1).float()
    return float(torch.pdist(flat).mean() / flat.shape[1] ** 0.5)


def checkerboard(images: Tensor) -> float:
    """By how many grey levels neighbouring pixels of images [N, C, H, W] alternate.

    The root mean square amplitude of the three patterns that repeat every two pixels: along rows,
    along columns, along both. Transposed convolutions with stride 2 leave them (Odena et al. 2016,
    "Deconvolution and Checkerboard Artifacts").
    """
    height, width = images.shape[2:]
    signs = [1 - 2 * (torch.arange(n) % 2) for n in (height, width)]
    rows, columns = signs[0][:, None].expand(height, width), signs[1].expand(height, width)
    amplitudes = [
        (images.float() * pattern).mean((2, 3)) for pattern in (rows, columns, rows * columns)
    ]
    return float(torch.stack(amplitudes).square().sum(0).mean().sqrt())


def colour_cast(images: Tensor) -> Tensor:
    """How much each channel of images [N, C, H, W] is above their mean brightness, [C], in levels.

    Positive first and negative last: the images are reddish. One channel has no colour: 0.
    """
    means = images.float().mean((0, 2, 3))
    return means - means.mean()


@torch.no_grad()
def mean_score(discriminator: nn.Module, images: Tensor) -> float:
    """D's mean score of images [N, C, H, W], one batch of their own, in training mode."""
    network = copy.deepcopy(discriminator).train()  # a copy: its running statistics will change
    return float(asked(network, images.to(torch.uint8)).sigmoid().mean())


@torch.no_grad()
def median_logit(
    discriminator: nn.Module, images: np.ndarray | Tensor, labels: np.ndarray | None = None
) -> float:
    """The middle one of D's logits for uint8 images [N, C, H, W]; labels as for `asked`."""
    return float(asked(discriminator, images, labels).median())


def asked(
    discriminator: nn.Module, images: np.ndarray | Tensor, labels: np.ndarray | None = None
) -> Tensor:
    """D's logits [N] for uint8 images [N, C, H, W].

    labels: int [N], for a conditional D; None for all in turn, as snapshots have them.
    """
    signed = to_signed(torch.as_tensor(images))
    classes = getattr(discriminator, "classes", None)
    if not classes:
        return discriminator(signed)
    given = labels_in_turn(len(signed), classes) if labels is None else torch.as_tensor(labels)
    return discriminator(signed, given)
