"""Recipes and what a small set needs."""

import pytest

from helpers.training import recipe_for_size
from helpers.training.config import RECIPES, recipe


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
