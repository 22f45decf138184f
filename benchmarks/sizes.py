"""At equal minutes, 32 pixels or 64? The gallery of `make course` both ways, with scores.

    python benchmarks/sizes.py                # 10,000 steps at 32 pixels; as long at 64: 25 minutes
    python benchmarks/sizes.py --steps 500    # a short trial; its figure goes into the system's
                                              # folder for temporary files

The speed of both sizes is measured first, and the number of steps at 64 pixels follows from it.
Pictures of 32 pixels are enlarged with Lanczos to be scored at 64; both walls are enlarged by
print-4x. The first fifteen latents of a seed hang there, not selected.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from peers import N, latents

from helpers import models, plotting
from helpers.data.image_set import ImageSet, load_images
from helpers.evaluation import classifiers, scoring
from helpers.evaluation.features import Lite2, extract_features
from helpers.models import generate
from helpers.training.config import recipe
from helpers.training.trainer import Trainer

FIGURE = Path(__file__).resolve().parent.parent / "figures" / "gallery_32_or_64.png"
WHOLE = 10_000  # steps at 32 pixels: those of notebook 05


def speed(images: ImageSet) -> float:
    """Steps per second of the laptop's recipe, after some to warm up."""
    trainer = Trainer(images.images, recipe("laptop", images.images.shape[-1]), device="cpu")
    trainer.fit(steps=30)
    begin = time.perf_counter()
    trainer.fit(steps=100)
    return 100 / (time.perf_counter() - begin)


def trained(images: ImageSet, steps: int) -> Tensor:
    """N pictures by a generator that was trained for so many steps."""
    config = recipe("laptop", images.images.shape[-1], steps=steps, flip=images.mirror)
    trainer = Trainer(images.images, config, device="cpu")
    trainer.fit()
    print(f"{config.size} pixels: {steps:,} steps in {trainer.seconds:.0f} s", flush=True)
    return generate(trainer.ema_generator, latents(N, config.latent))


def enlarged(images: Tensor, side: int) -> np.ndarray:
    """Images enlarged with Lanczos, uint8 [N, C, side, side]."""
    pictures = (Image.fromarray(image.permute(1, 2, 0).numpy()) for image in images)
    large = [picture.resize((side, side), Image.Resampling.LANCZOS) for picture in pictures]
    return np.stack([np.asarray(picture).transpose(2, 0, 1) for picture in large])


def main() -> None:
    """Train both, score both, hang both."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--steps", type=int, default=WHOLE)
    asked = p.parse_args()
    sets = {size: load_images("atelier", size=size, quiet=True) for size in (32, 64)}
    rates = {size: speed(images) for size, images in sets.items()}
    print("steps per second:", {size: round(rate, 1) for size, rate in rates.items()}, flush=True)
    steps = {size: int(asked.steps * rates[size] / rates[32]) for size in sets}
    drawn = {size: trained(images, steps[size]) for size, images in sets.items()}

    real, network = sets[64], Lite2()
    known = scoring.known_features(real.images, 2 * N, network)[:N]
    classifier = classifiers.train_classifier(real.images, real.labels, flip=False, epochs=6)
    walls = []
    for size, images in drawn.items():
        at_64 = enlarged(images, 64)
        scores = scoring.all_scores(known, extract_features(at_64, network))
        probabilities = classifiers.classify(classifier, at_64[:500])
        found = classifiers.recognised(probabilities, at_least=5)
        print(
            f"{size} pixels: FD-lite2 {scores['FD-lite2']:.0f}, recall {scores['recall']:.4f}, "
            f"{len(found)} artists recognised"
        )
        large = models.enlarge(models.pretrained("print-4x"), images[:15])
        wall = plotting.gallery(large, note=f"generated at {size} pixels, {steps[size]:,} steps")
        walls.append(wall.resize((825, 525), Image.Resampling.LANCZOS))
    both = Image.new("RGB", (walls[0].width, 2 * walls[0].height))
    for i, wall in enumerate(walls):
        both.paste(wall, (0, i * wall.height))
    target = FIGURE if asked.steps == WHOLE else Path(tempfile.gettempdir()) / FIGURE.name
    both.save(target, optimize=True)
    print(f"written   {target.name}")


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
