"""Where am I: the device, the profile, the seed and the folders that `setup` finds."""

import random
import subprocess
import sys
import types

import numpy as np
import pytest
import torch

from helpers import environment
from helpers.environment import (
    PROFILES,
    files,
    packages,
    pick_device,
    pick_profile,
    seed_everything,
    setup,
)


def test_setup_says_what_it_chose(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path))
    monkeypatch.setenv("ATELIER_PROFILE", "laptop")
    chosen = setup(seed=3)
    assert chosen.device.type == "cpu" and chosen.profile.name == "laptop" and chosen.seed == 3
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["profile", "device", "versions", "seed"]
    assert lines[0] == "profile   laptop: 32 x 32 pixels, the recipe 'laptop'"
    assert lines[3] == "seed      3"


def test_folders_are_made_where_they_are_asked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path / "not" / "there" / "yet"))
    assert environment.data_folder() == tmp_path / "not" / "there" / "yet"
    assert environment.runs_folder() == tmp_path / "not" / "there" / "yet" / "runs"
    assert environment.runs_folder().is_dir()


def test_the_data_folder_is_in_the_repository_unless_said_otherwise(monkeypatch):
    monkeypatch.delenv("ATELIER_DATA")
    assert environment.data_folder() == environment.ROOT / "data"
    assert (environment.ROOT / "pyproject.toml").exists()


@pytest.mark.parametrize("name", ["cuda:99", "toaster"])
def test_a_device_that_is_not_there_is_named(monkeypatch, name):
    monkeypatch.setenv("ATELIER_DEVICE", name)
    with pytest.raises(ValueError, match=f"{name}.*It has: cpu.*Leave ATELIER_DEVICE out"):
        pick_device()


def test_the_profile_follows_the_device_or_the_wish(monkeypatch):
    monkeypatch.delenv("ATELIER_PROFILE")
    assert pick_profile(torch.device("cpu")) is PROFILES["laptop"]
    assert pick_profile(torch.device("cuda")) is PROFILES["t4"]
    monkeypatch.setenv("ATELIER_PROFILE", "t4")
    assert pick_profile(torch.device("cpu")) is PROFILES["t4"]


def test_an_unknown_profile_is_refused_with_the_known_ones(monkeypatch):
    monkeypatch.setenv("ATELIER_PROFILE", "supercomputer")
    with pytest.raises(ValueError, match=r"'supercomputer' is unknown; choose from laptop, t4"):
        pick_profile(torch.device("cpu"))


def test_a_seed_repeats_all_three_generators():
    def draw(seed):
        seed_everything(seed)
        return random.random(), np.random.rand(), torch.rand(()).item()  # noqa: NPY002

    first, again, other = draw(7), draw(7), draw(8)
    assert first == again
    assert all(a != b for a, b in zip(first, other, strict=True))


def test_colab_is_recognised_by_its_module(monkeypatch):
    monkeypatch.setattr(packages, "find_spec_quietly", lambda name: False)
    assert not environment.in_colab()
    monkeypatch.setitem(sys.modules, "google.colab", object())
    assert environment.in_colab()


def test_nobody_is_asked_in_a_notebook_or_on_a_server(monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert environment.person_can_answer()
    monkeypatch.setenv("CI", "true")
    assert not environment.person_can_answer()
    monkeypatch.delenv("CI")
    monkeypatch.setitem(sys.modules, "ipykernel", object())
    assert not environment.person_can_answer()


class Terminal:
    def isatty(self):
        return True

    def write(self, text):
        return len(text)

    def flush(self):
        pass


@pytest.mark.parametrize(
    "module",
    ["helpers", "helpers.data", "helpers.data.atelier", "helpers.data.atelier.painters.brushes"],
)
def test_a_worker_that_only_draws_does_not_wait_for_torch(module):
    code = f"import sys, {module}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# ---- packages, files -----------------------------------------------------------------------------


def test_what_is_missing_is_named_outside_colab(monkeypatch):
    monkeypatch.setattr(packages, "in_colab", lambda: False)
    environment.require("torch")
    with pytest.raises(ImportError, match=r"no_such_package cannot be imported.*pip install -r"):
        environment.require("torch", "no_such_package")


@pytest.mark.parametrize("status", [0, 1])
def test_colab_installs_what_it_lacks(monkeypatch, capsys, status):
    commands = []
    monkeypatch.setattr(packages, "in_colab", lambda: True)
    monkeypatch.setattr(
        packages.subprocess,
        "run",
        lambda command: commands.append(command) or types.SimpleNamespace(returncode=status),
    )
    if status:
        with pytest.raises(ImportError, match="no_such_package"):
            environment.require("no_such_package")
    else:
        environment.require("no_such_package")
    assert commands[0][-1] == str(environment.ROOT / "requirements-colab.txt")
    assert "no_such_package" in capsys.readouterr().out


def test_the_folders_hash_changes_with_what_lies_in_it(tmp_path):
    (tmp_path / "a").write_text("a")
    first = files.folder_hash(tmp_path)
    assert first == files.folder_hash(tmp_path) and len(first) == 16
    (tmp_path / "b").write_text("b")
    second = files.folder_hash(tmp_path)
    (tmp_path / "b").rename(tmp_path / "c")
    assert len({first, second, files.folder_hash(tmp_path)}) == 3


def test_the_hash_of_texts_takes_file_names_that_are_no_text():
    assert files.sha256_of("a", "b") != files.sha256_of("ab")
    assert len(files.sha256_of("\udcff")) == 64


# ---- runs on another disk ----------------------------------------------------------------------


def test_runs_may_live_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_RUNS", str(tmp_path / "else"))
    assert environment.runs_folder() == (tmp_path / "else").resolve()


def colab(monkeypatch, mount):
    """A google.colab whose drive.mount is this function."""
    drive = types.SimpleNamespace(mount=mount)
    monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", types.SimpleNamespace(drive=drive))
    monkeypatch.setenv("ATELIER_RUNS", "")


def test_in_colab_runs_can_be_kept_on_drive(tmp_path, monkeypatch, capsys):
    colab(monkeypatch, lambda where: (tmp_path / "MyDrive").mkdir())
    folder = environment.keep_runs_on_drive(str(tmp_path))
    assert folder == tmp_path / "MyDrive" / "gan-atelier" / "runs" == environment.runs_folder()
    assert "are kept on Google Drive" in capsys.readouterr().out


def test_a_drive_that_cannot_be_mounted_leaves_runs_where_they_are(tmp_path, monkeypatch, capsys):
    def refuse(where):
        raise ValueError("mount failed: credential propagation was unsuccessful")

    monkeypatch.setenv("ATELIER_DATA", str(tmp_path))
    colab(monkeypatch, refuse)
    assert environment.keep_runs_on_drive() == tmp_path / "runs"
    said = capsys.readouterr().out
    assert "could not be used: mount failed: credential" in said and "download" in said


def test_a_drive_that_cannot_be_written_to_is_not_used(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path))
    colab(monkeypatch, lambda where: (tmp_path / "MyDrive").write_text("a file, not a folder"))
    assert environment.keep_runs_on_drive(str(tmp_path)) == tmp_path / "runs"
    assert "could not be used" in capsys.readouterr().out


def test_elsewhere_there_is_no_drive(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path))
    assert environment.keep_runs_on_drive() == tmp_path / "runs"
    assert "in Colab only" in capsys.readouterr().out
