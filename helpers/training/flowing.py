"""Training of a flow-matching model: one network, one squared error, no opponent.

Settings, schedule, EMA and precision are those of the GANs of this course, so that the two can be
compared (notebook 17).
"""

from __future__ import annotations

import time
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel

from helpers import environment
from helpers.images import to_signed, validate_images
from helpers.models.flow import VelocityNetwork, flow_loss
from helpers.training.config import Config
from helpers.training.interrupts import interrupts_wait
from helpers.training.schedule import deadline, learning_rate_share

LARGEST_GRADIENT = 1.0  # its norm: now and then a batch has a far larger one, and undoes minutes


class FlowTraining:
    """A velocity network in training on one set of images.

    images: uint8 [N, C, H, W] that agree with `config`; of this the size, the channels, batch,
    steps, learning_rate, decay, ema, flip and seed are used.
    network: your own in place of a `VelocityNetwork`, called as network(images, t).
    """

    def __init__(
        self,
        images: np.ndarray | Tensor,
        config: Config,
        network: nn.Module | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        self.config = config
        self.device = torch.device(device) if device else environment.pick_device()
        self.images = validate_images(images, config.channels, config.size).to(self.device)
        torch.manual_seed(config.seed)
        network = network or VelocityNetwork(config.size, config.channels)
        self.network = network.to(self.device, memory_format=torch.channels_last)
        self.random = torch.Generator().manual_seed(config.seed)
        self.ema = AveragedModel(self.network, multi_avg_fn=self._towards)
        self.ema.requires_grad_(False)
        # Adam's usual momentum: a GAN needs less of it, an error without an opponent does not
        self.optimizer = torch.optim.Adam(self.network.parameters(), config.learning_rate)
        self.schedule = LambdaLR(self.optimizer, partial(learning_rate_share, config))
        fast = environment.fast_dtype(self.device)
        self.dtype = fast if fast is torch.bfloat16 else None  # float16 would need a scaler
        self.steps, self.seconds = 0, 0.0
        self.losses: list[float] = []

    def step(self) -> Tensor:
        """One update of the network; returns the loss, still on the device."""
        images = self.next_batch()
        noise = torch.randn(images.shape, generator=self.random).to(self.device)
        t = self.times(len(images)).to(self.device)
        with torch.autocast(
            self.device.type, self.dtype or torch.bfloat16, enabled=self.dtype is not None
        ):
            loss = flow_loss(self.network, images, noise, t)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT)
        self.optimizer.step()
        self.schedule.step()
        self.ema.update_parameters(self.network)
        self.steps += 1
        return loss.detach()

    def times(self, n: int) -> Tensor:
        """Where on the line the network is asked, [n]: more often in the middle than at the ends.

        Source: Esser et al. 2024, "Scaling Rectified Flow Transformers", section 3.1.
        """
        return torch.randn(n, generator=self.random).sigmoid()

    def next_batch(self) -> Tensor:
        """Images chosen at random, some mirrored, float [B, C, H, W] in [-1, 1]."""
        chosen = torch.randint(len(self.images), (self.config.batch,), generator=self.random)
        batch = to_signed(self.images[chosen.to(self.device)])
        if self.config.flip:
            mirrored = torch.rand(len(batch), generator=self.random) < 0.5
            batch = torch.where(mirrored[:, None, None, None].to(self.device), batch.flip(3), batch)
        return batch.contiguous(memory_format=torch.channels_last)

    def fit(self, steps: int | None = None, minutes: float | None = None) -> list[float]:
        """Train to the end, or `steps` further, or for `minutes`; returns the loss of each step.

        Raises FloatingPointError if the loss becomes infinite or NaN.
        """
        goal = self.config.steps if steps is None else self.steps + steps
        begun, until = time.perf_counter() - self.seconds, deadline(minutes)
        with interrupts_wait() as interrupts:
            while self.steps < goal and not interrupts and time.perf_counter() < until:
                self.losses.append(self.step().item())
                self.seconds = time.perf_counter() - begun
                if not np.isfinite(self.losses[-1]):
                    raise FloatingPointError(
                        f"The loss at step {self.steps:,} is {self.losses[-1]}: try a learning "
                        f"rate lower than {self.config.learning_rate:g}."
                    )
        return self.losses

    @property
    def ema_network(self) -> nn.Module:
        """The EMA of the network, which paints better images than its latest weights."""
        return self.ema.module

    @torch.no_grad()
    def _towards(self, average: list[Tensor], now: list[Tensor], updates: Tensor) -> None:
        """As in the Trainer: in the first steps faster than `ema` says."""
        keep = min(self.config.ema, (1 + int(updates)) / (10 + int(updates)))
        torch._foreach_lerp_(list(average), list(now), 1 - keep)
