"""What both networks minimise: values with known answers, signs, and where gradients push."""

import math

import pytest
import torch

from helpers.losses import OBJECTIVES, objective

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
    OBJECTIVES[name]().generator_loss(discriminator, fake)
    assert asked[2][1] == ()


def test_an_unknown_objective_is_told_the_names_there_are():
    with pytest.raises(ValueError, match=r"no objective 'wasserstein'; choose from bce, hinge"):
        objective("wasserstein")
