"""Diagnose my run: right on runs made to fail, each in its own way, and on healthy ones."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import softplus

from helpers import losses
from helpers.data.image_set import load_images
from helpers.evaluation.diagnosis import diagnose, main, read_signs
from helpers.models import Discriminator
from helpers.training.config import Config
from helpers.training.trainer import Trainer

HEALTHY = Config(filters=16, batch=16, steps=900, translation=4)


@pytest.fixture(scope="module")
def works():
    images = load_images("atelier", size=32, quiet=True).images
    order = np.random.default_rng(5).permutation(len(images))
    return images[order[300:]], images[order[:300]]


class Uneven(Trainer):
    """A training in which G and D learn at rates of their own."""

    shares = (1.0, 1.0)

    def _set_rate(self) -> None:
        super()._set_rate()
        for optimizer, share in zip((self.optim_g, self.optim_d), self.shares, strict=True):
            for group in optimizer.param_groups:
                group["lr"] *= share


def run(works, tmp_path, monkeypatch, shares=(1.0, 1.0), plain=False, pictures=None, **changes):
    """Train, and ask what was wrong, with held-out works and without."""
    monkeypatch.setenv("ATELIER_RUNS", str(tmp_path))
    images, held_out = works
    images = images[:pictures]
    monkeypatch.setattr(Uneven, "shares", shares)
    torch.manual_seed(0)  # of the judge: tests before this one have drawn, too
    judge = Discriminator(32, 16, norm=False) if plain else None
    trainer = Uneven(images, replace(HEALTHY, **changes), "run", "cpu", discriminator=judge)
    trainer.fit()
    untrained = Discriminator(32, 16, norm=False) if plain else None
    with_held_out = diagnose(trainer.folder, images, held_out, discriminator=untrained)
    alone = diagnose(trainer.folder, images)
    assert alone.name == with_held_out.name, (alone, with_held_out.signs)
    assert with_held_out.evidence in str(with_held_out) and with_held_out.advice
    return with_held_out


@pytest.mark.parametrize("seed", [0, 1])
def test_a_good_run_is_healthy(works, tmp_path, monkeypatch, seed):
    found = run(works, tmp_path, monkeypatch, seed=seed)
    assert found.name == "healthy", (found, found.signs)


def test_a_generator_far_too_fast_collapses(works, tmp_path, monkeypatch):
    found = run(works, tmp_path, monkeypatch, (20.0, 0.01), plain=True, beta1=0.9)
    assert found.name == "mode collapse", (found, found.signs)


QUIET = {
    "d_real": 0.5,
    "d_fake": 0.5,
    "gap": 0.4,
    "gap_early": 0.4,
    "moves_middle": 9.0,
    "moves_late": 9.0,
    "variety": 0.9,
    "pictures": 5790,
    "views": 3,
    "looks": 30,
}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "healthy"),
        ({"moves_late": 60.0}, "oscillation"),
        ({"moves_late": 60.0, "variety": 0.0}, "mode collapse"),  # from picture to picture
        ({"gap": 0.9}, "healthy"),
        ({"gap": 1.0}, "a discriminator that has won"),  # late: with bad luck and a high rate
        ({"gap": 1.0, "moves_late": 60.0}, "oscillation"),
        ({"gap": 0.0}, "a discriminator that is too weak"),
    ],
)
def test_signs_are_asked_in_order(monkeypatch, changes, name):
    """On written-down signs, since some of these runs are too rare to be made here."""
    monkeypatch.setattr("helpers.evaluation.diagnosis.read_signs", lambda *_: QUIET | changes)
    assert diagnose("a run", np.zeros((4, 3, 32, 32), np.uint8)).name == name


def test_a_discriminator_that_is_far_ahead_has_won(works, tmp_path, monkeypatch):
    found = run(works, tmp_path, monkeypatch, (0.01, 1.0))
    assert found.name == "a discriminator that has won", (found, found.signs)


def test_the_saturating_loss_vanishes_against_a_sure_judge(works, tmp_path, monkeypatch):
    """The minimax loss of Goodfellow et al. 2014, log(1 - D(G(z))), in place of -log D(G(z))."""
    monkeypatch.setattr(losses, "generator_loss", lambda fake: -softplus(fake).mean())
    found = run(works, tmp_path, monkeypatch, (0.3, 2.0))
    assert found.name == "vanishing gradients", (found, found.signs)


def test_a_rate_too_high_without_an_average_oscillates(works, tmp_path, monkeypatch):
    changes = {"beta1": 0.95, "learning_rate": 5e-3, "decay": 0.0, "ema": 0.0}
    found = run(works, tmp_path, monkeypatch, **changes)
    assert found.name == "oscillation", (found, found.signs)


def test_twenty_pictures_are_too_few(works, tmp_path, monkeypatch):
    found = run(works, tmp_path, monkeypatch, pictures=20, translation=0, flip=False)
    assert found.name == "too little data", (found, found.signs)
    assert "each of 20 pictures was seen" in found.evidence


def test_grey_runs_are_read_as_grey(works, tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_RUNS", str(tmp_path))
    grey, held_out = (side[:300, :1] for side in works)
    Trainer(grey, Config(channels=1, filters=8, batch=16, steps=60), "grey", "cpu").fit()
    signs = read_signs(tmp_path / "grey", grey, held_out)
    assert signs["variety"] > 0 and "known" in signs


def test_a_run_just_begun_is_not_judged(works, tmp_path, monkeypatch, capsys):
    found = run(works, tmp_path, monkeypatch, steps=3)
    assert found.name == "too early"
    assert main(["run", "--dataset", "atelier"]) == 0  # the same from a shell
    assert "too early\n  seen  only" in capsys.readouterr().out
    assert main(["nobody"]) == 1
    assert "There is no run 'nobody'" in capsys.readouterr().err
    with pytest.raises(ValueError, match="no history yet"):
        diagnose(tmp_path / "nothing", np.zeros((4, 3, 32, 32), np.uint8))
