"""One training on several processes, GPUs or machines: rank, world size, all-reduce.

    torchrun --nproc-per-node=2 -m helpers.train --dataset atelier --steps 2000 --name together

Every process holds the whole model and trains on its shard of each batch. Averaging the gradients
makes all of them take the same step. It is nearly, not exactly, the step of one process with the
whole batch: BatchNorm normalises over each process's own shard. Alone, the world size is 1, and
each method below does nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist

# The others wait while the first process downloads and reads a set; torch's half hour or ten
# minutes are too short for that.
LONGEST_WAIT = timedelta(hours=6)
LOOPBACK = "/sys/class/net/lo"  # Linux; elsewhere Gloo finds its own way


class ProcessGroup:
    """The processes that train one model together, from torch's default process group.

    rank, world_size: given only in tests; else what `join` found.
    """

    def __init__(self, rank: int = 0, world_size: int = 1) -> None:
        self.rank, self.world_size = rank, world_size

    @property
    def is_main(self) -> bool:
        """True for rank 0, the one process that writes files and prints."""
        return self.rank == 0

    def shard(self, items: Tensor) -> Tensor:
        """Every world_size-th row, each process beginning at its own rank."""
        return items[self.rank :: self.world_size] if self.world_size > 1 else items

    def own(self, random: torch.Generator) -> torch.Generator:
        """In a group, a generator with other draws in each process, seeded from one that all
        share; alone, that one itself."""
        if self.world_size == 1:
            return random
        shared = int(torch.randint(2**40, (1,), generator=random))
        return torch.Generator().manual_seed(shared + self.rank)

    @torch.no_grad()
    def all_reduce_mean(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by its mean over all processes: one message for all of them."""
        tensors = list(tensors)
        if self.world_size == 1 or not tensors:
            return
        message = torch.cat([tensor.reshape(-1).float() for tensor in tensors])
        dist.all_reduce(message)
        parts = message.div_(self.world_size).split([tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))

    def broadcast_tensors(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by that of rank 0."""
        if self.world_size > 1:
            for tensor in tensors:
                message = tensor.detach().contiguous()
                dist.broadcast(message, 0)
                tensor.data.copy_(message)

    def all_gather(self, thing: Any) -> list[Any]:
        """What each process holds, in order of rank."""
        if self.world_size == 1:
            return [thing]
        things = [None] * self.world_size
        dist.all_gather_object(things, thing)  # pickles, but only between our own processes
        return things

    def broadcast(self, thing: Any) -> Any:
        """What rank 0 holds."""
        if self.world_size == 1:
            return thing
        things = [thing]
        dist.broadcast_object_list(things, 0)
        return things[0]


def join(device: torch.device | str | None = None) -> tuple[ProcessGroup, torch.device | None]:
    """The process group that `torchrun` has started, or one of a single process; and this
    process's own device.

    Uses NCCL between GPUs and Gloo between CPUs. Asking again returns the same group.
    """
    chosen = torch.device(device) if device else None
    if "TORCHELASTIC_RUN_ID" not in os.environ:  # torchrun sets it; a bare RANK may be anybody's
        return ProcessGroup(), chosen
    if chosen is None or chosen == torch.device("cuda"):
        mine = f"cuda:{os.environ['LOCAL_RANK']}"
        chosen = torch.device(mine if torch.cuda.is_available() else "cpu")
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    if os.environ.get("LOCAL_WORLD_SIZE") == os.environ["WORLD_SIZE"] and Path(LOOPBACK).exists():
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # one machine needs no network
    if not dist.is_initialized():
        store, rank, size = next(dist.rendezvous("env://"))
        attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
        dist.init_process_group(
            "nccl" if chosen.type == "cuda" else "gloo",
            # a worker that was started again must not find the addresses of the dead ones
            store=dist.PrefixStore(f"attempt {attempt}", store),
            rank=rank,
            world_size=size,
            timeout=LONGEST_WAIT,
        )
    return ProcessGroup(dist.get_rank(), dist.get_world_size()), chosen


def leave() -> None:
    """Leave the process group, so that no process waits for this one."""
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()
