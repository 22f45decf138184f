"""Steering: points, mixtures, truncation, directions and their names."""

import math

import pytest
import torch
from torch import nn

from helpers.models import (
    ConditionalGenerator,
    Generator,
    StyleGenerator,
    UpsamplingGenerator,
    generate,
)
from helpers.models.directions import (
    ATTRIBUTES,
    Direction,
    closed_form,
    effects,
    entrances,
    named,
    principal_components,
)
from helpers.models.latent_space import LatentSpace, arc

SHAPE = {"size": 16, "filters": 8}


def spaces() -> dict[str, LatentSpace]:
    torch.manual_seed(0)
    return {
        "dcgan": LatentSpace(Generator(latent=12, **SHAPE)),
        "upsampling": LatentSpace(UpsamplingGenerator(latent=12, **SHAPE)),
        "conditional": LatentSpace(ConditionalGenerator(3, latent=12, embedding=5, **SHAPE)),
        "style": LatentSpace(StyleGenerator(latent=12, **SHAPE)),
        "style with labels": LatentSpace(StyleGenerator(latent=12, classes=3, **SHAPE)),
    }


def some(space: LatentSpace, n: int = 4) -> tuple[torch.Tensor, torch.Tensor | None]:
    latents = torch.randn(n, 12, generator=torch.Generator().manual_seed(1))
    return latents, None if space.classes is None else torch.arange(n) % space.classes


@pytest.mark.parametrize("name", spaces())
def test_a_point_paints_what_its_latent_paints(name):
    space = spaces()[name]
    latents, labels = some(space)
    points = space.points(latents, labels)
    assert torch.equal(space.images(points), generate(space.generator, latents, labels))
    assert points.shape == (4, len(space.centre(0 if space.classes else None)))


@pytest.mark.parametrize("name", spaces())
def test_truncation_goes_from_the_point_to_the_centre(name):
    space = spaces()[name]
    latents, labels = some(space, 1)
    label = None if labels is None else 0
    point = space.points(latents, labels)
    centre = space.centre(label)
    assert torch.allclose(space.truncate(point, 1.0, label), point, atol=1e-6)
    assert torch.allclose(space.truncate(point, 0.0, label)[0], centre, atol=1e-6)
    half = space.truncate(point, 0.5, label)
    assert torch.allclose((half - centre).norm(), (point - centre).norm() / 2, rtol=1e-4)


def test_the_centre_of_a_style_generator_is_the_mean_of_its_w():
    space = spaces()["style"]
    random = torch.Generator().manual_seed(9)
    mean = space.points(torch.randn(4000, 12, generator=random)).mean(0)
    assert (space.centre() - mean).norm() < 0.1 * mean.norm() + 0.2


@pytest.mark.parametrize("name", spaces())
def test_between_two_points_lies_a_path_from_one_to_the_other(name):
    space = spaces()[name]
    points = space.points(*some(space, 2))
    a, b = points[:1], points[1:]
    assert torch.allclose(space.between(a, b, 0.0), a, atol=1e-5)
    assert torch.allclose(space.between(a, b, 1.0), b, atol=1e-5)
    middle = space.between(a, b, 0.5)[..., :12]
    lengths = (a[..., :12].norm() + b[..., :12].norm()) / 2
    if "style" in name:
        assert torch.allclose(middle, (a + b) / 2, atol=1e-5)
    else:  # a straight line would shorten it
        assert torch.allclose(middle.norm(), lengths, rtol=1e-3)


def test_the_arc_between_parallel_vectors_is_a_line():
    a = torch.tensor([[1.0, 2.0]])
    assert torch.allclose(arc(a, 3 * a, 0.5), 2 * a)
    assert arc(torch.zeros(1, 2), a, 0.5).isfinite().all()


def test_another_network_is_refused():
    with pytest.raises(ValueError, match="Linear has no latent space that the course can steer"):
        LatentSpace(nn.Linear(2, 2))


# ---- directions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", spaces())
@pytest.mark.parametrize("find", [closed_form, principal_components])
def test_directions_are_unit_vectors_that_leave_the_label_alone(name, find):
    space = spaces()[name]
    found = find(space, 3)
    assert len(found) == 3
    for direction in found:
        assert math.isclose(direction.vector.norm(), 1, abs_tol=1e-4)
        assert not direction.vector[12:].any()


def test_the_closed_form_finds_the_direction_to_which_the_weights_react_most():
    space = spaces()["dcgan"]
    weight = space.generator.layers[0].weight
    with torch.no_grad():
        weight[4] *= 30  # the fifth number of a latent now matters most
    (first,) = closed_form(space, 1)
    assert first.vector[4].abs() > 0.99
    steps = [(entrances(space) @ v.vector).norm() for v in closed_form(space, 12)]
    assert steps == sorted(steps, reverse=True)


def test_principal_components_find_the_direction_in_which_points_differ_most():
    space = spaces()["dcgan"]
    with torch.no_grad():
        space.generator.layers[0].weight[7] *= 30
    (first,) = principal_components(space, 1)
    assert first.vector[7].abs() > 0.95


class Painted(Generator):
    """The first number of a latent is the brightness, the second goes from blue to red."""

    def forward(self, z):
        flat = torch.stack([z[:, 0] + z[:, 1], z[:, 0], z[:, 0] - z[:, 1]], 1) / 10
        return flat[:, :, None, None].expand(-1, -1, 8, 8)


def test_a_direction_is_named_by_what_it_changes_and_turned_so_that_it_grows():
    space = LatentSpace(Painted(size=8, latent=12, filters=4))
    axis = torch.diag(torch.ones(12))
    found = named(space, [Direction(-axis[0]), Direction(axis[1]), Direction(axis[5])])
    assert [direction.name for direction in found] == ["brighter", "warmer", "direction 3"]
    assert torch.equal(found[0].vector, axis[0]) and torch.equal(found[1].vector, axis[1])
    assert found[0].correlation > 0.99 and found[2].correlation < 0.1


def test_attributes_measure_what_they_are_called():
    images = torch.zeros(1, 3, 8, 8, dtype=torch.uint8)
    images[:, 0, :4] = 200  # red above
    images[:, 1, :, :4] = 100  # green on the left
    value = {name: float(measure(images)) for name, (measure, _) in ATTRIBUTES.items()}
    assert value["light above"] > 50 and value["light left"] > 50
    assert value["warmth"] == 100 and value["greenness"] == 0
    assert value["saturation"] == 125 and abs(value["brightness"] - (29.9 * 2 + 58.7) / 2) < 60
    grey = torch.full((2, 1, 8, 8), 7.0)
    for measure, _ in ATTRIBUTES.values():
        assert measure(grey).shape == (2,)
        assert measure(grey)[0] in (0, 7)  # nothing but brightness


def test_effects_are_correlations():
    space = spaces()["style"]
    correlation, size = effects(space, closed_form(space, 2), n=8)
    assert correlation.shape == size.shape == (2, len(ATTRIBUTES))
    assert correlation.abs().max() <= 1.0001


def test_the_size_of_an_effect_is_in_standard_deviations_of_random_images():
    space = LatentSpace(Painted(size=8, latent=12, filters=4))
    axis = torch.diag(torch.ones(12))
    size = effects(space, [Direction(axis[0]), Direction(axis[5])], amount=2.0).size
    brightness = list(ATTRIBUTES).index("brightness")
    assert abs(size[0, brightness] - 4) < 0.3  # from -2 to +2 of one standard deviation
    assert size[1].abs().max() < 0.1


def test_of_two_steady_effects_the_larger_one_gives_the_name():
    space = LatentSpace(Painted(size=8, latent=12, filters=4))
    axis = torch.diag(torch.ones(12))
    (mostly_light,) = named(space, [Direction((axis[0] + 0.2 * axis[1]) / 1.04**0.5)])
    (mostly_warm,) = named(space, [Direction((0.2 * axis[0] + axis[1]) / 1.04**0.5)])
    assert (mostly_light.name, mostly_warm.name) == ("brighter", "warmer")
