"""Feature extractors: an image becomes some thousand numbers of a network trained on photographs.

Distances between sets of images are measured on such features, not on pixels. EfficientNet-Lite2
(models/lite2.py) needs no download. Where there is an internet connection, the Inception of the
field's FID, or DINOv2, come through torch-fidelity under their own names.
"""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from helpers.environment import data_folder, require
from helpers.environment.device import full_float32
from helpers.environment.files import write_atomically
from helpers.environment.threads import ThreadChoice
from helpers.models.lite2 import Lite2

SOURCES = {  # in torch-fidelity's words: feature extractor and layer
    "inception": ("inception-v3-compat", "2048"),
    "dinov2": ("dinov2-vit-b-14", "dinov2"),
}


class Fidelity(nn.Module):
    """Inception or DINOv2 through torch-fidelity: uint8 [N, C, H, W] -> features [N, D].

    name: "inception" (2,048 features; their Fréchet distance is FID) or "dinov2" (ViT-B/14, whose
    code torch.hub fetches from its authors and runs).
    weights: their file; without it torch-fidelity downloads it, and OSError says so if that
    is not possible.
    """

    def __init__(self, name: str = "inception", weights: Path | None = None) -> None:
        super().__init__()
        require("torch_fidelity")
        from torch_fidelity.utils import create_feature_extractor

        self.name = name
        source, layer = SOURCES[name]
        try:
            self.network = create_feature_extractor(
                source,
                [layer],
                cuda=False,
                verbose=False,
                feature_extractor_weights_path=str(weights) if weights else None,
            )
        except OSError as error:
            raise OSError(
                f"The weights of {name} could not be fetched ({error}). Offline, score "
                "with lite2, or give the file's path as `weights`."
            ) from error

    def forward(self, images: Tensor) -> Tensor:
        """Features [N, D]."""
        return self.network(images.expand(-1, 3, -1, -1).contiguous())[0].float()


EXTRACTORS = ("lite2", *SOURCES)


def feature_extractor(name: str = "lite2") -> nn.Module:
    """The network that turns images into features, by name. ValueError for an unknown one."""
    if name not in EXTRACTORS:
        raise ValueError(f"There are no features {name!r}; choose from {', '.join(EXTRACTORS)}.")
    return Lite2() if name == "lite2" else Fidelity(name)


@torch.inference_mode()
def extract_features(
    images: np.ndarray | Tensor,
    network: nn.Module,
    device: torch.device | str = "cpu",
    batch: int = 50,
    title: str = "features",
) -> np.ndarray:
    """Features [N, D], float64, of uint8 images [N, C, H, W]; with a progress bar.

    network: of `feature_extractor`, or any that takes uint8 images. On a busy CPU the batches of
    a long computation go on with one thread where that is faster.
    """
    device = torch.device(device)
    network = network.to(device)
    images = torch.as_tensor(images)
    parts: list[Tensor] = []
    bar = tqdm(total=len(images), desc=title, unit="image", leave=False)
    with bar, full_float32(), ThreadChoice(device).in_use() as threads:
        for part in images.split(batch):
            parts.append(threads.run(lambda part=part: network(part.to(device)).cpu()))
            bar.update(len(part))
    return torch.cat(parts).double().numpy()


def cached_features(
    images: np.ndarray | Tensor, network: nn.Module, device: torch.device | str = "cpu"
) -> np.ndarray:
    """The same, kept in `data/cache`: the real side of a score is computed once.

    The file's name holds the network's name and a hash of every pixel. A damaged file is made
    again.
    """
    images = torch.as_tensor(np.asarray(images))
    content = str(tuple(images.shape)).encode() + images.numpy().tobytes()
    pixels_hash = hashlib.sha256(content).hexdigest()[:16]
    path = data_folder() / "cache" / f"features-{network.name}-{pixels_hash}.npy"
    try:
        found = np.load(path, allow_pickle=False)
        if len(found) == len(images):
            return found.astype(np.float64)
    except (OSError, ValueError):
        pass  # not there, or damaged
    found = extract_features(images, network, device, title="real features").astype(np.float32)
    file = BytesIO()
    np.save(file, found)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, file.getvalue())
    return found.astype(np.float64)
