"""Live progress while training. Core ipywidgets only, 7.7 or 8. The game is in game.py, a
slider over images in slider.py."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Protocol

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from IPython.display import display
from matplotlib.figure import Figure
from torch import Tensor
from tqdm import tqdm

from helpers.images import image_grid
from helpers.plotting.charts import smooth
from helpers.plotting.game import RealOrFake as RealOrFake  # notebooks have both from here
from helpers.plotting.notebook_output import as_output
from helpers.plotting.slider import Frames as Frames
from helpers.plotting.style import FAKE, INK, REAL

LISTEN_EVERY = 0.3  # seconds
STATUS_EVERY = 0.5
SPEED_OVER = 5.0  # seconds over which the speed is taken: the first steps are slower
EARLY = 8.0  # seconds in which figures come at 1, 2, 4 and 8
LOSSES = {"loss_d": "discriminator", "loss_g": "generator"}
SCORE_NAMES = {"d_real": "D(x), real", "d_fake": "D(G(z)), fake"}


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
    """Pass it to `fit(callbacks=[...])`: a bar, and losses, scores and 16 latents as they change.

    The bar moves twice a second: time since the start, time left, when it will be done. The figure
    comes after 1, 2, 4 and 8 seconds, then as often as `share` of the training time pays for, and
    stays in the saved notebook. The button ends the training after the step it is in, and all is
    saved. In a terminal it is one tqdm line.
    keep: whether the last figure stays when the training is over.
    """

    def __init__(self, share: float = 0.02, keep: bool = True) -> None:
        self.share, self.keep = share, keep
        self.begun = self.listened = self.said = 0.0
        self.next_figure = 1.0  # seconds after the start
        self.speeds: deque[tuple[float, int]] = deque()  # (time, step) of the last seconds
        self.status: Any = None
        self.handle: Any = None
        self.bar: tqdm | None = None
        self.listening = ExitStack()
        self.listen: Callable[[int], object] | None = None

    def __call__(self, trainer: Training) -> None:
        """Redraw what it is time for, and hear whether the button was pressed."""
        if get_ipython() is None:
            return self._line(trainer)
        now = time.perf_counter()
        if self.status is None:
            self.begun = now
            self._offer_button(trainer)
        self.speeds.append((now, trainer.steps))
        while now - self.speeds[0][0] > SPEED_OVER and len(self.speeds) > 2:
            self.speeds.popleft()
        if self.status is None or now - self.said > STATUS_EVERY:
            self._say(*self.status_of(trainer, now))
            self.said = now
        if now - self.begun >= self.next_figure:
            self._draw(trainer)
            cost = time.perf_counter() - now
            waited = now - self.begun
            early = self.next_figure < EARLY
            self.next_figure = 2 * self.next_figure if early else waited + cost / self.share
        if self.listen and now - self.listened > LISTEN_EVERY:
            self.listen(2)
            self.listened = now
        return None

    def finish(self, trainer: Training) -> None:
        """Draw a last time; the button goes. `fit` calls it, however the training ended."""
        self.listening.close()
        if self.bar:
            self.bar.close()
        elif self.status:
            self._say(self.summary(trainer), trainer.steps / trainer.config.steps)
            if self.keep and trainer.history:
                self._draw(trainer)
            elif self.handle:
                self.handle.update({"text/plain": ""}, raw=True)

    def _say(self, text: str, share: float | None = None) -> None:
        """The line above the figure, with a bar that is filled to `share`."""
        bar = "" if share is None else f'<progress value="{share:.4f}" max="1"></progress> '
        data = {"text/html": f"<div>{bar}{text}</div>", "text/plain": text}
        if self.status is None:
            self.status = display(data, raw=True, display_id=True)
        else:
            self.status.update(data, raw=True)

    def _draw(self, trainer: Training) -> None:
        output = as_output(  # always of one size: it is redrawn in its place
            self.figure(trainer), "Losses, scores and 16 images in training.", fitted=False
        )
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
        """The dashboard as a figure; its curves fill it from the start, and are named as in
        `plotting.learning_curves`."""
        history = trainer.history
        steps = [row["step"] for row in history]
        figure, axes = plt.subplots(1, 3, figsize=(11, 3.5), dpi=72, width_ratios=(1, 1, 0.95))
        for ax, names, title, chance in (
            (axes[0], LOSSES, "Losses", 2 * np.log(2)),
            (axes[1], SCORE_NAMES, "How real the discriminator finds them", 0.5),
        ):
            for (key, name), colour in zip(names.items(), (REAL, FAKE), strict=True):
                ax.plot(steps, smooth([row[key] for row in history]), color=colour, label=name)
            ax.axhline(chance, color=INK, linewidth=0.8, linestyle=":")
            ax.set(title=title, xlabel="step", xlim=(0, max(trainer.steps, 1)))
            ax.legend(loc="best", fontsize=8)
        axes[0].text(
            1, 2 * np.log(2), "discriminator at chance ", fontsize=8, va="bottom", ha="right",
            transform=axes[0].get_yaxis_transform(),
        )  # fmt: skip
        axes[1].set_ylim(0, 1)
        axes[2].imshow(image_grid(trainer.sample(trainer.fixed_latents[:16]), columns=4))
        axes[2].set_title("The same 16 latent vectors")
        axes[2].axis("off")
        return figure

    def status_of(self, trainer: Training, now: float) -> tuple[str, float]:
        """While it trains: step, speed of the last seconds, time gone, time left and its end."""
        (first, step), (last, _) = self.speeds[0], self.speeds[-1]
        speed = (trainer.steps - step) / (last - first) if last > first else 0.0
        share = trainer.steps / trainer.config.steps
        text = f"step {trainer.steps:,} of {trainer.config.steps:,}"
        if speed > 0:
            left = max(0, trainer.config.steps - trainer.steps) / speed
            end = time.strftime("%H:%M", time.localtime(time.time() + left))
            text += f", {speed * trainer.config.batch:,.0f} images/s, {clock(now - self.begun)} "
            text += f"gone, {clock(left)} left (until {end})"
        return text, share

    def summary(self, trainer: Training) -> str:
        """At the end: steps, speed and time of the whole run."""
        speed = trainer.steps * trainer.config.batch / max(trainer.seconds, 1e-9)
        return (
            f"step {trainer.steps:,} of {trainer.config.steps:,}, {speed:,.0f} images/s, "
            f"{clock(trainer.seconds)} in all"
        )

    def _line(self, trainer: Training) -> None:
        if self.bar is None:
            self.bar = tqdm(total=trainer.config.steps, initial=trainer.steps, unit="step")
        row = trainer.history[-1]
        self.bar.update(trainer.steps - self.bar.n)
        self.bar.set_postfix_str(f"loss_d {row['loss_d']:.2f}, loss_g {row['loss_g']:.2f}")


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds: 3:07."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
