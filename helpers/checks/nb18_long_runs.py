"""Notebook 18: steps that a kill costs, files that are whole or old, gradients of unequal parts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import torch

from helpers.checks.exercise import exercise, given, same


@exercise("18.1")
def lost_steps(answer: Callable) -> str:
    """`answer(killed_at, save_every)`: the steps since the last checkpoint."""
    got = given(answer(137, 50))
    assert got == 37, f"Killed at step 137, the last checkpoint is that of step 100: 37, not {got}."
    assert (got := answer(150, 50)) == 0, f"Step 150 has just been saved: 0 are lost, not {got}."
    return "On average half the distance between two checkpoints is lost."


@exercise("18.2")
def write_safely(answer: Callable) -> str:
    """`answer(path, parts)`: write the parts, bytes, so that the file is whole or the old one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.pt"
        path.write_bytes(b"old")
        returned = given(answer(path, [b"new ", b"content"]))
        assert path.read_bytes() == b"new content", "At the end the file should hold all parts."
        assert returned == path, "Return the path at the end."
        others = sorted(file.name for file in Path(folder).iterdir() if file != path)
        assert not others, f"{', '.join(others)} was left behind: rename it, don't copy it."
        with suppress(OSError):  # the answer may pass the error on, and should
            answer(path, full_disk())
        kept = path.read_bytes() if path.exists() else b""
        assert kept == b"new content", (
            "The disk was full in the middle, and the older file is lost: write under another "
            "name first."
        )
    return "A kill in the middle of a save costs nothing but the file that was being written."


def full_disk() -> Iterator[bytes]:
    """One part, and then an error, as from a full disk."""
    yield b"half of it"
    raise OSError("No space left on device")


@exercise("18.3")
def joint_gradient(answer: Callable) -> str:
    """`answer(gradients, sizes)`: the gradient of a batch from those of its parts."""
    weight = torch.tensor([0.5, -1.0], requires_grad=True)
    batch = torch.tensor([[1.0, 2.0], [3.0, -1.0], [0.5, 0.5], [-2.0, 4.0]])

    def gradient(pictures: torch.Tensor) -> torch.Tensor:
        return torch.autograd.grad((pictures @ weight).square().mean(), weight)[0]

    equal = [gradient(batch[:2]), gradient(batch[2:])]
    got = given(answer(equal, [2, 2]))
    assert same(got, gradient(batch)), "For two equal parts it is the mean of both gradients."
    got = answer([gradient(batch[:1]), gradient(batch[1:])], [1, 3])
    assert same(got, gradient(batch)), (
        "A part of three pictures counts three times as much as a part of one."
    )
    return "This holds for every loss that is a mean, where no picture's answer depends on another."
