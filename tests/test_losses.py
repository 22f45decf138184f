"""What both networks minimise: values with known answers, signs, and where gradients push."""

import math

import pytest
import torch

from helpers.losses import OBJECTIVES, gradient_norms, objective
from helpers.models import Discriminator

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


linear.parameters = list  # the objective that clips asks for them


def test_the_relativistic_loss_compares_pairs():
    relativistic = objective("relativistic")
    zeros = torch.zeros(8, 3, 4, 4)
    d = relativistic.discriminator_loss(linear, zeros, zeros)
    assert d.loss.item() == pytest.approx(math.log(2))
    assert relativistic.generator_loss(linear, zeros, real=zeros).item() == pytest.approx(
        math.log(2)
    )
    with pytest.raises(ValueError, match="pass the real images"):
        relativistic.generator_loss(linear, zeros)
    right = relativistic.discriminator_loss(linear, zeros + 0.1, zeros - 0.1).loss
    wrong = relativistic.discriminator_loss(linear, zeros - 0.1, zeros + 0.1).loss
    assert right < 0.01 and wrong > 20
    # both images moved by as much: the pair is what it was
    moved = relativistic.discriminator_loss(linear, zeros + 5, zeros + 5).loss
    assert moved.item() == pytest.approx(math.log(2))


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize(("r1", "r2"), [(0.4, 0.0), (0.0, 0.4), (0.4, 0.2)])
def test_penalties_can_be_added_to_every_objective(name, r1, r2):
    images = torch.randn(8, 3, 4, 4), torch.randn(8, 3, 4, 4)
    losses = []
    for weights in ((0, 0), (r1, r2)):
        torch.manual_seed(0)
        losses.append(objective(name, *weights).discriminator_loss(linear, *images).loss)
    # of 48 pixels with a gradient of 3
    assert (losses[1] - losses[0]).item() == pytest.approx((r1 + r2) / 2 * 9 * 48, rel=1e-4)


def test_r1_is_taken_at_real_images_and_r2_at_fake_ones_under_their_labels():
    def bent(images, labels):
        return linear(images, labels).square() / 2  # the gradient grows with the logit

    ones, zeros, labels = torch.ones(4, 3, 4, 4), torch.zeros(4, 3, 4, 4), torch.full((4,), 2)
    at_real = objective("bce", r1=2.0).penalty(bent, ones, zeros, labels)
    assert at_real.item() == pytest.approx(48 * (6 * 6 * 48) ** 2)
    assert objective("bce", r2=2.0).penalty(bent, ones, zeros, labels).item() < 1e-6


def test_the_gradient_norm_is_that_of_each_image_under_its_label_and_can_be_learnt_from():
    images, labels = torch.randn(4, 3, 4, 4), torch.tensor([0, 1, 1, 2])
    assert torch.allclose(gradient_norms(linear, images), torch.full((4,), 432**0.5))
    expected = 432**0.5 * torch.tensor([0.0, 1, 1, 2])
    assert torch.allclose(gradient_norms(linear, images, labels), expected, atol=1e-5)
    layer = torch.nn.Linear(48, 1)
    gradient_norms(lambda x: layer(x.flatten(1)).flatten(), images).mean().backward()
    assert torch.allclose(layer.weight.grad, layer.weight / layer.weight.norm())


@pytest.mark.parametrize("name", ["bce", "wgan-gp"])
def test_penalties_are_computed_in_float32_whatever_the_rest_is_in(name):
    torch.manual_seed(0)
    D = Discriminator(16, filters=4, norm="none")
    real, fake = torch.randn(2, 8, 3, 16, 16)
    loss = objective(name, r1=0.5, r2=0.5)
    torch.manual_seed(1)
    whole = loss.penalty(D, real, fake)
    torch.manual_seed(1)
    with torch.autocast("cpu", torch.bfloat16):
        assert D(real).dtype == torch.bfloat16
        half = loss.penalty(D, real, fake)
    assert half.dtype == torch.float32 and torch.equal(half, whole)


def test_where_the_gradient_is_nothing_the_penalty_still_has_a_finite_one():
    layer = torch.nn.Linear(48, 1)
    torch.nn.init.zeros_(layer.weight)
    gradient_norms(
        lambda x: layer(x.flatten(1)).flatten(), torch.randn(4, 3, 4, 4)
    ).sum().backward()
    assert layer.weight.grad.isfinite().all()


def test_the_saturating_loss_pulls_alike_at_chance_and_lets_go_where_every_fake_is_recognised():
    saturating, at = objective("saturating"), []
    for logit in (0.0, -10.0):
        fake = torch.full((1,), logit, requires_grad=True)
        saturating.fooling(fake).backward()
        at.append(fake.grad.item())
    assert saturating.fooling(ZEROS).item() == pytest.approx(-math.log(2))
    assert at[0] == pytest.approx(-0.5) and -1e-4 < at[1] < 0


def test_the_critic_measures_a_difference_of_means_and_its_weights_are_clipped():
    wasserstein = objective("wgan")
    assert wasserstein.on_logits(torch.tensor([3.0, 1.0]), torch.tensor([-1.0, 0.0])) == -2.5
    assert wasserstein.fooling(torch.tensor([3.0, 1.0])) == -2
    critic = torch.nn.Sequential(torch.nn.Flatten(0), torch.nn.Linear(12, 1))
    with torch.no_grad():
        critic[1].weight.fill_(5.0)
    critic[1].bias.data.fill_(-5.0)
    wasserstein.discriminator_loss(critic, torch.ones(1, 3, 2, 2), torch.ones(1, 3, 2, 2))
    assert (critic[1].weight == 0.01).all() and (critic[1].bias == -0.01).all()
    critic[1].bias.data.fill_(5.0)  # as D's own update may do, before G is asked
    wasserstein.generator_loss(critic, torch.ones(1, 3, 2, 2))
    assert (critic[1].bias == 0.01).all()


def test_the_gradient_penalty_wants_a_slope_of_one_between_real_and_fake():
    improved, images = objective("wgan-gp"), torch.zeros(4, 3, 4, 4)
    for slope, expected in ((1.0, 0.0), (3.0, 10 * 4.0), (0.0, 10.0)):

        def critic(x, slope=slope):
            return slope * x.sum((1, 2, 3)) / 48**0.5

        assert improved.penalty(critic, images, images + 1).item() == pytest.approx(
            expected, abs=1e-3
        )
    places = []
    improved.penalty(lambda x: places.append(x) or x.sum((1, 2, 3)), images, images + 1)
    shares = places[0].flatten(1)
    assert (shares == shares[:, :1]).all() and 0 < shares.min() < shares.max() < 1
    assert len(shares[:, 0].unique()) == 4, "each pair has a share of its own"


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_asks_the_discriminator_itself_and_hands_its_logits_on(name):
    asked = []

    def discriminator(images, *labels):
        asked.append((images, labels))
        return images.mean((1, 2, 3))

    discriminator.parameters = list  # the clipping one asks for them

    real, fake, labels = torch.ones(4, 3, 8, 8), -torch.ones(4, 3, 8, 8), torch.arange(4)
    d = OBJECTIVES[name]().discriminator_loss(discriminator, real, fake, labels)
    assert d.real_logits.tolist() == [1.0] * 4 and d.fake_logits.tolist() == [-1.0] * 4
    assert all(theirs == (labels,) for _, theirs in asked)
    OBJECTIVES[name]().generator_loss(discriminator, fake, real=real)
    assert asked[-1][1] == ()


def test_an_unknown_objective_is_told_the_names_there_are():
    with pytest.raises(ValueError, match=r"no objective 'wasserstein'; choose from bce, sat"):
        objective("wasserstein")
