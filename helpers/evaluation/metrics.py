"""How far is one set of images from another? Distances between features, and their uncertainty.

Features are float64 [N, D] (features.py); images are uint8 [N, C, H, W]. `real` comes first.
Where a kept library computes a measure from features, it does so here; notebook 07 writes each of
them out in a few lines and shows that both agree.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from helpers.environment import require

ENOUGH = 2048  # samples; below, a Fréchet distance is mostly bias
FRECHET_NAMES = {"lite2": "FD-lite2", "inception": "FID", "dinov2": "FD-DINOv2"}


@dataclass(frozen=True)
class Score:
    """A number with all that it takes to trust it.

    std: its standard deviation over repeated samples, None if there was one sample only.
    n: images on each side.
    baseline: what real images score against other real ones.
    """

    name: str
    value: float
    std: float | None = None
    n: int = 0
    baseline: float | None = None

    def __str__(self) -> str:
        digits = 3 if abs(self.value) < 10 else 1
        std = "" if self.std is None else f" ± {self.std:.{digits}f}"
        baseline = "" if self.baseline is None else f", real vs real {self.baseline:.{digits}f}"
        return f"{self.name} {self.value:.{digits}f}{std} (N={self.n:,}{baseline})"


def frechet_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """Squared Fréchet distance of two normal distributions fitted to features.

    |m_r - m_f|^2 + tr(S_r + S_f - 2 (S_r S_f)^(1/2)), Heusel et al. 2017, equation 6. Low is good.
    Warns below 2,048 samples a side, and raises ValueError for fewer than 2.
    """
    _checked(real, fake)
    require("torch_fidelity")
    from torch_fidelity.metric_fid import (
        KEY_METRIC_FID,
        fid_features_to_statistics,
        fid_statistics_to_metric,
    )

    fewest = min(len(real), len(fake))
    if fewest < ENOUGH:
        warnings.warn(
            f"A Fréchet distance of {real.shape[1]} features needs {ENOUGH:,} images a side and "
            f"has {fewest:,}: most of it is bias. Take more images, or KID, which has none.",
            stacklevel=2,
        )
    statistics = [fid_features_to_statistics(torch.as_tensor(each)) for each in (real, fake)]
    return fid_statistics_to_metric(*statistics, verbose=False)[KEY_METRIC_FID]


def unbiased_frechet_distance(
    real: np.ndarray, fake: np.ndarray, sizes: int = 6, seed: int = 0
) -> float:
    """The distance that N to infinity would give: a line through FD against 1/N, at 1/N = 0.

    Source: Chong and Forsyth 2020, "Effectively Unbiased FID". Subsets of both sides, from a fifth
    of the images (but at least 2,048) to all of them. A check, not a replacement.
    """
    most = min(len(real), len(fake))
    least = min(max(most // 5, ENOUGH), most // 2)
    rng = np.random.default_rng(seed)
    counts = np.linspace(least, most, sizes).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few images are the point here
        found = [
            frechet_distance(
                real[rng.choice(len(real), n, replace=False)],
                fake[rng.choice(len(fake), n, replace=False)],
            )
            for n in counts
        ]
    return float(np.polyfit(1 / counts, found, 1)[1])


def kernel_distance(
    real: np.ndarray, fake: np.ndarray, subsets: int = 50, size: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """KID: mean and standard deviation over subsets; unbiased for any N, 0 for equal distributions.

    The squared maximum mean discrepancy with the kernel (x.y / D + 1)^3. Binkowski et al. 2018.
    """
    _checked(real, fake)
    require("torch_fidelity")
    from torch_fidelity.metric_kid import (
        KEY_METRIC_KID_MEAN,
        KEY_METRIC_KID_STD,
        kid_features_to_metric,
    )

    found = kid_features_to_metric(
        torch.as_tensor(real),
        torch.as_tensor(fake),
        kid_subsets=subsets,
        kid_subset_size=min(size, len(real), len(fake)),
        rng_seed=seed,
        verbose=False,
    )
    return found[KEY_METRIC_KID_MEAN], found[KEY_METRIC_KID_STD]


def precision_recall_density_coverage(real: np.ndarray, fake: np.ndarray) -> dict[str, float]:
    """precision, recall (k = 3), density and coverage (k = 5), each 0 to 1 (density may exceed 1).

    precision, density: do fakes lie on the manifold of the real images? recall, coverage: is
    every part of it reached? Kynkäänniemi et al. 2019; Naeem et al. 2020.
    """
    _checked(real, fake)
    require("prdc")
    from prdc import compute_prdc

    real, fake = real.astype(np.float32), fake.astype(np.float32)
    with redirect_stdout(io.StringIO()):  # the library prints
        three, five = (
            compute_prdc(real, fake, nearest_k=min(k, len(real) - 2, len(fake) - 2)) for k in (3, 5)
        )
    found = {name: three[name] for name in ("precision", "recall")}
    found |= {name: five[name] for name in ("density", "coverage")}
    return {name: float(value) for name, value in found.items()}


def sliced_wasserstein(
    real: np.ndarray | Tensor,
    fake: np.ndarray | Tensor,
    patches: int = 32,
    directions: int = 128,
    seed: int = 0,
) -> list[float]:
    """Distance of small patches, times 1,000, from the finest details to the coarsest forms.

    Every level of a Laplacian pyramid down to 16 pixels is cut into patches of 7 x 7; patches of
    both sides, normalised by channel, are projected to random lines and compared there in order.
    Knows nothing of ImageNet. Karras et al. 2018, section 5.
    """
    rng = torch.Generator().manual_seed(seed)
    sides = [_pyramid(torch.as_tensor(np.ascontiguousarray(images))) for images in (real, fake)]
    found = []
    for level in range(len(sides[0])):
        cut = [_patches(side[level], patches, rng) for side in sides]
        lines = functional.normalize(torch.randn(cut[0].shape[1], directions, generator=rng), dim=0)
        n = min(map(len, cut))
        along = [(part[:n] @ lines).sort(0).values for part in cut]
        found.append(float((along[0] - along[1]).abs().mean()) * 1000)
    return found


def _pyramid(images: Tensor) -> list[Tensor]:
    """Laplacian levels: what each halving of the size loses; the last one is what is left."""
    now, levels = images.float() / 127.5 - 1, []
    while now.shape[-1] > 16:
        smaller = functional.interpolate(
            now, scale_factor=0.5, mode="bilinear", antialias=True, align_corners=False
        )
        levels.append(now - functional.interpolate(smaller, now.shape[-2:], mode="bilinear"))
        now = smaller
    return [*levels, now]


def _patches(level: Tensor, count: int, rng: torch.Generator) -> Tensor:
    """`count` patches of each image, normalised by channel, [N * count, C * 49]."""
    tops, lefts = torch.randint(level.shape[-1] - 6, (2, count), generator=rng).tolist()
    cut = torch.stack(
        [level[:, :, t : t + 7, left : left + 7] for t, left in zip(tops, lefts, strict=True)], 1
    ).flatten(0, 1)
    mean, std = cut.mean((0, 2, 3), keepdim=True), cut.std((0, 2, 3), keepdim=True)
    return ((cut - mean) / (std + 1e-8)).flatten(1)


@torch.no_grad()
def nearest(
    images: np.ndarray | Tensor, reference: np.ndarray | Tensor, k: int = 1, mirrored: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest reference images of each image, by root mean square difference.

    Returns indices [N, k] and distances [N, k] in grey levels (0 to 255), nearest first. With
    `mirrored`, a reference may also match as its mirror image, as training shows it both ways.
    """
    queries = torch.as_tensor(np.asarray(images)).float()
    pixels = queries[0].numel()
    data = torch.as_tensor(np.asarray(reference))
    square = torch.full((len(queries), len(data)), torch.inf)
    for first in range(0, len(data), 5000):  # as floats the whole set may not fit into memory
        part = data[first : first + 5000].float()
        for view in (part, part.flip(3)) if mirrored else (part,):
            found = torch.cdist(queries.flatten(1), view.flatten(1)) ** 2
            square[:, first : first + 5000].clamp_(max=found)
    distance, index = (square / pixels).sqrt().topk(min(k, len(data)), largest=False)
    return index.numpy(), distance.numpy()


def _checked(*sides: np.ndarray) -> None:
    """ValueError, in words, for features that cannot be compared."""
    for side in sides:
        if side.ndim != 2 or len(side) < 2:
            raise ValueError(
                f"A score needs features [N, D] of at least 2 images, not {side.shape}."
            )
        if not np.isfinite(side).all():
            raise ValueError("Some features are not numbers: were these images uint8, 0 to 255?")
    if len({side.shape[1] for side in sides}) > 1:
        widths: Sequence[int] = [side.shape[1] for side in sides]
        raise ValueError(f"Features of different networks cannot be compared: {widths}.")
