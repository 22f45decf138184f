"""The benchmarks' own bookkeeping: methods are looked at when they should be, modes are counted."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))

import conditional
import objectives
import other_road
import peers
import projects
import style
import translation

from helpers.training.config import Config
from helpers.training.runs import write_history
from helpers.training.trainer import Trainer

GREY = np.random.default_rng(0).integers(0, 256, (300, 1, 28, 28), dtype=np.uint8)
GREY = np.pad(GREY, ((0, 0), (0, 0), (2, 2), (2, 2)))  # framed in black, as MNIST is here


@pytest.mark.parametrize(
    ("method", "batch"),
    [
        (projects.fully_connected, 128),
        (projects.course, 32),
        (projects.keras_style, 256),
        (lambda *a: projects.baseline("tutorial", *a), 128),
    ],
    ids=["fully connected", "course", "Keras-style", "tutorial"],
)
def test_a_method_is_looked_at_when_it_has_seen_so_many_pictures(method, batch):
    found = list(method(GREY, [0.512, 1.024], 0))
    assert [steps for _, steps, _, _ in found] == [512 // batch, 1024 // batch]
    assert found[0][2] < found[1][2]  # seconds
    drawn = found[1][3](torch.randn(5, 100))
    assert drawn.shape == (5, 1, 32, 32) and drawn.dtype == torch.uint8


def test_the_keras_style_methods_pictures_get_their_frame_back():
    _, _, _, paint = next(projects.keras_style(GREY, [0.256], 0))
    drawn = paint(torch.randn(5, 100))
    assert drawn[..., 2:-2, 2:-2].any() and drawn.sum() == drawn[..., 2:-2, 2:-2].sum()
    with pytest.raises(ValueError, match="frame of two black pixels"):
        next(projects.keras_style(GREY + np.uint8(1), [0.256], 0))


def test_dropout_by_bytes_drops_three_in_ten_and_keeps_the_mean():
    torch.manual_seed(0)
    x = torch.ones(64, 32, 14, 14).to(memory_format=torch.channels_last).requires_grad_()
    dropout = projects.BytesDropout()
    y = dropout(x)
    y.sum().backward()
    assert (y == 0).float().mean().item() == pytest.approx(77 / 256, abs=0.005)
    assert y.mean().item() == pytest.approx(1, abs=0.01) and torch.equal(x.grad, y)
    assert dropout.eval()(x) is x


def test_the_loss_before_an_epoch_is_the_mean_of_that_epoch_alone(tmp_path):
    rows = [{"epoch": e, "loss_d": loss} for e, loss in [(0.5, 9), (1, 3), (1.5, 1), (2, 2)]]
    write_history(rows, tmp_path)
    assert projects.loss_before(1, tmp_path) == 6
    assert projects.loss_before(2, tmp_path) == 1.5


def test_modes_are_counted_with_kl_from_even_shares():
    assert projects.counted(np.arange(1000)) == pytest.approx({"modes": 1000, "kl": 0}, abs=1e-9)
    one = projects.counted(np.zeros(500, dtype=int))
    assert one["modes"] == 1 and one["kl"] == pytest.approx(np.log(1000))


def test_a_row_replaces_the_same_row_and_keeps_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(projects, "DRAWN", tmp_path)
    monkeypatch.setattr(projects, "RESULTS", tmp_path / "published")
    for row in (
        {"method": "a", "seed": 0, "kimg": 64, "modes": 1},
        {"method": "a", "seed": 1, "kimg": 64, "modes": 2},
        {"method": "a", "seed": 0, "kimg": 64, "modes": 3},
    ):
        projects.record("modes", row)
    kept = json.loads((tmp_path / "projects_modes.json").read_text())
    assert [row["modes"] for row in kept["rows"]] == [2, 3]
    assert all("torch" in row["machine"] for row in kept["rows"])


def test_new_rows_go_on_from_what_was_published(tmp_path, monkeypatch):
    monkeypatch.setattr(projects, "DRAWN", tmp_path)
    monkeypatch.setattr(projects, "RESULTS", tmp_path / "published")
    (tmp_path / "published").mkdir()
    before = {"project": "modes", "rows": [{"method": "a", "seed": 0, "kimg": 32, "modes": 7}]}
    (tmp_path / "published" / "projects_modes.json").write_text(json.dumps(before))
    projects.record("modes", {"method": "a", "seed": 1, "kimg": 32, "modes": 8})
    kept = json.loads((tmp_path / "projects_modes.json").read_text())
    assert [row["modes"] for row in kept["rows"]] == [7, 8]


def test_medians_and_tables_of_the_peers():
    rows = [
        {"method": "tutorial", "seed": s, "seconds": 60.0, "FD-lite2": fd}
        for s, fd in enumerate((900.0, 1100.0, 1000.0))
    ]
    rows.append({"method": "atelier", "seed": 0, "seconds": 60.0, "FD-lite2": 200.0})
    assert peers.medians({"rows": rows})["tutorial", 60.0] == (1000.0, 900.0, 1100.0, 3)
    text = peers.table({"rows": rows})
    assert "| tutorial | 1000 (900 to 1100) | 3 |" in text and "| atelier | 200" in text


def test_the_published_results_are_what_the_notebooks_read():
    for name in ("digits", "modes", "fashion"):
        path = projects.RESULTS / f"projects_{name}.json"
        rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
        assert {"method", "seed"} <= set(rows[0])
        assert "course" in {row["method"] for row in rows}


def valley(rate, kid, method="BCE, R1", seed=0):
    row = {"kind": "valley", "set": "atelier", "method": method, "seed": seed}
    return row | {"learning_rate": rate} | ({"KID x 1000": kid} if kid else {"failed": True})


def test_the_best_learning_rate_is_one_at_which_no_training_failed():
    rows = [valley(rate, 1000 + i) for i, rate in enumerate(objectives.RATES)]
    assert objectives.best_rate(rows, "BCE, R1") == objectives.RATES[0]
    rows += [valley(objectives.RATES[3], kid, seed=seed) for seed, kid in ((1, 10), (2, 20))]
    assert objectives.best_rate(rows, "BCE, R1") == objectives.RATES[3]
    rows[3] = valley(objectives.RATES[3], 0)
    assert objectives.best_rate(rows, "BCE, R1") == objectives.RATES[0]
    with pytest.raises(SystemExit, match="Measure the valley first"):
        objectives.best_rate(rows[:2], "BCE, R1")


def test_what_was_measured_is_not_measured_again():
    result = {"rows": []}
    todo = objectives.missing("valley", ["atelier"], result)
    assert len(todo) == 5 * 3 * len(objectives.METHODS)
    kind, set_, name, seed, _, settings = todo[7]
    row = valley(settings["learning_rate"], 900, name, seed) | {"kind": kind, "set": set_}
    left = objectives.missing("valley", ["atelier"], {"rows": [row]})
    assert left == todo[:7] + todo[8:]


def test_at_equal_minutes_a_step_that_costs_twice_is_made_half_as_often():
    result = json.loads(objectives.RESULT.read_text(encoding="utf-8"))
    result["seconds per step"]["Wasserstein, GP"] = 2 * result["seconds per step"]["BCE, BatchNorm"]
    found = {
        job[2]: job[5] for job in objectives.jobs("minutes", ["some/folder"], result) if not job[3]
    }
    assert found["BCE, BatchNorm"]["steps"] == 2 * found["Wasserstein, GP"]["steps"]
    assert all(settings["steps"] % 100 == 0 for settings in found.values())  # ten equal parts


@pytest.mark.parametrize("name", conditional.METHODS)
def test_every_way_to_tell_the_label_trains(name):
    generator, discriminator, changes = conditional.METHODS[name]
    config = Config(batch=4, steps=2, **changes)
    images = np.random.default_rng(0).integers(0, 255, (8, 3, 32, 32), dtype=np.uint8)
    networks = {}
    if generator:
        norm = {"norm": config.norm} if "projection" in name or "pairs" in name else {}
        if norm:
            norm["size"] = 32
        size = {"size": 32} if norm else {}
        networks["generator"] = generator(2, channels=3, **size)
        networks["discriminator"] = discriminator(2, channels=3, **norm)
    labels = np.arange(8) % 2 if generator else None
    trainer = Trainer(images, config, device="cpu", labels=labels, **networks)
    trainer.fit()
    assert trainer.sample(4).shape == (4, 3, 32, 32)


def test_in_the_first_attempt_the_norms_are_not_told_the_latent():
    generator = conditional.LabelInTheNorms(3, size=32)
    told = []
    generator.norms[2].scale_and_shift.register_forward_hook(
        lambda m, given, out: told.append(given)
    )
    generator(torch.randn(2, 100), torch.tensor([1, 1]))
    assert torch.equal(told[0][0][0], told[0][0][1])  # two latents, one label, one condition


def test_the_table_has_medians_and_a_row_for_each_method():
    row = dict.fromkeys(conditional.COLUMNS, 0.5) | {"kind": "whole", "set": "atelier"}
    rows = [
        row | {"method": "unconditional", "steps": 10_000, "seed": seed, "FD-lite2": fd}
        for seed, fd in enumerate((400, 500, 450))
    ]
    del rows[0]["agreement"], rows[1]["agreement"], rows[2]["agreement"]
    text = conditional.table(rows)
    assert (
        "| unconditional | 10,000 |  | 0 (0 to 0) | 0.50 (0.50 to 0.50) | 450 (400 to 500) |"
        in text
    )


@pytest.mark.parametrize("name", style.METHODS)
def test_every_setting_of_the_style_benchmark_trains_in_equal_minutes(name):
    config = style.config_of(name, seed=0, steps=1000)
    cost = style.COST[style.kind_of(style.METHODS[name])]
    assert config.steps == round(1000 / cost), "a slower step, fewer of them"
    images = np.random.default_rng(0).integers(0, 255, (8, 3, 32, 32), dtype=np.uint8)
    trainer = Trainer(images, replace(config, batch=4, steps=2), device="cpu")
    trainer.fit()
    assert trainer.sample(4).shape == (4, 3, 32, 32)


def test_a_flow_gets_the_minutes_of_the_gan_and_a_row_for_each_number_of_steps(monkeypatch):
    grey = np.random.default_rng(0).integers(0, 256, (40, 1, 32, 32), dtype=np.uint8)
    monkeypatch.setattr(other_road, "data_of", lambda name: grey)
    monkeypatch.setattr(other_road, "STEPS", 4)
    monkeypatch.setattr(other_road, "SCORED", 20)
    monkeypatch.setattr(other_road, "scores", lambda network, name: {"latent": network.latent})
    gan = other_road.run("rates", "mnist", "GAN", 0, 0.0)
    flow = other_road.run("rates", "mnist", "flow", 0, 1e-3)
    assert [row["painting steps"] for row in gan] == [0]
    assert [row["painting steps"] for row in flow] == list(other_road.PAINTING_STEPS)
    assert gan[0]["steps"] == 4 and flow[0]["steps"] == round(4 / other_road.COST)
    assert gan[0]["latent"] == 100 and flow[0]["latent"] == 1024
    assert 0.8 < flow[0]["parameters"] / gan[0]["parameters"] < 1.25, "about the same"


def test_the_table_of_the_other_road_has_the_gan_first():
    row = dict.fromkeys(other_road.COLUMNS, 0.5) | {"kind": "minutes", "set": "atelier"}
    rows = [row | {"method": "flow", "painting steps": n, "rate": 0.1} for n in (4, 16)]
    rows += [row | {"method": "GAN", "painting steps": 0, "rate": 0.0}]
    lines = other_road.table(rows).splitlines()
    assert [line.split(" | ")[0] for line in lines[-3:]] == [
        "| GAN, one pass", "| flow, 4 steps", "| flow, 16 steps",
    ]  # fmt: skip


@pytest.mark.parametrize("name", translation.METHODS)
def test_every_change_of_the_cyclegan_trains(name):
    views = np.random.default_rng(0).integers(0, 256, (3, 3, 48, 48), dtype=np.uint8)
    training = translation.CycleTraining(
        views, views, 1, filters=8, batch=1, **translation.METHODS[name]
    )
    training.fit()
    assert training.done == 1


def test_the_translations_table_has_references_and_medians():
    row = dict.fromkeys(translation.COLUMNS, 0.5)
    name = "without noise"
    rows = [row | {"method": name, "seed": s, "cycle": c} for s, c in enumerate((3.0, 1.0, 2.0))]
    found = {"references": {"other paintings of hers": {"FD-lite2": 9.0}}, "rows": rows}
    lines = translation.table(found).splitlines()
    assert lines[2] == "| other paintings of hers | 9.0 |  |  |  |  |"
    assert "2.0 (1.0 to 3.0)" in lines[3] and lines[3].startswith("| without noise |")
