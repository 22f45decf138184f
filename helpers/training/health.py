"""Is the game still played in numbers? Losses that exploded and weights that broke, in words."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from helpers.training import runs
from helpers.training.config import Config

EXPLODED = 1e4  # nats; a healthy game stays below 20


def check_scores(scores: Tensor, last_step: int, rate: float, folder: Path | None) -> None:
    """FloatingPointError if a loss or a score of these steps exploded or is no number.

    scores: loss_d, loss_g, D(x), D(G(z)) of the steps that end with `last_step`, [n, 4].
    rate, folder: the learning rate and the run's folder, for the advice.
    """
    bad = ~(scores.abs() < EXPLODED)  # NaN is not below anything
    if not bad.any():
        return
    row = int(bad.any(1).nonzero()[0])
    loss_d, loss_g, _, d_fake = scores[row].tolist()
    # a broken G shows first in what D says of its fakes; all else is D's own doing
    broken = "generator" if bad[row].tolist() == [True, True, False, True] else "discriminator"
    numbers = f"loss_d {loss_d:.4g}, loss_g {loss_g:.4g}, D(G(z)) {d_fake:.2g}"
    raise _broke(broken, f"at step {last_step - len(scores) + row + 1:,}: {numbers}", rate, folder)


def check_weights(
    network: nn.Module, name: str, step: int, rate: float, folder: Path | None
) -> None:
    """FloatingPointError if a weight of this network is infinite or no number."""
    if not all(weight.isfinite().all() for weight in network.parameters()):
        raise _broke(name, f"in the update of step {step:,}", rate, folder)


def _broke(network: str, where: str, rate: float, folder: Path | None) -> FloatingPointError:
    # far above what any recipe takes, halving would take a dozen tries
    lower = f"{min(rate / 2, Config().learning_rate):g}"
    advice = f"Try a lower learning rate ({lower} instead of {rate:g})"
    if folder and runs.checkpoints(folder):
        call = f"Trainer.resume(images, {folder.name!r}, learning_rate={lower})"
        advice += f": {call} goes on from the last healthy checkpoint"
    return FloatingPointError(f"The {network} broke {where}. {advice}.")
