"""Training of a super-resolver: pairs of a large patch and its small version, L1, then a GAN.

Notebook 15 builds a shorter form of this loop. This one can be interrupted and gone on with.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, l1_loss, relu

from helpers import environment
from helpers.images import fingerprint, to_signed
from helpers.models.super_resolution import TIMES, PatchDiscriminator, SuperResolver
from helpers.training.interrupts import interrupts_wait
from helpers.training.runs import save_atomically

PATCH = 16  # height and width of a small patch


def shrunk(large: Tensor) -> Tensor:
    """Images [N, C, 4 H, 4 W] to [N, C, H, W]: the mean of each 4 x 4 pixels."""
    return avg_pool2d(large, TIMES)


def degraded(small: Tensor, random: torch.Generator) -> Tensor:
    """Small images [N, C, H, W] in [-1, 1] with blur and noise, each image by another strength.

    What a generator paints is never as clean as a reduced painting: so the network learns to
    forgive. Blur: a mixture with the image reduced to half and enlarged again. Noise: a standard
    deviation of up to 0.08, ten grey levels.
    """
    n = len(small)
    blurred = interpolate(avg_pool2d(small, 2), scale_factor=2, mode="bilinear")
    share = torch.rand(n, 1, 1, 1, generator=random) * 0.6
    size = torch.rand(n, 1, 1, 1, generator=random) * 0.08
    noise = torch.randn(small.shape, generator=random)
    return (small.lerp(blurred, share) + size * noise).clamp(-1, 1)


@dataclass
class EnlargerTraining:
    """A super-resolver in training. large: uint8 [N, C, H, W], the paintings to learn from.

    steps: of the whole training; l1_steps: how many of them come before the discriminator.
    file: where the state is kept; an existing one is gone on with.
    """

    large: np.ndarray
    steps: int
    l1_steps: int
    adversarial: float = 0.02
    batch: int = 16
    learning_rate: float = 4e-4
    seed: int = 0
    device: torch.device | str = "cpu"
    file: Path | None = None
    done: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.images = fingerprint(torch.as_tensor(self.large))
        torch.manual_seed(self.seed)
        channels = self.large.shape[1]
        self.network, self.discriminator = (
            network.to(self.device, memory_format=torch.channels_last)
            for network in (SuperResolver(channels), PatchDiscriminator(channels))
        )
        fast = environment.fast_dtype(torch.device(self.device))
        self.dtype = fast if fast is torch.bfloat16 else None  # float16 would need a scaler
        self.random = torch.Generator().manual_seed(self.seed)
        self.optimizers = [
            torch.optim.Adam(network.parameters(), self.learning_rate, (0.5, 0.99))
            for network in (self.network, self.discriminator)
        ]
        if self.file and self.file.exists():
            self.restore(torch.load(self.file, map_location="cpu", weights_only=True))

    def patches(self) -> tuple[Tensor, Tensor]:
        """A batch of pairs in [-1, 1]: large patches [B, C, 64, 64], small ones [B, C, 16, 16]."""
        side, size = TIMES * PATCH, self.large.shape[-1]
        which = torch.randint(len(self.large), (self.batch,), generator=self.random)
        corners = torch.randint(size - side + 1, (self.batch, 2), generator=self.random)
        cut = [
            self.large[i, :, top : top + side, left : left + side]
            for i, (top, left) in zip(which.tolist(), corners.tolist(), strict=True)
        ]
        large = to_signed(torch.as_tensor(np.stack(cut)))
        return large, degraded(shrunk(large), self.random)

    def noise(self) -> Tensor:
        """What goes into the network beside a batch, [B, noise, 16, 16]."""
        shape = (self.batch, self.network.noise, PATCH, PATCH)
        return torch.randn(shape, generator=self.random).to(self.device)

    def step(self) -> dict[str, float]:
        """One update of the network, and after `l1_steps` one of the discriminator before it."""
        large, small = self.patches()
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                left = 1 - self.done / self.steps
                group["lr"] = self.learning_rate * min(1.0, 2 * left)  # falls in the second half
        large, small = large.to(self.device), small.to(self.device)
        adversarial = self.done >= self.l1_steps
        with self._autocast():
            fake = self.network(small, self.noise())
            pixels = l1_loss(fake.float(), large)
            if adversarial:
                real_logits = self.discriminator(large, small)
                fake_logits = self.discriminator(fake.detach(), small)
                d_loss = relu(1 - real_logits).mean() + relu(1 + fake_logits).mean()
        loss, said = pixels, {"l1": pixels.item()}
        if adversarial:
            self._update(1, d_loss)
            with self._autocast():  # a new one: within the old, D's biases are those of before
                loss = pixels - self.adversarial * self.discriminator(fake, small).mean()
            logits = {"d_real": real_logits.mean().item(), "d_fake": fake_logits.mean().item()}
            said |= {"loss_d": d_loss.item()} | logits
        self._update(0, loss)
        self.done += 1
        return said

    def _autocast(self) -> torch.autocast:
        device = torch.device(self.device).type
        return torch.autocast(device, self.dtype, enabled=self.dtype is not None)

    def _update(self, which: int, loss: Tensor) -> None:
        self.optimizers[which].zero_grad()
        loss.backward()
        self.optimizers[which].step()

    def fit(self, minutes: float | None = None, save_seconds: float = 60.0) -> None:
        """Train to the end, or for so long; the state is kept every minute and after Ctrl-C."""
        begun = saved = time.perf_counter()
        before = self.seconds
        with interrupts_wait() as interrupts:
            while self.done < self.steps and not interrupts:
                said = self.step()
                now = time.perf_counter()
                self.seconds = before + now - begun
                if self.done % 50 == 0 or self.done == self.steps:
                    self.history.append({"step": self.done, "seconds": self.seconds} | said)
                if self.done % 1000 == 0:
                    means = "  ".join(f"{name} {value:.3f}" for name, value in said.items())
                    minutes_so_far = self.seconds / 60
                    print(
                        f"step      {self.done:,}  {minutes_so_far:.1f} minutes  {means}",
                        flush=True,
                    )
                if now - saved > save_seconds:
                    self.save()
                    saved = now
                if minutes is not None and now - begun > 60 * minutes:
                    break
        self.save()  # between two steps, never within one

    def settings(self) -> dict[str, Any]:
        """What must be equal for a training to be gone on with."""
        names = ("steps", "l1_steps", "adversarial", "batch", "learning_rate", "seed")
        return {name: getattr(self, name) for name in names} | {"images": self.images}

    def state(self) -> dict[str, Any]:
        """All that it takes to go on bit for bit, on the same machine."""
        return {
            "settings": self.settings(),
            "precision": str(self.dtype),
            "done": self.done,
            "seconds": self.seconds,
            "history": self.history,
            "networks": [self.network.state_dict(), self.discriminator.state_dict()],
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "random": self.random.get_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state. Raises ValueError, with the difference, if it is of another
        training."""
        mine = self.settings()
        other = [name for name in mine if state["settings"].get(name) != mine[name]]
        if other:
            name = other[0]
            raise ValueError(
                f"{self.file} is of a training with {name}={state['settings'].get(name)}, not "
                f"{mine[name]}: move it away to begin anew."
            )
        self.done, self.seconds, self.history = state["done"], state["seconds"], state["history"]
        self.dtype = torch.bfloat16 if state["precision"] == "torch.bfloat16" else None
        for network, saved in zip(
            (self.network, self.discriminator), state["networks"], strict=True
        ):
            network.load_state_dict(saved)
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.random.set_state(state["random"])

    def save(self) -> None:
        """Write the state, if there is a file for it."""
        if self.file:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            save_atomically(self.state(), self.file)
