"""The Trainer: one step, a fit, and what comes of it. Read `step` first."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from helpers import environment
from helpers.augment import augment
from helpers.environment.threads import ThreadChoice
from helpers.images import fingerprint, to_signed, validate_images, validate_labels
from helpers.losses import objective
from helpers.models import generate, identity, labels_in_turn, new_discriminator, new_generator
from helpers.training import checkpoint, distributed, health, in_use, runs
from helpers.training.config import Config
from helpers.training.interrupts import interrupts_wait
from helpers.training.schedule import Due, deadline, schedules

SCORES = ("loss_d", "loss_g", "d_real", "d_fake")
COLUMNS = ("step", "epoch", "kimg", "seconds", *SCORES)
GO_ON = "Run the cell again to go on."


class Trainer:
    """A GAN in training on one set of images, which sits on the device as uint8.

    images: uint8 array or tensor [N, C, H, W] that agrees with `config`.
    run: the run's name, or None to keep nothing. An unfinished run of that name with the same
        configuration and images is continued; any other is left alone, and this one gets the
        next free name: NAME, NAME-2, NAME-3, ...
    generator, discriminator: your own networks in place of those that the configuration names.
    labels: int [N], for a conditional GAN: networks are called as G(z, labels), D(images, labels).
    group: the processes that train together; by default those that `torchrun` has started.
    """

    def __init__(
        self,
        images: np.ndarray | Tensor,
        config: Config,
        run: str | None = None,
        device: torch.device | str | None = None,
        generator: nn.Module | None = None,
        discriminator: nn.Module | None = None,
        labels: np.ndarray | Tensor | None = None,
        group: distributed.ProcessGroup | None = None,
    ) -> None:
        self.config = config
        joined, device = distributed.join(device)
        self.group = group or joined
        if config.batch % self.group.world_size:
            raise ValueError(
                f"A batch of {config.batch} cannot be shared equally by {self.group.world_size} "
                "processes."
            )
        self.device = torch.device(device) if device else environment.pick_device()
        self.images = validate_images(images, config.channels, config.size).to(self.device)
        self.labels = validate_labels(labels, len(self.images), self.device)
        self.fingerprint = fingerprint(self.images, self.labels)
        self.objective = objective(config.objective, config.r1, config.r2)
        torch.manual_seed(config.seed)  # initial weights
        self.random = torch.Generator().manual_seed(config.seed)  # order, flips and latents
        classes = 0 if self.labels is None else int(self.labels.max()) + 1
        shape = config.size, config.filters, config.channels
        generator = generator or new_generator(config.network, *shape, config.latent, classes)
        discriminator = discriminator or new_discriminator(*shape, config.norm, classes)
        pair = self._placed(generator), self._placed(discriminator)
        self.generator, self.discriminator = pair
        if self.group.rank:  # what is drawn beside `self.random`, as dropout, differs by process
            torch.manual_seed(config.seed + self.group.rank)
        self.ema = AveragedModel(self.generator, multi_avg_fn=self._towards, use_buffers=True)
        self.ema.requires_grad_(False)
        self.optim_g, self.optim_d = (
            torch.optim.Adam(
                network.parameters(),
                rate,
                betas=(config.beta1, config.beta2),
                fused=self.device.type in ("cpu", "cuda"),
            )
            for network, rate in zip(pair, config.rates, strict=True)
        )
        self.compute_in(self.group.broadcast(environment.fast_dtype(self.device)))
        # for `sample`: apart from training, and with other numbers than the fixed latents
        self.sampling = torch.Generator().manual_seed(config.seed + 2**32)
        self.fixed_latents = torch.randn(25, config.latent, generator=self.random)
        self.order = torch.empty(0, dtype=torch.long)  # what is left of this epoch
        self.recent: list[Tensor] = []  # scores since the last row of the history, on the device
        self.steps, self.seconds = 0, 0.0
        self.threads = 0  # that the last step was computed with; 0 before the first one
        self.history: list[dict[str, float]] = []
        self.stopped = ""  # why the last fit ended before its goal
        self.folder: Path | None = None
        self.schedules = schedules((self.optim_g, self.optim_d), config, self.steps)
        if run:
            self.folder = self._open_folder(run)

    # ---- one step: read this first -------------------------------------------------------------

    def step(self) -> Tensor:
        """One discriminator and one generator update.

        Returns loss_d, loss_g, mean D(x) and mean D(G(z)), [4], still on the device.
        """
        real, labels = self.next_batch()
        with self.autocast():
            fake = self.paint(self.latents(len(real)), labels)
            real, fake = self.augment(real), self.augment(fake)  # both by the same code
            d = self.objective.discriminator_loss(self.discriminator, real, fake.detach(), labels)
        self._update(self.discriminator, self.optim_d, d.loss)

        self.discriminator.requires_grad_(False)  # it is only asked, it does not learn here
        with self.autocast():
            loss_g = self.objective.generator_loss(self.discriminator, fake, labels, real)
        self._update(self.generator, self.optim_g, loss_g)
        self.discriminator.requires_grad_(True)

        self.scaler.update()
        self.ema.update_parameters(self.generator)
        for schedule in self.schedules:
            schedule.step()
        self.steps += 1
        scores = [d.loss, loss_g, d.real_logits.sigmoid().mean(), d.fake_logits.sigmoid().mean()]
        return torch.stack([score.detach().float() for score in scores])

    def next_batch(self) -> tuple[Tensor, Tensor | None]:
        """The next images of this epoch, some mirrored, float [B, C, H, W] in [-1, 1], and their
        labels [B], if there are labels."""
        while len(self.order) < self.config.batch:
            epoch = torch.randperm(len(self.images), generator=self.random)
            self.order = torch.cat([self.order, epoch])
        index, self.order = self.order.split(
            [self.config.batch, len(self.order) - self.config.batch]
        )
        mine = self._sent(self.group.shard(index))
        batch = to_signed(self.images[mine])
        if self.config.flip:
            mirrored = torch.rand(len(index), generator=self.random) < 0.5
            mirrored = self._sent(self.group.shard(mirrored))[:, None, None, None]
            batch = torch.where(mirrored, batch.flip(3), batch)
        labels = None if self.labels is None else self.labels[mine]
        return batch.contiguous(memory_format=torch.channels_last), labels

    def latents(self, n: int) -> Tensor:
        """Fresh latents [n, Z] from a standard normal, others in each process of a group."""
        shape = (n * self.group.world_size, self.config.latent)
        return self._sent(self.group.shard(torch.randn(shape, generator=self.random)))

    def paint(self, latents: Tensor, labels: Tensor | None) -> Tensor:
        """The generator's images for latents [N, Z], and for labels [N] if there are labels."""
        return self.generator(latents) if labels is None else self.generator(latents, labels)

    def augment(self, images: Tensor) -> Tensor:
        """Images as D sees them. Without it D soon memorises a small set and helps G no more."""
        config = self.config
        strengths = config.translation, config.colour, config.cutout
        random = self.group.own(self.random) if any(strengths) else self.random
        changed = augment(images, *strengths, random)
        return changed.contiguous(memory_format=torch.channels_last)

    def compute_in(self, dtype: torch.dtype | None) -> None:
        """Set the precision of `autocast`; None for float32."""
        self.dtype = dtype
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=dtype is torch.float16)

    def autocast(self) -> torch.autocast:
        """Convolutions in half precision where this device is faster in it."""
        dtype = self.dtype or torch.bfloat16
        return torch.autocast(self.device.type, dtype, enabled=self.dtype is not None)

    def _update(self, network: nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        if self.group.world_size > 1:
            gradients = [weight.grad for weight in network.parameters() if weight.grad is not None]
            buffers = [buffer for buffer in network.buffers() if buffer.is_floating_point()]
            self.group.all_reduce_mean(gradients + buffers)
        self.scaler.step(optimizer)

    @torch.no_grad()
    def _towards(self, average: Sequence[Tensor], now: Sequence[Tensor], updates: Tensor) -> None:
        """Move the EMA's weights, and BatchNorm's statistics, towards the generator's.

        In the first steps faster: the initial weights are nothing to hold on to. Source: Karras
        et al. 2018, appendix A.1; for the start, TensorFlow's ExponentialMovingAverage.
        """
        keep = min(self.config.ema, (1 + int(updates)) / (10 + int(updates)))
        if average[0].is_floating_point():
            torch._foreach_lerp_(list(average), list(now), 1 - keep)
        else:  # BatchNorm's count of batches
            torch._foreach_copy_(list(average), list(now))

    # ---- a fit ---------------------------------------------------------------------------------

    def fit(
        self,
        steps: int | None = None,
        minutes: float | None = None,
        callbacks: Sequence[Callable[[Trainer], object]] = (),
        log_every: int = 10,
        save_every: int | None = None,
        save_seconds: float = 60.0,
    ) -> list[dict[str, float]]:
        """Train to the end of the run, or `steps` further, or for `minutes`; returns the history.

        Every `log_every` steps the scores are checked, their means go into the history, and each
        callback is called with this trainer; if it has a `finish`, that is called at the end.
        Once an epoch, more often in a short run, the same 25 latents are drawn into `samples/`.
        A checkpoint is written every `save_every` steps, or after `save_seconds`. Ctrl-C, the
        notebook's stop button or `stop()` let the step end, save, and return. Raises
        FloatingPointError, in words, if the losses become infinite or NaN.
        """
        goal = self.config.steps if steps is None else self.steps + steps
        snapshot_every = max(1, min(len(self.images) // self.config.batch, goal // 25))
        due = Due(goal, log_every, snapshot_every, save_every, save_seconds, self.steps)
        begun = time.perf_counter() - self.seconds
        until = deadline(minutes)
        threads = ThreadChoice(self.device, self.group.world_size == 1, last=self.threads)
        self.stopped = ""
        mine = self.folder if self.group.is_main else None
        with in_use.held(mine), interrupts_wait() as interrupts, threads.in_use():
            if self.steps == 0:
                self._snapshot()
                self.save()  # from here on a run can be gone on with, whatever happens
            try:
                while self.steps < goal and not self._must_stop(interrupts, until):
                    self.recent.append(threads.run(self.step))
                    self.seconds, self.threads = time.perf_counter() - begun, threads.now
                    if not due.log(self.steps):
                        continue
                    self._log()
                    if due.snapshot(self.steps):
                        self._snapshot()
                    for callback in callbacks if self.group.is_main else ():
                        callback(self)
                    if self.group.broadcast(due.save(self.steps)):
                        self.save()
            except KeyboardInterrupt:
                if len(interrupts) > 1:  # in the middle of a step: this state is not to be kept
                    raise
                self.stop()
            finally:
                for callback in callbacks if self.group.is_main else ():
                    if hasattr(callback, "finish"):
                        callback.finish(self)
            if self.stopped and self.group.is_main:
                print(f"{self.stopped} at step {self.steps:,} of {goal:,}. {GO_ON}")
            self.save()
            if self.folder and self.group.is_main:
                checkpoint.write_results(self, self.sample(self.fixed_latents))
        return self.history

    def stop(self, why: str = "Stopped") -> None:
        """Let a running `fit` end after the step it is in; another thread may call it."""
        self.stopped = why

    def _must_stop(self, interrupts: list[int], until: float) -> bool:
        if interrupts:
            self.stop()
        elif time.perf_counter() > until:
            self.stop("Time is up")
        if self.group.world_size == 1:
            return bool(self.stopped)
        if self.steps % 10:  # to agree costs a message
            return False
        self.stopped = next(filter(None, self.group.all_gather(self.stopped)), "")
        return bool(self.stopped)

    def _log(self) -> None:
        """One row of history: means since the last one. The only place that waits for a GPU."""
        scores = self.recent_scores()
        self._check(scores)
        self.recent.clear()
        seen = self.steps * self.config.batch
        place = (self.steps, seen / len(self.images), seen / 1000, round(self.seconds, 3))
        self.history.append(dict(zip(COLUMNS, (*place, *scores.mean(0).tolist()), strict=True)))

    def recent_scores(self) -> Tensor:
        """Scores of each step since the last row, [n, 4], on the CPU; the mean of all processes."""
        none = torch.empty(0, len(SCORES), device=self.device)
        scores = torch.stack(self.recent) if self.recent else none
        self.group.all_reduce_mean([scores])
        return scores.cpu()

    def _check(self, scores: Tensor) -> None:
        health.check_scores(scores, self.steps, self.config.learning_rate, self.folder)

    # ---- images --------------------------------------------------------------------------------

    @property
    def ema_generator(self) -> nn.Module:
        """The EMA of the generator, which draws better images than its latest weights."""
        return self.ema.module

    def sample(
        self, latents: Tensor | int = 25, labels: Tensor | None = None, ema: bool = True
    ) -> Tensor:
        """Images, uint8 [N, C, H, W] on the CPU, from latents [N, Z] or from N fresh ones.

        Drawn in evaluation mode: a latent always gives one image. labels: [N]; without them a
        conditional generator takes all classes in turn, or evenly chosen ones.
        """
        if isinstance(latents, int):
            latents = torch.randn(latents, self.config.latent, generator=self.sampling)
        if labels is None and self.labels is not None:
            labels = labels_in_turn(len(latents), int(self.labels.max()) + 1)
        return generate(self.ema_generator if ema else self.generator, latents, labels=labels)

    def _snapshot(self) -> None:
        if self.folder and self.group.is_main:
            checkpoint.write_snapshot(self.folder, self.steps, self.sample(self.fixed_latents))

    # ---- saved, and gone on with: see checkpoint.py ----------------------------------------------

    def save(self) -> None:
        """Write a checkpoint and the history, if the run has a folder and is in good health."""
        self._check(self.recent_scores())
        for name in ("discriminator", "generator"):
            rate = self.config.learning_rate
            health.check_weights(getattr(self, name), name, self.steps, rate, self.folder)
        if self.folder:
            state = checkpoint.state_of(self)  # all processes have a part in it
            if self.group.is_main:
                runs.save_checkpoint(state, self.folder)

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state of `checkpoint.state_of`, bit for bit."""
        checkpoint.restore(self, state)
        self.schedules = schedules((self.optim_g, self.optim_d), self.config, self.steps)

    @classmethod
    def resume(
        cls,
        images: np.ndarray | Tensor,
        run: str,
        other_images: bool = False,
        device: torch.device | str | None = None,
        generator: nn.Module | None = None,
        discriminator: nn.Module | None = None,
        labels: np.ndarray | Tensor | None = None,
        **changes: float,
    ) -> Self:
        """Go on with a run, finished or not, exactly where its newest good checkpoint was taken.

        changes: what shall be otherwise from here on, by name: `steps` or `learning_rate`.
        other_images: allow a set that is not the one the run has learnt from.
        Raises FileNotFoundError if there is no such run, ValueError with the difference if it
        would not be the same training.
        """
        folder, state = runs.find_folder(run)
        before = state["identity"]
        config = checkpoint.may_continue(before, changes, run)
        trainer = cls(images, config, None, device, generator, discriminator, labels)
        expected = before | {"config": asdict(config)}
        if other_images:
            expected["images"] = trainer.identity()["images"]
        checkpoint.refuse(runs.compare(expected, trainer.identity()), run)
        if trainer.group.is_main:
            in_use.take_or_raise(folder)
        trainer.folder = folder
        trainer.restore(state)
        if trainer.group.is_main:
            checkpoint.say_new_schedule(Config(**before["config"]), config, trainer.steps)
            checkpoint.write_config(trainer)
        return trainer

    def identity(self) -> dict[str, Any]:
        """What must be equal for a run to be continued: configuration, networks and images."""
        return {
            "config": asdict(self.config),
            "generator": identity(self.generator),
            "discriminator": identity(self.discriminator),
            "images": self.fingerprint,
        }

    def _open_folder(self, run: str) -> Path:
        """The folder to write to, after picking up an unfinished run of the same identity."""
        found = runs.open_folder(run, self.identity()) if self.group.is_main else None
        self.folder, state = self.group.broadcast(found)
        if state:
            self.restore(state)
        elif self.group.is_main:
            checkpoint.write_config(self)
        return self.folder

    # ---- small things ---------------------------------------------------------------------------

    def _placed(self, network: nn.Module) -> nn.Module:
        network = network.to(self.device, memory_format=torch.channels_last)
        self.group.broadcast_tensors([*network.parameters(), *network.buffers()])
        return network

    def _sent(self, tensor: Tensor) -> Tensor:
        return tensor.to(self.device, non_blocking=True)  # the CPU does not wait for a GPU
