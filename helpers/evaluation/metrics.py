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


@dataclass(frozen=True)
class Memorisation:
    """Are generated images copies of training images? What `memorisation` found.

    memorised: the share of fakes nearer to a training image than every held-out image is; by
        chance about 1 / held_out. limit: above this share the verdict is MEMORISED.
    far: the share of fakes farther from all training images than 99 % of the held-out images are.
        Of these the test says nothing: a poor copy would be as far.
    n, held_out: images compared. leaked: held-out images left out, as they were trained on.
    doubt: why nothing can be said, whatever the fakes are; empty if something can.
    """

    memorised: float
    limit: float
    far: float
    n: int
    held_out: int
    leaked: int = 0
    doubt: str = ""

    @property
    def detected(self) -> bool:
        """There are more such fakes than chance or an unusual mixture of styles would give."""
        return not self.doubt and self.memorised > self.limit

    @property
    def unknown(self) -> str:
        """Why "no sign" would mean nothing here; empty if the test has a verdict."""
        if self.doubt or self.detected or self.far <= 0.5:
            return self.doubt
        return (
            f"{self.far:.0%} of the fakes are farther from\n  all training images than 99 % of "
            "held-out images are: poor copies would be as far"
        )

    def __str__(self) -> str:
        leaked = f"\n  {self.leaked} held-out images were trained on and were left out"
        if self.unknown:
            said = f"cannot tell whether images were memorised: {self.unknown}"
        else:
            verdict = "MEMORISED" if self.detected else "no sign of memorisation"
            said = (
                f"{verdict}: {self.memorised:.1%} of {self.n:,} fakes are nearer to a training\n"
                f"  image than each of {self.held_out:,} held-out images is (limit: "
                f"{self.limit:.0%}; fewer copies than that are not noticed)"
            )
        return said + (leaked if self.leaked else "")


FEWEST = 50  # held-out images and fakes that a verdict on memorisation needs
MOST = 2000  # of either are looked at


def memorisation(
    training: np.ndarray | Tensor, held_out: np.ndarray | Tensor, fake: np.ndarray | Tensor
) -> Memorisation:
    """Are fakes nearer to the training images than held-out images are? See `CopyTest`."""
    return CopyTest(training, held_out)(fake)


class CopyTest:
    """Compares fakes with held-out images: which of them are nearer to a training image?

    All are uint8 [N, C, H, W]; of the fakes and of the held-out images up to 2,000 are looked at.
    An image's nearness is its distance to the nearest training image, copies that are mirrored or
    shifted by a few pixels included, over the mean distance to the next ones: in a crowd of like
    images a small distance is no sign of a copy (as in Carlini et al. 2023, "Extracting Training
    Data from Diffusion Models"). Training, held-out and generated images are compared, and not
    only two of them, as in Meehan et al. 2020, "A Non-Parametric Test to Detect Data-Copying".

    The limit is 3 %, or 5 / N of N fakes or held-out images where that is more: by chance a share
    of 5 / N would be nearer in less than one test of a hundred, as (1 - 5 / N)^N < 0.01. Held-out
    images are of another kind if their distances differ from those between training images by more
    than 0.4 in the Kolmogorov-Smirnov statistic, and by more than chance.
    """

    def __init__(self, training: np.ndarray | Tensor, held_out: np.ndarray | Tensor) -> None:
        rng = np.random.default_rng(0)
        held = np.asarray(held_out)
        held = torch.as_tensor(held[np.sort(rng.permutation(len(held))[:MOST])])
        self.training = torch.as_tensor(np.asarray(training))
        self.few = min(len(self.training), len(held)) < 2
        distances = np.ones((0, 2)) if self.few else _aligned(held, self.training)
        trained_on = _nearness(distances) < 0.1  # such a scale would hide every copy
        self.leaked, distances = int(trained_on.sum()), distances[~trained_on]
        self.held_out = len(distances)
        self.few |= self.held_out < FEWEST
        self.doubt = ""
        if self.few:
            return
        self.nearest = _nearness(distances).min()
        self.farthest = np.quantile(distances[:, 0], 0.99)
        own = rng.permutation(len(self.training))[:500]
        usual = _aligned(self.training[own], self.training, own)[:, 0]  # to the next training image
        chance = 2 * (1 / self.held_out + 1 / len(usual)) ** 0.5
        if _gap(distances[:, 0], usual) > max(0.4, chance):
            farther = np.median(distances[:, 0]) > np.median(usual)
            self.doubt = (
                "the held-out images are of\n  another kind: they lie "
                f"{'farther' if farther else 'less far'} from the training images than those from "
                "each other"
            )

    def copied(self, images: np.ndarray | Tensor) -> np.ndarray:
        """Which images are nearer to a training image than every held-out image is, bool [N].

        Raises ValueError if there are too few held-out images to say.
        """
        if self.few:
            raise ValueError(f"{self.held_out} held-out images are too few: {FEWEST} are needed.")
        return _nearness(_aligned(torch.as_tensor(images), self.training)) < self.nearest

    def __call__(self, fake: np.ndarray | Tensor) -> Memorisation:
        """The verdict on generated images."""
        fakes = torch.as_tensor(fake)[:MOST]
        fewest = min(self.held_out, len(fakes))
        sizes = {"n": len(fakes), "held_out": self.held_out, "leaked": self.leaked}
        sizes["limit"] = max(0.03, 5 / max(fewest, 5))
        if self.few or fewest < FEWEST:
            doubt = f"{self.held_out:,} held-out images\n  and {len(fakes):,} fakes are too few: "
            return Memorisation(0.0, far=0.0, **sizes, doubt=f"{doubt}{FEWEST} of each are needed")
        distances = _aligned(fakes, self.training)
        return Memorisation(
            memorised=float((_nearness(distances) < self.nearest).mean()),
            far=float((distances[:, 0] > self.farthest).mean()),
            doubt=self.doubt,
            **sizes,
        )


def _gap(a: np.ndarray, b: np.ndarray) -> float:
    """The Kolmogorov-Smirnov statistic: 0 for equal distributions, 1 for those that are apart."""
    values = np.concatenate([a, b])
    return float(np.abs(_share_up_to(values, a) - _share_up_to(values, b)).max())


def _share_up_to(values: np.ndarray, of: np.ndarray) -> np.ndarray:
    return np.searchsorted(np.sort(of), values, side="right") / len(of)


def _nearness(distances: np.ndarray) -> np.ndarray:
    """The nearest distance over the mean of the others: 0 for a copy, near 1 for a new image."""
    return (distances[:, 0] + 1) / (distances[:, 1:].mean(1) + 1)  # 1: a grey level is nothing


@torch.no_grad()
def _aligned(
    images: Tensor, reference: Tensor, own: np.ndarray | None = None, k: int = 10
) -> np.ndarray:
    """Distances of each image to like images of the reference, the nearest first, [N, 2 k].

    Root mean square differences in grey levels at 32 pixels, each the smallest over shifts by up to
    a tenth of the side (what a shift moves in or out of the frame does not count). Candidates are
    the k images that are most alike as a mosaic of 5 x 5 cells, and k for the mirror image.
    own: where each image stands in the reference, if it is one of them: left out there.
    """
    side = min(32, images.shape[-1], reference.shape[-1])
    images, reference = (  # less 127.5: of smaller numbers squares are more exact
        torch.cat([_shrunk(part.float() - 127.5, side) for part in each.split(5000)])
        for each in (images, reference)
    )
    shift = side // 10
    inner = side - 2 * shift
    cores = reference[..., shift : shift + inner, shift : shift + inner]
    mosaics = _shrunk(reference, 5).flatten(1)
    k = min(k, len(reference) - (own is not None))
    found = []
    for first in range(0, len(images), 100):
        some, distances = images[first : first + 100], []
        for view in (some, some.flip(3)):
            alike = torch.cdist(_shrunk(view, 5).flatten(1), mosaics)
            if own is not None:
                alike[torch.arange(len(some)), own[first : first + 100]] = torch.inf
            core = cores[alike.topk(k, largest=False).indices].flatten(2)
            windows = view.unfold(2, inner, 1).unfold(3, inner, 1).permute(0, 2, 3, 1, 4, 5)
            windows = windows.flatten(3).flatten(1, 2)  # [N, shifts, pixels]; core [N, k, pixels]
            means = functional.avg_pool2d(view.square(), inner, 1).mean(1).flatten(1)
            square = means[..., None] - 2 / core.shape[2] * (windows @ core.mT)
            square = square.amin(1) + core.square().mean(2)
            distances.append(square.clamp(min=0).sqrt())
        found.append(torch.cat(distances, 1).sort(1).values)
    return torch.cat(found).numpy()


def _shrunk(images: Tensor, side: int) -> Tensor:
    """Float RGB images of `side` pixels, by averages."""
    images = images.float()
    if images.shape[-1] != side:
        images = functional.adaptive_avg_pool2d(images, side)
    return images.expand(-1, 3, -1, -1)


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
