"""The commands: the same run folder as the notebook's, messages in place of tracebacks."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from helpers.commands import diagnose, evaluate, sample, train
from helpers.environment import ROOT
from helpers.evaluation.symptoms import asked, measure
from helpers.images import to_signed
from helpers.models import load
from helpers.training import recipe_for_size, runs
from helpers.training.config import Config, recipe
from helpers.training.trainer import Trainer


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Twelve pictures in mine/, and a data folder of the test's own."""
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    Path("mine").mkdir()
    for i in range(12):
        Image.new("RGB", (16, 16), (20 * i, 255 - 20 * i, 128)).save(f"mine/{i}.png")
    return tmp_path


def run(*words) -> int:
    small = ("--dataset", "mine", "--size", "16", "--filters", "4", "--batch", "4")
    return train.main([*small, "--run", "one", *words])


def test_a_run_from_a_shell_is_the_run_of_a_notebook(folder, capsys):
    assert run("--steps", "20", "--seed", "3") == 0
    said = capsys.readouterr().out
    assert "few       12 images are few" in said and "memorisation" in said
    assert "steps     20 in" in said and "python -m helpers.sample one" in said
    by_shell = runs.newest_state(folder / "data/runs/one")
    images = np.asarray(train.load_images("mine", size=16).images)
    config, _ = recipe_for_size(Config(size=16, filters=4, batch=4, steps=20, seed=3), 12)
    by_hand = Trainer(images, config, run="two", device="cpu")
    by_hand.fit()
    for name, weight in by_hand.ema_generator.state_dict().items():
        assert torch.equal(weight, by_shell["ema"][f"module.{name}"]), name
    ours = {path.name for path in (folder / "data/runs/one").iterdir()}
    assert ours == {path.name for path in (folder / "data/runs/two").iterdir()}


def test_minutes_are_planned_and_a_run_that_was_cut_off_keeps_its_plan(folder, capsys, monkeypatch):
    monkeypatch.setattr(Trainer, "fit", lambda self, **k: self.save())  # cut off at once
    assert run("--minutes", "0.05") == 0
    said = capsys.readouterr().out
    assert "plan      16 x 16 pixels" in said and "memory" in said
    steps = runs.read_config(folder / "data/runs/one")["config"]["steps"]
    assert steps > 1
    monkeypatch.undo()
    monkeypatch.setenv("ATELIER_DATA", str(folder / "data"))
    monkeypatch.chdir(folder)
    assert run("--minutes", "0.05") == 0
    assert "one: goes on at step 0" in capsys.readouterr().out
    assert runs.newest_state(folder / "data/runs/one")["steps"] == steps


def test_resume_goes_further_when_asked_and_refuses_another_training(folder, capsys):
    assert run("--steps", "10") == 0
    assert train.main(["--run", "one", "--dataset", "mine", "--resume", "--steps", "20"]) == 0
    assert runs.newest_state(folder / "data/runs/one")["steps"] == 20
    capsys.readouterr()
    assert run("--resume", "--steps", "30", "--seed", "9") == 1
    said = capsys.readouterr().err
    assert said.startswith("ValueError: one cannot go on") and "seed 0 there, 9 here" in said
    assert train.main(["--run", "none", "--dataset", "mine", "--resume"]) == 1
    assert "no run 'none'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "config"),
    [
        ("--objective hinge --spectral-norm", {"objective": "hinge", "norm": "spectral"}),
        ("--objective wgan-gp", {"objective": "wgan-gp", "norm": "none"}),
        ("--r1 0.5", {"objective": "bce", "r1": 0.5, "norm": "none"}),
        ("--r1 0.5 --spectral-norm", {"r1": 0.5, "norm": "spectral"}),
        ("--objective saturating", {"objective": "saturating", "norm": "batch"}),
        (
            "--objective relativistic --r1 0.5 --r2 0.25",
            {"objective": "relativistic", "r1": 0.5, "r2": 0.25, "norm": "none"},
        ),
    ],
)
def test_objectives_and_penalties_by_name_are_those_of_the_run_and_it_goes_on(
    folder, capsys, words, config
):
    assert run(*words.split(), "--steps", "4") == 0
    assert ("gradient penalty is for single" in capsys.readouterr().out) == (
        config["norm"] == "none"
    )
    made = runs.read_config(folder / "data/runs/one")
    assert made["config"] | config == made["config"]
    assert f"norm='{config['norm']}'" in made["discriminator"]
    resume = ("--run", "one", "--dataset", "mine", "--resume", "--steps", "6")
    assert train.main(list(resume)) == 0
    assert train.main([*resume, "--objective", "wgan"]) == 1
    assert "objective" in capsys.readouterr().err


def test_checkpoints_at_the_steps_that_were_asked_for(folder):
    assert run("--steps", "20", "--checkpoint-every", "7") == 0
    names = [path.stem for path in runs.checkpoints(folder / "data/runs/one")]
    assert names == ["step_00000014", "step_00000020"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--run", "x", "--steps", "0"], "--steps: 0 is not at least 1"),
        (["--run", "x", "--steps", "many"], "--steps: invalid whole number value: 'many'"),
        (["--run", "x", "--steps", "3", "--minutes", "1"], "not allowed with argument"),
        (["--steps", "3"], "required: --run"),
        (["--run", "x", "--recipe", "soup"], "choose from"),
        (["--run", "x", "--learning-rate", "nan"], "--learning-rate: nan is no finite number"),
        (["--run", "x", "--learning-rate", "inf"], "--learning-rate: inf is no finite number"),
        (["--run", "x", "--minutes", "inf"], "--minutes: inf is no finite number"),
        (["--run", "x", "--minutes", "-1"], "--minutes: -1 is not more than 0"),
        (["--run", "x", "--seed", "-1"], "--seed: -1 is not at least 0"),
        (["--run", "x", "--seed", str(2**70)], "is more than 4,294,967,295"),
    ],
)
def test_wrong_words_are_explained(words, said, capsys):
    with pytest.raises(SystemExit) as end:
        train.main(words)
    assert end.value.code == 2 and said in capsys.readouterr().err


def test_a_set_that_is_not_there_is_a_message_not_a_traceback(capsys):
    assert train.main(["--run", "x", "--dataset", "nowhere", "--steps", "3"]) == 1
    assert "--dataset asks for the set 'nowhere'" in capsys.readouterr().err


def test_help_reads_well():
    command = [sys.executable, "-m", "helpers.train", "--help"]
    said = subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout
    for word in (
        "--dataset",
        "--minutes",
        "--checkpoint-every",
        "{laptop,t4,quick,few,tutorial}",
        "examples:",
    ):
        assert word in said


def test_a_recipe_fits_every_size_and_an_unknown_one_is_named():
    assert recipe("tutorial", size=64).filters == 64
    with pytest.raises(
        ValueError, match="no recipe 'soup'; choose from laptop, t4, quick, few, tutorial"
    ):
        recipe("soup")


# ---- drawing -----------------------------------------------------------------------------------


def test_sampling_gives_a_grid_or_single_pictures_and_needs_no_data(folder, capsys):
    run("--steps", "5")
    alone = folder / "elsewhere.pt"
    alone.write_bytes((folder / "data/runs/one/generator.pt").read_bytes())
    assert sample.main(["one", "--n", "9", "--out", "grid.png"]) == 0
    assert Image.open("grid.png").size == (3 * 18 + 2, 3 * 18 + 2)
    assert sample.main([str(alone), "--n", "9", "--out", "single"]) == 0
    files = sorted(path.name for path in Path("single").iterdir())
    assert files == [f"{i:05d}.png" for i in range(9)]
    grid, first = np.array(Image.open("grid.png")), np.array(Image.open("single/00000.png"))
    assert (grid[2:18, 2:18] == first).all()


def test_the_same_seed_the_same_pictures_and_nothing_is_overwritten(capsys):
    run("--steps", "5")
    assert sample.main(["one", "--seed", "1"]) == 0
    before = Path("grid.png").read_bytes()
    assert sample.main(["one", "--seed", "1"]) == 0  # the same once more: nothing to lose
    capsys.readouterr()
    assert sample.main(["one", "--seed", "2"]) == 1
    assert "grid.png is there already and differs" in capsys.readouterr().err
    assert Path("grid.png").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody"], "no run 'nobody'"),
        (["one", "--out", "grid.docx"], "does not end as an image does"),
        (["data/runs/one/discriminator.pt"], "holds a Discriminator, and only a generator draws"),
        (["data/runs/one/checkpoints/step_00000002.pt"], "is a checkpoint"),
        (["mine/0.png"], "damaged or was not written by this course"),
        (["mine"], "train first"),
    ],
)
def test_what_cannot_be_drawn_from_is_explained(words, said, capsys):
    if "one" in words[0]:
        run("--steps", "2")
    assert sample.main(words) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--device", "gpu"], "--device='gpu' is not a device of this machine. It has: cpu"),
        (["--device", "cuda:77"], "--device='cuda:77' is not a device of this machine"),
        (["--size", "48"], "size must be 8, 16, 32, 64, 128"),
        (["--filters", "100000"], "100,000 filters and batches of 32"),
        (["--batch", "1000000"], "batches of 1,000,000 at 32 pixels need more than"),
    ],
)
def test_what_cannot_be_trained_is_said_before_anything_is_read(words, said, capsys, monkeypatch):
    monkeypatch.setattr(train, "load", lambda *given: pytest.fail("the set was read"))
    assert train.main(["--dataset", "mine", "--run", "x", "--steps", "3", *words]) == 1
    assert said in capsys.readouterr().err
    assert not Path("data/runs/x").exists()


def test_the_ending_of_a_picture_is_its_format():
    run("--steps", "2")
    for name, kind in (("a.png", "PNG"), ("b.jpg", "JPEG"), ("c.WEBP", "WEBP")):
        assert sample.main(["one", "--out", name]) == 0
        assert Image.open(name).format == kind


def command(module: str, *words: str, **settings: str) -> subprocess.CompletedProcess:
    """A command in a process of its own, in the test's folder."""
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        capture_output=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | settings,
    )


def test_a_console_without_our_letters_and_names_that_are_no_text():
    odd = os.fsdecode("mine/D\u00fcrer-\udce9".encode("utf-8", "surrogateescape"))
    Path(odd).mkdir()
    for name in ("1.png", "2.png"):
        Image.new("RGB", (16, 16)).save(f"{odd}/{name}")
    done = command("helpers.data", PYTHONIOENCODING="ascii", ATELIER_DATASET="mine")
    assert done.returncode == 0, done.stderr
    assert b"2  D\\xfcrer-\\xe9" in done.stdout


def test_a_reader_that_has_read_enough_is_no_error():
    line = f"{sys.executable} -m helpers.data | head -1"
    settings = {"PYTHONPATH": str(ROOT), "ATELIER_DATASET": "mine", "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], capture_output=True, env=os.environ | settings
    )
    assert done.returncode == 0 and done.stdout.startswith(b"dataset"), done.stderr
    assert b"BrokenPipe" not in done.stderr


def labelled(each: int = 6) -> None:
    """Two folders of pictures: dark ones and light ones."""
    for name, level in (("dark", 40), ("light", 180)):
        Path("labelled", name).mkdir(parents=True)
        for i in range(each):
            Image.new("RGB", (16, 16), (level + 5 * i,) * 3).save(f"labelled/{name}/{i}.png")


CONDITIONAL = ("--dataset", "labelled", "--size", "16", "--filters", "4", "--batch", "4")


@pytest.mark.parametrize("network", ["dcgan", "style"])
def test_a_conditional_run_is_made_gone_on_with_and_asked_by_name(folder, capsys, network):
    labelled()
    words = (*CONDITIONAL, "--conditional", "--network", network, "--r1", "0.1", "--run", "two")
    assert train.main([*words, "--steps", "6"]) == 0
    assert "labels    0 dark, 1 light" in capsys.readouterr().out
    assert train.main(["--run", "two", "--dataset", "labelled", "--resume", "--steps", "8"]) == 0
    assert runs.newest_state(folder / "data/runs/two")["steps"] == 8
    everything = sample.sample("two", 4, seed=1)
    light = sample.sample("two", 4, seed=1, label="light")
    assert torch.equal(light, sample.sample("two", 4, seed=1, label="1"))
    assert torch.equal(light[1::2], everything[1::2])  # all labels in turn: 0, 1, 0, 1
    assert not torch.equal(light[::2], everything[::2])
    assert sample.main(["two", "--label", "LIGHT", "--n", "4", "--out", "light.png"]) == 0
    capsys.readouterr()
    assert sample.main(["two", "--label", "lightest", "--out", "x.png"]) == 1
    assert "There are 0 to 1: dark, light." in capsys.readouterr().err
    assert sample.main(["two", "--label", "2", "--out", "x.png"]) == 1


def test_a_run_without_labels_cannot_be_asked_for_one(folder, capsys):
    assert run("--steps", "2") == 0
    assert sample.main(["one", "--label", "0", "--out", "x.png"]) == 1
    assert "one was trained without labels" in capsys.readouterr().err


def test_part_of_a_name_is_enough_if_only_one_label_has_it():
    names = ("Ilse Kranich: lemons", "Ilse Kranich: pears", "Piero Valdassi: hat")
    assert sample.number_of("lemons", 3, names) == 0 and sample.number_of("hat", 3, names) == 2
    with pytest.raises(ValueError, match=r"0 to 2: Ilse Kranich: lemons, Ilse Kranich: pears\."):
        sample.number_of("kranich", 3, names)


def test_a_conditional_run_has_the_settings_that_keep_its_pictures_different(folder):
    labelled()
    words = (*CONDITIONAL, "--conditional", "--steps", "1", "--r1", "0.5", "--run", "two")
    assert train.main(words) == 0
    config = runs.read_config(folder / "data/runs/two")["config"]
    kept = {name: value for name, value in train.CONDITIONAL.items() if name != "r1"}
    assert kept.items() <= config.items() and config["r1"] == 0.5


def test_a_style_based_generator_has_settings_that_suit_it(folder):
    labelled()
    words = (*CONDITIONAL, "--network", "style", "--steps", "1", "--learning-rate", "0.02")
    assert train.main((*words, "--run", "styled")) == 0
    config = runs.read_config(folder / "data/runs/styled")["config"]
    kept = {name: value for name, value in train.STYLE.items() if name != "learning_rate"}
    assert kept.items() <= config.items() and config["learning_rate"] == 0.02


@pytest.mark.parametrize("network", ["dcgan", "style"])
def test_conditional_runs_are_scored_and_diagnosed_like_all_others(folder, capsys, network):
    labelled(each=12)
    words = (*CONDITIONAL, "--conditional", "--network", network, "--run", "two")
    assert train.main([*words, "--steps", "40"]) == 0
    scored = ["two", "--reference", "labelled", "--n", "20", "--repeats", "1"]
    assert evaluate.main(scored) == 0
    assert "FD-lite2" in capsys.readouterr().out
    assert (folder / "data/runs/two/metrics.json").exists()
    assert diagnose.main(["two", "--dataset", "labelled"]) == 0
    assert capsys.readouterr().out.strip()
    images = train.load_images("labelled", size=16)
    two = folder / "data/runs/two"
    half, labels = images.images[::2], images.labels[::2]
    with pytest.raises(ValueError, match="two is a conditional run: its D wants to know"):
        measure(two, half, half)
    found = measure(two, half, half, labels=labels, held_out_labels=labels)
    assert found.get("memorised") == 0  # the same images on both sides
    D = load(two / "discriminator.pt")
    logits = asked(D, half, labels)
    assert torch.equal(logits, D(to_signed(torch.tensor(half)), torch.tensor(labels)))
    assert not torch.equal(logits, asked(D, half, 1 - labels))
    assert torch.equal(asked(D, half), asked(D, half, np.arange(len(half)) % 2))
