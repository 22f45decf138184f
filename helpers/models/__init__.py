"""The networks. Images are floats [N, C, H, W] in [-1, 1], latents [N, Z] from a standard normal.

Discriminators return logits [N], never probabilities.
"""

from helpers.models.baselines import FullyConnectedGenerator
from helpers.models.classifier import Classifier
from helpers.models.conditional import (
    ConditionalGenerator,
    ConditionalNorm,
    ProjectionDiscriminator,
)
from helpers.models.counting import count_multiplies, count_parameters
from helpers.models.dcgan import (
    Discriminator,
    Generator,
    UpsamplingGenerator,
    init_weights,
    widths_for,
)
from helpers.models.generate import generate, generate_from_seed, labels_in_turn
from helpers.models.latent_space import LatentSpace, arc
from helpers.models.pairs import NETWORKS, new_discriminator, new_generator
from helpers.models.pretrained import about, pretrained, training_film
from helpers.models.registry import identity, load, load_generator, register, save
from helpers.models.style import StyleGenerator
from helpers.models.super_resolution import PatchDiscriminator, SuperResolver, enlarge

__all__ = [
    "NETWORKS",
    "Classifier",
    "ConditionalGenerator",
    "ConditionalNorm",
    "Discriminator",
    "FullyConnectedGenerator",
    "Generator",
    "LatentSpace",
    "PatchDiscriminator",
    "ProjectionDiscriminator",
    "StyleGenerator",
    "SuperResolver",
    "UpsamplingGenerator",
    "about",
    "arc",
    "count_multiplies",
    "count_parameters",
    "enlarge",
    "generate",
    "generate_from_seed",
    "identity",
    "init_weights",
    "labels_in_turn",
    "load",
    "load_generator",
    "new_discriminator",
    "new_generator",
    "pretrained",
    "register",
    "save",
    "training_film",
    "widths_for",
]
