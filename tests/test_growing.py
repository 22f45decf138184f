"""Networks grown to twice the size: what was learnt is still there."""

import pytest
import torch
from torch.nn.functional import avg_pool2d, interpolate

from helpers.models import ConditionalGenerator, ProjectionDiscriminator
from helpers.training.growing import grow_discriminator, grow_generator

LABELS = torch.arange(6) % 3


@pytest.fixture(scope="module")
def small():
    """A pair for 8 pixels, with statistics as after some training."""
    torch.manual_seed(3)
    generator = ConditionalGenerator(3, size=8, filters=16, latent=10)
    for _ in range(50):
        generator.train()(torch.randn(32, 10), torch.randint(3, (32,)))
    return generator.eval(), ProjectionDiscriminator(3, size=8, filters=16, norm="none").eval()


def test_a_grown_generator_paints_the_small_ones_images_enlarged(small):
    z = torch.randn(6, 10, generator=torch.Generator().manual_seed(0))
    errors = []
    with torch.no_grad():
        wanted = interpolate(small[0](z, LABELS), scale_factor=2, mode="bicubic")
    for steps in (0, 150):
        large = grow_generator(small[0], steps).eval()
        with torch.no_grad():
            images = large(z, LABELS)
        assert images.shape == (6, 3, 16, 16)
        errors.append((images - wanted).abs().mean().item())
    assert errors[1] < errors[0] / 2
    assert large.arguments == small[0].arguments | {"size": 16, "filters": 8}


def test_it_takes_over_every_layer_but_the_last_two(small):
    large, before = grow_generator(small[0], steps=5), small[0].state_dict()
    same = {k for k, w in large.named_parameters() if k in before and torch.equal(w, before[k])}
    assert {"embedding.weight", "upward.0.weight", "upward.1.weight"} <= same
    assert not any(key.startswith(("upward.2", "norms.2", "to_image")) for key in same)


def test_a_grown_discriminator_says_of_an_image_what_the_small_one_says_of_half_of_it(small):
    random = torch.Generator().manual_seed(0)
    coarse = torch.randint(0, 256, (64, 3, 4, 4), generator=random, dtype=torch.uint8)
    images = interpolate(coarse.float(), scale_factor=4).to(torch.uint8)
    signed = images[:6].float() / 127.5 - 1
    apart = []
    with torch.no_grad():
        wanted = small[1](avg_pool2d(signed, 2), LABELS)
    for steps in (0, 300):
        large = grow_discriminator(small[1], images, steps).eval()
        with torch.no_grad():
            apart.append((large(signed, LABELS) - wanted).abs().mean().item())
    assert apart[1] < apart[0] / 2
    assert torch.equal(large.projection.weight, small[1].projection.weight)
    assert torch.equal(large.logit.weight, small[1].logit.weight)
