"""An archive is looked into before it is unpacked: what could do harm is refused by name."""

import io
import stat
import types
import zipfile

import pytest
from small_sets import kaggle_archive

from helpers.data import archives
from helpers.data.archives import check_archive
from helpers.data.folders import DatasetError


def entry(name: str, kind: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("placeholder")
    info.filename, info.external_attr = name, (kind | 0o644) << 16
    return info


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("../evil", 0, "climbs out"),
        ("images/../../evil", 0, "climbs out"),
        ("/etc/evil", 0, "absolute"),
        ("C:/evil", 0, "absolute path"),
        ("C:evil", 0, "absolute path"),
        ("images\\..\\..\\evil", 0, "climbs out"),
        ("evil\0.jpg", 0, "climbs out"),
        ("link", stat.S_IFLNK, "link or a special file"),
        ("pipe", stat.S_IFIFO, "link or a special file"),
    ],
)
def test_unsafe_entries_are_named(tmp_path, name, kind, reason):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("artists.csv", "name\n")
        file.writestr(entry(name, kind), b"/etc/passwd")
    with zipfile.ZipFile(packed) as file, pytest.raises(DatasetError) as raised:
        check_archive(file, tmp_path)
    assert reason in str(raised.value) and repr(name) in str(raised.value)


def test_an_honest_archive_passes(tmp_path):
    odd = ("images/images/Albrecht_Dürer/a..b.jpg", b"x"), ("images/images/Vincent/", b"")
    with zipfile.ZipFile(io.BytesIO(kaggle_archive(*odd))) as file:
        check_archive(file, tmp_path)


def test_an_archive_that_would_fill_the_disk(tmp_path, monkeypatch):
    with zipfile.ZipFile(io.BytesIO(kaggle_archive())) as file:
        with monkeypatch.context() as small:
            small.setattr(archives, "MOST_BYTES", 1000)
            with pytest.raises(DatasetError, match=r"20 files of 0\.0 GB"):
                check_archive(file, tmp_path)
        with monkeypatch.context() as small:
            small.setattr(archives, "MOST_FILES", 5)
            with pytest.raises(DatasetError, match="20 files"):
                check_archive(file, tmp_path)
        full = types.SimpleNamespace(free=10)
        monkeypatch.setattr(archives.shutil, "disk_usage", lambda folder: full)
        with pytest.raises(DatasetError, match=r"the disk has 0\.0 free"):
            check_archive(file, tmp_path)
