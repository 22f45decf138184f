"""The diagnosis of a run: right on runs made to fail, each in its own way, and on healthy ones."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import softplus

from helpers import losses
from helpers.commands import diagnose as command
from helpers.data.image_set import load_images
from helpers.evaluation.diagnosis import diagnose
from helpers.evaluation.symptoms import mean_pairwise_distance, measure
from helpers.models import Discriminator
from helpers.training import runs
from helpers.training.config import Config
from helpers.training.trainer import Trainer

HEALTHY = Config(filters=16, batch=16, steps=300, translation=4)


class Saturating(losses.NonSaturating):
    """The minimax loss of Goodfellow et al. 2014: log(1 - D(G(z))) in place of -log D(G(z))."""

    def fooling(self, fake_logits):
        return -softplus(fake_logits).mean()


class Uneven(Trainer):
    """A training in which G and D have learning rates of their own: shares of the config's."""

    shares = (1.0, 1.0)

    def __init__(self, *arguments, **named) -> None:
        super().__init__(*arguments, **named)
        for schedule, share in zip(self.schedules, self.shares, strict=True):
            schedule.base_lrs = [rate * share for rate in schedule.base_lrs]
            for group in schedule.optimizer.param_groups:
                group["lr"] *= share


CASES = {  # what is changed: (shares of the learning rate of G and D, settings)
    "seed 0": ((1.0, 1.0), {"seed": 0}),
    "seed 1": ((1.0, 1.0), {"seed": 1}),
    "G far too fast": ((20.0, 0.01), {"beta1": 0.9, "steps": 500}),
    "D far ahead": ((0.01, 1.0), {}),
    "saturating loss": ((0.3, 2.0), {"objective": "saturating"}),
    "learning rate too high": (
        (1.0, 1.0),
        {"beta1": 0.95, "learning_rate": 5e-3, "decay": 0.0, "ema": 0.0, "steps": 500},
    ),
    "20 images": ((1.0, 1.0), {"translation": 0, "flip": False}),
    "begun": ((1.0, 1.0), {"steps": 3}),
}


@pytest.fixture(scope="module")
def works():
    images = load_images("atelier", size=32, quiet=True).images
    order = np.random.default_rng(5).permutation(len(images))
    return images[order[300:]], images[order[:300]]


@pytest.fixture(scope="module")
def diagnosed(works, tmp_path_factory):
    """case -> its diagnosis with held-out images, and without; each run is made once."""
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("runs")
        patch.setenv("ATELIER_RUNS", str(folder))
        patch.setitem(losses.OBJECTIVES, "saturating", Saturating)

        def ask(case):
            if case not in made:
                made[case] = train(works, patch, case)
            return made[case]

        ask.folder = folder
        yield ask


def train(works, patch, case):
    shares, changes = CASES[case]
    images, held_out = works
    images = images[:20] if case == "20 images" else images
    patch.setattr(Uneven, "shares", shares)
    torch.manual_seed(0)  # of the discriminator: tests before this one have drawn, too
    plain = Discriminator(32, 16, norm=False) if case == "G far too fast" else None
    config = replace(HEALTHY, **changes)
    trainer = Uneven(images, config, case.replace(" ", "-"), "cpu", discriminator=plain)
    trainer.fit()
    return diagnose(trainer.folder, images, held_out), diagnose(trainer.folder, images)


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("seed 0", "healthy"),
        ("seed 1", "healthy"),
        ("G far too fast", "mode collapse"),
        ("D far ahead", "a discriminator that has won"),
        ("saturating loss", "vanishing gradients"),
        ("learning rate too high", "oscillation"),
        ("20 images", "too little data"),
    ],
)
def test_a_run_is_diagnosed_with_held_out_images_and_without(diagnosed, case, name):
    with_held_out, alone = diagnosed(case)
    assert with_held_out.name == name, (with_held_out, with_held_out.measured)
    assert alone.name == name, (alone, alone.measured)
    assert with_held_out.evidence in str(with_held_out) and with_held_out.advice


def test_the_evidence_for_too_little_data_names_how_often_each_image_was_seen(diagnosed):
    with_held_out, alone = diagnosed("20 images")
    assert "each of 20 images was seen" in alone.evidence
    assert "of D's margin is for training images only" in with_held_out.evidence


MEASURED = {
    "d_real": 0.5,
    "d_fake": 0.5,
    "gap": 0.4,
    "gap_early": 0.4,
    "change_middle": 9.0,
    "change_late": 9.0,
    "diversity": 0.9,
    "images": 5790,
    "epochs": 3,
    "snapshots": 30,
}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "healthy"),
        ({"change_late": 60.0}, "oscillation"),
        ({"change_late": 60.0, "diversity": 0.0}, "mode collapse"),  # from image to image
        ({"gap": 0.9}, "healthy"),
        ({"gap": 1.0}, "a discriminator that has won"),  # late: with bad luck, a high learning rate
        ({"gap": 1.0, "change_late": 60.0}, "oscillation"),
        ({"gap": 0.0}, "a discriminator that is too weak"),
    ],
)
def test_failures_are_looked_for_in_order(monkeypatch, changes, name):
    """On written-down numbers, since some of these runs are too rare to be made here."""
    monkeypatch.setattr("helpers.evaluation.diagnosis.measure", lambda *_: MEASURED | changes)
    assert diagnose("a run", np.zeros((4, 3, 32, 32), np.uint8)).name == name


def test_the_distance_of_all_pairs_is_in_grey_levels():
    images = torch.zeros(3, 1, 4, 4)
    images[1] = 30
    assert mean_pairwise_distance(images) == pytest.approx(20)  # 30, 30 and 0


def test_grey_runs_are_measured_as_grey(works, tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_RUNS", str(tmp_path))
    grey, held_out = (side[:300, :1] for side in works)
    Trainer(grey, Config(channels=1, filters=8, batch=16, steps=60), "grey", "cpu").fit()
    measured = measure(tmp_path / "grey", grey, held_out)
    assert measured["diversity"] > 0 and "memorised" in measured


def test_a_run_just_begun_is_not_diagnosed(diagnosed, tmp_path, monkeypatch, capsys):
    assert diagnosed("begun")[0].name == "too early"
    monkeypatch.setenv("ATELIER_RUNS", str(diagnosed.folder))
    assert command.main(["begun", "--dataset", "atelier"]) == 0  # the same from a shell
    assert "too early\n  seen  only" in capsys.readouterr().out
    assert command.main(["nobody"]) == 1
    assert "There is no run 'nobody'" in capsys.readouterr().err
    with pytest.raises(ValueError, match="no history yet"):
        diagnose(tmp_path / "nothing", np.zeros((4, 3, 32, 32), np.uint8))


GREY = np.random.default_rng(0).integers(0, 256, (12, 25, 3, 8, 8), dtype=np.uint8)


def written(folder, d_real=0.7, d_fake=0.3, snapshots=GREY):
    """A run folder with a steady history and these snapshots."""
    (folder / "samples").mkdir(parents=True)
    rows = [
        {"step": i, "epoch": i / 10, "loss_d": 1, "loss_g": 1, "d_real": d_real, "d_fake": d_fake}
        for i in range(1, 40)
    ]
    runs.write_history(rows, folder)
    for i, images in enumerate(snapshots):
        runs.write_array(images, folder / "samples" / f"step_{i:08}.npy")
    return folder


def test_a_discriminator_that_is_ahead_is_mentioned_in_a_healthy_run(tmp_path):
    calm = np.repeat(GREY[:1], 12, axis=0)
    calm[::2] = calm[::2] // 2 + calm[::2] // 2  # by one grey level
    even = diagnose(written(tmp_path / "even", snapshots=calm), GREY[0])
    ahead = diagnose(written(tmp_path / "ahead", 0.85, 0.1, calm), GREY[0])
    assert even.name == ahead.name == "healthy"
    assert "D recognises most fakes" in ahead.evidence and "translation" in ahead.advice
    assert "recognises" not in even.evidence


@pytest.mark.parametrize(
    "images", [np.full((9, 3, 8, 8), 7, np.uint8), np.full((1, 3, 8, 8), 7, np.uint8)]
)
def test_identical_images_and_a_single_one_are_refused_in_words(tmp_path, images):
    with pytest.raises(ValueError, match="images given are all the same, or there is only one"):
        diagnose(written(tmp_path / "run"), images)


def test_images_of_another_kind_and_damaged_files_are_named(tmp_path):
    folder = written(tmp_path / "run")
    with pytest.raises(ValueError, match=r"run draws images \[3, 8, 8\], those given.*\[1, 8, 8\]"):
        diagnose(folder, GREY[0, :, :1])
    (folder / "config.json").write_text("[1, 2]")
    assert runs.read_config(folder) == {}
    for damage in ("step,d_real\n1,what\n", "step,d_real\n1\n", "step\n1,2,3\n"):
        (folder / "history.csv").write_text(damage)
        with pytest.raises(ValueError, match=r"history.csv of the run run is damaged"):
            diagnose(folder, GREY[0])
