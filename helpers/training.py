"""The Trainer: one step, and a fit. How it is saved and goes on is told in resuming.py."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from helpers import augment, distributed, environment, health, losses, runs
from helpers.environment import fast_dtype
from helpers.models import Discriminator, Generator
from helpers.pictures import as_grid, checked_images, draw, to_signed
from helpers.recipes import Config
from helpers.resuming import Resumable
from helpers.stopping import interrupts_wait

SCORES = ("loss_d", "loss_g", "d_real", "d_fake")
COLUMNS = ("step", "epoch", "kimg", "seconds", *SCORES)
GO_ON = "Run the cell again to go on."


@torch.no_grad()
def update_average(average: nn.Module, network: nn.Module, keep: float) -> None:
    """Move every weight of `average` towards `network`: average = keep * average + rest.

    BatchNorm's running statistics are averaged as well, or the average would judge its own
    features by another network's means. Source: Karras et al. 2018, section 4.1.
    """
    ours, theirs = average.state_dict(), network.state_dict()
    for name, value in ours.items():
        if value.is_floating_point():
            value.lerp_(theirs[name], 1.0 - keep)
        else:
            value.copy_(theirs[name])


class Trainer(Resumable):
    """A GAN in training on one set of pictures, which sits on the device as uint8.

    images: uint8 array or tensor [N, C, H, W] that agrees with `config`.
    run: the run's name, or None to keep nothing. An unfinished run of that name with the same
        configuration and pictures is continued; any other is left alone, and this one gets the
        next free name: NAME, NAME-2, NAME-3, ...
    generator, discriminator: your own networks in place of the DCGAN pair.
    team: the processes that train together; by default the one that `torchrun` has started.
    """

    def __init__(
        self,
        images: np.ndarray | Tensor,
        config: Config,
        run: str | None = None,
        device: torch.device | str | None = None,
        generator: nn.Module | None = None,
        discriminator: nn.Module | None = None,
        team: distributed.Team | None = None,
    ) -> None:
        self.config = config
        joined, device = distributed.join(device)
        self.team = team or joined
        if config.batch % self.team.size:
            raise ValueError(
                f"A batch of {config.batch} cannot be shared equally by {self.team.size} processes."
            )
        self.device = torch.device(device) if device else environment.pick_device()
        self.images = checked_images(images, config.channels, config.size).to(self.device)
        torch.manual_seed(config.seed)  # initial weights
        self.random = torch.Generator().manual_seed(config.seed)  # order, flips and latents
        shape = {"size": config.size, "filters": config.filters, "channels": config.channels}
        self.generator = self._placed(generator or Generator(latent=config.latent, **shape))
        self.discriminator = self._placed(discriminator or Discriminator(**shape))
        if self.team.rank:  # what is drawn beside `self.random`, as dropout, differs by process
            torch.manual_seed(config.seed + self.team.rank)
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        self.optim_g, self.optim_d = (
            torch.optim.Adam(
                network.parameters(),
                config.learning_rate,
                betas=(config.beta1, config.beta2),
                fused=self.device.type in ("cpu", "cuda"),
            )
            for network in (self.generator, self.discriminator)
        )
        self.dtype = self.team.told_by_first(fast_dtype(self.device))
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.dtype is torch.float16)
        self.fixed_latents = torch.randn(25, config.latent, generator=self.random)
        self.order = torch.empty(0, dtype=torch.long)  # what is left of this epoch
        self.recent: list[Tensor] = []  # scores since the last row of the history, on the device
        self.steps = 0
        self.seconds = 0.0
        self.history: list[dict[str, float]] = []
        self.stopped = ""  # why the last fit ended before its goal
        self.folder = self._open_folder(run) if run else None

    # ---- one step: read this first -------------------------------------------------------------

    def step(self) -> Tensor:
        """One discriminator and one generator update.

        Returns loss_d, loss_g, mean D(x) and mean D(G(z)), [4], still on the device.
        """
        self._set_rate()
        real = self.next_batch()
        with self.half_precision():
            fake = self.generator(self.latents(len(real)))
            real_logits = self.judge(real).float()
            fake_logits = self.judge(fake.detach()).float()  # detach: the generator sits this out
        loss_d = losses.discriminator_loss(real_logits, fake_logits)
        self._update(self.discriminator, self.optim_d, loss_d)

        self.discriminator.requires_grad_(False)  # the judge is only asked, it does not learn
        with self.half_precision():
            judged = self.judge(fake).float()
        loss_g = losses.generator_loss(judged)
        self._update(self.generator, self.optim_g, loss_g)
        self.discriminator.requires_grad_(True)

        self.scaler.update()
        self.steps += 1
        keep = min(self.config.ema, (1 + self.steps) / (10 + self.steps))  # trust it slowly
        update_average(self.average, self.generator, keep)
        scores = [loss_d, loss_g, real_logits.sigmoid().mean(), fake_logits.sigmoid().mean()]
        return torch.stack([score.detach().float() for score in scores])

    def next_batch(self) -> Tensor:
        """The next pictures of this epoch, some mirrored, float [B, C, H, W] in [-1, 1]."""
        while len(self.order) < self.config.batch:
            epoch = torch.randperm(len(self.images), generator=self.random)
            self.order = torch.cat([self.order, epoch])
        index, self.order = self.order.split(
            [self.config.batch, len(self.order) - self.config.batch]
        )
        batch = to_signed(self.images[self._sent(self.team.my_share(index))])
        if self.config.flip:
            mirrored = torch.rand(len(index), generator=self.random) < 0.5
            mirrored = self._sent(self.team.my_share(mirrored))[:, None, None, None]
            batch = torch.where(mirrored, batch.flip(3), batch)
        return batch.contiguous(memory_format=torch.channels_last)

    def judge(self, images: Tensor) -> Tensor:
        """Logits [B] of D on pictures that were changed a little, real and fake alike.

        Without it D soon knows few pictures by heart and nothing it says helps G any more.
        """
        changed = augment.augmented(
            images, self.config.shift, self.config.colour, self.config.cutout, self.random
        )
        return self.discriminator(changed)

    def latents(self, n: int) -> Tensor:
        """Fresh latents [n, Z] from a standard normal, others in each process of a team."""
        all_latents = torch.randn(n * self.team.size, self.config.latent, generator=self.random)
        return self._sent(self.team.my_share(all_latents))

    def half_precision(self) -> torch.autocast:
        """Convolutions in half precision where this device is faster in it."""
        dtype = self.dtype or torch.bfloat16
        return torch.autocast(self.device.type, dtype, enabled=self.dtype is not None)

    def _update(self, network: nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        if self.team.size > 1:
            moved = [weight.grad for weight in network.parameters() if weight.grad is not None]
            self.team.average(moved + [b for b in network.buffers() if b.is_floating_point()])
        self.scaler.step(optimizer)

    def _set_rate(self) -> None:
        """The learning rate of this step: level at first, then in a line towards nothing."""
        left = 1 - self.steps / max(1, self.config.steps)  # share of the run
        share = min(1.0, left / self.config.decay) if self.config.decay else 1.0
        for group in (*self.optim_g.param_groups, *self.optim_d.param_groups):
            group["lr"] = self.config.learning_rate * max(share, 0.01)

    # ---- a fit ---------------------------------------------------------------------------------

    def fit(
        self,
        steps: int | None = None,
        on_log: Callable[[Trainer], None] | None = None,
        log_every: int = 10,
        save_seconds: float = 60.0,
        save_every: int | None = None,
        minutes: float | None = None,
    ) -> list[dict[str, float]]:
        """Train to the end of the run, or `steps` further, or for `minutes`; returns the history.

        Every `log_every` steps is a look: the scores are checked and their means go into the
        history, `on_log(self)` is called (and `on_log.finish(self)` at the end, if there is one),
        and what is due is written: once an epoch, more often in a short run, the same 25 latents,
        drawn into `samples/`; a checkpoint every `save_every` steps, or after `save_seconds`.
        Ctrl-C, the notebook's stop button or `stop()` let the step end, save, and return. Raises
        FloatingPointError, in words, if the losses leave the numbers.
        """
        goal = self.config.steps if steps is None else self.steps + steps
        sample_every = max(1, min(len(self.images) // self.config.batch, goal // 25))
        sampled, saved = self.steps, time.perf_counter()
        begun, until = saved - self.seconds, saved + 60 * (minutes or math.inf)
        self.stopped = ""
        if self.steps == 0:
            self._draw_samples()
            self.save()  # from here on a run can be gone on with, whatever happens
        with interrupts_wait() as interrupts:
            try:
                while self.steps < goal and not self._must_stop(interrupts, until):
                    self.recent.append(self.step())
                    self.seconds = time.perf_counter() - begun
                    end = self.steps == goal
                    save_now = end or bool(save_every and self.steps % save_every == 0)
                    if not (save_now or self.steps % log_every == 0):
                        continue
                    self._log()
                    if end or self.steps // sample_every > sampled // sample_every:
                        self._draw_samples()
                        sampled = self.steps
                    if on_log and self.team.first:
                        on_log(self)
                    late = not save_every and time.perf_counter() - saved > save_seconds
                    if not end and self.team.told_by_first(save_now or late):
                        self.save()
                        saved = time.perf_counter()
            except KeyboardInterrupt:
                self.stop()
            finally:
                if hasattr(on_log, "finish"):
                    on_log.finish(self)
            if self.stopped and self.team.first:
                print(f"{self.stopped} at step {self.steps:,} of {goal:,}. {GO_ON}")
            self.save()
            self._finish()
        return self.history

    def stop(self, why: str = "Stopped") -> None:
        """Let a running `fit` end after the step it is in; another thread may call it."""
        self.stopped = why

    def _must_stop(self, interrupts: list[int], until: float) -> bool:
        if interrupts:
            self.stop()
        elif time.perf_counter() > until:
            self.stop("Time is up")
        if self.team.size == 1:
            return bool(self.stopped)
        if self.steps % 10:  # to agree costs a message
            return False
        self.stopped = next(filter(None, self.team.gather(self.stopped)), "")
        return bool(self.stopped)

    def _log(self) -> None:
        """One row of history: means since the last one. The only place that waits for a GPU."""
        scores = self._recent_scores()
        self._check(scores)
        self.recent.clear()
        seen = self.steps * self.config.batch
        place = (self.steps, seen / len(self.images), seen / 1000, round(self.seconds, 3))
        self.history.append(dict(zip(COLUMNS, (*place, *scores.mean(0).tolist()), strict=True)))

    def _recent_scores(self) -> Tensor:
        """Scores of each step since the last row, [n, 4], on the CPU; the team's mean."""
        none = torch.empty(0, len(SCORES), device=self.device)
        scores = torch.stack(self.recent) if self.recent else none
        self.team.average([scores])
        return scores.cpu()

    def _check(self, scores: Tensor) -> None:
        health.check_scores(scores, self.steps, self.config.learning_rate, self.folder)

    @torch.no_grad()
    def sample(self, latents: Tensor | int = 25, averaged: bool = True) -> Tensor:
        """Pictures, uint8 [N, C, H, W] on the CPU, from latents [N, Z] or from N fresh ones.

        Drawn by the averaged generator, in evaluation mode: a latent always gives one picture.
        """
        if isinstance(latents, int):
            latents = torch.randn(latents, self.config.latent)
        return draw(self.average if averaged else self.generator, latents)

    def _draw_samples(self) -> None:
        if self.folder and self.team.first:
            picture = as_grid(self.sample(self.fixed_latents), columns=5)
            runs.write_image(picture, self.folder / "samples" / f"step_{self.steps:06d}.png")

    # ---- small things ---------------------------------------------------------------------------

    def _placed(self, network: nn.Module) -> nn.Module:
        network = network.to(self.device, memory_format=torch.channels_last)
        self.team.follow([*network.parameters(), *network.buffers()])
        return network

    def _sent(self, tensor: Tensor) -> Tensor:
        return tensor.to(self.device, non_blocking=True)  # the CPU does not wait for a GPU
