"""The networks: shapes, ranges, initial weights, and costs counted a second way."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from helpers.models import (
    Classifier,
    Discriminator,
    FullyConnectedGenerator,
    Generator,
    count_multiplies,
    count_parameters,
    init_weights,
    widths_for,
)

Z = torch.randn(4, 100, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("size", [8, 16, 32, 64, 128])
def test_both_networks_fit_each_other_at_every_size(size):
    with torch.no_grad():
        images = Generator(size, filters=4)(Z)
        assert images.shape == (4, 3, size, size)
        assert images.min() >= -1 and images.max() <= 1
        assert Discriminator(size, filters=4)(images).shape == (4,)


def test_channels_double_while_maps_shrink():
    assert widths_for(64, 64) == [64, 128, 256, 512]  # as in the paper
    assert widths_for(8, 5) == [5]


@pytest.mark.parametrize("size", [0, -8, 4, 7, 12, 100])
def test_sizes_that_cannot_be_halved_down_to_4_are_refused(size):
    with pytest.raises(ValueError, match=f"8, 16, 32, 64, 128.*not {size}"):
        widths_for(size, 32)


def test_grey_pictures_other_latents_and_a_batch_of_one():
    generator = Generator(16, latent=7, filters=4, channels=1).eval()
    images = generator(torch.randn(1, 7))
    assert images.shape == (1, 1, 16, 16)
    assert Discriminator(16, filters=4, channels=1)(images).shape == (1,)
    flat = FullyConnectedGenerator(16, latent=7, channels=1)
    assert flat(torch.randn(1, 7)).shape == (1, 1, 16, 16)


@pytest.mark.parametrize("make", [Generator, FullyConnectedGenerator])
def test_pictures_stay_in_range_even_for_wild_weights(make):
    generator = make(16)
    with torch.no_grad():
        for weight in generator.parameters():
            weight.mul_(100)
        images = generator(Z)
    assert images.abs().max() == 1.0  # reached, and never passed


def test_initial_weights_follow_the_paper():
    torch.manual_seed(0)
    for network in (Generator(64), Discriminator(64), nn.Linear(300, 300).apply(init_weights)):
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                assert 0.018 < layer.weight.std() < 0.022 and abs(layer.weight.mean()) < 0.003
                assert layer.bias is None or not layer.bias.any()
            elif isinstance(layer, nn.BatchNorm2d):
                assert 0.98 < layer.weight.mean() < 1.02 and 0.01 < layer.weight.std() < 0.03
                assert not layer.bias.any()


def test_batchnorm_is_in_every_hidden_layer_but_the_discriminators_first():
    def norms(network):
        return sum(isinstance(layer, nn.BatchNorm2d) for layer in network.modules())

    assert norms(Generator(64)) == 4
    assert norms(Discriminator(64)) == 3
    assert norms(Discriminator(64, norm=False)) == 0
    first, second = list(Discriminator(64).layers)[:2]
    assert first.bias is not None and isinstance(second, nn.LeakyReLU)


def test_dropout_is_there_when_asked_for():
    torch.manual_seed(0)
    noisy, images = Discriminator(16, filters=4, dropout=0.5), torch.rand(4, 3, 16, 16)
    assert not torch.equal(noisy(images), noisy(images))
    noisy.eval()
    assert torch.equal(noisy(images), noisy(images))


def test_the_discriminators_logits_take_any_sign():
    """A probability in place of a logit would never be negative."""
    torch.manual_seed(0)
    logits = Discriminator(16)(torch.randn(64, 3, 16, 16))
    assert logits.min() < 0 < logits.max()


@pytest.mark.parametrize("size", [16, 33])
def test_the_classifier_gives_one_logit_a_class_at_any_size(size):
    assert Classifier(5)(torch.zeros(2, 3, size, size)).shape == (2, 5)


def test_parameters_are_counted_where_they_can_learn():
    layer = nn.Conv2d(3, 8, 4)
    assert count_parameters(layer) == 3 * 8 * 16 + 8
    layer.bias.requires_grad_(False)
    assert count_parameters(layer) == 3 * 8 * 16


@pytest.mark.parametrize(
    ("network", "example"),
    [
        (Generator(32), Z),
        (Discriminator(32), torch.zeros(4, 3, 32, 32)),
        (FullyConnectedGenerator(32), Z),
        (Classifier(5), torch.zeros(4, 3, 32, 32)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_multiplies_agree_with_torchs_own_counter(network, example):
    with FlopCounterMode(display=False) as flops, torch.no_grad():
        network.eval()(example[:1])
    network.train()
    ours = count_multiplies(network, example)
    assert 2 * sum(ours.values()) == flops.get_total_flops()  # a multiply and an add
    assert network.training, "counting must leave the network as it was"
    assert not any(layer._forward_hooks for layer in network.modules())
