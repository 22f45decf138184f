"""The Trainer: one step, a fit, save and resume. What it leaves behind is told in runs.py."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import platform
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from helpers import distributed, environment, losses, runs
from helpers.environment import fast_dtype
from helpers.models import Discriminator, Generator
from helpers.pictures import as_grid, checked_images, draw, fingerprint, to_signed
from helpers.recipes import Config
from helpers.stopping import interrupts_wait

SCORES = ("loss_d", "loss_g", "d_real", "d_fake")
COLUMNS = ("step", "epoch", "kimg", "seconds", *SCORES)
STATEFUL = ("generator", "discriminator", "average", "optim_g", "optim_d", "scaler")
CHANGEABLE = ("steps", "learning_rate")  # of a run that has begun
EXPLODED = 1e4  # nats; a healthy game stays below 20
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


class Trainer:
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
        self.dtype = fast_dtype(self.device)
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
        """Logits [B] of D on pictures that were moved a little, the whole batch by one step.

        Without it D soon knows the real pictures by heart and nothing it says helps G any more.
        Fakes are moved as well, or G would learn to paint moved pictures. Source: translation in
        Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training".
        """
        if self.config.shift:
            far = self.config.shift
            down, right = torch.randint(2 * far + 1, (2,), generator=self.random).tolist()
            size = images.shape[-1]
            padded = functional.pad(images, (far, far, far, far), mode="reflect")
            images = padded[:, :, down : down + size, right : right + size]
        return self.discriminator(images)

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
        """FloatingPointError, in words, if the losses exploded or are no numbers."""
        bad = ~(scores.abs() < EXPLODED)  # NaN is not below anything
        if not bad.any():
            return
        row = int(bad.any(1).nonzero()[0])
        loss_d, loss_g, _, d_fake = scores[row].tolist()
        # a broken G shows first in what D says of its fakes; all else is D's own doing
        broken = "generator" if bad[row].tolist() == [True, True, False, True] else "discriminator"
        step = self.steps - len(scores) + row + 1
        numbers = f"loss_d {loss_d:.4g}, loss_g {loss_g:.4g}, D(G(z)) {d_fake:.2g}"
        raise self._broken(broken, f"at step {step:,}: {numbers}")

    def _broken(self, network: str, where: str) -> FloatingPointError:
        half = f"{self.config.learning_rate / 2:g}"
        advice = f"Try half the learning rate ({half})"
        if self.folder and runs.checkpoints(self.folder):
            call = f"Trainer.resume(images, {self.folder.name!r}, learning_rate={half})"
            advice += f": {call} goes on from the last healthy checkpoint"
        return FloatingPointError(f"The {network} broke {where}. {advice}.")

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

    # ---- a run folder --------------------------------------------------------------------------

    @classmethod
    def resume(
        cls,
        images: np.ndarray | Tensor,
        run: str,
        other_pictures: bool = False,
        device: torch.device | str | None = None,
        generator: nn.Module | None = None,
        discriminator: nn.Module | None = None,
        **changes: float,
    ) -> Trainer:
        """Go on with a run, finished or not, exactly where its newest good checkpoint was taken.

        changes: what shall be otherwise from here on, by name: `steps` or `learning_rate`.
        other_pictures: allow a set that is not the one the run has learnt from.
        Raises FileNotFoundError if there is no such run, ValueError with the difference if it
        would not be the same training.
        """
        folder, state = runs.find_folder(run)
        before = state["facts"]
        if unknown := changes.keys() - asdict(Config()).keys():
            raise ValueError(f"A configuration has no {', '.join(sorted(unknown))}.")
        wanted = before["config"] | changes
        allowed = {name: wanted[name] for name in CHANGEABLE}
        as_allowed = before | {"config": before["config"] | allowed}
        differences = runs.compare(as_allowed, before | {"config": wanted})
        if not differences:
            trainer = cls(images, Config(**wanted), None, device, generator, discriminator)
            if other_pictures:
                as_allowed["pictures"] = trainer.facts()["pictures"]
            differences = runs.compare(as_allowed, trainer.facts())
        if differences:
            raise ValueError(
                f"{run} cannot go on as another training: {'; '.join(differences)}. "
                f"Only {' and '.join(CHANGEABLE)} may change, each by name, and the pictures with "
                "other_pictures=True. For anything else begin a new run."
            )
        trainer.load_state(state)
        trainer.folder = folder
        trainer._write_config()
        return trainer

    def state(self) -> dict[str, Any]:
        """All that the next step depends on, as tensors and plain numbers."""
        parts = {name: getattr(self, name).state_dict() for name in STATEFUL}
        return parts | {
            "format": runs.FORMAT,
            "facts": self.facts(),
            "random": self.random.get_state(),
            "random_states": self.team.gather(environment.random_states(self.device)),
            "order": self.order,
            "recent": self._recent_scores(),
            "steps": self.steps,
            "seconds": self.seconds,
            "history": self.history,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go back to where `state()` was taken; the next step is then the same, bit for bit.

        Only with another number of processes than before does what a network draws by itself,
        as dropout, begin anew.
        """
        for name in STATEFUL:
            getattr(self, name).load_state_dict(state[name])
        self.random.set_state(state["random"])
        if len(state["random_states"]) == self.team.size:
            states = state["random_states"][self.team.rank]
            environment.set_random_states(states, self.device)
        self.recent = list(state["recent"].to(self.device))
        for name in ("order", "steps", "seconds", "history"):
            setattr(self, name, state[name])

    def save(self) -> None:
        """Write a checkpoint and the history, if the run has a folder and is in good health."""
        self._check(self._recent_scores())
        for name in ("discriminator", "generator"):
            if not all(weight.isfinite().all() for weight in getattr(self, name).parameters()):
                raise self._broken(name, f"in the update of step {self.steps:,}")
        if self.folder:
            state = self.state()  # all processes have a part in it
            if self.team.first:
                runs.save_checkpoint(state, self.folder)

    def _finish(self) -> None:
        """What a visitor of the run folder wants: both networks, and 25 pictures, uncurated."""
        if self.folder and self.team.first:
            config = asdict(self.config)
            runs.save_network(self.average, config, self.folder / "generator.pt")
            runs.save_network(self.discriminator, config, self.folder / "discriminator.pt")
            grid = as_grid(self.sample(self.fixed_latents), columns=5)
            runs.write_image(grid, self.folder / "grid.png")

    def facts(self) -> dict[str, Any]:
        """What must be equal for a run to be continued: configuration, networks and pictures."""
        return {
            "config": asdict(self.config),
            "generator": describe(self.generator),
            "discriminator": describe(self.discriminator),
            "pictures": fingerprint(self.images),
        }

    def _open_folder(self, run: str) -> Path:
        """The folder to write to, after picking up an unfinished run of the same facts."""
        found = runs.open_folder(run, self.facts()) if self.team.first else None
        folder, state = self.team.told_by_first(found)
        if state:
            self.load_state(state)
        elif self.team.first:
            self.folder = folder
            self._write_config()
        return folder

    def _write_config(self) -> None:
        facts = self.facts() | {
            "device": str(self.device),
            "processes": self.team.size,
            "precision": str(self.dtype or torch.float32).removeprefix("torch."),
            "versions": {"python": platform.python_version(), "torch": torch.__version__},
        }
        if self.team.first:
            content = json.dumps(facts, indent=2).encode()
            runs.write_atomically(self.folder / "config.json", content)

    def _placed(self, network: nn.Module) -> nn.Module:
        network = network.to(self.device, memory_format=torch.channels_last)
        self.team.follow([*network.parameters(), *network.buffers()])
        return network

    def _sent(self, tensor: Tensor) -> Tensor:
        return tensor.to(self.device, non_blocking=True)  # the CPU does not wait for a GPU


def describe(network: nn.Module) -> str:
    """A network's class and layers, as text: enough to tell two designs apart."""
    return hashlib.sha256(repr(network).encode()).hexdigest()[:16] + " " + type(network).__name__
