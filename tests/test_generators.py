"""The files that come with the course, data/generators: small, whole, and as their cards say."""

import json
import re
from dataclasses import fields

import numpy as np
import pytest
import torch

from helpers.commands.enlarger import EnlargerRecipe
from helpers.commands.pretrain import RECIPES
from helpers.images import to_signed
from helpers.models import about, enlarge, generate, labels_in_turn, pretrained, training_film
from helpers.models.pretrained import FOLDER
from helpers.training.config import Config
from helpers.training.trainer import Trainer

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
GENERATORS = [name for name in NAMES if not isinstance(RECIPES[name], EnlargerRecipe)]
every_file = pytest.mark.parametrize("name", NAMES)
every_generator = pytest.mark.parametrize("name", GENERATORS)


@every_file
def test_it_is_small_and_has_a_card_that_says_nothing_of_the_machines_folders(name):
    for ending in ("pt", "discriminator.pt", "json", "webp"):
        path = FOLDER / f"{name}.{ending}"
        assert not path.exists() or path.stat().st_size < 8e6
    known = about(name)
    assert known["licence"].startswith("MIT") and known["hours"] > 0 and known["works"] > 0
    text = json.dumps(known)
    assert not re.search(r"/(home|root|work|tmp|Users)/", text)
    assert known["steps"] == RECIPES[name].steps


@every_generator
def test_it_paints_each_of_its_subjects(name):
    generator = pretrained(name)
    assert generator.classes == len(generator.names) == len(set(generator.names))
    labels = torch.arange(generator.classes)
    latents = torch.randn(1, generator.latent, generator=torch.Generator().manual_seed(0))
    images = generate(generator, latents.expand(len(labels), -1), labels)
    config = about(name)["recipe"]
    size, channels = config["size"], config["channels"]
    assert images.shape == (len(labels), channels, size, size)
    apart = (images[:, None].float() - images[None].float()).abs().mean((2, 3, 4))
    assert apart.fill_diagonal_(255).min() > 2, "two subjects look the same"


@every_generator
def test_a_training_goes_on_from_it_and_its_discriminator(name):
    generator, discriminator = pretrained(name), pretrained(f"{name}.discriminator")
    known = about(name)["recipe"]
    names = {field.name for field in fields(Config)}
    assert set(known) == names, "the card holds all settings"
    config = Config(**known | {"batch": 8, "steps": 3})
    images = np.random.default_rng(0).integers(
        0, 256, (16, config.channels, config.size, config.size), dtype=np.uint8
    )
    labels = np.arange(16) % len(generator.names)
    trainer = Trainer(
        images, config, generator=generator, discriminator=discriminator, labels=labels
    )
    assert len(trainer.fit(log_every=1)) == 3
    last = list(training_film(name).values())[-1]
    logits = discriminator.eval()(
        to_signed(torch.tensor(last)), labels_in_turn(25, len(generator.names))[: len(last)]
    )
    assert logits.isfinite().all()


@every_generator
def test_the_film_ends_with_what_the_generator_paints(name):
    film = training_film(name)
    assert 30 <= len(film) <= 50 and list(film) == sorted(film)
    config = about(name)["recipe"]
    assert next(iter(film)) <= 10 and list(film)[-1] == config["steps"]
    # the 25 latents are the first that a trainer draws with its seed
    random = torch.Generator().manual_seed(config["seed"])
    latents = torch.randn(25, config["latent"], generator=random)
    generator = pretrained(name)
    shown = film[config["steps"]].astype(int)
    n = len(shown)
    last = generate(generator, latents[:n], labels_in_turn(25, generator.classes)[:n]).numpy()
    difference = np.abs(last.astype(int) - shown)
    assert difference.mean() < 1.5, "half precision may change a grey level, not the picture"


@every_generator
def test_its_card_has_scores_and_no_sign_of_memorisation(name):
    scores = about(name)["scores"]
    names = [score["name"] for score in scores["scores"]]
    assert "FD-lite2" in names and "recall" in names
    assert scores["classes_recognised"] >= 0.9 * scores["classes"]
    verdict = scores["memorisation"]
    assert verdict["memorised"] <= verdict["limit"] and not verdict["doubt"]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in GENERATORS])
def test_the_super_resolver_enlarges_and_beats_lanczos_by_its_own_measure(name):
    scores = about(name)["scores"]
    assert scores["network"]["FD-lite2"] < scores["Lanczos"]["FD-lite2"]
    images = torch.randint(0, 256, (1, 3, 16, 16), dtype=torch.uint8)
    assert enlarge(pretrained(name), images).shape == (1, 3, 64, 64)
