"""How well ordered a latent space is: how straight its paths are, how well a line parts it.

Both are simple relatives of the two measures of Karras et al. 2019, "A Style-Based Generator
Architecture for Generative Adversarial Networks", section 4: perceptual path length and linear
separability.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def detours(features: np.ndarray) -> np.ndarray:
    """For each path the length of all its steps as a multiple of the distance of its ends, [P].

    features: [P, S, D], of S images along each of P paths. 1 is a path that changes the image
    straight from one end to the other; larger is a path on which other things come and go.
    """
    steps = np.linalg.norm(np.diff(features, axis=1), axis=2).sum(1)
    ends = np.linalg.norm(features[:, -1] - features[:, 0], axis=1)
    return steps / np.maximum(ends, 1e-12)


def separability(points: Tensor, above: Tensor, ridge: float = 1e-2, seed: int = 0) -> float:
    """How often a plane in latent space says rightly on which side of it a point's image is.

    points: [N, D]. above: bool [N], something that was measured of the images, such as "brighter
    than the median". The plane is fitted to two thirds of the points by least squares with a
    `ridge`, and asked about the others: 0.5 is chance for an even split, 1 is perfect.
    """
    order = torch.randperm(len(points), generator=torch.Generator().manual_seed(seed))
    points, wanted = points.cpu().double()[order], 2.0 * above.cpu().double()[order] - 1
    points = (points - points.mean(0)) / (points.std(0) + 1e-12)
    points = torch.cat([points, torch.ones(len(points), 1, dtype=points.dtype)], 1)
    known = 2 * len(points) // 3
    x, y = points[:known], wanted[:known]
    identity = torch.diag(torch.ones(x.shape[1], dtype=x.dtype))
    plane = torch.linalg.solve(x.T @ x + ridge * known * identity, x.T @ y)
    return float(((points[known:] @ plane > 0) == (wanted[known:] > 0)).double().mean())
