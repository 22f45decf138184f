"""The Trainer: one step, a fit, save and resume. What it leaves behind is told in runs.py."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import platform
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from helpers import environment, losses, runs
from helpers.models import Discriminator, Generator
from helpers.pictures import as_grid, to_signed, to_uint8

SCORES = ("loss_d", "loss_g", "d_real", "d_fake")
COLUMNS = ("step", "epoch", "kimg", "seconds", *SCORES)


@dataclass(frozen=True)
class Config:
    """All it takes to repeat a run, given the same pictures.

    size: height and width in pixels. channels: 1 for grey, 3 for colour.
    latent: numbers in a latent vector. filters: channels of the widest feature map's layer.
    batch: pictures per step. steps: how long the run is meant to be.
    learning_rate, beta1, beta2: Adam's, for both networks.
    ema: share of the averaged generator kept at each step (0 switches the average off).
    flip: show each picture mirrored half of the time.
    shift: the discriminator sees every picture, real and fake, moved by up to so many pixels.
    """

    size: int = 32
    channels: int = 3
    latent: int = 100
    filters: int = 32
    batch: int = 32
    steps: int = 5000
    learning_rate: float = 1e-3
    beta1: float = 0.5
    beta2: float = 0.999
    ema: float = 0.999
    flip: bool = True
    shift: int = 4
    seed: int = 0


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


def fast_dtype(device: torch.device) -> torch.dtype | None:
    """The half precision this device computes faster in, or None where float32 is faster.

    A GPU without native bfloat16 (a T4, say) gets float16. A CPU gains only with AVX-512-BF16.
    """
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if native else torch.float16
    if device.type == "cpu" and getattr(torch.cpu, "_is_avx512_bf16_supported", bool)():
        return torch.bfloat16
    return None


@contextmanager
def interrupts_wait() -> Iterator[list[int]]:
    """Collect Ctrl-C in a list in place of raising it: no step and no file is left half-done.

    Only a program's main thread hears Ctrl-C; in any other, nothing changes.
    """
    interrupts: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    before = signal.signal(signal.SIGINT, lambda number, frame: interrupts.append(number))
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)


class Trainer:
    """A GAN in training on one set of pictures, which sits on the device as uint8.

    images: uint8 array or tensor [N, C, H, W] that agrees with `config`.
    run: the run's name, or None to keep nothing. An unfinished run of that name with the same
        configuration and pictures is continued; any other is left alone, and this one gets the
        next free name: NAME, NAME-2, NAME-3, ...
    generator, discriminator: your own networks in place of the DCGAN pair.
    """

    def __init__(
        self,
        images: np.ndarray | Tensor,
        config: Config,
        run: str | None = None,
        device: torch.device | str | None = None,
        generator: nn.Module | None = None,
        discriminator: nn.Module | None = None,
    ) -> None:
        self.config = config
        self.device = torch.device(device) if device else environment.pick_device()
        self.images = checked_images(images, config).to(self.device)
        torch.manual_seed(config.seed)  # initial weights, and dropout where a network has it
        self.random = torch.Generator().manual_seed(config.seed)  # order, flips and latents
        shape = {"size": config.size, "filters": config.filters, "channels": config.channels}
        self.generator = self._placed(generator or Generator(latent=config.latent, **shape))
        self.discriminator = self._placed(discriminator or Discriminator(**shape))
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        adam = {"lr": config.learning_rate, "betas": (config.beta1, config.beta2)}
        self.optim_g = torch.optim.Adam(self.generator.parameters(), **adam)
        self.optim_d = torch.optim.Adam(self.discriminator.parameters(), **adam)
        self.dtype = fast_dtype(self.device)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.dtype is torch.float16)
        self.fixed_latents = torch.randn(25, config.latent, generator=self.random)
        self.order = torch.empty(0, dtype=torch.long)  # what is left of this epoch
        self.tally = torch.zeros(len(SCORES), device=self.device)  # sums since the last log point
        self.tallied = 0
        self.steps = 0
        self.seconds = 0.0
        self.history: list[dict[str, float]] = []
        self.folder = self._open_folder(run) if run else None

    # ---- one step: read this first -------------------------------------------------------------

    def step(self) -> Tensor:
        """One discriminator and one generator update.

        Returns loss_d, loss_g, mean D(x) and mean D(G(z)), [4], still on the device.
        """
        real = self.next_batch()
        with self.half_precision():
            fake = self.generator(self.latents(len(real)))
            real_logits = self.judge(real).float()
            fake_logits = self.judge(fake.detach()).float()  # detach: the generator sits this out
        loss_d = losses.discriminator_loss(real_logits, fake_logits)
        self._update(self.optim_d, loss_d)

        self.discriminator.requires_grad_(False)  # the judge is only asked, it does not learn
        with self.half_precision():
            judged = self.judge(fake).float()
        loss_g = losses.generator_loss(judged)
        self._update(self.optim_g, loss_g)
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
        batch = to_signed(self.images[index.to(self.device)])
        if self.config.flip:
            mirrored = torch.rand(len(batch), generator=self.random) < 0.5
            batch = torch.where(mirrored.to(self.device)[:, None, None, None], batch.flip(3), batch)
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
        """Fresh latents [n, Z] from a standard normal."""
        return torch.randn(n, self.config.latent, generator=self.random).to(self.device)

    def half_precision(self) -> torch.autocast:
        """Convolutions in half precision where this device is faster in it."""
        dtype = self.dtype or torch.bfloat16
        return torch.autocast(self.device.type, dtype, enabled=self.dtype is not None)

    def _update(self, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.step(optimizer)

    # ---- a fit ---------------------------------------------------------------------------------

    def fit(
        self,
        steps: int | None = None,
        on_log: Callable[[Trainer], None] | None = None,
        log_every: int = 20,
        save_seconds: float = 60.0,
    ) -> list[dict[str, float]]:
        """Train to the end of the run, or `steps` further; returns the history.

        Every `log_every` steps the mean scores go into the history and `on_log(self)` is called;
        every epoch the same 25 latents are drawn into `samples/`. A checkpoint is written at the
        first log point after `save_seconds`. Interrupting (Ctrl-C, or the stop button of a
        notebook) lets the step end, saves, and returns.
        """
        goal = self.config.steps if steps is None else self.steps + steps
        epoch_steps = max(1, len(self.images) // self.config.batch)
        saved = begun = time.perf_counter() - self.seconds
        if self.steps == 0:
            self._draw_samples()
        with interrupts_wait() as interrupts:
            try:
                while self.steps < goal:
                    if interrupts:
                        raise KeyboardInterrupt
                    self.tally += self.step()
                    self.tallied += 1
                    self.seconds = time.perf_counter() - begun
                    if self.steps % epoch_steps == 0 or self.steps == goal:
                        self._draw_samples()
                    if self.steps % log_every == 0 or self.steps == goal:
                        self._log()
                        if on_log:
                            on_log(self)
                        if self.folder and time.perf_counter() - saved > save_seconds:
                            self.save()  # only here: these losses were looked at
                            saved = time.perf_counter()
            except KeyboardInterrupt:
                print(f"Stopped at step {self.steps:,} of {goal:,}. Run the cell again to go on.")
            if self.folder:
                self.save()
                self._finish()
        return self.history

    def _log(self) -> None:
        """One row of history: means since the last one. The only place that waits for a GPU."""
        means = (self.tally / self.tallied).tolist()
        self.tally.zero_()
        self.tallied = 0
        seen = self.steps * self.config.batch
        place = (self.steps, seen / len(self.images), seen / 1000, round(self.seconds, 3))
        self.history.append(dict(zip(COLUMNS, (*place, *means), strict=True)))
        if not all(math.isfinite(mean) for mean in means):
            raise FloatingPointError(
                f"The losses are no longer numbers at step {self.steps:,} "
                f"(loss_d {means[0]}, loss_g {means[1]}). Try half the learning rate "
                f"({self.config.learning_rate / 2:g}). The last checkpoint is still healthy."
            )

    @torch.no_grad()
    def sample(self, latents: Tensor | int = 25, averaged: bool = True) -> Tensor:
        """Pictures, uint8 [N, C, H, W] on the CPU, from latents [N, Z] or from N fresh ones.

        Drawn by the averaged generator, in evaluation mode: a latent always gives one picture.
        """
        if isinstance(latents, int):
            latents = torch.randn(latents, self.config.latent)
        network = self.average if averaged else self.generator
        return draw(network, latents)

    def _draw_samples(self) -> None:
        if self.folder:
            picture = as_grid(self.sample(self.fixed_latents), columns=5)
            runs.write_image(picture, self.folder / "samples" / f"step_{self.steps:06d}.png")

    # ---- a run folder --------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """All that the next step depends on, as tensors and plain numbers."""
        return {
            "format": 1,
            "facts": self._facts(),
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "average": self.average.state_dict(),
            "optim_g": self.optim_g.state_dict(),
            "optim_d": self.optim_d.state_dict(),
            "scaler": self.scaler.state_dict(),
            "random": self.random.get_state(),
            "torch_random": torch.get_rng_state(),
            "order": self.order,
            "tally": self.tally,
            "tallied": self.tallied,
            "steps": self.steps,
            "seconds": self.seconds,
            "history": self.history,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go back to where `state()` was taken; the next step is then the same, bit for bit."""
        for name in ("generator", "discriminator", "average", "optim_g", "optim_d", "scaler"):
            getattr(self, name).load_state_dict(state[name])
        self.random.set_state(state["random"])
        torch.set_rng_state(state["torch_random"])
        self.order = state["order"]
        self.tally.copy_(state["tally"])
        for name in ("tallied", "steps", "seconds", "history"):
            setattr(self, name, state[name])

    def save(self) -> Path:
        """Write a checkpoint and the history; keep the last two checkpoints. Returns its path."""
        path = self.folder / "checkpoints" / f"step_{self.steps:08d}.pt"
        runs.save_atomically(self.state(), path)
        for old in runs.checkpoints(self.folder)[:-2]:
            old.unlink()
        runs.write_history(self.history, self.folder)
        return path

    def _finish(self) -> None:
        """What a visitor of the run folder wants: both networks, and 25 pictures, uncurated."""
        config = asdict(self.config)
        runs.save_network(self.average, config, self.folder / "generator.pt")
        runs.save_network(self.discriminator, config, self.folder / "discriminator.pt")
        runs.write_image(as_grid(self.sample(self.fixed_latents), 5), self.folder / "grid.png")

    def _facts(self) -> dict[str, Any]:
        """What must be equal for a run to be continued: configuration, networks and pictures."""
        return {
            "config": asdict(self.config),
            "generator": describe(self.generator),
            "discriminator": describe(self.discriminator),
            "pictures": fingerprint(self.images),
        }

    def _open_folder(self, run: str) -> Path:
        """The folder to write to, after picking up an unfinished run of the same facts."""
        number = 1
        while True:
            folder = environment.runs_folder() / (run if number == 1 else f"{run}-{number}")
            if not folder.exists():
                break
            state = runs.newest_state(folder)
            if state and state["facts"] == self._facts() and state["steps"] < self.config.steps:
                self.load_state(state)
                print(f"run       {folder.name}: goes on at step {self.steps:,}")
                return folder
            number += 1
        (folder / "samples").mkdir(parents=True)
        (folder / "checkpoints").mkdir()
        facts = self._facts() | {
            "device": str(self.device),
            "precision": str(self.dtype or torch.float32).removeprefix("torch."),
            "versions": {"python": platform.python_version(), "torch": torch.__version__},
        }
        runs.write_atomically(folder / "config.json", json.dumps(facts, indent=2).encode())
        print(f"run       {folder.name}: a new folder, runs/{folder.name}")
        return folder

    def _placed(self, network: nn.Module) -> nn.Module:
        return network.to(self.device, memory_format=torch.channels_last)


# ---- the set, and drawing from a network -------------------------------------------------------


def checked_images(images: np.ndarray | Tensor, config: Config) -> Tensor:
    """The set as a uint8 tensor [N, C, H, W]; ValueError if it does not fit the configuration."""
    tensor = torch.as_tensor(np.asarray(images) if not isinstance(images, Tensor) else images)
    wanted = (config.channels, config.size, config.size)
    if tensor.dtype != torch.uint8 or tensor.ndim != 4 or tuple(tensor.shape[1:]) != wanted:
        raise ValueError(
            f"The trainer wants uint8 pictures [N, {', '.join(map(str, wanted))}], "
            f"but got {tensor.dtype} {list(tensor.shape)}. "
            "Load them with load_images(size=config.size)."
        )
    if not len(tensor):
        raise ValueError("The set of pictures is empty: there is nothing to learn from.")
    return tensor


def fingerprint(images: Tensor) -> str:
    """A short name for a set of pictures: the same pictures in the same order, the same name."""
    every = max(1, len(images) // 1000)
    content = images[::every].cpu().numpy().tobytes()
    return hashlib.sha256(str(tuple(images.shape)).encode() + content).hexdigest()[:16]


def describe(network: nn.Module) -> str:
    """A network's class and layers, as text: enough to tell two designs apart."""
    return hashlib.sha256(repr(network).encode()).hexdigest()[:16] + " " + type(network).__name__


@torch.no_grad()
def draw(generator: nn.Module, latents: Tensor, batch: int = 256) -> Tensor:
    """Pictures, uint8 [N, C, H, W] on the CPU, from latents [N, Z], in evaluation mode."""
    device = next(generator.parameters()).device
    was_training = generator.training
    generator.eval()
    pictures = [to_uint8(generator(part.to(device))).cpu() for part in latents.split(batch)]
    generator.train(was_training)
    return torch.cat(pictures)
