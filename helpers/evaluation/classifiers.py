"""A small classifier that no generator was trained against, and what it says of a set of images.

Images are uint8 [N, C, H, W] everywhere in this file.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from helpers.images import to_signed
from helpers.models import Classifier


def hold_out(labels: np.ndarray, share: float = 0.15, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Split indices into (training, held-out), with the same share of every label held out.

    labels: int [N]. share: of each label, at least one, but never all: what occurs once is trained
    on. Both results are sorted.
    """
    random = np.random.default_rng(seed)
    held: list[int] = []
    for label in np.unique(labels):
        of_label = random.permutation(np.flatnonzero(labels == label))
        held += of_label[: min(len(of_label) - 1, max(1, round(share * len(of_label))))].tolist()
    kept = np.setdiff1d(np.arange(len(labels)), held)
    return kept, np.sort(np.array(held, dtype=np.int64))


def train_classifier(
    images: np.ndarray,
    labels: np.ndarray,
    epochs: int = 8,
    batch: int = 64,
    seed: int = 0,
    device: torch.device | str = "cpu",
    flip: bool = True,
) -> Classifier:
    """A network that predicts the label of an image: whose work is it?

    images: uint8 [N, C, H, W]; labels: int [N] from 0. Images are translated by up to two pixels
    while it learns, and mirrored, unless `flip` is False (a mirrored digit is no digit). The
    learning rate falls along half a cosine to zero.
    """
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    data = torch.as_tensor(np.asarray(images)).to(device)
    truth = torch.as_tensor(np.asarray(labels), dtype=torch.long).to(device)
    network = Classifier(int(truth.max()) + 1, channels=data.shape[1]).to(
        device, memory_format=torch.channels_last
    )
    batch = min(batch, len(data))
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.01)
    steps = epochs * (len(data) // batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(1, steps))
    order = torch.cat([torch.randperm(len(data), generator=random) for _ in range(epochs)])
    for step in tqdm(range(steps), desc="classifier", leave=False):
        index = order[step * batch : (step + 1) * batch].to(device)
        shift = torch.randint(-2, 3, (2,), generator=random).tolist()
        part = to_signed(data[index]).roll(shift, dims=(2, 3))
        if flip and torch.rand((), generator=random) < 0.5:
            part = part.flip(3)
        loss = cross_entropy(network(part), truth[index], label_smoothing=0.05)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
    return network.eval()


@torch.no_grad()
def classify(network: Classifier, images: np.ndarray | Tensor, batch: int = 512) -> np.ndarray:
    """Probabilities [N, K] that each image has each label; rows sum to 1."""
    device = next(network.parameters()).device
    data = torch.as_tensor(np.asarray(images))
    parts = [network(to_signed(part.to(device))).softmax(1).cpu() for part in data.split(batch)]
    return torch.cat(parts).numpy()


def recognised(
    probabilities: np.ndarray, confidence: float = 0.8, at_least: int = 1
) -> dict[int, np.ndarray]:
    """The labels recognised in a set of images: label -> indices, the most confident first.

    probabilities: [N, K] of `classify`. An image counts for its likeliest label if that has at
    least the probability `confidence`; a label counts if `at_least` images do.
    """
    best, highest = probabilities.argmax(1), probabilities.max(1)
    found = {}
    for label in range(probabilities.shape[1]):
        index = np.flatnonzero((best == label) & (highest >= confidence))
        if len(index) >= at_least:
            found[label] = index[highest[index].argsort()[::-1]]
    return found


def balanced_confident_rate(probabilities: np.ndarray, confidence: float = 0.8) -> float:
    """The rate of confident predictions, 0 to 1, in which no class counts for more than 1/K.

    probabilities: [N, K] of `classify`; an image counts if its likeliest class has at least the
    probability `confidence`. One image repeated for ever scores 1/K, however clear it is.
    """
    classes = probabilities.shape[1]
    confident = probabilities.argmax(1)[probabilities.max(1) >= confidence]
    counted = np.bincount(confident, minlength=classes) / len(probabilities)
    return float(np.minimum(counted, 1 / classes).sum())


def shares(labels: np.ndarray, classes: int) -> np.ndarray:
    """The share of each of `classes` classes, [K]; labels: int [N] from 0."""
    return np.bincount(labels, minlength=classes) / max(1, len(labels))


def kl_divergence(shares_of: np.ndarray, reference: np.ndarray) -> float:
    """KL(p || q) in nats of two lists of shares; 0 if they agree.

    A label that p shows and q lacks makes it infinite. Reported for the labels of generated
    images (p) against those of the training set (q), as for StackedMNIST since Metz et al. 2017.
    """
    shown = shares_of > 0
    with np.errstate(divide="ignore"):
        return float((shares_of[shown] * np.log(shares_of[shown] / reference[shown])).sum())


def stacked_labels(network: Classifier, images: np.ndarray, batch: int = 2048) -> np.ndarray:
    """Labels 0 to 999 of images of three digits, one in each colour channel: 100 a + 10 b + c.

    network: a classifier of single grey digits. images: uint8 [N, 3, H, W]. Source: the protocol
    of StackedMNIST, Metz et al. 2017, section 3.3.1: 26,000 samples, 1,000 modes.
    """
    digits = [classify(network, images[:, c : c + 1], batch).argmax(1) for c in range(3)]
    return 100 * digits[0] + 10 * digits[1] + digits[2]
