"""How far will so many minutes take me on this device? Ten seconds of training tell."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, replace

import numpy as np
import torch

from helpers import environment
from helpers.models import count_parameters, new_discriminator, new_generator
from helpers.training.config import Config, recipe
from helpers.training.distributed import ProcessGroup
from helpers.training.trainer import Trainer

SIZES = (128, 64, 32)  # pixels, tried from the largest
ENOUGH = 250_000  # pictures to be seen, or the next smaller size is the better use of the time
WARM_UP = 3  # steps that are slower: memory is laid out, kernels are chosen


@dataclass(frozen=True)
class Plan:
    """What to train and what it will take.

    config: the settings, steps included. seconds: expected, start to finish.
    rate: pictures a second. memory: bytes this process needs at most (on a GPU: of its memory).
    """

    config: Config
    device: torch.device
    seconds: float
    rate: float
    memory: int

    def __str__(self) -> str:
        minutes, seconds = divmod(round(self.seconds), 60)
        config, kind = self.config, "GPU memory" if self.device.type == "cuda" else "memory"
        return (
            f"plan      {config.size} x {config.size} pixels, {config.steps:,} steps of "
            f"{config.batch}: {config.steps * config.batch / 1000:,.0f} thousand pictures seen\n"
            f"time      {minutes}:{seconds:02} on {self.device} at {self.rate:,.0f} pictures a "
            f"second\n"
            f"memory    {self.memory / 2**30:.1f} GiB of {kind}"
        )


def plan(
    minutes: float,
    device: torch.device | str | None = None,
    size: int | None = None,
    base: Config | None = None,
    probe_seconds: float = 10.0,
    classes: int = 0,
) -> Plan:
    """The largest pictures, and the steps, that so many minutes allow on this device.

    size: train this size whatever it takes. base: settings in place of the course's recipe.
    classes: how many labels a conditional training has; 0 without labels.
    The probe trains on made pictures and leaves nothing behind. Raises ValueError for no time.
    """
    if not minutes > 0:
        raise ValueError(f"minutes must be more than 0, not {minutes}.")
    device = torch.device(device) if device else environment.pick_device()
    sizes = (size,) if size else (base.size,) if base else SIZES
    for pixels in sizes:
        config = replace(base or recipe("laptop", size=pixels), size=pixels)
        steps_a_second, memory = probe(config, device, probe_seconds / len(sizes), classes)
        steps = max(1, int(60 * minutes * steps_a_second))
        if steps * config.batch >= ENOUGH:
            break
    planned = replace(config, steps=steps)
    return Plan(planned, device, steps / steps_a_second, steps_a_second * config.batch, memory)


def probe(
    config: Config, device: torch.device, seconds: float, classes: int = 0
) -> tuple[float, int]:
    """Steps per second of this training here, and the bytes it needs."""
    shape = (4 * config.batch, config.channels, config.size, config.size)
    made = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    states = environment.random_states(device)
    # alone, also under torchrun: the other processes wait for what this one finds
    labels = np.arange(len(made)) % classes if classes else None
    endless = replace(config, steps=10**9)
    trainer = Trainer(made, endless, device=device, labels=labels, group=ProcessGroup())
    until = time.perf_counter() + seconds
    for _ in range(WARM_UP):
        trainer.step()
    begun, first = time.perf_counter(), trainer.steps
    while trainer.steps == first or time.perf_counter() < until:
        trainer.recent.append(trainer.step())
        if trainer.steps % 10 == 0:
            trainer._log()  # waits for a GPU, so that its work is counted
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    rate = (trainer.steps - first) / (time.perf_counter() - begun)
    environment.set_random_states(states, device)  # a probe changes nothing for what comes after
    return rate, memory_used(device)


def check_memory(config: Config, device: torch.device) -> None:
    """Raise ValueError if this training cannot fit into the memory, before anything is laid out.

    Counted are weights, gradients, Adam's two moments and the EMA, and the feature maps of one
    step: less than what will be used, so nothing is refused that could run.
    """
    shape = config.size, config.filters, config.channels
    maps: list[int] = []
    with torch.device("meta"):  # shapes without memory
        networks = (
            new_generator(config.network, *shape, config.latent),
            new_discriminator(*shape, config.norm),
        )
        for module in [layer for network in networks for layer in network.modules()]:
            module.register_forward_hook(lambda layer, inputs, out: maps.append(out.numel()))
        networks[1](networks[0](torch.empty(1, config.latent)))
    weights = sum(count_parameters(network) for network in networks)
    need, there = 4 * (5 * weights + config.batch * sum(maps)), memory_of(device)
    if need > there:
        raise ValueError(
            f"{config.filters:,} filters and batches of {config.batch:,} at {config.size} pixels "
            f"need more than {need / 2**30:,.0f} GiB of memory, and {device} has "
            f"{there / 2**30:,.0f}. Take fewer filters, or a smaller batch."
        )


def memory_of(device: torch.device) -> int:
    """Bytes of memory of a GPU, or of this machine."""
    if device.type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    import psutil  # ipykernel brings it

    return psutil.virtual_memory().total


def memory_used(device: torch.device) -> int:
    """The most bytes this process has held so far: of the GPU's memory, or of the machine's."""
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved(device)
    if sys.platform == "win32":
        import psutil  # ipykernel brings it

        return psutil.Process().memory_info().peak_wset
    import resource  # everywhere but on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, Linux KiB
