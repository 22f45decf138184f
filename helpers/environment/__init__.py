"""Where am I? Device, profile, seed, folders, Colab. No model and no data lives here."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

import torch

from helpers.environment.device import checked_device, computes_natively, fast_dtype, pick_device
from helpers.environment.folders import ROOT, data_folder, keep_runs_on_drive, runs_folder, shown
from helpers.environment.packages import in_colab, person_can_answer, require
from helpers.environment.profiles import PROFILES, Profile, pick_profile
from helpers.environment.seeds import random_states, seed_everything, set_random_states

__all__ = [
    "PROFILES",
    "ROOT",
    "Environment",
    "Profile",
    "checked_device",
    "computes_natively",
    "data_folder",
    "fast_dtype",
    "in_colab",
    "keep_runs_on_drive",
    "person_can_answer",
    "pick_device",
    "pick_profile",
    "random_states",
    "require",
    "runs_folder",
    "seed_everything",
    "set_random_states",
    "setup",
    "shown",
]


@dataclass(frozen=True)
class Environment:
    """What `setup` found: the device, the profile, the seed and the folders."""

    device: torch.device
    profile: Profile
    seed: int
    data: Path
    runs: Path


def setup(seed: int = 0) -> Environment:
    """Choose device and profile, seed everything, and print one short table of what was chosen."""
    device = pick_device()
    profile = pick_profile(device)
    seed_everything(seed)
    torch.backends.cudnn.benchmark = device.type == "cuda"
    environment = Environment(device, profile, seed, data_folder(), runs_folder())
    if device.type == "cuda":
        machine = torch.cuda.get_device_name(device)
    else:
        machine = f"{platform.machine()}, {torch.get_num_threads()} threads"
    print(
        f"profile   {profile.name}: {profile.size} x {profile.size} pixels, "
        f"the recipe '{profile.recipe}'"
    )
    print(f"device    {device.type} ({machine})")
    print(f"versions  Python {platform.python_version()}, torch {torch.__version__}")
    print(f"seed      {seed}")
    return environment
