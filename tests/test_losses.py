"""What both networks minimise: values with known answers, signs, and where gradients push."""

import math

import pytest
import torch

from helpers.losses import OBJECTIVES, objective, squared_gradient

ZEROS = torch.zeros(8)
BCE, HINGE = objective("bce"), objective("hinge")
discriminator_loss, generator_loss = BCE.on_logits, BCE.fooling


def test_at_chance_the_losses_are_two_ln_2_and_ln_2():
    assert discriminator_loss(ZEROS, ZEROS).item() == pytest.approx(2 * math.log(2))
    assert generator_loss(ZEROS).item() == pytest.approx(math.log(2))


def test_the_discriminator_is_rewarded_for_calling_real_real_and_fake_fake():
    right = discriminator_loss(torch.full((8,), 3.0), torch.full((8,), -3.0))
    wrong = discriminator_loss(torch.full((8,), -3.0), torch.full((8,), 3.0))
    assert right < 0.1 < 6 < wrong


def test_the_generator_is_rewarded_for_fakes_called_real():
    assert generator_loss(torch.full((8,), 3.0)) < 0.1 < 3 < generator_loss(torch.full((8,), -3.0))


def test_the_losses_are_those_of_the_paper():
    real, fake = torch.tensor([1.5, -0.3]), torch.tensor([0.2, -2.0])
    d = -(real.sigmoid().log().mean() + (1 - fake.sigmoid()).log().mean())
    assert discriminator_loss(real, fake).item() == pytest.approx(d.item(), abs=1e-6)
    g = -fake.sigmoid().log().mean()
    assert generator_loss(fake).item() == pytest.approx(g.item(), abs=1e-6)


def test_gradients_push_real_up_and_fake_down_and_the_generator_pulls_fake_up():
    real, fake = torch.zeros(4, requires_grad=True), torch.zeros(4, requires_grad=True)
    discriminator_loss(real, fake).backward()
    assert (real.grad < 0).all() and (fake.grad > 0).all()  # a step goes against the gradient
    fake.grad = None
    generator_loss(fake).backward()
    assert (fake.grad < 0).all()


def test_a_generator_whose_fakes_are_all_recognised_still_has_a_gradient():
    fake = torch.full((1,), -10.0, requires_grad=True)
    generator_loss(fake).backward()
    assert fake.grad.item() < -0.99  # log(1 - D(G(z))) would leave 0.00005


def test_extreme_logits_stay_finite():
    far = torch.tensor([1e4, -1e4])
    assert discriminator_loss(far, -far).isfinite() and generator_loss(far).isfinite()


def test_hinge_has_its_known_values_and_stops_pushing_beyond_one():
    assert HINGE.on_logits(ZEROS, ZEROS).item() == 2 and HINGE.fooling(ZEROS).item() == 0
    assert HINGE.fooling(torch.tensor([3.0, -1.0])).item() == -1  # logits up, loss down
    real, fake = torch.tensor([0.5, 3.0]), torch.tensor([-0.5, -4.0])
    assert HINGE.on_logits(real, fake).item() == pytest.approx(0.25 + 0.25)
    real.requires_grad_()
    HINGE.on_logits(real, fake).backward()
    assert real.grad.tolist() == [-0.5, 0.0]


def linear(images, labels=None):
    """A discriminator whose gradient is 3 in every pixel, or 3 times the label."""
    by_label = 1 if labels is None else labels
    return 3 * by_label * images.sum((1, 2, 3))


def test_the_relativistic_loss_compares_pairs_and_penalises_the_gradient():
    relativistic = OBJECTIVES["relativistic"]()
    zeros = torch.zeros(8, 3, 4, 4)
    d = relativistic.discriminator_loss(linear, zeros, zeros)
    norm = 9 * 48  # squared, of 48 pixels with a gradient of 3
    assert d.loss.item() == pytest.approx(math.log(2) + relativistic.gamma / 2 * 2 * norm)
    assert relativistic.generator_loss(linear, zeros, real=zeros).item() == pytest.approx(
        math.log(2)
    )
    with pytest.raises(ValueError, match="pass the real images"):
        relativistic.generator_loss(linear, zeros)
    relativistic.gamma = 0
    right = relativistic.discriminator_loss(linear, zeros + 0.1, zeros - 0.1).loss
    wrong = relativistic.discriminator_loss(linear, zeros - 0.1, zeros + 0.1).loss
    assert right < 0.01 and wrong > 20
    # both images moved by as much: the pair is what it was
    moved = relativistic.discriminator_loss(linear, zeros + 5, zeros + 5).loss
    assert moved.item() == pytest.approx(math.log(2))


def test_the_gradient_norm_is_that_of_each_image_under_its_label_and_can_be_learnt_from():
    images, labels = torch.randn(4, 3, 4, 4), torch.tensor([0, 1, 1, 2])
    assert squared_gradient(linear, images).item() == pytest.approx(9 * 48)
    expected = 9 * 48 * (0 + 1 + 1 + 4) / 4
    assert squared_gradient(linear, images, labels).item() == pytest.approx(expected)
    layer = torch.nn.Linear(48, 1)
    squared_gradient(lambda x: layer(x.flatten(1)).flatten(), images).backward()
    assert torch.allclose(layer.weight.grad, 2 * layer.weight)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_asks_the_discriminator_itself_and_hands_its_logits_on(name):
    asked = []

    def discriminator(images, *labels):
        asked.append((images, labels))
        return images.mean((1, 2, 3))

    real, fake, labels = torch.ones(4, 3, 8, 8), -torch.ones(4, 3, 8, 8), torch.arange(4)
    d = OBJECTIVES[name]().discriminator_loss(discriminator, real, fake, labels)
    assert d.real_logits.tolist() == [1.0] * 4 and d.fake_logits.tolist() == [-1.0] * 4
    assert asked[0][1] == asked[1][1] == (labels,)
    OBJECTIVES[name]().generator_loss(discriminator, fake, real=real)
    assert asked[-1][1] == ()


def test_an_unknown_objective_is_told_the_names_there_are():
    with pytest.raises(ValueError, match=r"no objective 'wasserstein'; choose from bce, hinge"):
        objective("wasserstein")
