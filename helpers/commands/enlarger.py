"""How the super-resolver that comes with the course is trained and scored: see pretrain.py."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from helpers import environment
from helpers.data.drawn import draw_works
from helpers.environment.files import write_atomically
from helpers.evaluation import metrics
from helpers.evaluation.features import extract_features, feature_extractor
from helpers.images import to_signed, to_uint8
from helpers.models import enlarge, registry
from helpers.models.pretrained import FOLDER
from helpers.training.enlarging import EnlargerTraining, shrunk

CROP = 96  # pixels: what the feature extractor sees without scaling


@dataclass(frozen=True)
class EnlargerRecipe:
    """How a super-resolver is made.

    works: how many paintings of size x size pixels are drawn for it to learn from.
    """

    steps: int
    l1_steps: int
    works: int
    size: int = 256
    adversarial: float = 0.02
    licence = "MIT, as the course; trained only on works that the course's own code draws."

    def train(self, name: str, minutes: float | None = None) -> None:
        """Train to the end of the recipe, or for so many minutes of it."""
        training = self.training(name)
        training.fit(minutes)
        hours = training.seconds / 3600
        print(f"steps     {training.done:,} of {training.steps:,} in {hours:.1f} hours")

    def training(self, name: str) -> EnlargerTraining:
        """The training, at the step where it stands."""
        return EnlargerTraining(
            draw_works(self.works, self.size).images,
            self.steps,
            self.l1_steps,
            self.adversarial,
            file=environment.data_folder() / "runs" / f"enlarger-{name}" / "state.pt",
        )

    def pack(self, name: str) -> None:
        """Score what was trained, and write NAME.pt and NAME.json.

        Raises ValueError if the training is not over.
        """
        training = self.training(name)
        if training.done < training.steps:
            raise ValueError(
                f"{name} is at step {training.done:,} of {training.steps:,}: first finish it with "
                f"`python -m helpers.pretrain train {name}`."
            )
        packed, path = training.file.with_name("packed.pt"), FOLDER / f"{name}.pt"
        registry.save(training.network, packed, half=True)
        network = registry.load(packed)  # what is scored is what is shipped
        facts = {
            "name": name,
            "licence": self.licence,
            "labels": [],
            "works": self.works,
            "steps": training.done,
            "hours": round(training.seconds / 3600, 2),
            "device": f"cpu ({platform.processor() or platform.machine()})",
            "torch": torch.__version__,
            "recipe": asdict(self),
            "scores": self.scores(network),
            "history": training.history[:: max(1, len(training.history) // 400)],
        }
        content = json.dumps(facts, indent=1, ensure_ascii=False, default=float)
        FOLDER.mkdir(parents=True, exist_ok=True)
        write_atomically(path, packed.read_bytes())
        write_atomically(FOLDER / f"{name}.json", content.encode())
        print(f"written   {environment.shown(path)}, {path.stat().st_size / 1e6:.1f} MB")

    def scores(self, network: torch.nn.Module, n: int = 500) -> dict[str, Any]:
        """PSNR, distance of features and FD-lite2 of enlarged unseen works, for three ways.

        FD-lite2 and the features are of five crops of 96 pixels from each work, which the feature
        extractor sees as they are.
        """
        true = torch.as_tensor(draw_works(2 * n, self.size, seed=3).images)
        mixed = torch.randperm(len(true), generator=torch.Generator().manual_seed(0))
        true, others = true[mixed[:n]], true[mixed[n:]]
        small = to_uint8(shrunk(to_signed(true)))
        ways = {
            "bilinear": to_uint8(interpolate(to_signed(small), scale_factor=4, mode="bilinear")),
            "Lanczos": lanczos(small),
            "network": enlarge(network, small),
        }
        extractor = feature_extractor()
        seen = {name: extract_features(crops(images), extractor) for name, images in ways.items()}
        real, baseline = (extract_features(crops(images), extractor) for images in (true, others))
        found = {"FD real vs real": metrics.frechet_distance(real, baseline)}
        for name, images in ways.items():
            found[name] = {
                "PSNR": psnr(images, true),
                "feature distance": float(np.linalg.norm(seen[name] - real, axis=1).mean()),
                "FD-lite2": metrics.frechet_distance(baseline, seen[name]),
            }
            print(f"{name:9}", {k: round(v, 2) for k, v in found[name].items()})
        return found


def psnr(images: Tensor, true: Tensor) -> float:
    """Peak signal-to-noise ratio in decibels of uint8 images against the true ones, the mean."""
    squared = (images.float() - true.float()).square().mean((1, 2, 3))
    return float((10 * torch.log10(255**2 / squared.clamp(min=1e-3))).mean())


def crops(images: Tensor) -> Tensor:
    """The corners and the middle of images [N, C, H, W], each 96 x 96 pixels: [5 N, C, 96, 96]."""
    far = images.shape[-1] - CROP
    corners = [(0, 0), (0, far), (far, 0), (far, far), (far // 2, far // 2)]
    return torch.cat([images[:, :, y : y + CROP, x : x + CROP] for y, x in corners])


def lanczos(small: Tensor) -> Tensor:
    """uint8 [N, 3, H, W] to four times the size, as Pillow's Lanczos filter does it."""
    large = [
        np.asarray(
            Image.fromarray(image).resize(
                (4 * image.shape[1], 4 * image.shape[0]), Image.Resampling.LANCZOS
            )
        )
        for image in small.permute(0, 2, 3, 1).numpy()
    ]
    return torch.as_tensor(np.stack(large)).permute(0, 3, 1, 2)
