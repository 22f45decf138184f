"""The conditional networks: what label and latent do, alone and in a training."""

import importlib
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from helpers.commands import pretrain
from helpers.models import (
    ConditionalGenerator,
    ProjectionDiscriminator,
    generate,
    generate_from_seed,
    labels_in_turn,
    load_generator,
    pretrained,
    save,
)
from helpers.models.pretrained import training_film
from helpers.training.config import Config
from helpers.training.trainer import Trainer

SHAPE = {"size": 16, "filters": 8}


@pytest.mark.parametrize("size", [8, 16, 64])
@pytest.mark.parametrize("norm", ["batch", "none"])
def test_both_networks_fit_each_other(size, norm):
    generator = ConditionalGenerator(5, size=size, filters=8)
    labels = torch.tensor([0, 4, 2])
    images = generator(torch.randn(3, 100), labels)
    assert images.shape == (3, 3, size, size) and images.abs().max() <= 1
    logits = ProjectionDiscriminator(5, size=size, filters=8, norm=norm)(images, labels)
    assert logits.shape == (3,)


def test_the_label_changes_the_image_and_so_does_the_latent():
    generator = ConditionalGenerator(5, **SHAPE).eval()
    z = torch.randn(2, 100)
    first, other = generator(z, torch.tensor([1, 1])), generator(z, torch.tensor([1, 2]))
    assert torch.equal(first[0], other[0]) and not torch.allclose(first[1], other[1])
    assert not torch.allclose(first[0], first[1])


def test_the_logit_is_a_sum_of_looking_real_and_of_looking_like_the_label():
    discriminator = ProjectionDiscriminator(3, norm="none", **SHAPE)
    images, labels = torch.rand(4, 3, 16, 16), torch.tensor([0, 1, 2, 0])
    whole = discriminator(images, labels)
    maps = discriminator.layers(images)
    alone = discriminator.logit(maps).flatten()
    products = (discriminator.projection.weight[labels] * maps.mean((2, 3))).sum(1)
    assert torch.allclose(whole, alone + products, atol=1e-6)


def test_an_unknown_norm_is_refused():
    with pytest.raises(ValueError, match="norm is 'batch' or 'none', not 'layer'"):
        ProjectionDiscriminator(3, norm="layer", **SHAPE)


def test_labels_take_turns_or_are_spread():
    assert labels_in_turn(7, 3).tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert labels_in_turn(3, 65).tolist() == [0, 21, 43]
    assert labels_in_turn(0, 3).tolist() == []


def test_it_is_saved_in_half_and_paints_nearly_the_same(tmp_path):
    generator = ConditionalGenerator(5, **SHAPE)
    save(generator, tmp_path / "whole.pt")
    save(generator, tmp_path / "half.pt", half=True)
    sizes = [(tmp_path / name).stat().st_size for name in ("half.pt", "whole.pt")]
    assert sizes[0] < 0.6 * sizes[1]
    images = [
        generate_from_seed(load_generator(tmp_path / name), 10) for name in ("half.pt", "whole.pt")
    ]
    assert (images[0].int() - images[1].int()).abs().max() <= 2
    assert images[0].shape == (10, 3, 16, 16)


def two_greys(n=64):
    """Dark images of label 0, light ones of label 1, each a little different."""
    labels = np.arange(n) % 2
    shades = 40 + 160 * labels + np.random.default_rng(0).integers(-20, 20, n)
    return np.broadcast_to(shades[:, None, None, None], (n, 3, 16, 16)).astype(np.uint8), labels


def test_in_training_each_label_gets_its_own_images():
    images, labels = two_greys()
    config = Config(
        size=16,
        filters=8,
        batch=16,
        steps=150,
        objective="relativistic",
        r1=0.2,
        r2=0.2,
        flip=False,
    )
    trainer = Trainer(
        images,
        config,
        generator=ConditionalGenerator(2, **SHAPE),
        discriminator=ProjectionDiscriminator(2, norm="none", **SHAPE),
        labels=labels,
        device="cpu",
    )
    trainer.fit()
    drawn = generate(trainer.ema_generator, torch.randn(20, 100), torch.arange(20) % 2).float()
    dark, light = drawn[::2].mean(), drawn[1::2].mean()
    assert light - dark > 80, f"dark {dark:.0f}, light {light:.0f}"


# ---- the generators that come with the course -------------------------------------------------


def test_a_generator_that_is_not_there_is_a_sentence():
    with pytest.raises(FileNotFoundError, match=r"no data/generators/vermeer\.pt \(there: .*make"):
        pretrained("vermeer")


def test_a_generator_is_trained_interrupted_gone_on_with_and_packed(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path))
    small = pretrain.Recipe(
        replace(pretrain.LONG, size=16, filters=4, batch=8, steps=40),
        works=300,
    )
    monkeypatch.setitem(pretrain.RECIPES, "tiny", small)
    monkeypatch.setattr(pretrain, "SCORED", 100)
    for module in (pretrain, importlib.import_module("helpers.models.pretrained")):
        monkeypatch.setattr(module, "FOLDER", tmp_path / "generators")
    pretrain.train("tiny", minutes=0.0001)
    assert "of 40 in" in capsys.readouterr().out
    assert pretrain.main(["pack", "tiny"]) == 1 and not (tmp_path / "generators").exists()
    assert "of 40: first finish it" in capsys.readouterr().err
    pretrain.main(["train", "tiny"])
    assert "steps     40 of 40" in capsys.readouterr().out
    pretrain.main(["pack", "tiny"])
    assert "tiny.pt" in capsys.readouterr().out
    generator = pretrained("tiny")
    assert len(generator.names) == generator.classes == 65
    assert generator.names[0] == "Tomás Aldecoa: regatta"
    opponent = pretrained("tiny.discriminator")
    assert isinstance(opponent, ProjectionDiscriminator) and opponent.names == generator.names
    about = json.loads((tmp_path / "generators/tiny.json").read_text())
    assert about["steps"] == 40 and about["scores"]["scores"][0]["name"] == "FD-lite2"
    assert about["film_steps"][0] < about["film_steps"][-1] == 40
    film = training_film("tiny")
    assert list(film) == about["film_steps"] and film[40].shape == (25, 3, 16, 16)
    frames = sorted((tmp_path / "runs/generator-tiny/film").glob("*.npy"))
    assert np.array_equal(film[40], np.load(frames[-1]))  # every pixel as it was
    whole = generate_from_seed(load_generator(tmp_path / "runs/generator-tiny/generator.pt"), 9)
    assert (whole.int() - generate_from_seed(generator, 9).int()).abs().max() <= 2
