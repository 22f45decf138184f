"""Are generated images copies of training images? A test by pixels, and what it cannot tell.

Images are uint8 [N, C, H, W].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

FEWEST = 50  # held-out images and fakes that a verdict on memorisation needs
MOST = 2000  # of either are looked at
CHANCE = 0.01  # of held-out images count as if they were copies: the scale for the fakes


@dataclass(frozen=True)
class Memorisation:
    """Are generated images copies of training images? What `memorisation` found.

    memorised: the share of fakes nearer to a training image than 99 % of the held-out images are;
        by chance 1 %. limit: above this share the verdict is MEMORISED.
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
                f"  image than 99 % of {self.held_out:,} held-out images are (by chance 1 %, limit "
                f"{self.limit:.0%}), and {self.far:.1%}\n"
                "  are farther than 99 % are; fewer copies, or less exact ones, are not noticed"
            )
        return said + (leaked if self.leaked else "")


def memorisation(
    training: np.ndarray | Tensor, held_out: np.ndarray | Tensor, fake: np.ndarray | Tensor
) -> Memorisation:
    """Are fakes nearer to the training images than held-out images are? See `CopyTest`."""
    return CopyTest(training, held_out)(fake)


class CopyTest:
    """Compares fakes with held-out images: are more of them very near to a training image?

    All are uint8 [N, C, H, W]; of the fakes and of the held-out images up to 2,000 are looked at.
    An image's nearness is its distance to the nearest training image, copies that are mirrored or
    shifted by a few pixels included, over the mean distance to the 19 next ones: in a crowd of like
    images a small distance is no sign of a copy (as in Carlini et al. 2023, "Extracting Training
    Data from Diffusion Models"). A fake counts as a copy if its nearness is less than that of 99 %
    of the held-out images. Training, held-out and generated images are compared, and not
    only two of them, as in Meehan et al. 2020, "A Non-Parametric Test to Detect Data-Copying".

    The limit is 3 %, or 8 / N of N fakes or held-out images where that is more: by chance more than
    that would be so near in less than five tests of a hundred. Of copies that are blurred,
    enlarged, recoloured or noisier only a part is found: "no sign" speaks of near-exact copies.
    Held-out images are of another kind if their distances differ from
    those between training images by more than 0.4 in the Kolmogorov-Smirnov statistic, and by more
    than chance.
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
        self.nearest = np.quantile(_nearness(distances), CHANCE, method="lower")
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
        """Which images are nearer to a training image than 99 % of the held-out ones, bool [N].

        Raises ValueError if the held-out images are too few, or of another kind.
        """
        if self.few:
            raise ValueError(f"{self.held_out} held-out images are too few: {FEWEST} are needed.")
        if self.doubt:
            raise ValueError(f"The test cannot tell: {' '.join(self.doubt.split())}.")
        return _nearness(_aligned(torch.as_tensor(images), self.training)) < self.nearest

    def __call__(self, fake: np.ndarray | Tensor) -> Memorisation:
        """The verdict on generated images."""
        fakes = torch.as_tensor(fake)[:MOST]
        fewest = min(self.held_out, len(fakes))
        sizes = {"n": len(fakes), "held_out": self.held_out, "leaked": self.leaked}
        sizes["limit"] = max(0.03, 8 / max(fewest, 8))
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
    """The nearest distance over the mean of the next 19: 0 for a copy, near 1 for a new image."""
    return (distances[:, 0] + 1) / (distances[:, 1:20].mean(1) + 1)  # 1: a grey level is nothing


@torch.no_grad()
def _aligned(
    images: Tensor, reference: Tensor, own: np.ndarray | None = None, k: int = 100
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
