"""Between pictures and networks: bytes 0 to 255 outside, floats in [-1, 1] inside."""

from __future__ import annotations

import hashlib

import numpy as np
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


def image_grid(images: Tensor, columns: int, gap: int = 2) -> Image.Image:
    """uint8 pictures [N, C, H, W] as one picture, row by row, `gap` white pixels between them."""
    grid = make_grid(images, nrow=columns, padding=gap, pad_value=255)
    return Image.fromarray(grid.permute(1, 2, 0).contiguous().numpy())


def validate_images(images: np.ndarray | Tensor, channels: int, size: int) -> Tensor:
    """The set as a uint8 tensor [N, C, H, W]; ValueError if it is not [N, channels, size, size]."""
    tensor = torch.as_tensor(np.asarray(images) if not isinstance(images, Tensor) else images)
    wanted = (channels, size, size)
    if tensor.dtype != torch.uint8 or tensor.ndim != 4 or tuple(tensor.shape[1:]) != wanted:
        raise ValueError(
            f"The trainer wants uint8 pictures [N, {', '.join(map(str, wanted))}], "
            f"but got {tensor.dtype} {list(tensor.shape)}. "
            "Load them with load_images(size=config.size)."
        )
    if not len(tensor):
        raise ValueError("The set of pictures is empty: there is nothing to learn from.")
    return tensor


def validate_labels(
    labels: np.ndarray | Tensor | None, n: int, device: torch.device
) -> Tensor | None:
    """Labels as int64 [n] on the device, None as None; ValueError if there are not n of them."""
    if labels is None:
        return None
    tensor = torch.as_tensor(labels, dtype=torch.long, device=device)
    if tensor.shape != (n,) or (n and int(tensor.min()) < 0):
        raise ValueError(f"Labels are {n:,} whole numbers from 0, not {list(tensor.shape)}.")
    return tensor


def fingerprint(images: Tensor, labels: Tensor | None = None) -> str:
    """A hash of a set: the same images (and labels) in the same order, the same 16 digits."""
    digest = hashlib.sha256(str(tuple(images.shape)).encode())
    for part in images.split(4096):  # a piece at a time: the set may sit on a GPU, or on the disk
        digest.update(part.contiguous().cpu().numpy().data)
    if labels is not None:
        digest.update(labels.cpu().numpy().data)
    return digest.hexdigest()[:16]
