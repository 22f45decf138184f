"""Training: the settings (config), the loop (trainer), and what makes a run survive."""

from helpers.training.config import CONDITIONAL, RECIPES, Config, recipe, recipe_for_size
from helpers.training.trainer import SCORES, Trainer

__all__ = ["CONDITIONAL", "RECIPES", "SCORES", "Config", "Trainer", "recipe", "recipe_for_size"]
