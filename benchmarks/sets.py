"""The sets that the benchmarks train on, as uint8 [N, C, size, size]."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from helpers.data import load_images

IDX_FOLDERS = ("data/fashion-mnist", "/usr/share/datasets/fashion-mnist")


def pictures(name: str, size: int) -> np.ndarray:
    """Fashion-MNIST by its idx files, `atelier`, or the path of a folder of pictures.

    Raises FileNotFoundError with the places that were looked at.
    """
    if name == "fashion-mnist":
        return fashion(size)
    return np.asarray(load_images(name, size=size, quiet=True).images)


def fashion(size: int) -> np.ndarray:
    """The 60,000 training pictures, black added around them to 32 pixels, and scaled from there."""
    for folder in IDX_FOLDERS:
        for opener, ending in ((open, ""), (gzip.open, ".gz")):
            path = Path(folder) / f"train-images-idx3-ubyte{ending}"
            if path.exists():
                with opener(path, "rb") as file:
                    pixels = np.frombuffer(file.read(), np.uint8, offset=16)  # 16 bytes of header
                images = torch.tensor(pixels).view(-1, 1, 28, 28)
                images = functional.pad(images, (2, 2, 2, 2))
                if size != 32:
                    images = functional.interpolate(
                        images.float(), size, mode="bilinear", antialias=True, align_corners=False
                    ).round()
                return images.to(torch.uint8).numpy()
    raise FileNotFoundError(
        f"Fashion-MNIST's train-images-idx3-ubyte(.gz) is in none of {', '.join(IDX_FOLDERS)}. "
        "On Debian and Ubuntu: apt-get install dataset-fashion-mnist."
    )
