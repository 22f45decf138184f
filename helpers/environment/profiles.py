"""Profiles: what a laptop, a T4 or a test run is asked to do."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Profile:
    """How much this machine can be asked to do.

    size: height and width of a training image in pixels.
    recipe: the name of all other settings of the main training, in training/config.py.
    trial_steps: steps of each short comparison run in notebook 05.
    scored: images on each side of a score in notebooks 06 and 07.
    """

    name: str
    size: int
    recipe: str
    trial_steps: int
    scored: int = 2500


PROFILES = {
    "laptop": Profile("laptop", size=32, recipe="laptop", trial_steps=700),
    "t4": Profile("t4", size=64, recipe="t4", trial_steps=4000),
    # the notebooks under test: a quarter of the laptop's steps
    "quick": Profile("quick", size=32, recipe="quick", trial_steps=200, scored=1600),
}


def pick_profile(device: torch.device) -> Profile:
    """The profile named in `ATELIER_PROFILE`, else `t4` on a GPU and `laptop` elsewhere."""
    name = os.environ.get("ATELIER_PROFILE") or ("t4" if device.type == "cuda" else "laptop")
    if name not in PROFILES:
        raise ValueError(f"ATELIER_PROFILE={name!r} is unknown; choose from {', '.join(PROFILES)}.")
    return PROFILES[name]
