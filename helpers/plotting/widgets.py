"""Live progress while training. Core ipywidgets only, 7.7 or 8. The game is in game.py."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Protocol

import ipywidgets
import matplotlib.pyplot as plt
from IPython import get_ipython
from IPython.display import display
from matplotlib.figure import Figure
from torch import Tensor
from tqdm import tqdm

from helpers.images import image_grid
from helpers.plotting.charts import smooth
from helpers.plotting.game import RealOrFake as RealOrFake  # notebooks have it from here
from helpers.plotting.notebook_output import as_output
from helpers.plotting.style import FAKE, REAL

LISTEN_EVERY = 0.3  # seconds


class Training(Protocol):
    """What is shown of a `Trainer`."""

    config: Any
    steps: int
    seconds: float
    history: list[dict[str, float]]
    fixed_latents: Tensor

    def sample(self, latents: Tensor) -> Tensor:
        """Images of these latents, uint8 [N, C, H, W]."""

    def stop(self, why: str) -> None:
        """End after the present step."""


class LiveProgress:
    """Pass it to `fit(callbacks=[...])`: losses, scores and 16 latents, redrawn as they change.

    It redraws only as often as `share` of the training time pays for, and leaves its last figure
    in the saved notebook. Its button ends the training after the step it is in, and all is saved.
    In a terminal it is one tqdm line.
    """

    def __init__(self, share: float = 0.02) -> None:
        self.share = share
        self.spent, self.begun, self.listened = 0.0, 0.0, 0.0
        self.handle = None
        self.bar: tqdm | None = None
        self.listening = ExitStack()
        self.listen: Callable[[int], object] | None = None

    def __call__(self, trainer: Training) -> None:
        """Redraw if it is time to, and hear whether the button was pressed."""
        if get_ipython() is None:
            return self._line(trainer)
        begin = time.perf_counter()
        if self.handle is None:
            self._offer_button(trainer)
            self._draw(trainer)  # the first one loads fonts: it does not count
            self.begun = begin = time.perf_counter()
        elif self.spent < self.share * (begin - self.begun):
            self._draw(trainer)
        if self.listen and begin - self.listened > LISTEN_EVERY:
            self.listen(2)
            self.listened = begin
        self.spent += time.perf_counter() - begin
        return None

    def finish(self, trainer: Training) -> None:
        """Draw a last time; the button goes. `fit` calls it, however the training ended."""
        self.listening.close()
        if self.bar:
            self.bar.close()
        elif self.handle and trainer.history:
            self._draw(trainer)

    def _draw(self, trainer: Training) -> None:
        output = as_output(self.figure(trainer), "Losses, scores and 16 images in training.")
        if self.handle is None:
            self.handle = display(output[0], raw=True, metadata=output[1], display_id=True)
        else:
            self.handle.update(output[0], raw=True, metadata=output[1])

    def _offer_button(self, trainer: Training) -> None:
        """A button that is heard while a cell runs, though the kernel is busy with the cell.

        From ipykernel 7 on a click can be handled in another thread; from 7.4 on only if the
        button does not insist on the thread that made it. An older kernel must be told, now and
        then, to look for clicks.
        """
        kernel = getattr(get_ipython(), "kernel", None)
        if kernel is None:
            return
        if hasattr(kernel, "do_one_iteration"):
            try:
                from jupyter_ui_poll import ui_events
            except ImportError:  # Colab does not have it; the notebook's own stop button works
                return
            self.listen = self.listening.enter_context(ui_events())
        button = ipywidgets.Button(description="Stop and save", icon="stop")
        button.on_click(lambda _: trainer.stop("Stopped by the button"))
        shown = display(button, display_id=True)
        if button.comm is not None:
            vars(button.comm).pop("_reply_subshell_id", None)
        self.listening.callback(lambda: shown.update({"text/plain": ""}, raw=True))
        self.listening.callback(button.close)

    def figure(self, trainer: Training) -> Figure:
        """The dashboard as a figure."""
        history, config = trainer.history, trainer.config
        steps = [row["step"] for row in history]
        figure, axes = plt.subplots(1, 3, figsize=(11, 3.5), dpi=72, width_ratios=(1, 1, 0.95))
        for ax, keys, title in (
            (axes[0], ("loss_d", "loss_g"), "Losses"),
            (axes[1], ("d_real", "d_fake"), "Scores: D(x) and D(G(z))"),
        ):
            for key, colour in zip(keys, (REAL, FAKE), strict=True):
                values = smooth([row[key] for row in history])
                ax.plot(steps, values, color=colour, label=key)
            ax.set(title=title, xlabel="step", xlim=(0, max(config.steps, trainer.steps)))
        axes[1].set_ylim(0, 1)
        for ax in axes[:2]:
            ax.legend(loc="best")
        axes[2].imshow(image_grid(trainer.sample(trainer.fixed_latents[:16]), columns=4))
        axes[2].set_title("The same 16 latents")
        axes[2].axis("off")
        figure.suptitle(self.summary(trainer), x=0.01, ha="left", fontsize=10)
        return figure

    def summary(self, trainer: Training) -> str:
        """Step, speed and the time that is left, in one line."""
        speed = trainer.steps / max(trainer.seconds, 1e-9)
        left = max(0, trainer.config.steps - trainer.steps) / max(speed, 1e-9)
        return (
            f"step {trainer.steps:,} of {trainer.config.steps:,}   "
            f"{speed * trainer.config.batch:,.0f} images/s   "
            f"{int(left) // 60}:{int(left) % 60:02} left"
        )

    def _line(self, trainer: Training) -> None:
        if self.bar is None:
            self.bar = tqdm(total=trainer.config.steps, initial=trainer.steps, unit="step")
        row = trainer.history[-1]
        self.bar.update(trainer.steps - self.bar.n)
        self.bar.set_postfix_str(f"loss_d {row['loss_d']:.2f}, loss_g {row['loss_g']:.2f}")
