"""Flow matching: the velocity, the loss, the steps, and a training."""

import numpy as np
import pytest
import torch
from torch import nn

from helpers.models import generate, identity, registry
from helpers.models.flow import FlowSampler, VelocityNetwork, flow_loss, integrate, waves
from helpers.training import Config
from helpers.training.flowing import FlowTraining


class ToOneImage(nn.Module):
    """The velocity where all images are the same one: known without training."""

    def __init__(self, image):
        super().__init__()
        self.image = image

    def forward(self, x, t):
        return (self.image - x) / (1 - t)[:, None, None, None]


def noise(n=4, channels=3, size=16, seed=0):
    return torch.randn(n, channels, size, size, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("steps", [1, 3, 16])
def test_a_straight_flow_arrives_in_any_number_of_steps(steps):
    image = torch.linspace(-1, 1, 3 * 16 * 16).view(1, 3, 16, 16)
    found = integrate(ToOneImage(image), noise(), steps)
    assert torch.allclose(found, image.expand(4, -1, -1, -1), atol=1e-5)


def test_there_must_be_a_step():
    with pytest.raises(ValueError, match="at least one step, not 0"):
        integrate(ToOneImage(torch.zeros(1, 3, 16, 16)), noise(), 0)


def test_the_loss_is_that_of_the_velocity_on_a_straight_line():
    image, start = torch.full((2, 3, 16, 16), 0.5), noise(2)
    exact = ToOneImage(image)
    for t in (0.0, 0.3, 0.9):
        assert flow_loss(exact, image, start, torch.full((2,), t)).item() < 1e-9
    still = lambda x, t: torch.zeros_like(x)  # noqa: E731
    expected = (image - start).square().mean()
    assert flow_loss(still, image, start, torch.zeros(2)).item() == pytest.approx(float(expected))


@pytest.mark.parametrize("channels", [1, 3])
def test_the_network_knows_image_and_time(channels):
    torch.manual_seed(0)
    network = VelocityNetwork(16, channels, filters=16)
    x = noise(2, channels)
    assert torch.equal(network(x, torch.zeros(2)), torch.zeros_like(x)), "untrained: no velocity"
    nn.init.normal_(network.leave[-1].weight, std=0.1)
    for block in [*network.downward, network.bottom, *network.upward]:
        nn.init.normal_(block.convolutions[1].weight, std=0.1)
    early, late = (network(x, torch.full((2,), t)) for t in (0.1, 0.9))
    assert early.shape == x.shape and not torch.allclose(early, late, atol=1e-3)
    with pytest.raises(ValueError, match="multiple of 8"):
        VelocityNetwork(18)


def test_waves_tell_times_apart():
    found = waves(torch.tensor([0.0, 0.01, 0.5]), 40)
    assert found.shape == (3, 40)
    assert (found.square().sum(1) - 20).abs().max() < 1e-4, "each sine and cosine pair has length 1"
    assert (found[0] - found[1]).norm() > 0.5


def stripes(n=64):
    """Images of bright and dark halves: learnt in seconds."""
    random = np.random.default_rng(0)
    images = np.full((n, 1, 16, 16), 40, np.uint8)
    images[random.random(n) < 0.5, :, :, :8] = 215
    images[images[:, 0, 0, 0] == 40, :, :, 8:] = 215
    return images


def settings(**changes):
    usual = {"size": 16, "channels": 1, "batch": 16, "steps": 120, "flip": False}
    return Config(**usual | changes)


def test_a_training_learns_to_paint_and_the_same_seed_gives_the_same_bits():
    made = [FlowTraining(stripes(), settings(), VelocityNetwork(16, 1, 16), "cpu") for _ in "ab"]
    torch.manual_seed(0)
    start = VelocityNetwork(16, 1, 16).state_dict()
    for training in made:
        training.network.load_state_dict(start)
        training.ema.module.load_state_dict(start)
        training.fit()
    assert made[0].steps == 120 and len(made[0].losses) == 120
    assert np.mean(made[0].losses[-20:]) < 0.5 * made[0].losses[0]
    painted = generate(FlowSampler(made[0].ema_network, 8), noise(40, 1).flatten(1)).float()
    halves = torch.stack([painted[..., :8].mean((1, 2, 3)), painted[..., 8:].mean((1, 2, 3))], 1)
    share = float((halves.diff(dim=1).abs() > 90).float().mean())
    assert share > 0.7, f"only {share:.0%} have a bright and a dark half"
    assert (halves[:, 0] > halves[:, 1]).any() and (halves[:, 0] < halves[:, 1]).any()
    for one, two in zip(*(t.network.parameters() for t in made), strict=True):
        assert torch.equal(one, two)


def test_a_sampler_is_called_like_a_generator_and_the_network_is_saved(tmp_path):
    network = VelocityNetwork(16, 1, 16)
    nn.init.normal_(network.leave[-1].weight, std=0.1)
    sampler = FlowSampler(network, 2)
    assert sampler.latent == 256
    z = noise(3, 1).flatten(1)
    assert torch.equal(sampler(z), integrate(network, noise(3, 1), 2))
    registry.save(network, tmp_path / "flow.pt")
    loaded = registry.load(tmp_path / "flow.pt")
    assert identity(loaded) == identity(network)
    assert torch.allclose(FlowSampler(loaded, 2)(z), sampler(z), atol=1e-5)


def test_a_loss_that_is_no_number_ends_the_training_in_words():
    training = FlowTraining(stripes(), settings(), VelocityNetwork(16, 1, 16), "cpu")
    with torch.no_grad():
        training.network.leave[-1].bias.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="try a learning rate lower than"):
        training.fit()


def test_minutes_end_a_training_and_it_goes_on():
    training = FlowTraining(stripes(), settings(), VelocityNetwork(16, 1, 16), "cpu")
    training.fit(minutes=0.02)
    assert 0 < training.steps < 120
    before = training.steps
    training.fit(steps=2)
    assert training.steps == before + 2


def test_the_network_is_asked_more_often_in_the_middle_of_the_line():
    training = FlowTraining(stripes(), settings(), VelocityNetwork(16, 1, 16), "cpu")
    times = training.times(4000)
    assert times.min() > 0 and times.max() < 1
    assert 0.7 < float(((times > 0.25) & (times < 0.75)).float().mean()) < 0.76
