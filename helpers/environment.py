"""Where am I? Device, profile, seed, folders, Colab. No model and no data lives here."""

from __future__ import annotations

import functools
import importlib
import math
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Profile:
    """How much this machine can be asked to do.

    size: height and width of a training picture in pixels.
    filters: channels of the generator's last hidden layer; deeper layers double it.
    batch: pictures in a batch.
    steps: steps of the main training in notebook 05.
    learning_rate: Adam's, of that training.
    trial_steps: steps of each short comparison run in notebook 05.
    """

    name: str
    size: int
    filters: int
    batch: int
    steps: int
    learning_rate: float
    trial_steps: int


PROFILES = {
    "laptop": Profile(
        "laptop", size=32, filters=32, batch=32, steps=10000, learning_rate=2e-3, trial_steps=700
    ),
    "t4": Profile(
        "t4", size=64, filters=64, batch=64, steps=30000, learning_rate=5e-4, trial_steps=4000
    ),
}


@dataclass(frozen=True)
class Environment:
    """What `setup` found: the device, the profile, the seed and the folders."""

    device: torch.device
    profile: Profile
    seed: int
    data: Path
    runs: Path


def in_colab() -> bool:
    """True inside a Google Colab notebook."""
    return "google.colab" in sys.modules or find_spec_quietly("google.colab")


def find_spec_quietly(name: str) -> bool:
    """True if the module `name` can be imported, without importing it (or failing)."""
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def require(*modules: str) -> None:
    """Make sure that packages are there which the first notebooks do without.

    In Colab what is missing is installed, as requirements-colab.txt has it; elsewhere ImportError
    says what to do.
    """
    missing = [name for name in modules if not find_spec_quietly(name)]
    if not missing:
        return
    if in_colab():
        print(f"installing what Colab lacks: {', '.join(missing)}")
        wanted = str(ROOT / "requirements-colab.txt")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "-r", wanted]
        if subprocess.run(command).returncode == 0:
            importlib.invalidate_caches()
            return
    raise ImportError(
        f"{' and '.join(missing)} cannot be imported. Install what the course needs: "
        "pip install -r requirements.txt"
    )


def person_can_answer() -> bool:
    """True if a question would reach a person: a terminal, not a notebook, test or server.

    A notebook counts as nobody: with no person watching, `input()` there blocks for ever.
    """
    if os.environ.get("CI") or "ipykernel" in sys.modules or "PYTEST_CURRENT_TEST" in os.environ:
        return False
    return bool(sys.stdin and sys.stdin.isatty() and sys.stdout.isatty())


def data_folder() -> Path:
    """The folder in which everything lands: `ATELIER_DATA`, or `data/` in this repository."""
    folder = Path(os.environ.get("ATELIER_DATA") or ROOT / "data").expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def shown(path: Path) -> str:
    """A path as a notebook may show it: inside the course if possible, never the whole machine."""
    if path.is_relative_to(ROOT):
        return path.relative_to(ROOT).as_posix()
    if path.is_relative_to(data_folder()):
        return f"data/{path.relative_to(data_folder()).as_posix()}"
    return path.name


def runs_folder() -> Path:
    """The folder of all training runs: `ATELIER_RUNS`, or `runs/` inside the data folder."""
    elsewhere = os.environ.get("ATELIER_RUNS")
    folder = Path(elsewhere).expanduser().resolve() if elsewhere else data_folder() / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep_runs_on_drive(mount: str = "/content/drive") -> Path:
    """In Colab, keep all runs on Google Drive, where they outlive a lost session.

    Returns the runs folder in use. Where there is no Drive, or it cannot be mounted or written
    to, runs stay on the local disk, and a line says so and why.
    """
    try:
        from google.colab import drive  # only exists in Colab

        drive.mount(mount)
        folder = Path(mount) / "MyDrive" / "gan-atelier" / "runs"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"can be written to")
    except ImportError:
        print("runs      stay on this machine's disk: Google Drive is there in Colab only")
    except Exception as error:  # a declined permission, a time-out, a full or read-only Drive
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        print(f"runs      stay on this machine's disk, Google Drive could not be used: {reason}")
        print("          When this session ends they are gone: download what you want to keep.")
    else:
        os.environ["ATELIER_RUNS"] = str(folder)
        print(f"runs      are kept on Google Drive, in {folder}")
    return runs_folder()


def pick_device() -> torch.device:
    """The device named in `ATELIER_DEVICE`, else a CUDA GPU if there is one, else the CPU.

    Raises ValueError with the list of what exists if the named device is not there.
    """
    wanted = os.environ.get("ATELIER_DEVICE")
    if not wanted:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        there = ["cpu"] + [f"cuda:{i}" for i in range(torch.cuda.device_count())]
        raise ValueError(
            f"ATELIER_DEVICE={wanted!r} is not a device of this machine. "
            f"It has: {', '.join(there)}. Unset ATELIER_DEVICE to let the course choose."
        ) from error
    return device


def fast_dtype(device: torch.device) -> torch.dtype | None:
    """The half precision this device computes faster in, or None where float32 is faster.

    A GPU without native bfloat16 (a T4, say) gets float16. A CPU needs AVX-512-BF16, and is tried.
    """
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if native else torch.float16
    able = device.type == "cpu" and getattr(torch.cpu, "_is_avx512_bf16_supported", bool)()
    return torch.bfloat16 if able and bfloat16_is_faster() else None


@functools.cache
def bfloat16_is_faster() -> bool:
    """Whether this CPU convolves faster in bfloat16 than in float32: some 50 ms, once a process.

    To have the instructions is not enough: an AMD EPYC gains with them, an Intel Xeon whose AMX
    is switched off loses a quarter of its speed.
    """
    images, weights = torch.ones(32, 64, 16, 16), torch.ones(64, 64, 4, 4)  # draws nothing
    fastest = {torch.float32: math.inf, torch.bfloat16: math.inf}
    for dtype in 6 * (torch.float32, torch.bfloat16):  # in turns: other work hits both
        inputs = [t.to(dtype, memory_format=torch.channels_last) for t in (images, weights)]
        begin = time.perf_counter()
        functional.conv2d(*inputs, padding=1)
        fastest[dtype] = min(fastest[dtype], time.perf_counter() - begin)
    return fastest[torch.bfloat16] < 0.9 * fastest[torch.float32]


def pick_profile(device: torch.device) -> Profile:
    """The profile named in `ATELIER_PROFILE`, else `t4` on a GPU and `laptop` elsewhere."""
    name = os.environ.get("ATELIER_PROFILE") or ("t4" if device.type == "cuda" else "laptop")
    if name not in PROFILES:
        raise ValueError(f"ATELIER_PROFILE={name!r} is unknown; choose from {', '.join(PROFILES)}.")
    return PROFILES[name]


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy (its old global generator too) and torch on every device.

    The same seed on the same CPU and torch version gives the same bits. Another CPU, another
    number of threads, a GPU or another torch release may sum in another order, and then
    pictures drift apart within some hundred steps.
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
        f"{profile.steps:,} steps of {profile.batch}"
    )
    print(f"device    {device.type} ({machine})")
    print(f"versions  Python {platform.python_version()}, torch {torch.__version__}")
    print(f"seed      {seed}")
    return environment
