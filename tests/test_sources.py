"""Which set is taken: a wish, the Kaggle set, its download, the atelier; folders and zip files."""

import io
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_sets import write_small_set

from helpers.data import kaggle, sources
from helpers.data.folders import DatasetError
from helpers.data.image_set import load_images
from helpers.data.sources import Source, find_dataset

pytestmark = pytest.mark.usefixtures("own_data_folder")


@pytest.fixture
def good(tmp_path):
    return write_small_set(tmp_path / "small")


@pytest.fixture
def tiny_atelier(good, monkeypatch):
    """Painting the whole atelier takes half a minute; here a small set stands in for it."""
    monkeypatch.setattr(sources, "_atelier", lambda why: Source("atelier", good, why))


@pytest.fixture
def no_download(monkeypatch):
    monkeypatch.setattr(kaggle, "fetch", lambda folder: pytest.fail("a download was started"))


def test_nothing_there_and_no_credentials_is_the_atelier(tiny_atelier, no_download, capsys):
    assert find_dataset().name == "atelier"
    assert capsys.readouterr().out == (
        "dataset   atelier: no Kaggle credentials, so the course's own paintings\n"
    )


def test_the_kaggle_set_in_data_comes_first(
    good, tiny_atelier, no_download, own_data_folder, capsys
):
    own_data_folder.mkdir()
    good.rename(own_data_folder / "best-artworks-of-all-time")
    source = find_dataset()
    assert (source.name, source.why) == (
        "best-artworks",
        "found in data/best-artworks-of-all-time",
    )
    assert len(load_images()) == 12
    assert str(own_data_folder) not in capsys.readouterr().out  # no path of this machine


def test_a_broken_folder_without_credentials_is_not_taken_silently(
    tiny_atelier, no_download, own_data_folder
):
    broken = own_data_folder / "best-artworks-of-all-time"
    broken.mkdir(parents=True)
    (broken / "notes.txt").write_text("mine")
    source = find_dataset(quiet=True)
    assert source.name == "atelier"
    assert "data/best-artworks-of-all-time is unusable: no artists.csv in it" in source.why
    assert (broken / "notes.txt").read_text() == "mine"


def test_credentials_mean_a_download(tiny_atelier, good, monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", "secret-token")
    asked = []
    monkeypatch.setattr(kaggle, "fetch", lambda folder: asked.append(folder.name) or "a tool")
    source = find_dataset(quiet=True)
    assert (source.name, source.why) == ("best-artworks", "downloaded from Kaggle by a tool")
    assert asked == ["best-artworks-of-all-time"]


def test_a_failed_download_is_named_in_the_line(tiny_atelier, monkeypatch, capsys):
    monkeypatch.setenv("KAGGLE_API_TOKEN", "secret-token")

    def fail(folder):
        raise DatasetError("The connection broke off.")

    monkeypatch.setattr(kaggle, "fetch", fail)
    assert find_dataset().name == "atelier"
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and "The connection broke off." in out
    assert "secret-token" not in out
    monkeypatch.setenv("ATELIER_DATASET", "best-artworks")  # a wish is not replaced
    with pytest.raises(DatasetError, match=r"could not be downloaded\. The connection broke off"):
        find_dataset()


def test_atelier_dataset_names_a_set_or_a_folder(good, tiny_atelier, no_download, monkeypatch):
    monkeypatch.setenv("ATELIER_DATASET", str(good))
    source = find_dataset(quiet=True)
    assert (source.name, source.folder) == ("small", good)
    assert source.why == "ATELIER_DATASET asks for it"
    monkeypatch.setenv("ATELIER_DATASET", "small")  # from the working folder
    assert find_dataset(quiet=True).folder == good
    monkeypatch.setenv("ATELIER_DATASET", "atelier")
    assert find_dataset(quiet=True).name == "atelier"
    monkeypatch.setenv("ATELIER_DATASET", "")  # empty is as good as unset
    assert find_dataset(quiet=True).name == "atelier"


def test_a_wrong_wish_is_an_error(no_download, monkeypatch, tmp_path):
    monkeypatch.setenv("ATELIER_DATASET", "atelierr")
    with pytest.raises(DatasetError) as raised:
        find_dataset()
    for part in ("'atelierr'", "atelier, best-artworks", str(tmp_path / "atelierr")):
        assert part in str(raised.value)


def test_best_artworks_without_credentials_says_how_to_get_some(monkeypatch):
    monkeypatch.setenv("ATELIER_DATASET", "best-artworks")
    with pytest.raises(DatasetError, match=r"No Kaggle credentials.*KAGGLE_API_TOKEN"):
        find_dataset()


def test_files_that_are_in_the_ateliers_way_are_named_and_left(own_data_folder, monkeypatch):
    (own_data_folder / "atelier").mkdir(parents=True)
    (own_data_folder / "atelier" / "mine.txt").write_text("mine")
    monkeypatch.setenv("ATELIER_DATASET", "atelier")
    with pytest.raises(DatasetError, match=r"mine\.txt"):
        find_dataset()
    assert (own_data_folder / "atelier" / "mine.txt").read_text() == "mine"


def test_a_zip_is_unpacked_once_and_read_as_a_folder(good, tmp_path, own_data_folder, capsys):
    packed = Path(shutil.make_archive(str(tmp_path / "my-zip"), "zip", good))
    by_folder = load_images(good, size=16, quiet=True)
    by_zip = load_images(str(packed), size=16, quiet=True)
    assert np.array_equal(by_zip.images, by_folder.images) and by_zip.source == "my-zip"
    unpacked = list((own_data_folder / "unpacked").iterdir())
    load_images(str(packed), size=16, quiet=True)
    assert list((own_data_folder / "unpacked").iterdir()) == unpacked and len(unpacked) == 1


@pytest.mark.parametrize(
    ("entry", "said"), [("../evil.png", "climbs out"), ("/etc/evil.png", "absolute"), (None, "zip")]
)
def test_a_zip_that_does_harm_or_is_damaged_is_refused(tmp_path, own_data_folder, entry, said):
    packed = tmp_path / "bad.zip"
    if entry:
        with zipfile.ZipFile(packed, "w") as file:
            file.writestr(entry, b"evil")
    else:
        packed.write_bytes(b"PK no zip at all")
    with pytest.raises(DatasetError, match=rf"bad.zip could not be unpacked.*{said}"):
        load_images(str(packed), size=16, quiet=True)
    assert not list(tmp_path.rglob("evil.png")) and not list(
        (own_data_folder / "unpacked").iterdir()
    )


def test_a_zip_written_on_windows_a_flat_one_and_an_empty_one(tmp_path, own_data_folder, capsys):
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "JPEG")
    for name, entries in (
        ("windows.zip", ("cats\\1.jpg", "dogs\\2.jpg")),
        ("UP.ZIP", ("1.jpg", "2.jpg")),
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as file:
            for entry in entries:
                info = zipfile.ZipInfo("x")
                info.filename = entry  # a ZipInfo made by name would turn the slashes
                file.writestr(info, picture.getvalue())
    names = [load_images(str(tmp_path / n), size=16).names for n in ("windows.zip", "UP.ZIP")]
    assert names == [("cats", "dogs"), ("UP",)]
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    with pytest.raises(DatasetError, match="No picture to use in"):
        load_images(str(tmp_path / "empty.zip"), size=16)


def test_an_archive_in_an_archive_and_of_another_kind_must_be_unpacked(tmp_path, own_data_folder):
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as file:
        file.writestr("inner.zip", b"any")
    with pytest.raises(DatasetError, match=r"an archive, inner\.zip: unpack it"):
        load_images(str(tmp_path / "outer.zip"), size=16)
    (tmp_path / "set.tar.gz").write_bytes(b"any")
    with pytest.raises(DatasetError, match=r"set\.tar\.gz, which is a file.*unpack"):
        load_images(str(tmp_path / "set.tar.gz"), size=16)


@pytest.mark.parametrize("name", ["Atelier", "ATELIER"])
def test_names_of_sets_may_be_written_in_capitals(tiny_atelier, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert sources.named_dataset(name).name == "atelier"
    (tmp_path / name).mkdir()
    assert sources.named_dataset(name).folder == tmp_path / name  # a folder of that very name


def test_a_data_folder_that_cannot_be_written_is_named(good, own_data_folder, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(OSError, match=r"cannot be written.*ATELIER_DATA"):
        load_images(good, size=16, quiet=True)
