"""Training: the settings (config), the loop (trainer), and what makes a run survive."""

from helpers.training.config import CONDITIONAL, RECIPES, STYLE, Config, recipe, recipe_for_size
from helpers.training.trainer import SCORES, Trainer

__all__ = [
    "CONDITIONAL",
    "RECIPES",
    "SCORES",
    "STYLE",
    "Config",
    "Trainer",
    "recipe",
    "recipe_for_size",
]
