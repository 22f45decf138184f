"""Notebook 02: bytes to floats and back, the crop, mirroring."""

from __future__ import annotations

from collections.abc import Callable

import torch

from helpers.checks.exercise import exercise, given, same
from helpers.images import to_uint8


@exercise("2.1")
def there_and_back(answer: Callable) -> str:
    """`answer(images)`: uint8 to float in [-1, 1], without help from the notebook."""
    every = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    got = given(answer(every))
    assert got.is_floating_point(), "A network needs floats: convert before you divide."
    assert got.min() == -1 and got.max() == 1, (
        f"0 must become -1 and 255 must become 1; yours run from {got.min():.3f} to "
        f"{got.max():.3f}. Divide by 127.5 and subtract 1."
    )
    assert torch.equal(to_uint8(got), every), "Some grey level does not survive the way back."
    return "All 256 grey levels survive the way there and back."


@exercise("2.2")
def crop_box(answer: Callable) -> str:
    """`answer(width, height)`: the centred square (left, top, right, bottom)."""
    got = given(answer(100, 60))
    assert len(got) == 4, "Return four numbers."
    assert same(got, (20, 0, 80, 60)), f"A 100 x 60 image is cut at (20, 0, 80, 60), not {got}."
    assert same(answer(60, 100), (0, 20, 60, 80)), "A tall image loses its top and bottom."
    assert same(answer(50, 50), (0, 0, 50, 50)), "A square image loses nothing."
    return "The same box for landscape and portrait format."


@exercise("2.3")
def random_flip(answer: Callable) -> str:
    """`answer(batch)`: about half of the images mirrored, each decided for itself."""
    batch = torch.arange(2.0).repeat(1000, 1, 4, 2)  # left is 0, right is 1 everywhere
    got = given(answer(batch.clone()))
    assert got.shape == batch.shape, f"The shape must stay {list(batch.shape)}."
    assert torch.equal(got[:, :, 0], got[:, :, 1]), "Only columns swap: flip the last dimension."
    flipped = (got[:, 0, 0, 0] == 1).float().mean().item()
    assert flipped not in (0.0, 1.0), "All images got the same decision; draw one per image."
    assert 0.4 < flipped < 0.6, f"About half should be mirrored, not {flipped:.0%}."
    return f"{round(flipped, 1):.0%} of 1,000 images were mirrored."
