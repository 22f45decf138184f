"""Numbers as charts: bars, the losses and scores of a run, histograms of scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers.plotting.style import FAKE, INK, REAL, drawable


def bars(
    names: Sequence[str],
    values: Sequence[float],
    title: str,
    label: str = "",
    highlight: Sequence[str] = (),
    ax: Axes | None = None,
) -> Figure:
    """Horizontal bars with their values written beside them, in the order given.

    highlight: names whose bars are drawn in ink.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(8, 0.55 + 0.27 * len(names)))
    colours = [INK if name in highlight else REAL for name in names]
    drawn = ax.barh(range(len(names)), values, color=colours, height=0.72)
    ax.bar_label(
        drawn,
        [f"{value:,.0f}" if value >= 100 else f"{value:.3g}" for value in values],
        padding=4,
        fontsize=8.5,
    )
    labels = [drawable(name) for name in names]
    ax.set(yticks=range(len(names)), yticklabels=labels, xlabel=label, title=title)
    ax.xaxis.set_major_locator(MaxNLocator("auto", integer=max(values) >= 1))
    ax.invert_yaxis()
    ax.grid(False)
    ax.margins(x=0.1, y=0.02)
    return ax.figure


def smooth(values: Sequence[float], window: int = 9) -> np.ndarray:
    """Centred running mean with shrinking windows at both ends; same length as `values`."""
    values = np.asarray(values, dtype=float)
    half = min(window, len(values)) // 2
    return np.array([values[max(0, i - half) : i + half + 1].mean() for i in range(len(values))])


def learning_curves(
    histories: dict[str, list[dict[str, float]]] | list[dict[str, float]], title: str = ""
) -> Figure:
    """Losses on the left, real and fake scores on the right, of one run or of several.

    With one run, thin lines are the measurements and thick ones their running mean.
    """
    runs = histories if isinstance(histories, dict) else {"": histories}
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), dpi=90)
    for style, (name, history) in zip(("-", "--", ":", "-."), runs.items(), strict=False):
        steps = [row["step"] for row in history]
        for ax, key, label, colour in (
            (left, "loss_d", "discriminator", REAL),
            (left, "loss_g", "generator", FAKE),
            (right, "d_real", "D(x), real", REAL),
            (right, "d_fake", "D(G(z)), fake", FAKE),
        ):
            values = [row[key] for row in history]
            if len(runs) == 1:
                ax.plot(steps, values, color=colour, alpha=0.25, linewidth=0.8)
            ax.plot(
                steps, smooth(values), style, color=colour, label=f"{label} {name and f'({name})'}"
            )
    left.axhline(2 * np.log(2), color=INK, linewidth=0.8, linestyle=":")
    left.text(
        1,
        2 * np.log(2),
        "discriminator at chance ",
        fontsize=8,
        va="bottom",
        ha="right",
        transform=left.get_yaxis_transform(),
    )
    left.set(title="Losses", xlabel="step", ylabel="nats")
    right.axhline(0.5, color=INK, linewidth=0.8, linestyle=":")
    right.set(title="How real the discriminator finds them", xlabel="step", ylim=(0, 1))
    for ax in (left, right):
        ax.legend(loc="best", fontsize=8)
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    return figure


def score_histogram(scores: dict[str, np.ndarray], title: str, ax: Axes | None = None) -> Figure:
    """Distributions of D's probability "this is real", one colour per named set of images.

    ax: where to draw, to put several histograms side by side.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(8, 3.4))
    bins = np.linspace(0, 1, 31)
    for colour, (name, values) in zip((REAL, FAKE, "#009e73"), scores.items(), strict=False):
        ax.hist(np.asarray(values), bins, color=colour, alpha=0.55, label=name, density=True)
    ax.set(title=title, xlabel="D's probability of being real", ylabel="density")
    ax.legend()
    return ax.figure
