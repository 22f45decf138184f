"""The Trainer: a fair game, the same bits every time, and a run that cannot be lost."""

import itertools
import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from helpers import losses, models
from helpers.environment import device, fast_dtype
from helpers.models import Discriminator, Generator, generate
from helpers.training import runs
from helpers.training import trainer as trainer_module
from helpers.training.checkpoint import state_of
from helpers.training.config import Config
from helpers.training.distributed import ProcessGroup
from helpers.training.trainer import COLUMNS, Trainer

CONFIG = Config(size=16, latent=6, filters=4, batch=4, steps=20)
PICTURES = np.random.default_rng(0).integers(0, 256, (10, 3, 16, 16), dtype=np.uint8)


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path))
    return tmp_path


def make(run=None, pictures=PICTURES, dropout=0.0, group=None, **changes) -> Trainer:
    config = replace(CONFIG, **changes)
    torch.manual_seed(1)
    network = Discriminator(16, filters=4, dropout=dropout) if dropout else None
    return Trainer(pictures, config, run=run, discriminator=network, group=group)


def same(a, b) -> bool:
    """Equal to the last bit, whatever is nested in what; only the clock may differ."""
    if isinstance(a, Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a if k != "seconds")
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def contents(folder) -> dict:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ---- the game ----------------------------------------------------------------------------------


def test_the_discriminator_sees_each_image_translated_by_its_own_draw_and_every_one_turns_up():
    trainer = make(translation=2)
    images = torch.rand(3, 3, 16, 16)
    padded = torch.nn.functional.pad(images, (2, 2, 2, 2), mode="reflect")
    moves = [padded[:, :, y : y + 16, x : x + 16] for y in range(5) for x in range(5)]
    seen, together = set(), 0
    for _ in range(200):
        changed = trainer.augment(images)
        places = [
            [i for i, moved in enumerate(moves) if torch.equal(moved[n], changed[n])]
            for n in range(3)
        ]
        assert all(len(place) == 1 for place in places)
        seen |= {place[0] for place in places}
        together += places[0] == places[1] == places[2]
    assert len(seen) == 25 and together < 10


def test_real_and_fake_pass_through_the_same_augmentation_in_both_updates(monkeypatch):
    changed, asked = [], []

    def marked(images, translation, colour, cutout, random):
        changed.append(images.detach() + 0.125)
        return images + 0.125

    monkeypatch.setattr(trainer_module, "augment", marked)
    trainer = make()
    trainer.discriminator.register_forward_hook(lambda _, inputs, __: asked.append(inputs[0]))
    trainer.step()
    assert len(asked) == 3  # the real ones, the fakes, and the fakes again for G
    assert all(map(torch.equal, asked, [changed[0], changed[1], changed[1]]))


def test_without_augmentation_the_discriminator_sees_images_as_they_are():
    trainer = make(translation=0)
    images = torch.rand(3, 3, 16, 16)
    assert torch.equal(trainer.augment(images), images)


def test_each_network_learns_only_in_its_own_update():
    trainer = make()
    update, order = trainer._update, []

    def watched(network, optimizer, loss):
        mine, other = trainer.generator, trainer.discriminator
        if optimizer is trainer.optim_d:
            mine, other = other, mine
        before = [p.detach().clone() for p in (*mine.parameters(), *other.parameters())]
        for weight in other.parameters():
            weight.grad = None
        update(network, optimizer, loss)
        assert all(p.grad is None for p in other.parameters()), "a gradient reached the other one"
        n = len(list(mine.parameters()))
        assert not any(map(torch.equal, mine.parameters(), before[:n]))
        assert all(map(torch.equal, other.parameters(), before[n:]))
        order.append("D" if optimizer is trainer.optim_d else "G")

    trainer._update = watched
    trainer.step()
    trainer.step()
    assert order == ["D", "G", "D", "G"]


def test_a_step_reports_what_it_saw(monkeypatch):
    seen = {}

    def spy(objective, real, fake):
        seen["real"], seen["fake"] = real.sigmoid().mean(), fake.sigmoid().mean()
        return real_loss(objective, real, fake)

    real_loss = losses.NonSaturating.on_logits
    monkeypatch.setattr(losses.NonSaturating, "on_logits", spy)
    loss_d, loss_g, d_real, d_fake = make().step()
    assert (d_real, d_fake) == (seen["real"], seen["fake"])
    assert 1.0 < loss_d < 2.0 and 0.4 < loss_g < 1.2  # near chance: nobody has learned yet


def test_the_objective_is_chosen_by_name_and_needs_no_other_change():
    trainer = make(objective="hinge")
    loss_d, loss_g, _, _ = trainer.step()
    assert 1.5 < loss_d < 2.5 and abs(loss_g) < 0.5
    trainer.fit()
    assert trainer.steps == 20
    with pytest.raises(
        ValueError, match=r"no objective 'none'; choose from bce, saturating, hinge"
    ):
        make(objective="none")


class Labelled(torch.nn.Module):
    """A conditional pair in small: both networks are given the labels of the batch."""

    latent = 6

    def __init__(self, network):
        super().__init__()
        self.network, self.seen = network, []

    def forward(self, inputs, labels):
        self.seen.append(labels.tolist())
        return self.network(inputs)


def test_labels_travel_with_their_images_through_batch_objective_and_sample():
    labels = np.arange(10) % 3
    levels = (labels * 100).astype(np.uint8)[:, None, None, None] + np.zeros_like(PICTURES)
    generator = Labelled(Generator(16, latent=6, filters=4))
    discriminator = Labelled(Discriminator(16, filters=4))
    trainer = Trainer(
        levels, CONFIG, generator=generator, discriminator=discriminator, labels=labels
    )
    batch, given = trainer.next_batch()
    assert ((batch[:, 0, 0, 0] + 1) * 127.5).round().int().tolist() == [100 * i for i in given]
    trainer.step()
    assert len(generator.seen) == 1 and len(discriminator.seen) == 3
    assert all(seen == generator.seen[0] for seen in discriminator.seen)
    assert trainer.sample(7).shape == (7, 3, 16, 16)
    assert trainer.ema_generator.seen[-1] == [0, 1, 2, 0, 1, 2, 0]
    with pytest.raises(ValueError, match="10 whole numbers from 0"):
        Trainer(levels, CONFIG, labels=labels[:4])


def test_the_generator_learns_the_colour_of_a_set_of_one_colour():
    orange = np.array([213, 94, 0], dtype=np.uint8)[:, None, None]
    pictures = np.broadcast_to(orange, (8, 3, 16, 16)).copy()
    trainer = make(pictures=pictures, steps=150, batch=8, filters=8, learning_rate=2e-3)
    far = np.abs(trainer.sample(64).float().mean((0, 2, 3)).numpy() - orange.ravel()).max()
    trainer.fit()
    near = np.abs(trainer.sample(64).float().mean((0, 2, 3)).numpy() - orange.ravel()).max()
    assert far > 100 and near < 45, (far, near)


def test_every_picture_is_seen_once_an_epoch():
    levels = np.arange(10, dtype=np.uint8)[:, None, None, None] + np.zeros_like(PICTURES)
    trainer = make(pictures=levels, batch=4)
    seen = torch.cat([trainer.next_batch()[0][:, 0, 0, 0] for _ in range(5)])  # two epochs
    seen = ((seen + 1) * 127.5).round().int().tolist()
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))
    assert seen[:10] != seen[10:] != list(range(10))


def test_half_of_the_pictures_are_mirrored_each_by_its_own_coin():
    left = np.zeros((200, 3, 16, 16), dtype=np.uint8)
    left[..., :8] = 255
    batch = make(pictures=left, batch=200).next_batch()[0]
    mirrored = batch[:, 0, 0, 0] == -1
    assert 0.35 < mirrored.float().mean() < 0.65
    assert torch.equal(batch[mirrored][0], batch[~mirrored][0].flip(2))
    assert (make(pictures=left, batch=200, flip=False).next_batch()[0][..., 0] == 1).all()


def test_a_batch_larger_than_the_set_works():
    trainer = make(batch=25, steps=2)
    assert len(trainer.fit()) == 1 and trainer.next_batch()[0].shape == (25, 3, 16, 16)


def test_grey_pictures_work(tmp_path):
    trainer = make("grey", pictures=PICTURES[:, :1], channels=1, steps=3)
    trainer.fit()
    assert trainer.sample(7).shape == (7, 1, 16, 16)
    assert (tmp_path / "runs" / "grey" / "grid.png").exists()


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        (
            PICTURES[:, :, :8],
            r"uint8 pictures \[N, 3, 16, 16\].*\[10, 3, 8, 16\].*load_images\(size",
        ),
        (PICTURES / 255, r"torch.float64"),
        (PICTURES[0], r"\[3, 16, 16\]"),
        (PICTURES[:, :1], r"\[10, 1, 16, 16\]"),
        (PICTURES[:0], r"is empty"),
    ],
    ids=["size", "floats", "one picture", "grey", "none"],
)
def test_pictures_that_do_not_fit_are_refused_in_words(pictures, said):
    with pytest.raises(ValueError, match=said):
        make(pictures=pictures)


def poisoned(network, at):
    """An on_log that breaks a network's first weights after so many steps."""

    def poison(trainer):
        if trainer.steps == at:
            getattr(trainer, network).layers[0].weight.data.fill_(torch.nan)

    return poison


@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_losses_that_are_no_numbers_stop_the_run_and_leave_a_healthy_checkpoint(tmp_path, network):
    trainer = make("sick", steps=40)
    with pytest.raises(
        FloatingPointError,
        match=rf"The {network} broke at step 21: "
        r".*Try a lower learning rate \(0\.001 instead of 0\.002\): "
        r"Trainer.resume\(images, 'sick', learning_rate=0.001\)",
    ):
        trainer.fit(callbacks=[poisoned(network, 20)], save_every=15)
    assert trainer.steps == 30  # within ten steps
    state = runs.newest_state(tmp_path / "runs" / "sick")
    assert state["steps"] == 15
    again = Trainer.resume(PICTURES, "sick", learning_rate=0.001)
    assert len(again.fit()) and again.steps == 40


def test_a_loss_that_explodes_stops_the_run_as_well():
    trainer = make(steps=40)

    def grow(trainer):
        for weight in trainer.discriminator.parameters():
            weight.data.mul_(1e3)

    with pytest.raises(FloatingPointError, match=r"The discriminator broke at step 11: loss_d \d"):
        trainer.fit(callbacks=[grow])


def test_weights_broken_in_the_very_last_update_are_not_saved(tmp_path):
    with pytest.raises(FloatingPointError, match="generator broke in the update of step 20"):
        make("sick").fit(callbacks=[poisoned("generator", 20)])
    assert runs.newest_state(tmp_path / "runs" / "sick")["steps"] == 0


def test_a_checkpoint_every_so_many_steps(tmp_path):
    make("run").fit(steps=17, save_every=7)
    names = [path.stem for path in runs.checkpoints(tmp_path / "runs" / "run")]
    assert names == ["step_00000014", "step_00000017"]  # the last one by the end of the fit


def test_a_fit_ends_when_its_minutes_are_over(capsys):
    trainer = make(steps=100_000)
    trainer.fit(minutes=0.01)
    assert 0 < trainer.steps < 100_000 and 0.6 <= trainer.seconds < 3
    assert f"Time is up at step {trainer.steps:,} of 100,000" in capsys.readouterr().out


def test_the_learning_rate_falls_to_nothing_over_the_last_share_of_the_run():
    trainer, rates = make(steps=20, decay=0.5, learning_rate=1e-3), []
    trainer.fit(callbacks=[lambda t: rates.append(t.optim_g.param_groups[0]["lr"])], log_every=1)
    # after each step, the learning rate of the next one
    assert rates[:10] == [1e-3] * 10 and np.allclose(np.diff(rates[9:19]), -1e-4)
    assert trainer.optim_d.param_groups[0]["lr"] == rates[-1] == pytest.approx(1e-5)


# ---- the average -------------------------------------------------------------------------------


def test_the_ema_takes_in_every_weight_and_batchnorms_statistics():
    trainer = make(ema=0.75)
    trainer.ema.n_averaged.fill_(10_000)
    before = {k: v.clone() for k, v in trainer.ema_generator.state_dict().items()}
    trainer.step()
    for name, value in trainer.generator.state_dict().items():
        mixed = 0.75 * before[name] + 0.25 * value if value.is_floating_point() else value
        assert torch.allclose(trainer.ema_generator.state_dict()[name], mixed, atol=1e-6), name


def test_without_ema_the_average_is_the_generator_and_with_it_it_lags_behind():
    for ema, equal in ((0.0, True), (0.999, False)):
        trainer = make(ema=ema)
        first = [p.clone() for p in trainer.ema_generator.parameters()]
        trainer.fit(steps=3)
        assert same(trainer.ema_generator.state_dict(), trainer.generator.state_dict()) == equal
        assert not any(map(torch.equal, trainer.ema_generator.parameters(), first))


def test_a_latent_always_gives_one_picture_whoever_stands_beside_it():
    trainer = make()
    trainer.fit(steps=5)
    latents = torch.randn(9, 6)
    assert torch.equal(trainer.sample(latents)[3], trainer.sample(latents[3:4])[0])
    assert torch.equal(trainer.sample(latents), generate(trainer.ema_generator, latents, batch=2))
    assert trainer.generator.training and trainer.sample(4).dtype == torch.uint8


# ---- the same bits -----------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bits_and_another_gives_others():
    def trained(seed):
        trainer = make(seed=seed)
        trainer.fit()
        return state_of(trainer)

    assert same(trained(0), trained(0))
    assert not same(trained(0)["generator"], trained(1)["generator"])


@pytest.mark.parametrize("dropout", [0.0, 0.5])  # dropout draws from torch's global generator
def test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit(dropout):
    whole = make("whole", dropout=dropout)
    whole.fit(log_every=4)
    make("parts", dropout=dropout).fit(steps=11, log_every=4)  # amid an epoch and a log interval
    torch.rand(100)
    parts = make("parts", dropout=dropout)
    assert parts.folder.name == "parts" and parts.steps == 11
    parts.fit(log_every=4)
    parts.history = [row for row in parts.history if row["step"] != 11]  # the end of the first fit
    state, wanted = state_of(parts), state_of(whole)
    for name in ("generator", "discriminator", "ema", "optim_g", "optim_d", "random", "order"):
        assert same(state[name], wanted[name]), name
    assert [row["step"] for row in parts.history] == [4, 8, 12, 16, 20]
    assert same(parts.history[-1], whole.history[-1])


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
import test_training as t

def dies_while_writing(path, content, write=t.runs.write_atomically):
    if path.name == "step_00000010.pt":
        path.with_name(path.name + ".part").write_bytes(content[: len(content) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    write(path, content)

t.runs.write_atomically = dies_while_writing
t.make("run").fit(log_every=2, save_seconds=0)
"""


def test_a_run_killed_while_it_writes_goes_on_as_if_nothing_had_happened(tmp_path, capsys):
    whole = make("whole")
    whole.fit(log_every=2)
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    again = make("run")
    assert "run: goes on at step 8" in capsys.readouterr().out
    again.fit(log_every=2)
    ours, wanted = state_of(again), state_of(whole)
    assert same(ours, wanted)
    rows = runs.read_history(tmp_path / "runs" / "run")
    assert [row["step"] for row in rows] == list(range(2, 21, 2))
    assert same(rows, runs.read_history(tmp_path / "runs" / "whole"))


def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(tmp_path, capsys):
    make("run").fit(steps=6, log_every=3, save_seconds=0)
    newest = runs.checkpoints(tmp_path / "runs" / "run")[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    trainer = make("run")
    said = capsys.readouterr().out
    assert "step_00000006.pt cannot be used" in said and "goes on at step 3" in said
    trainer.fit(log_every=3)
    whole = make()
    whole.fit(log_every=3)
    assert same(state_of(trainer)["generator"], state_of(whole)["generator"])


# ---- going on with a run by name ---------------------------------------------------------------


@pytest.mark.parametrize("name", losses.OBJECTIVES)
def test_every_objective_with_a_penalty_goes_on_bit_for_bit_and_is_finite(name):
    changes = {"objective": name, "r1": 0.1, "norm": "spectral", "learning_rate_d": 1e-3}
    whole = make("whole", **changes)
    whole.fit()
    make("parts", **changes).fit(steps=7)
    torch.rand(100)  # a penalty may draw from torch's global generator
    again = Trainer.resume(PICTURES, "parts")
    again.fit()
    wanted, state = state_of(whole), state_of(again)
    for part in ("generator", "discriminator", "ema", "optim_g", "optim_d", "random"):
        assert same(wanted[part], state[part]), part
    assert all(np.isfinite(row["loss_d"]) for row in again.history)


def test_a_run_of_an_older_version_goes_on():
    make("old").fit(steps=7)
    folder, state = runs.find_folder("old")
    before = state["identity"]
    for newer in ("r1", "r2", "norm", "learning_rate_d", "network"):
        del before["config"][newer]
    before["discriminator"] = before["discriminator"].replace("norm='batch'", "norm=True")
    runs.save_checkpoint(state, folder)
    again = make("old")
    assert again.folder.name == "old" and again.steps == 7
    again.fit(steps=1)
    assert Trainer.resume(PICTURES, "old").steps == 8


def test_resume_is_one_call_and_the_same_bits(tmp_path):
    whole = make("whole")
    whole.fit()
    make("parts").fit(steps=10)
    Trainer.resume(PICTURES, "parts").fit()
    ours, wanted = (runs.newest_state(tmp_path / "runs" / name) for name in ("parts", "whole"))
    assert same(ours, wanted)


def test_a_finished_run_goes_on_when_more_steps_or_another_rate_are_asked_for(tmp_path):
    make("run").fit()
    trainer = Trainer.resume(PICTURES, "run", steps=30, learning_rate=1e-5)
    trainer.fit()
    assert trainer.steps == 30 and [row["step"] for row in trainer.history] == [10, 20, 30]
    assert trainer.optim_g.param_groups[0]["lr"] < 1e-5
    told = json.loads((tmp_path / "runs" / "run" / "config.json").read_text())["config"]
    assert told["steps"] == 30 and told["learning_rate"] == 1e-5
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["run"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"batch": 5}, "batch 4 there, 5 here"),
        ({"size": 32, "seed": 7}, "seed 0 there, 7 here; size 16 there, 32 here"),
        ({"images": PICTURES[::-1].copy()}, "other images"),
        ({"discriminator": Discriminator(16, filters=5)}, "another discriminator"),
        ({"temperature": 1}, "A configuration has no temperature"),
    ],
    ids=["batch", "size", "pictures", "network", "unknown"],
)
def test_another_training_is_refused_with_the_difference(tmp_path, change, said):
    make("run").fit(steps=4)
    before = contents(tmp_path / "runs" / "run")
    with pytest.raises(ValueError, match=said):
        Trainer.resume(change.pop("images", PICTURES), "run", **change)
    assert contents(tmp_path / "runs" / "run") == before


def test_other_pictures_when_asked_for_by_name():
    make("run").fit(steps=4)
    trainer = Trainer.resume(PICTURES[:8].copy(), "run", other_images=True)
    assert len(trainer.fit()) == 3 and len(trainer.images) == 8


def test_a_run_that_is_not_there_is_named_beside_those_that_are():
    make("one").fit(steps=1)
    with pytest.raises(FileNotFoundError, match=r"no run 'two' in .*There are: one\."):
        Trainer.resume(PICTURES, "two")


def test_every_random_generator_is_taken_back():
    trainer = make()
    state = state_of(trainer)
    drawn = torch.rand(3), np.random.rand(3), random.random()  # noqa: NPY002
    trainer.restore(state)
    again = torch.rand(3), np.random.rand(3), random.random()  # noqa: NPY002
    assert torch.equal(drawn[0], again[0]) and (drawn[1] == again[1]).all() and drawn[2] == again[2]


LITTLE_ROOM = """
import resource, signal, sys
sys.path.insert(0, sys.argv[1])
import test_training as t
from helpers.environment.files import DiskFull

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
trainer = t.make("run")
trainer.fit(steps=4)
size = t.runs.checkpoints(trainer.folder)[-1].stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))
try:
    trainer.fit()
except DiskFull as error:
    print(error)
"""


def test_a_full_disk_says_what_is_needed_and_where_and_the_older_checkpoint_is_intact(tmp_path):
    pytest.importorskip("resource", reason="Windows has no limits on file sizes")
    command = [sys.executable, "-c", LITTLE_ROOM, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True)
    folder = tmp_path / "runs" / "run"
    assert f"No room for step_00000020.pt: it needs 0.1 MiB in {folder}" in done.stdout, done.stderr
    assert "ATELIER_RUNS" in done.stdout and "is intact" in done.stdout
    assert not list(folder.rglob("*.part"))
    assert make("run").steps == 4


# ---- interruptions -----------------------------------------------------------------------------


def test_an_interrupted_fit_saves_and_returns_its_history(tmp_path, capsys):
    def stop(trainer):
        if trainer.steps == 6:
            raise KeyboardInterrupt

    history = make("run").fit(callbacks=[stop], log_every=2)
    assert [row["step"] for row in history] == [2, 4, 6]
    assert "Stopped at step 6 of 20. Run the cell again to go on." in capsys.readouterr().out
    assert runs.newest_state(tmp_path / "runs" / "run")["steps"] == 6
    assert (tmp_path / "runs" / "run" / "generator.pt").exists()


def test_ctrl_c_amid_a_step_lets_the_step_end(monkeypatch, capsys):
    whole = make()
    whole.fit()
    trainer, calls = make(), []
    real_loss = losses.NonSaturating.fooling

    def pressed(objective, logits):
        calls.append(1)
        if len(calls) == 7:  # the discriminator has been updated, the generator has not
            signal.raise_signal(signal.SIGINT)
        return real_loss(objective, logits)

    monkeypatch.setattr(losses.NonSaturating, "fooling", pressed)
    before = signal.getsignal(signal.SIGINT)
    trainer.fit()
    assert "Stopped at step 7 of 20" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is before
    trainer.fit()  # goes on in the same cell, and nothing was half done
    assert trainer.steps == 20
    assert same(state_of(trainer)["generator"], state_of(whole)["generator"])


# ---- names and folders -------------------------------------------------------------------------


def test_a_run_folder_holds_what_it_promises(tmp_path):
    trainer = make("run")
    trainer.fit(log_every=5, save_seconds=0)
    folder = tmp_path / "runs" / "run"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"config.json", "history.csv", "generator.pt", "discriminator.pt", "grid.png"} <= files
    assert {
        f"samples/step_{step:06d}.{end}" for step in (0, 5, 10, 15, 20) for end in ("png", "npy")
    } <= files
    assert [path.stem[-2:] for path in runs.checkpoints(folder)] == ["15", "20"]
    assert not [file for file in files if file.endswith(".part")]
    assert Config(**json.loads((folder / "config.json").read_text())["config"]) == trainer.config
    assert list(trainer.history[0]) == list(COLUMNS)
    assert trainer.history[-1]["epoch"] == 8 and trainer.history[-1]["kimg"] == 0.08
    again = models.load(folder / "generator.pt")
    assert torch.equal(
        generate(again, trainer.fixed_latents), trainer.sample(trainer.fixed_latents)
    )


def test_a_finished_runs_name_is_not_used_again(tmp_path):
    make("run").fit()
    before = contents(tmp_path / "runs" / "run")
    assert make("run").folder.name == "run-2"
    assert make("run").folder.name == "run-2"  # it never began: there is nothing to lose
    assert contents(tmp_path / "runs" / "run") == before


@pytest.mark.parametrize("other", ["configuration", "pictures", "network"])
def test_another_run_gets_the_next_name_and_leaves_the_old_one_alone(tmp_path, other):
    make("run").fit(steps=4)
    before = contents(tmp_path / "runs" / "run")
    changes = {
        "configuration": {"learning_rate": 0.5},
        "pictures": {"pictures": PICTURES[::-1].copy()},
        "network": {"dropout": 0.1},
    }
    second = make("run", **changes[other])
    second.fit(steps=2)
    assert second.folder.name == "run-2"
    assert contents(tmp_path / "runs" / "run") == before
    assert make("run").steps == 4  # the old one can still be gone on with


def test_without_a_name_nothing_is_written(tmp_path):
    make().fit(steps=3)
    assert list(tmp_path.rglob("*")) == []


def test_a_finished_trainer_has_nothing_left_to_do():
    trainer = make()
    trainer.fit()
    after = [p.clone() for p in trainer.generator.parameters()]
    assert len(trainer.fit()) == 2 and trainer.steps == 20
    assert all(map(torch.equal, trainer.generator.parameters(), after))


def test_autocast_where_the_machine_is_faster_in_it(monkeypatch):
    for able, faster in itertools.product((True, False), repeat=2):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda able=able: able)
        monkeypatch.setattr(device, "bfloat16_is_faster", lambda faster=faster: faster)
        wanted = torch.bfloat16 if able and faster else None
        assert fast_dtype(torch.device("cpu")) == wanted
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: False)
    assert fast_dtype(torch.device("cuda")) == torch.float16


@pytest.mark.parametrize(("slow", "faster"), [(torch.float32, True), (torch.bfloat16, False)])
def test_which_precision_is_faster_is_tried_and_draws_nothing(slow, faster, monkeypatch):
    def convolve(images, weights, padding):
        time.sleep(0.002 if images.dtype == slow else 0.0)

    monkeypatch.setattr(device.functional, "conv2d", convolve)
    before = torch.get_rng_state()
    assert device.bfloat16_is_faster.__wrapped__() == faster
    assert torch.equal(torch.get_rng_state(), before)


# ---- what people did to it --------------------------------------------------------------------


def test_far_too_high_a_learning_rate_is_not_halved_a_dozen_times():
    trainer = make(learning_rate=1e9)
    with pytest.raises(FloatingPointError, match=r"lower learning rate \(0\.002 instead of 1e\+09"):
        trainer.fit()


def test_a_state_can_be_gone_back_to_in_memory():
    trainer, other = make(), make()
    trainer.fit(steps=5)
    state = state_of(trainer)
    trainer.fit(steps=5)
    expected = state_of(trainer)
    trainer.restore(state)
    assert trainer.steps == 5
    trainer.fit(steps=5)
    assert same(expected, state_of(trainer))
    other.restore(state)
    other.fit(steps=3)
    assert len(trainer.history) == 2 and trainer.steps == 10  # nothing is shared


@pytest.mark.parametrize("before", ["float32", "bfloat16"])
def test_the_precision_of_a_run_is_kept_however_the_device_is_timed(monkeypatch, before):
    chosen = {"float32": None, "bfloat16": torch.bfloat16}
    monkeypatch.setattr("helpers.environment.computes_natively", lambda dtype, device: True)
    monkeypatch.setattr("helpers.environment.fast_dtype", lambda device: chosen[before])
    make(run="a").fit(steps=5)
    other = next(dtype for name, dtype in chosen.items() if name != before)
    monkeypatch.setattr("helpers.environment.fast_dtype", lambda device: other)
    assert make(run="a").dtype is chosen[before]


def test_a_run_goes_on_in_another_precision_and_says_so(monkeypatch, capsys):
    """From a laptop to a T4: float16 has a loss scaler, of which the checkpoint knows nothing."""
    make(run="a").fit(steps=5)
    monkeypatch.setattr("helpers.environment.computes_natively", lambda dtype, device: False)
    monkeypatch.setattr("helpers.environment.fast_dtype", lambda device: torch.float16)
    monkeypatch.setattr(torch.amp, "GradScaler", lambda device, enabled: Scaler(enabled))
    trainer = make(run="a")
    assert trainer.steps == 5 and trainer.dtype is torch.float16 and trainer.scaler.enabled
    assert "float16 from here on" in capsys.readouterr().out


class Scaler:
    """torch's GradScaler of float16, which cannot be made without a GPU: as strict as it is."""

    def __init__(self, enabled):
        self.enabled = enabled

    def state_dict(self):
        return {"scale": 1.0} if self.enabled else {}

    def load_state_dict(self, state):
        if self.enabled and not state:
            raise RuntimeError("The source state dict is empty")


def test_sampling_in_a_callback_changes_no_run_with_dropout():
    quiet, watched = make(dropout=0.5), make(dropout=0.5)
    torch.manual_seed(2)
    quiet.fit()
    torch.manual_seed(2)
    watched.fit(callbacks=[lambda trainer: trainer.sample(3)])
    assert same(state_of(quiet), state_of(watched))
    assert not torch.equal(watched.sample(3), watched.sample(3))  # fresh ones each time
    fixed = make().fixed_latents[:3]
    assert not torch.equal(make().sample(3), make().sample(fixed))


def test_a_prolonged_run_says_what_becomes_of_the_learning_rate(tmp_path, capsys):
    make(run="a").fit()
    capsys.readouterr()
    trainer = Trainer.resume(PICTURES, "a", steps=60)
    said = capsys.readouterr().err
    assert "60 steps instead of 20: the learning rate goes from 2.0e-05 to 2.0e-03" in said
    assert trainer.optim_g.param_groups[0]["lr"] == pytest.approx(2e-3)
    Trainer.resume(PICTURES, "a", steps=60)
    assert "schedule" in capsys.readouterr().err


@pytest.mark.parametrize("minutes", [0, -1, float("nan")])
def test_a_fit_of_no_minutes_is_refused(minutes):
    with pytest.raises(ValueError, match=r"more than .* minutes"):
        make().fit(minutes=minutes)


def test_a_second_ctrl_c_ends_a_step_that_hangs_and_keeps_the_state_before(tmp_path, monkeypatch):
    trainer = make(run="a")
    trainer.fit(steps=5)

    def twice():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(trainer, "step", twice)
    with pytest.raises(KeyboardInterrupt):
        trainer.fit()
    assert runs.newest_state(tmp_path / "runs" / "a")["steps"] == 5


def test_every_image_counts_for_the_identity_of_a_set():
    many = np.random.default_rng(0).integers(0, 256, (5000, 3, 16, 16), dtype=np.uint8)
    other = many.copy()
    other[4321, 0, 0, 0] ^= 1
    assert make(pictures=many).identity() != make(pictures=other).identity()


@pytest.mark.parametrize("run", ["", "../out", "/tmp/x", "a/b", ".", "-x", "a\\b", "a.", "x" * 200])
def test_a_run_that_cannot_be_a_folders_name_is_refused(tmp_path, run):
    if not run:
        with pytest.raises(ValueError, match="cannot be the name of a run"):
            runs.open_folder(run, {})
        return
    with pytest.raises(ValueError, match="cannot be the name of a run"):
        make(run=run)
    with pytest.raises(ValueError, match="cannot be the name of a run"):
        runs.find_folder(run)
    assert not list(tmp_path.rglob("samples"))


HOLD = """
import sys
from pathlib import Path
from helpers.training import in_use
assert in_use.take(Path(sys.argv[1]))
print("taken", flush=True)
sys.stdin.read()
"""


def test_a_run_that_another_process_trains_is_left_alone(tmp_path, capsys, monkeypatch):
    make(run="a").fit(steps=5)
    folder = tmp_path / "runs" / "a"
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout.readline() == "taken\n"
        before = contents(folder)
        trainer = make(run="a")
        trainer.fit(steps=5)
        assert trainer.folder.name == "a-2" and contents(folder) == before
        assert "a is in use by another process" in capsys.readouterr().out
        with pytest.raises(ValueError, match="a is in use: another notebook or program"):
            Trainer.resume(PICTURES, "a")
        with monkeypatch.context() as second:  # of a group, only the first process writes
            second.setattr(ProcessGroup, "is_main", False)
            joined = ProcessGroup(), torch.device("cpu")
            second.setattr(trainer_module.distributed, "join", lambda device: joined)
            assert Trainer.resume(PICTURES, "a").steps == 5
        other.kill()  # however it ends, the folder is free again
    assert Trainer.resume(PICTURES, "a").steps == 5


def test_a_run_that_breaks_gives_its_folder_back(tmp_path):
    trainer = make(run="a")
    with pytest.raises(FloatingPointError):
        trainer.fit(callbacks=[lambda trainer: trainer._check(torch.full((1, 4), torch.nan))])
    folder = str(tmp_path / "runs" / "a")
    other = subprocess.run(
        [sys.executable, "-c", HOLD, folder], input="", text=True, capture_output=True, check=False
    )
    assert other.stdout == "taken\n"


@pytest.mark.parametrize("run", ["a", "monet-2", "Frühling 7", "a[1]", "v1.2_b"])
def test_a_run_may_have_any_name_that_a_folder_may_have(run):
    assert runs.checked_name(run) == run
