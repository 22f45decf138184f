"""One training on several processes, GPUs or machines: what they must agree on, and how.

    torchrun --nproc-per-node=2 -m helpers.train --dataset atelier --steps 2000 --name together

Every process holds the whole model and takes its share of each batch. Averaging the gradients
makes all of them take the same step: two processes with half a batch each do what one does with
the whole batch. Alone, a `Team` has one member, and each of its methods does nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist

LOOPBACK = "/sys/class/net/lo"  # Linux; elsewhere Gloo finds its own way


class Team:
    """The processes that train one model together; `rank` is this one's number, from 0.

    rank, size: given only in tests; else what `join` found.
    """

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size

    @property
    def first(self) -> bool:
        """True for the one process that writes files and talks."""
        return self.rank == 0

    def my_share(self, items: Tensor) -> Tensor:
        """Every size-th row, each process beginning at its own rank."""
        return items[self.rank :: self.size] if self.size > 1 else items

    @torch.no_grad()
    def average(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by its mean over all processes: one message for all of them."""
        tensors = list(tensors)
        if self.size == 1 or not tensors:
            return
        message = torch.cat([tensor.reshape(-1).float() for tensor in tensors])
        dist.all_reduce(message)
        parts = message.div_(self.size).split([tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))

    def follow(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by that of the first process."""
        if self.size > 1:
            for tensor in tensors:
                message = tensor.detach().contiguous()
                dist.broadcast(message, 0)
                tensor.data.copy_(message)

    def agree(self, wish: bool) -> bool:
        """True for all as soon as one wishes it: all must stop at the same step."""
        return any(self.gather(wish))

    def gather(self, thing: Any) -> list[Any]:
        """What each process holds, in order of rank."""
        if self.size == 1:
            return [thing]
        things = [None] * self.size
        dist.all_gather_object(things, thing)  # pickles, but only between our own processes
        return things

    def told_by_first(self, thing: Any) -> Any:
        """What the first process holds."""
        if self.size == 1:
            return thing
        things = [thing]
        dist.broadcast_object_list(things, 0)
        return things[0]


def join(device: torch.device | str | None = None) -> tuple[Team, torch.device | None]:
    """The team that `torchrun` has started, or a team of one; and this process's own device.

    Uses NCCL between GPUs and Gloo between CPUs. Asking again returns the same team.
    """
    chosen = torch.device(device) if device else None
    if "TORCHELASTIC_RUN_ID" not in os.environ:  # torchrun sets it; a bare RANK may be anybody's
        return Team(), chosen
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
        )
    return Team(dist.get_rank(), dist.get_world_size()), chosen


def leave() -> None:
    """Say goodbye, so that no process waits for this one."""
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()
