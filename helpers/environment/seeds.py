"""Seeds, and where every random generator stands."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy (its old global generator too) and torch on every device.

    The same seed on the same CPU and torch version gives the same bits. Another CPU, another
    number of threads, a GPU or another torch release may sum in another order, and then
    images drift apart within some hundred steps.
    """
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - libraries that still use the global generator
    torch.manual_seed(seed)


def random_states(device: torch.device) -> dict[str, Any]:
    """Where every random generator of this process stands, as tensors and plain numbers."""
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002 - the global one, for libraries
    states = {
        "torch": torch.get_rng_state(),
        "numpy": [kind, torch.from_numpy(keys.astype(np.int64)), *rest],
        "python": random.getstate(),
    }
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def set_random_states(states: dict[str, Any], device: torch.device) -> None:
    """Take every random generator back to where `random_states` found it."""
    torch.set_rng_state(states["torch"])
    kind, keys, *rest = states["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), *rest))  # noqa: NPY002
    random.setstate(states["python"])
    if "cuda" in states and device.type == "cuda":
        torch.cuda.set_rng_state(states["cuda"], device)
