"""Notebook 11: R1, the gradient penalty, and the least squares losses."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from helpers.checks.exercise import exercise, given, same


class Slope(nn.Module):
    """A discriminator whose gradient is known: weight * (x_1 + x_2 + ...), or squares of them."""

    def __init__(self, weight: float, square: bool = False) -> None:
        super().__init__()
        self.weight, self.square = nn.Parameter(torch.tensor(weight)), square

    def forward(self, images: Tensor) -> Tensor:
        """Logits [N]."""
        values = images.square() / 2 if self.square else images
        return self.weight * values.flatten(1).sum(1)


def learns(value: Tensor, D: nn.Module, slope: float) -> None:
    """Assert that the penalty can be minimised by D's weights."""
    assert value.requires_grad, (
        "D's weights must learn from the penalty, but no gradient leads to them: is "
        "create_graph=True there?"
    )
    value.backward()
    assert D.weight.grad is not None and same(D.weight.grad, slope, 1e-3), (
        "The penalty is right, but its own gradient is not: is create_graph=True there?"
    )


@exercise("11.1")
def r1(answer: Callable) -> str:
    """`answer(D, real)`: half the mean squared length of D's gradient at the real images."""
    D, real = Slope(3.0), torch.zeros(3, 1, 2, 2)
    value = given(answer(D, real))
    got = value.detach()  # four pixels, each with a slope of 3: a squared length of 36
    assert not same(got, 36), "Half of it was asked for."
    assert not same(got, 3), "That is half the mean length: square it first."
    assert not same(got, 4.5), "That is the mean over the pixels: the squares are added up instead."
    assert not same(got, 54), (
        "Take the mean over the images, not the sum: the batch's size should not matter."
    )
    assert same(got, 18), f"Each image's gradient is (3, 3, 3, 3): half of 36 is 18, not {got:.4g}."
    learns(value, D, 12)
    far = torch.ones(2, 1, 2, 2) * torch.tensor([1.0, 2.0])[:, None, None, None]
    assert same(answer(Slope(1.0, square=True), far).detach(), 5), (
        "With gradients of (1, 1, 1, 1) and (2, 2, 2, 2), the half mean of 4 and 16 is 5."
    )
    return "A D that is flat at the real images costs nothing."


@exercise("11.2")
def gradient_penalty(answer: Callable) -> str:
    """`answer(D, real, fake, share)`: mean (length of the gradient - 1)^2 in between."""
    D, share = Slope(1.0, square=True), torch.tensor([0.25, 0.25])[:, None, None, None]
    real, fake = torch.ones(2, 1, 2, 2) * 2, torch.zeros(2, 1, 2, 2)
    got = given(answer(D, real, fake, share)).detach()  # at 0.5: a gradient of length 1
    assert not same(got, 4, 1e-3), (  # at 1.5: a gradient of length 3
        "The share belongs to the real images: share * real + (1 - share) * fake."
    )
    assert same(got, 0, 1e-4), (
        f"Here the gradient has length 1 at the points in between: a penalty of 0, not {got:.4g}."
    )
    D = Slope(2.0)  # a length of 4 everywhere
    value = answer(D, real, fake, share)
    got = value.detach()
    assert not same(got, 90), "The weight of 10 comes later: return the mean alone."
    assert not same(got, 225), "That is the squared length minus 1, squared: take the root first."
    assert same(got, 9), f"With a gradient of length 4 everywhere it is 9, not {got:.4g}."
    learns(value, D, 12)
    return "Only a slope of 1 costs nothing."


@exercise("11.3")
def least_squares(answer: Callable) -> str:
    """`answer(real_logits, fake_logits)`: D's loss and G's loss of least squares."""
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([0.0, 2.0])
    losses = [float(part) for part in given(answer(real, fake))]
    assert len(losses) == 2, f"Two losses were asked for, not {len(losses)}."
    assert not same(losses, [8, 2]), "Take means over the batch, not sums."
    assert not same(losses, [1, 4]), "First D's loss, then G's."
    assert not same(losses, [2, 0.5]), "Leave out the factors of one half."
    assert same(losses[0], 4), (
        f"D wants 1 for real and 0 for fake: here mean(0, 4) + mean(0, 4) = 4, not {losses[0]:.4g}."
    )
    assert same(losses[1], 1), f"G wants 1 for its fakes: here mean(1, 1) = 1, not {losses[1]:.4g}."
    return "Far from its target a logit is pulled strongly, however sure D is."
