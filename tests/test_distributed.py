"""One training on two processes: the same weights, one writer, and a death that is survived."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch
from test_training import make, same

from helpers.training import distributed
from helpers.training.checkpoint import state_of
from helpers.training.distributed import ProcessGroup

TESTS = Path(__file__).resolve().parent
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
TRAIN = [*TORCHRUN, "--max-restarts=2", "-m", "helpers.train", "--name", "pair", "--size", "16"]

pytestmark = pytest.mark.skipif(
    not torch.distributed.is_available() or sys.platform == "win32",
    reason="this torch has no distributed engine (or torchrun no rendezvous on Windows)",
)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A folder of twelve pictures, and a data folder of the test's own."""
    from PIL import Image

    monkeypatch.setenv("ATELIER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (tmp_path / "mine").mkdir()
    for i in range(12):
        Image.new("RGB", (16, 16), (20 * i, 255 - 20 * i, 128)).save(tmp_path / f"mine/{i}.png")
    return tmp_path


def trained_alone(**changes) -> dict:
    import distributed_pair

    return state_of(distributed_pair.trained(**changes))


@pytest.mark.parametrize(
    "changes",
    [{}, {"objective": "relativistic", "r1": 0.5, "r2": 0.5}],
    ids=["BCE", "pairs and penalties"],
)
def test_two_processes_with_half_the_batch_each_give_the_weights_of_one(data, changes):
    command = [*TORCHRUN, str(TESTS / "distributed_pair.py"), str(data), json.dumps(changes)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = (torch.load(data / f"rank_{i}.pt", weights_only=True) for i in range(2))
    alone = trained_alone(**changes)
    for network in ("generator", "discriminator", "ema"):
        for name, weight in alone[network].items():
            ours = first["state"][network][name]
            assert torch.equal(ours, second["state"][network][name]), (network, name)
            assert (ours - weight).abs().max() < 1e-5, (network, name)
    assert same(first["state"]["history"][-1].keys(), alone["history"][-1].keys())
    assert abs(first["state"]["history"][-1]["loss_d"] - alone["history"][-1]["loss_d"]) < 1e-4
    assert not torch.equal(first["dropout"], second["dropout"])  # seeds apart


@pytest.mark.parametrize("network", ["dcgan", "style"])
def test_conditional_networks_stay_the_same_in_both_processes(data, network):
    """BatchNorm, noise and the mean of w differ by process: one training is not as the other."""
    changes = json.dumps({"labelled": True, "network": network})
    command = [*TORCHRUN, str(TESTS / "distributed_pair.py"), str(data), changes]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = (torch.load(data / f"rank_{i}.pt", weights_only=True) for i in range(2))
    for part in ("generator", "discriminator", "ema"):
        for name, weight in first["state"][part].items():
            assert torch.equal(weight, second["state"][part][name]), (part, name)
    assert first["state"]["steps"] == 20


def test_torchrun_trains_one_run_folder_with_one_writer(data):
    command = [*TRAIN, "--dataset", str(data / "mine"), "--steps", "20", "--batch", "8"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    folders = list((data / "data" / "runs").iterdir())
    assert [folder.name for folder in folders] == ["pair"]
    assert json.loads((folders[0] / "config.json").read_text())["processes"] == 2
    assert (folders[0] / "generator.pt").exists()
    assert done.stdout.count("a new folder") == 1


def test_two_processes_agree_on_how_far_the_minutes_go(data):
    command = [*TRAIN, "--dataset", str(data / "mine"), "--minutes", "0.05", "--batch", "8"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    config = json.loads((data / "data" / "runs" / "pair" / "config.json").read_text())["config"]
    assert config["batch"] == 8 and config["steps"] > 10
    assert f"{config['steps']:,} steps of 8" in done.stdout
    assert f"steps     {config['steps']:,} in" in done.stdout  # and all of them were made


def test_a_killed_worker_is_started_again_and_the_run_goes_on_from_its_checkpoint(data):
    steps = 600
    command = [*TRAIN, "--dataset", str(data / "mine"), "--steps", str(steps), "--batch", "8"]
    command += ["--checkpoint-every", "10"]
    log = (data / "log.txt").open("w")
    started = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    checkpoints = data / "data" / "runs" / "pair" / "checkpoints"
    until = time.monotonic() + 200
    while len(list(checkpoints.glob("*.pt"))) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    workers = {
        child.environ().get("RANK"): child.pid
        for child in psutil.Process(started.pid).children(recursive=True)
        if "helpers.train" in " ".join(child.cmdline())
    }
    os.kill(workers["1"], signal.SIGKILL)
    assert started.wait(timeout=240) == 0, (data / "log.txt").read_text()[-9000:]
    said = (data / "log.txt").read_text()
    assert "pair: goes on at step" in said
    with (checkpoints.parent / "history.csv").open(newline="") as file:
        rows = [int(row["step"]) for row in csv.DictReader(file)]
    assert rows == list(range(10, steps + 1, 10))


def test_a_batch_that_cannot_be_shared_equally_is_refused_in_words():
    with pytest.raises(ValueError, match="batch of 4 cannot be shared equally by 3 processes"):
        make(group=ProcessGroup(0, 3))


def test_a_world_of_one_process_changes_nothing():
    group, tensor = ProcessGroup(), torch.arange(4.0)
    group.all_reduce_mean([tensor])
    group.broadcast_tensors([tensor])
    assert torch.equal(tensor, torch.arange(4.0)) and torch.equal(group.shard(tensor), tensor)
    assert group.is_main and group.all_gather(7) == [7] and group.broadcast(7) == 7


def test_each_process_changes_its_images_by_draws_of_its_own():
    images = torch.arange(2 * 3 * 16 * 16.0).reshape(2, 3, 16, 16)
    seen, after = [], []
    for rank in range(2):
        trainer = make(batch=2, translation=4)
        trainer.group = ProcessGroup(rank, 2)
        seen.append(trainer.augment(images))
        after.append(torch.rand(3, generator=trainer.random))
    assert not torch.equal(*seen)
    assert torch.equal(*after)  # the order of the images stays common to all
    plain = ProcessGroup()
    assert plain.own(trainer.random) is trainer.random


def test_the_others_may_wait_for_hours_while_the_first_fetches_a_set(monkeypatch):
    started = {}
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "test")
    monkeypatch.setenv("LOCAL_RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr(distributed.dist, "is_initialized", lambda: False)
    monkeypatch.setattr(distributed.dist, "rendezvous", lambda url: iter([(None, 0, 2)]))
    monkeypatch.setattr(distributed.dist, "PrefixStore", lambda *given: None)
    monkeypatch.setattr(
        distributed.dist, "init_process_group", lambda *given, **named: started.update(named)
    )
    monkeypatch.setattr(distributed.dist, "get_rank", lambda: 0)
    monkeypatch.setattr(distributed.dist, "get_world_size", lambda: 2)
    distributed.join("cpu")
    assert started["timeout"].total_seconds() >= 3600


def test_every_picture_of_a_batch_goes_to_one_process():
    batch = torch.arange(8)
    shares = [ProcessGroup(rank, 3).shard(batch) for rank in range(3)]
    assert sorted(torch.cat(shares).tolist()) == batch.tolist()
    assert [len(share) for share in shares] == [3, 3, 2]
