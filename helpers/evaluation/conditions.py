"""Does a conditional generator paint what it is asked for, and not always the same?"""

from __future__ import annotations

import numpy as np
import torch


def agreement(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The share of images, 0 to 1, that a classifier takes for what was asked for.

    probabilities: [N, K] of `classifiers.classify`. labels: int [N]. The classifier must not be the
    discriminator, and its own errors count against the generator: compare with real images.
    """
    return float((probabilities.argmax(1) == np.asarray(labels)).mean())


def mean_distance(features: np.ndarray, most: int = 200) -> float:
    """The mean Euclidean distance between two different images, of features [N, D].

    Of the first `most` images. NaN for fewer than two.
    """
    x = torch.as_tensor(np.asarray(features[:most], dtype=np.float32))
    pairs = len(x) * (len(x) - 1)
    return float(torch.cdist(x, x).sum() / pairs) if pairs else float("nan")


def diversity_within(
    features: np.ndarray,
    labels: np.ndarray,
    real_features: np.ndarray,
    real_labels: np.ndarray,
    at_least: int = 20,
) -> dict[int, float]:
    """How much the images of each label differ, as a share of how much the real ones do.

    1 is as different as real images of that label, 0 always the same image. Of features [N, D] and
    labels [N] on both sides. Labels of which there are fewer than `at_least` images on one side
    are left out. Related to the intra-cluster LPIPS of Ojha et al. 2021, "Few-shot Image Generation
    via Cross-domain Correspondence", section 4.
    """
    labels, real_labels = np.asarray(labels), np.asarray(real_labels)
    found = {}
    for label in np.unique(real_labels).tolist():
        mine, theirs = features[labels == label], real_features[real_labels == label]
        if min(len(mine), len(theirs)) >= at_least:
            found[label] = mean_distance(mine) / mean_distance(theirs)
    return found
