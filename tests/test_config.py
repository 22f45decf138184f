"""Recipes and what a small set needs."""

import numpy as np
import pytest

from helpers.training import recipe_for_size
from helpers.training.config import RECIPES, Config, recipe
from helpers.training.trainer import Trainer


def test_an_unknown_recipe_is_told_the_names_there_are():
    with pytest.raises(ValueError, match="choose from laptop, t4, quick, few, tutorial"):
        recipe("secret")


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_moves_as_far_at_every_size(name):
    assert recipe(name, 64, 1).translation == 2 * recipe(name, 32, 1).translation
    assert recipe(name, 64, 1).channels == 1


@pytest.mark.parametrize(
    ("pictures", "changed", "word"),
    [
        (10, (8, 1.0, 0.5), "close to these"),
        (300, (8, 1.0, 0.5), "memorisation"),
        (1000, (8, 0.0, 0.0), "few details"),
        (5000, (0, 0.0, 0.0), ""),
    ],
)
def test_the_fewer_the_pictures_the_more_is_changed(pictures, changed, word):
    config, advice = recipe_for_size(recipe("laptop", 64), pictures)
    assert (config.translation, config.colour, config.cutout) == changed
    assert word in advice and (advice == "") == (pictures >= 2000)
    if advice:
        assert advice.startswith(f"{pictures:,} images")


def test_the_discriminator_may_have_a_learning_rate_of_its_own():
    assert Config(learning_rate=1e-3).rates == (1e-3, 1e-3)
    config = Config(size=16, filters=4, batch=4, learning_rate=1e-3, learning_rate_d=4e-3, steps=10)
    images = np.random.default_rng(0).integers(0, 256, (12, 3, 16, 16), dtype=np.uint8)
    trainer = Trainer(images, config, device="cpu")
    assert [o.param_groups[0]["lr"] for o in (trainer.optim_g, trainer.optim_d)] == [1e-3, 4e-3]
    trainer.fit(steps=9)
    rates = [o.param_groups[0]["lr"] for o in (trainer.optim_g, trainer.optim_d)]
    assert rates == [pytest.approx(0.2e-3), pytest.approx(0.8e-3)]  # both fall
