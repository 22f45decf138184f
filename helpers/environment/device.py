"""Which device computes, and in which precision it is fastest."""

from __future__ import annotations

import functools
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.nn import functional


def pick_device() -> torch.device:
    """The device named in `ATELIER_DEVICE`, else a CUDA GPU if there is one, else the CPU.

    Raises ValueError with the list of what exists if the named device is not there.
    """
    wanted = os.environ.get("ATELIER_DEVICE")
    if not wanted:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return checked_device(wanted, "ATELIER_DEVICE")


def checked_device(name: str, asked_by: str) -> torch.device:
    """The device of that name. Raises ValueError, with what there is, if it is not there."""
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        there = ["cpu"] + [f"cuda:{i}" for i in range(torch.cuda.device_count())]
        raise ValueError(
            f"{asked_by}={name!r} is not a device of this machine. It has: {', '.join(there)}. "
            f"Leave {asked_by} out to let the course choose."
        ) from error
    return device


def fast_dtype(device: torch.device) -> torch.dtype | None:
    """The half precision this device computes faster in, or None where float32 is faster.

    A GPU without native bfloat16 (a T4, say) gets float16. A CPU needs AVX-512-BF16, and is tried.
    """
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if native else torch.float16
    able = device.type == "cpu" and computes_natively(torch.bfloat16, device)
    return torch.bfloat16 if able and bfloat16_is_faster() else None


def computes_natively(dtype: torch.dtype | None, device: torch.device) -> bool:
    """Whether this device has the instructions for autocast to `dtype` (None: float32)."""
    if dtype is None:
        return True
    if device.type == "cuda":
        bfloat16 = dtype is torch.bfloat16
        return not bfloat16 or torch.cuda.is_bf16_supported(including_emulation=False)
    return dtype is torch.bfloat16 and getattr(torch.cpu, "_is_avx512_bf16_supported", bool)()


@contextmanager
def full_float32() -> Iterator[None]:
    """Within it, a GPU multiplies float32 as float32: by default cuDNN convolves in TF32, with 10
    bits of mantissa in place of 23."""
    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = before


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
