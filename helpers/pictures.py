"""Between pictures and networks: bytes 0 to 255 outside, floats in [-1, 1] inside."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
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


def cut_grid(grid: Image.Image, size: int, gap: int = 2) -> Tensor:
    """The pictures of `as_grid` again, uint8 [N, C, size, size]."""
    pixels = np.array(grid if grid.mode == "L" else grid.convert("RGB"))
    pixels = torch.from_numpy(pixels.reshape(*pixels.shape[:2], -1)).permute(2, 0, 1)
    tiles = pixels[:, gap:, gap:].unfold(1, size, size + gap).unfold(2, size, size + gap)
    return tiles.permute(1, 2, 0, 3, 4).flatten(0, 1)


def checked_images(images: np.ndarray | Tensor, channels: int, size: int) -> Tensor:
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


def fingerprint(images: Tensor) -> str:
    """A short name for a set of pictures: the same pictures in the same order, the same name."""
    every = max(1, len(images) // 1000)
    content = images[::every].cpu().numpy().tobytes()
    return hashlib.sha256(str(tuple(images.shape)).encode() + content).hexdigest()[:16]


@torch.no_grad()
def draw(generator: nn.Module, latents: Tensor, batch: int = 256) -> Tensor:
    """Pictures, uint8 [N, C, H, W] on the CPU, from latents [N, Z], in evaluation mode."""
    device = next(generator.parameters()).device
    was_training = generator.training
    generator.eval()
    pictures = [to_uint8(generator(part.to(device))).cpu() for part in latents.split(batch)]
    generator.train(was_training)
    return torch.cat(pictures)


def sample(generator: nn.Module, n: int, seed: int = 0) -> Tensor:
    """n pictures of a seed, uint8 [n, C, H, W]: the same seed, the same latents everywhere."""
    random = torch.Generator().manual_seed(seed)
    return draw(generator, torch.randn(n, generator.latent, generator=random))
