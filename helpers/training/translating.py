"""Training of a CycleGAN: two translators, two discriminators, no pairs.

Notebook 16 builds a shorter form of this loop. This one can be interrupted and gone on with.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, l1_loss

from helpers import environment
from helpers.images import fingerprint, to_signed
from helpers.models import registry
from helpers.models.translation import DomainDiscriminator, Translator
from helpers.training.interrupts import interrupts_wait
from helpers.training.runs import save_atomically
from helpers.training.schedule import deadline

NETWORKS = ("a_to_b", "b_to_a", "d_a", "d_b")


class ImageBuffer:
    """The last translations, which the discriminators see again: they forget more slowly.

    Half of the images that come back are older ones. Source: Shrivastava et al. 2017, section 2.3,
    with the 50 images of Zhu et al. 2017, section 4.
    """

    def __init__(self, size: int, random: torch.Generator) -> None:
        self.size, self.random, self.kept = size, random, []

    def __call__(self, images: Tensor) -> Tensor:
        """Images [N, C, H, W] to as many, of now and of before; no gradient passes."""
        chosen = []
        for image in images.detach():
            if len(self.kept) < self.size:
                self.kept.append(image)
            elif torch.rand((), generator=self.random) < 0.5:
                place = int(torch.randint(self.size, (), generator=self.random))
                image, self.kept[place] = self.kept[place], image
            chosen.append(image)
        return torch.stack(chosen)


@dataclass
class CycleTraining:
    """A CycleGAN in training. a, b: uint8 [N, C, H, W] and [M, C, H', W'], the two domains.

    steps: of the whole training; the learning rate falls in its second half.
    cycle, identity: weights of these losses; the adversarial one has 1.
    blur: pixels that are averaged before the cycle loss compares two images; 1 compares every
    pixel, as in the paper, and makes the translators hide the original in the translation.
    crop: height and width of the pieces that are learnt from.
    folder: where the state and at the end the translators are kept; an existing state is gone on
    with. Raises ValueError if it is of another training, or if the images are smaller than `crop`.
    """

    a: np.ndarray
    b: np.ndarray
    steps: int
    cycle: float = 5.0
    identity: float = 0.5
    blur: int = 4
    crop: int = 48
    batch: int = 4
    learning_rate: float = 1e-3
    filters: int = 16
    noise: int = 4
    seed: int = 0
    device: torch.device | str = "cpu"
    folder: Path | None = None
    done: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        smallest = min(*self.a.shape[2:], *self.b.shape[2:])
        if smallest < self.crop:
            raise ValueError(f"Images of {smallest} pixels are smaller than crop={self.crop}.")
        self.images = [fingerprint(torch.as_tensor(side)) for side in (self.a, self.b)]
        torch.manual_seed(self.seed)
        channels = self.a.shape[1]
        made = [Translator(channels, self.filters, noise=self.noise) for _ in range(2)]
        made += [DomainDiscriminator(channels) for _ in range(2)]
        for name, network in zip(NETWORKS, made, strict=True):
            setattr(self, name, network.to(self.device, memory_format=torch.channels_last))
        fast = environment.fast_dtype(torch.device(self.device))
        self.dtype = fast if fast is torch.bfloat16 else None  # float16 would need a scaler
        self.random = torch.Generator().manual_seed(self.seed)
        self.older = [ImageBuffer(50, self.random) for _ in range(2)]
        both = (self.a_to_b, self.b_to_a), (self.d_a, self.d_b)
        self.optimizers = [
            torch.optim.Adam(
                [p for network in networks for p in network.parameters()],
                self.learning_rate,
                (0.5, 0.99),
            )
            for networks in both
        ]
        if self.folder and (self.folder / "state.pt").exists():
            self.restore(
                torch.load(self.folder / "state.pt", map_location="cpu", weights_only=True)
            )

    def step(self) -> dict[str, float]:
        """One update of both translators and one of both discriminators; returns the losses."""
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                left = 1 - self.done / self.steps
                group["lr"] = self.learning_rate * min(1.0, 2 * left)
        a, b = self.crops(self.a), self.crops(self.b)
        with self._autocast():
            fake_b, fake_a = self.drawn(self.a_to_b, a), self.drawn(self.b_to_a, b)
            back_a, back_b = self.drawn(self.b_to_a, fake_b), self.drawn(self.a_to_b, fake_a)
            adversarial = (self.d_b(fake_b) - 1).square().mean()
            adversarial = adversarial + (self.d_a(fake_a) - 1).square().mean()
            cycle = self.apart(back_a, a) + self.apart(back_b, b)
            loss, same = adversarial + self.cycle * cycle, torch.zeros(())
            if self.identity:
                same = l1_loss(self.drawn(self.b_to_a, a), a)
                same = same + l1_loss(self.drawn(self.a_to_b, b), b)
                loss = loss + self.identity * same
        self._update(0, loss)
        older_a, older_b = self.older[0](fake_a), self.older[1](fake_b)
        with self._autocast():
            d_loss = sum(
                (d(real) - 1).square().mean() / 2 + d(fake).square().mean() / 2
                for d, real, fake in ((self.d_a, a, older_a), (self.d_b, b, older_b))
            )
        self._update(1, d_loss)
        self.done += 1
        losses = {"adversarial": adversarial, "cycle": cycle, "identity": same, "loss_d": d_loss}
        return {name: loss.item() for name, loss in losses.items()}

    def crops(self, images: np.ndarray) -> Tensor:
        """Pieces of images chosen at random, half of them mirrored, [B, C, crop, crop]."""
        which = torch.randint(len(images), (self.batch,), generator=self.random).tolist()
        pieces = []
        for i in which:
            top, left = (
                int(torch.randint(side - self.crop + 1, (), generator=self.random))
                for side in images.shape[2:]
            )
            piece = images[i, :, top : top + self.crop, left : left + self.crop]
            mirrored = torch.rand((), generator=self.random) < 0.5
            pieces.append(piece[..., ::-1] if mirrored else piece)
        batch = to_signed(torch.as_tensor(np.stack(pieces))).to(self.device)
        return batch.contiguous(memory_format=torch.channels_last)

    def drawn(self, network: Translator, images: Tensor) -> Tensor:
        """A translation, with noise from this training's own generator."""
        shape = len(images), network.noise, *(side // 2 for side in images.shape[2:])
        return network(images, torch.randn(shape, generator=self.random).to(self.device))

    def apart(self, found: Tensor, wanted: Tensor) -> Tensor:
        """The cycle loss of one direction: the mean absolute difference after the blur."""
        return l1_loss(avg_pool2d(found.float(), self.blur), avg_pool2d(wanted, self.blur))

    def _autocast(self) -> torch.autocast:
        device = torch.device(self.device).type
        return torch.autocast(device, self.dtype or torch.bfloat16, enabled=self.dtype is not None)

    def _update(self, which: int, loss: Tensor) -> None:
        for optimizer in self.optimizers:  # the translators' loss leaves gradients in D, too
            optimizer.zero_grad()
        loss.backward()
        self.optimizers[which].step()

    def fit(
        self, steps: int | None = None, minutes: float | None = None, save_seconds: float = 60.0
    ) -> list[dict[str, float]]:
        """Train to the end, or `steps` further, or for so long; returns the history.

        The state is kept every minute and after Ctrl-C, the translators at the end.
        """
        goal = self.steps if steps is None else min(self.steps, self.done + steps)
        begun = saved = time.perf_counter()
        before, until = self.seconds, deadline(minutes)
        with interrupts_wait() as interrupts:
            while self.done < goal and not interrupts and time.perf_counter() < until:
                said = self.step()
                now = time.perf_counter()
                self.seconds = before + now - begun
                if self.done % 20 == 0 or self.done == goal:
                    self.history.append({"step": self.done, "seconds": self.seconds} | said)
                if now - saved > save_seconds:
                    self.save()
                    saved = now
        self.save()  # between two steps, never within one
        return self.history

    def settings(self) -> dict[str, Any]:
        """What must be equal for a training to be gone on with."""
        names = ("steps", "cycle", "identity", "blur", "crop", "batch", "learning_rate")
        names += ("filters", "noise", "seed")
        return {name: getattr(self, name) for name in names} | {"images": self.images}

    def state(self) -> dict[str, Any]:
        """All that it takes to go on bit for bit, on the same machine."""
        return {
            "settings": self.settings(),
            "precision": str(self.dtype),
            "done": self.done,
            "seconds": self.seconds,
            "history": self.history,
            "networks": {name: getattr(self, name).state_dict() for name in NETWORKS},
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "older": [buffer.kept for buffer in self.older],
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
                f"{self.folder} has a training with {name}={state['settings'].get(name)}, not "
                f"{mine[name]}: choose another folder, or move it away to begin anew."
            )
        self.done, self.seconds, self.history = state["done"], state["seconds"], state["history"]
        self.dtype = torch.bfloat16 if state["precision"] == "torch.bfloat16" else None
        for name in NETWORKS:
            getattr(self, name).load_state_dict(state["networks"][name])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        for buffer, kept in zip(self.older, state["older"], strict=True):
            buffer.kept = [image.to(self.device) for image in kept]
        self.random.set_state(state["random"])

    def save(self) -> None:
        """Write the state and the translators, if there is a folder for them."""
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
            save_atomically(self.state(), self.folder / "state.pt")
            for name in NETWORKS[:2]:
                registry.save(getattr(self, name), self.folder / f"{name}.pt")
