"""A run folder: files are whole or not there, and finished runs are found."""

import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from helpers import environment, models
from helpers.environment.files import write_atomically
from helpers.training import runs


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_the_old_file_survives_a_failing_write(tmp_path, monkeypatch, fails):
    path = tmp_path / "history.csv"
    write_atomically(path, b"the old content")

    def full(*args):
        raise OSError("no space left on device")

    monkeypatch.setattr(*((os, "fsync") if fails == "fsync" else (Path, "replace")), full)
    with pytest.raises(OSError, match="no space left"):
        write_atomically(path, b"new")
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
    folder = environment.runs_folder() / name
    folder.mkdir()
    models.save(nn.Linear(1, 1), folder / "generator.pt")
    os.utime(folder / "generator.pt", (when, when))


def test_finished_runs_are_listed_oldest_first_and_others_are_not():
    for when, name in enumerate(["main-10", "main", "main-2", "main-quick", "mainland"]):
        finished(name, when)
    (environment.runs_folder() / "main-3").mkdir()  # begun, not finished
    names = [folder.name for folder in runs.finished_runs("main")]
    assert names == ["main-10", "main", "main-2"]
    assert runs.finished_runs("other") == []


def test_runs_are_found_by_what_they_learned_from():
    for when, (name, pictures) in enumerate({"main": "cats", "main-2": "dogs"}.items()):
        finished(name, when)
        about = json.dumps({"images": pictures})
        (environment.runs_folder() / name / "config.json").write_text(about)
    finished("main-3", 3)
    (environment.runs_folder() / "main-3" / "config.json").write_text("{damaged")
    assert [folder.name for folder in runs.finished_runs("main", "dogs")] == ["main-2"]
    assert len(runs.finished_runs("main")) == 3


def test_a_run_with_brackets_in_its_name_is_found():
    finished("a[1]", 0)
    assert [folder.name for folder in runs.finished_runs("a[1]")] == ["a[1]"]


def test_two_writers_of_one_file_do_not_meet(tmp_path, monkeypatch):
    """The second writes while the first has written and not yet renamed."""
    path, real = tmp_path / "file", Path.replace

    def late(part, target):
        monkeypatch.setattr(Path, "replace", real)
        thread = threading.Thread(target=write_atomically, args=(path, b"second"))
        thread.start()
        thread.join()
        return real(part, target)

    monkeypatch.setattr(Path, "replace", late)
    write_atomically(path, b"first")
    assert path.read_bytes() == b"first" and list(tmp_path.glob("*.part")) == []


def test_what_a_killed_writer_left_is_swept_after_a_day(tmp_path):
    old, new = tmp_path / "file.1-1.part", tmp_path / "file.2-2.part"
    for left in (old, new):
        left.write_bytes(b"half")
    os.utime(old, (0, 0))
    write_atomically(tmp_path / "file", b"whole")
    assert not old.exists() and new.exists()


@pytest.mark.parametrize(
    "left", ["samples/step_000000.npy", "checkpoints/step_00000000.pt.7-1.part"]
)
def test_a_run_that_was_killed_before_its_first_checkpoint_keeps_its_name(
    tmp_path, left, monkeypatch
):
    monkeypatch.setenv("ATELIER_RUNS", str(tmp_path))
    (tmp_path / "first" / left).parent.mkdir(parents=True)
    (tmp_path / "first" / left).write_bytes(b"any")
    folder, state = runs.open_folder("first", {"config": {"steps": 5}})
    runs.in_use.give_back(folder)
    assert folder.name == "first" and state is None
    (tmp_path / "first" / "mine.jpg").write_bytes(b"somebody's")
    folder, _ = runs.open_folder("first", {"config": {"steps": 5}})
    runs.in_use.give_back(folder)
    assert folder.name == "first-2"
