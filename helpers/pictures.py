"""Between a picture and a network: bytes 0 to 255 outside, floats in [-1, 1] inside."""

from __future__ import annotations

import torch
from PIL import Image
from torch import Tensor
from torchvision.utils import make_grid


def to_signed(images: Tensor) -> Tensor:
    """uint8 pictures, 0 to 255, to floats in [-1, 1]."""
    return images.float().div(127.5).sub(1.0)


def to_uint8(images: Tensor) -> Tensor:
    """Floats in [-1, 1] to uint8 pictures, 0 to 255, rounded; `to_uint8(to_signed(x)) == x`."""
    return images.float().clamp(-1, 1).add(1.0).mul(127.5).round().to(torch.uint8)


def as_grid(images: Tensor, columns: int, gap: int = 2) -> Image.Image:
    """uint8 pictures [N, C, H, W] as one picture, row by row, `gap` white pixels between them."""
    grid = make_grid(images, nrow=columns, padding=gap, pad_value=255)
    return Image.fromarray(grid.permute(1, 2, 0).contiguous().numpy())
