"""A work: an image and, in the same PNG file, all it takes to paint it again.

The recipe is kept twice. As numbers that a person can read and change (seed, label, truncation,
...), and as the point of latent space that came of them: with it the same generator paints the same
bits, even if its directions were found anew and differ in their last digits.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image, PngImagePlugin, UnidentifiedImageError
from torch import Tensor, nn

from helpers.environment.files import writable, write_atomically
from helpers.images import to_uint8
from helpers.models.directions import Direction, unit
from helpers.models.latent_space import LatentSpace

KEY = "GAN Atelier"  # of the text in the file
LARGEST = 1_000_000  # characters of a recipe that are read


@dataclass(frozen=True)
class Work:
    """The recipe of one image.

    generator: its name. weights: the hash of its weights. seed: of the latent. label: a class, if
    the generator has any. truncation: 1 for none, 0 for the mean image. moves: standard deviations
    along each direction, by its name. other_seed, other_label, share: what it is mixed with, and
    how much of that is in it. point: the float32 numbers of the point, or "" before it is painted.
    """

    generator: str
    weights: str
    seed: int = 0
    label: int | None = None
    truncation: float = 1.0
    moves: dict[str, float] = field(default_factory=dict)
    other_seed: int = 0
    other_label: int | None = None
    share: float = 0.0
    point: str = ""

    def describe(self, names: tuple[str, ...] = ()) -> str:
        """The recipe in a line. names: what the labels stand for."""

        def one(seed: int, label: int | None) -> str:
            if label is None:
                return f"seed {seed}"
            return f"{names[label] if names else f'label {label}'}, seed {seed}"

        parts = [one(self.seed, self.label)]
        if self.share:
            parts.append(f"{self.share:.0%} of {one(self.other_seed, self.other_label)}")
        if self.truncation != 1:
            parts.append(f"truncation {self.truncation:.2f}")
        parts += [f"{name} {amount:+.1f}" for name, amount in self.moves.items() if amount]
        return "; ".join(parts)


def weights_hash(generator: nn.Module) -> str:
    """16 digits that say which weights a generator has."""
    digest = hashlib.sha256()
    for name, value in sorted(generator.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def point_of(
    space: LatentSpace,
    directions: list[Direction],
    work: Work,
    spreads: dict[str, Tensor] | None = None,
) -> Tensor:
    """The point [1, D] that a recipe's numbers lead to.

    First both seeds are mixed, then the mixture is truncated, then it is moved. spreads: those of
    the directions by name, if they are known.
    """

    def one(seed: int, label: int | None) -> tuple[Tensor, Tensor]:
        random = torch.Generator().manual_seed(seed)
        latent = torch.randn(1, space.latent, generator=random)
        given = None if label is None else torch.tensor([label])
        return space.points(latent, given), space.centre(label)

    point, centre = one(work.seed, work.label)
    if work.share:
        other, other_centre = one(work.other_seed, work.other_label)
        point = space.between(point, other, work.share)
        centre = centre + work.share * (other_centre - centre)
    point = centre + work.truncation * (point - centre)
    for direction in directions:
        if amount := work.moves.get(direction.name):
            step = spreads[direction.name] if spreads else spread(space, direction)
            point = point + amount * step * direction.vector
    return point


def spread(space: LatentSpace, direction: Direction) -> Tensor:
    """One standard deviation of 1,024 random points along a direction."""
    random = torch.Generator().manual_seed(0)
    labels = None if space.classes is None else torch.arange(1024) % space.classes
    return unit(space.points(torch.randn(1024, space.latent, generator=random), labels), direction)


def paint(space: LatentSpace, work: Work, weights: str | None = None) -> Tensor:
    """The image of a work's point, uint8 [C, H, W].

    weights: the generator's hash, if it is known. Raises ValueError if this generator is not the
    one that painted it.
    """
    if work.weights != (weights or weights_hash(space.generator)):
        raise ValueError(
            f"This work was painted by {work.generator or 'a generator'} with other weights "
            f"({work.weights}): load that generator, from its run or by its name."
        )
    numbers = np.frombuffer(base64.b64decode(work.point), dtype="<f4")
    if len(numbers) != len(space.centre(work.label)):
        raise ValueError(f"The work's point has {len(numbers)} numbers: the file was changed.")
    with torch.no_grad():
        return to_uint8(space.paint(torch.tensor(numbers)[None].to(space.device)))[0].cpu()


def coded(point: Tensor) -> str:
    """A point [1, D] as text, every bit of it."""
    return base64.b64encode(point.cpu().numpy().astype("<f4").tobytes()).decode()


# ---- files ---------------------------------------------------------------------------------------


def save_work(image: Tensor, work: Work, path: Path) -> Path:
    """Write an image, uint8 [C, H, W], as a PNG with its recipe inside. Returns `path`.

    Raises FileExistsError rather than replace a file.
    """
    if path.exists():
        raise FileExistsError(f"{path.name} is there already: give the work another name.")
    pixels = image.permute(1, 2, 0).numpy()
    about = PngImagePlugin.PngInfo()
    about.add_itxt(KEY, json.dumps({"format": 1} | asdict(work), ensure_ascii=False))
    content = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(
        content, "PNG", pnginfo=about
    )
    writable(path.parent)
    write_atomically(path, content.getvalue())
    return path


def open_work(path: Path | str) -> tuple[Tensor, Work]:
    """The image, uint8 [C, H, W], and the recipe of a PNG that `save_work` wrote.

    Raises FileNotFoundError or ValueError, with what is wrong with the file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no work {path}.")
    try:
        with Image.open(path) as picture:
            picture.load()
            text = getattr(picture, "text", {}).get(KEY, "")
            pixels = np.asarray(picture)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise ValueError(f"{path.name} is no image, or damaged ({error}).") from error
    if not text:
        raise ValueError(
            f"{path.name} holds no recipe: it was not saved by the course, or another program has "
            "written it anew and dropped the text."
        )
    try:
        work = _read(text)
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        raise ValueError(f"The recipe in {path.name} cannot be read ({error}).") from error
    pixels = pixels[:, :, None] if pixels.ndim == 2 else pixels
    return torch.tensor(pixels).permute(2, 0, 1).contiguous(), work


def _read(text: str) -> Work:
    if len(text) > LARGEST:
        raise ValueError("it is too long")
    known = json.loads(text)
    if not isinstance(known, dict) or known.pop("format", None) != 1:
        raise ValueError("it has another format")
    kinds = {"generator": str, "weights": str, "seed": int, "truncation": (int, float),
             "moves": dict, "share": (int, float), "point": str, "other_seed": int,
             "label": (int, type(None)), "other_label": (int, type(None))}  # fmt: skip
    for name, value in known.items():
        if not isinstance(value, kinds[name]):
            raise ValueError(f"{name} should be another kind of value")
    if not all(isinstance(amount, int | float) for amount in known.get("moves", {}).values()):
        raise ValueError("moves should be numbers")
    base64.b64decode(known.get("point", ""), validate=True)
    return Work(**known)
