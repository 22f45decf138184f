"""A run folder: files are whole or not there, and a network comes back from its file alone."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from helpers import runs
from helpers.models import Discriminator, FullyConnectedGenerator, Generator
from helpers.training import draw

CONFIG = {"size": 8, "filters": 4, "channels": 3, "latent": 5}
Z = torch.randn(6, 5, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path))
    return tmp_path


def generator():
    torch.manual_seed(0)
    network = Generator(8, latent=5, filters=4)
    network(torch.randn(32, 5))  # BatchNorm's running statistics leave their initial values
    return network


def test_a_generator_paints_the_same_pictures_from_its_file_alone(tmp_path):
    network = generator()
    runs.save_network(network, CONFIG, tmp_path / "generator.pt")
    again = runs.load_network(tmp_path / "generator.pt")
    assert not again.training
    assert torch.equal(draw(again, Z), draw(network, Z))


def test_a_discriminator_gives_the_same_logits_from_its_file_alone(tmp_path):
    network, images = Discriminator(8, filters=4).eval(), torch.rand(3, 3, 8, 8)
    runs.save_network(network, CONFIG, tmp_path / "discriminator.pt")
    assert torch.equal(
        runs.load_network(str(tmp_path / "discriminator.pt"))(images), network(images)
    )


def test_a_network_of_ones_own_needs_one_of_the_same_shape(tmp_path):
    network = FullyConnectedGenerator(8, latent=5)
    runs.save_network(network, CONFIG, tmp_path / "generator.pt")
    with pytest.raises(ValueError, match="holds a FullyConnectedGenerator: pass an untrained one"):
        runs.load_network(tmp_path / "generator.pt")
    empty = FullyConnectedGenerator(8, latent=5)
    assert torch.equal(
        draw(runs.load_network(tmp_path / "generator.pt", empty), Z), draw(network, Z)
    )


def test_a_network_of_another_shape_is_refused_in_words(tmp_path):
    runs.save_network(generator(), CONFIG, tmp_path / "generator.pt")
    with pytest.raises(ValueError, match=r"generator\.pt.*another shape"):
        runs.load_network(tmp_path / "generator.pt", Generator(16, latent=5, filters=4))


def test_a_missing_file_says_train_first(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no generator\.pt in .*: train first"):
        runs.load_network(tmp_path / "generator.pt")


class Trap:
    """What a harmful pickle looks like: loading it would run a command."""

    def __reduce__(self):
        return (os.mkdir, ("trapped",))


@pytest.mark.parametrize("damage", ["half", "text", "empty", "something else", "trap"])
def test_a_damaged_file_is_named(tmp_path, monkeypatch, damage):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "generator.pt"
    runs.save_network(generator(), CONFIG, path)
    whole = path.read_bytes()
    if damage == "something else":
        torch.save({"weights": torch.zeros(3)}, path)
    elif damage == "trap":
        torch.save({"class": "Generator", "config": CONFIG, "weights": Trap()}, path)
    else:
        content = {"half": whole[: len(whole) // 2], "text": b"hello", "empty": b""}
        path.write_bytes(content[damage])
    with pytest.raises(ValueError, match=r"generator\.pt is damaged or was not written by this"):
        runs.load_network(path)
    assert not Path("trapped").exists()


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_the_old_file_survives_a_failing_write(tmp_path, monkeypatch, fails):
    path = tmp_path / "history.csv"
    runs.write_atomically(path, b"the old content")

    def full(*args):
        raise OSError("no space left on device")

    monkeypatch.setattr(*((os, "fsync") if fails == "fsync" else (Path, "replace")), full)
    with pytest.raises(OSError, match="no space left"):
        runs.write_atomically(path, b"new")
    assert path.read_bytes() == b"the old content"


def test_history_comes_back_as_numbers(tmp_path):
    history = [{"step": 20, "loss_d": 1.25}, {"step": 40, "loss_d": float("nan")}]
    runs.write_history(history, tmp_path)
    again = runs.read_history(tmp_path)
    assert again[0] == {"step": 20.0, "loss_d": 1.25} and np.isnan(again[1]["loss_d"])


def test_a_run_without_log_points_has_a_history_without_rows(tmp_path):
    runs.write_history([], tmp_path)
    assert runs.read_history(tmp_path) == []


def finished(name: str, when: int) -> None:
    folder = runs.environment.runs_folder() / name
    folder.mkdir()
    runs.save_network(nn.Linear(1, 1), {}, folder / "generator.pt")
    os.utime(folder / "generator.pt", (when, when))


def test_finished_runs_are_listed_oldest_first_and_others_are_not():
    for when, name in enumerate(["main-10", "main", "main-2", "main-quick", "mainland"]):
        finished(name, when)
    (runs.environment.runs_folder() / "main-3").mkdir()  # begun, not finished
    names = [folder.name for folder in runs.finished_runs("main")]
    assert names == ["main-10", "main", "main-2"]
    assert runs.finished_runs("other") == []


def test_runs_are_found_by_what_they_learned_from():
    for when, (name, pictures) in enumerate({"main": "cats", "main-2": "dogs"}.items()):
        finished(name, when)
        about = json.dumps({"pictures": pictures})
        (runs.environment.runs_folder() / name / "config.json").write_text(about)
    finished("main-3", 3)
    (runs.environment.runs_folder() / "main-3" / "config.json").write_text("{damaged")
    assert [folder.name for folder in runs.finished_runs("main", "dogs")] == ["main-2"]
    assert len(runs.finished_runs("main")) == 3
