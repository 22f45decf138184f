"""Pictures changed on their way to the discriminator: how much, each its own way, learnably."""

import torch

from helpers.augment import augment, cut_out, jitter_colour, translate


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


PICTURES = torch.rand(64, 3, 16, 16, generator=rng()) * 1.2 - 0.6


def test_nothing_asked_for_is_nothing_done_and_no_chance_is_used():
    random = rng()
    before = random.get_state()
    assert torch.equal(augment(PICTURES, 0, 0.0, 0.0, random), PICTURES)
    assert torch.equal(random.get_state(), before)


def test_the_same_generator_gives_the_same_changes():
    first, again, other = (augment(PICTURES, 2, 1.0, 0.5, rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_every_change_lets_gradients_through():
    for change in (
        lambda x: translate(x, 3, rng()),
        lambda x: jitter_colour(x, 1.0, rng()),
        lambda x: cut_out(x, 0.5, rng()),
    ):
        x = PICTURES.clone().requires_grad_()
        change(x).sum().backward()
        assert x.grad.abs().sum() > 0


def test_colours_change_within_their_limits_each_picture_on_its_own():
    grey = torch.zeros(500, 3, 4, 4)
    lifted = jitter_colour(grey, 1.0, rng())[:, 0, 0, 0]
    assert lifted.min() < -0.45 and lifted.max() > 0.45 and lifted.abs().max() <= 0.5
    assert len(lifted.unique()) > 400
    assert torch.equal(jitter_colour(grey, 0.0, rng()), grey)
    half = jitter_colour(grey, 0.5, rng())[:, 0, 0, 0]
    assert half.abs().max() <= 0.25


def test_saturation_and_contrast_move_as_zhao_et_al_have_it():
    red = torch.zeros(800, 3, 2, 2)
    red[:, 0] = 0.3
    changed = jitter_colour(red, 1.0, rng())
    # contrast scales the distance of channels as well, by 0.5 to 1.5; saturation by 0 to 2
    spread = (changed[:, 0] - changed[:, 1]).flatten(1).mean(1) / 0.3
    assert 0 <= spread.min() < 0.1 and 2.3 < spread.max() <= 3.0


def test_a_square_of_the_asked_width_is_hidden_anywhere_and_whole_in_the_middle():
    ones = torch.ones(2000, 1, 16, 16)
    hidden = (cut_out(ones, 0.5, rng()) == 0)[:, 0]
    areas = hidden.sum((1, 2))
    assert areas.max() == 64 and areas.min() >= 4 * 4  # at a corner a quarter of it is left
    assert (hidden.any(2).sum(1) <= 8).all()
    often = hidden.float().mean(0)
    assert often.min() > 0.05  # every pixel is hidden at times


def test_moving_keeps_the_size_and_the_values():
    moved = translate(PICTURES, 4, rng())
    assert moved.shape == PICTURES.shape
    assert moved.min() >= PICTURES.min() and moved.max() <= PICTURES.max()
