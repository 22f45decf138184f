"""A reader's zip file: looked into before it is unpacked, and unpacked once."""

from __future__ import annotations

import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path

from helpers.data.folders import DatasetError
from helpers.environment import data_folder
from helpers.environment.files import sha256_of, writable

MOST_BYTES = 10 * 10**9  # unpacked; large enough for every set that the course names
MOST_FILES = 200_000
UNREADABLE = (zipfile.BadZipFile, ValueError, OSError, RuntimeError, EOFError, zlib.error)


def unpacked(archive: Path) -> Path:
    """The folder, in `data/unpacked`, with what is in a zip file; unpacked once.

    A changed zip gets a folder of its own. Raises DatasetError for a damaged one, and for one
    that would write outside its folder or fill the disk.
    """
    state = archive.stat()
    digits = sha256_of("2", str(archive.resolve()), str(state.st_size), str(state.st_mtime_ns))[:8]
    folder = data_folder() / "unpacked" / f"{archive.stem}-{digits}"
    if folder.is_dir():
        return folder / archive.stem
    writable(folder.parent)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as part:
        try:
            with zipfile.ZipFile(archive) as file:
                check_archive(file, Path(part))
                inside = Path(part) / "all" / archive.stem  # the name of a heap of pictures
                inside.mkdir(parents=True)
                for entry in file.infolist():
                    entry.filename = with_slashes(entry)
                    file.extract(entry, inside)
        except UNREADABLE as error:
            raise DatasetError(f"{archive.name} could not be unpacked: {error}") from error
        (Path(part) / "all").rename(folder)
    return folder / archive.stem


def with_slashes(entry: zipfile.ZipInfo) -> str:
    """The entry's name as the standard wants it: some Windows programs write backslashes."""
    return entry.orig_filename.replace("\\", "/")


def check_archive(archive: zipfile.ZipFile, folder: Path) -> None:
    """Raise DatasetError, naming the entry, if unpacking into `folder` could do harm.

    Harm is an entry that leaves the folder (`..`, an absolute path, a drive letter, a link), a
    special file, or more than MOST_BYTES, MOST_FILES or what the disk has room for.
    """
    entries = archive.infolist()
    for entry in entries:
        name = with_slashes(entry)
        kind = stat.S_IFMT(entry.external_attr >> 16)
        said = entry.orig_filename
        if name.startswith("/") or re.match(r"[A-Za-z]:", name):
            raise DatasetError(f"its entry {said!r} is an absolute path")
        if ".." in name.split("/") or "\0" in name:
            raise DatasetError(f"its entry {said!r} climbs out of the folder")
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise DatasetError(f"its entry {said!r} is a link or a special file")
    size = sum(entry.file_size for entry in entries)
    if size > MOST_BYTES or len(entries) > MOST_FILES:
        raise DatasetError(f"it would unpack to {len(entries):,} files of {size / 1e9:,.1f} GB")
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if size > free:
        raise DatasetError(
            f"it needs {size / 1e9:,.1f} GB, and the disk has {free / 1e9:,.1f} free"
        )
