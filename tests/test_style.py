"""The style-based generator: each part does what its paper says, and it trains like the others."""

import numpy as np
import pytest
import torch
from torch.nn.functional import conv2d

from helpers.models import Discriminator, StyleGenerator, generate, load_generator, save
from helpers.models.style import StyledConvolution, doubled
from helpers.training.config import Config
from helpers.training.trainer import Trainer

SHAPE = {"size": 16, "filters": 8, "latent": 12}


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize("size", [8, 16, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_images_have_the_size_and_range_that_a_discriminator_takes(size, channels):
    generator = StyleGenerator(size=size, filters=4, channels=channels)
    images = generator(torch.randn(3, 100))
    assert images.shape == (3, channels, size, size) and images.abs().max() <= 1
    assert Discriminator(size, filters=4, channels=channels, norm="none")(images).shape == (3,)


def test_scaling_channels_is_the_same_as_scaling_weights():
    """Karras et al. 2020, equations 1 and 3, written as they stand: one kernel for each image."""
    layer = StyledConvolution(5, 7, w=12)
    maps, w = torch.randn(3, 5, 6, 6), torch.randn(3, 12)
    kernels = layer.style(w)[:, None, :, None, None] * layer.weight[None] * layer.scale
    kernels = kernels / (kernels.square().sum((2, 3, 4), keepdim=True) + 1e-8).sqrt()
    wanted = torch.cat([conv2d(m[None], k, padding=1) for m, k in zip(maps, kernels, strict=True)])
    assert torch.allclose(layer(maps, w), wanted, atol=1e-5)


def test_demodulated_maps_are_equally_strong_whatever_the_style():
    layer = StyledConvolution(16, 16, w=12)
    maps = torch.randn(64, 16, 8, 8)
    strengths = [layer(maps, scale * torch.randn(64, 12)).std().item() for scale in (0, 3, 30)]
    assert all(0.8 < strength < 1.1 for strength in strengths), strengths
    layer.demodulate = False
    assert layer(maps, 30 * torch.randn(64, 12)).std() > 5


def test_bilinear_enlargement_is_repeated_pixels_with_a_blur():
    maps = torch.rand(1, 1, 6, 6)
    repeated = maps.repeat_interleave(2, 2).repeat_interleave(2, 3)
    blur = torch.tensor([1.0, 2.0, 1.0]) / 4
    blurred = conv2d(repeated, (blur[:, None] * blur)[None, None])
    assert torch.allclose(doubled(maps)[:, :, 1:-1, 1:-1], blurred, atol=1e-6)


def test_noise_differs_in_training_and_rests_afterwards():
    generator = StyleGenerator(**SHAPE, mixing=0)
    z = torch.randn(1, 12).expand(2, -1)
    for layer in generator.layers:
        layer.strength.data.fill_(0.5)
    images = generator(z)
    assert not torch.allclose(images[0], images[1])
    first, second = generator.eval()(z)
    assert torch.equal(first, second) and torch.equal(generator(z)[0], first)


def test_mixing_gives_some_images_a_second_w_in_training_only():
    generator = StyleGenerator(**SHAPE, mixing=1.0)
    z = torch.randn(32, 12)
    alone = generator.synthesise(generator.map(z))
    mixed = generator(z)
    generator.mixing = 0.0
    assert torch.allclose(generator(z), alone, atol=1e-5)  # the noise has no strength yet
    assert ((mixed - alone).abs().amax((1, 2, 3)) > 1e-3).all()
    generator.mixing = 1.0
    assert torch.allclose(generator.eval()(z), alone, atol=1e-5)


def test_the_coarse_layers_come_from_the_first_w():
    generator = StyleGenerator(**SHAPE).eval()
    a, b = generator.map(torch.randn(2, 12))
    layers = len(generator.layers)
    every = [torch.stack([*[a] * i, *[b] * (layers - i)])[None] for i in range(layers + 1)]
    images = [generator.synthesise(w)[0] for w in every]
    assert torch.equal(images[0], generator.synthesise(b[None])[0])
    assert torch.equal(images[-1], generator.synthesise(a[None])[0])
    assert not torch.allclose(images[1], images[0])


def test_the_mean_of_w_is_followed_in_training():
    generator = StyleGenerator(**SHAPE)
    for _ in range(1500):
        with torch.no_grad():
            generator(torch.randn(8, 12))
    with torch.no_grad():
        mean = generator.map(torch.randn(4000, 12)).mean(0)
    assert (generator.centre - mean).norm() < 0.15 * max(1.0, mean.norm())


def test_labels_change_the_image():
    generator = StyleGenerator(**SHAPE, classes=3).eval()
    z = torch.randn(1, 12).expand(3, -1)
    images = generator(z, torch.arange(3))
    assert not torch.allclose(images[0], images[1]) and not torch.allclose(images[1], images[2])


def test_it_is_saved_and_loaded_with_its_arguments(tmp_path):
    generator = StyleGenerator(**SHAPE, depth=2).eval()
    save(generator, tmp_path / "generator.pt")
    again = load_generator(tmp_path / "generator.pt")
    z = torch.randn(4, 12)
    assert torch.equal(generate(again, z), generate(generator, z)) and len(again.mapping) == 2


def trainer(run=None, steps=12, **changes) -> Trainer:
    images = np.random.default_rng(0).integers(0, 255, (64, 3, 16, 16), dtype=np.uint8)
    settings = {"size": 16, "filters": 8, "latent": 12, "batch": 8, "norm": "none", "r1": 0.1}
    config = Config(**settings | {"steps": steps} | changes)
    torch.manual_seed(0)
    return Trainer(images, config, run=run, generator=StyleGenerator(**SHAPE), device="cpu")


def test_it_trains_and_goes_on_bit_for_bit(tmp_path, monkeypatch):
    """Noise and mixing are drawn at random, and the second half must not notice the break."""
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path))
    whole = trainer("whole")
    before = [weight.clone() for weight in whole.generator.parameters()]
    whole.fit()
    moved = [
        not torch.equal(a, b) for a, b in zip(before, whole.generator.parameters(), strict=True)
    ]
    assert all(moved)
    cut = trainer("cut")
    cut.fit(steps=5)
    again = trainer("cut")
    assert again.steps == 5
    again.fit()
    for name, value in whole.generator.state_dict().items():
        assert torch.equal(value, again.generator.state_dict()[name]), name


def test_it_trains_under_autocast():
    one = trainer(steps=4)
    one.compute_in(torch.bfloat16)
    one.fit()
    assert np.isfinite([row["loss_g"] for row in one.history]).all()
    assert all(weight.dtype == torch.float32 for weight in one.generator.parameters())
