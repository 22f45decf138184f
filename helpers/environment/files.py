"""Files that are whole or not there: written beside their place, then renamed. And hashes."""

from __future__ import annotations

import contextlib
import errno
import glob
import hashlib
import os
import shutil
import threading
import time
from pathlib import Path


class DiskFull(OSError):
    """There is no room for a file; what was there before is untouched."""


class NotWritable(OSError):
    """Nothing can be written into a folder."""


def writable(folder: Path) -> Path:
    """The folder, made if it is not there. Raises NotWritable, in words, if it cannot be used."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
        reason = "no permission"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    raise NotWritable(
        f"{folder} cannot be written to ({reason}). Give yourself the permission, or set "
        "ATELIER_DATA (for runs alone ATELIER_RUNS) to a folder of your own."
    )


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file under another name, sync it, and only then give it its own.

    Raises DiskFull, in words, if there is no room: the older file of that name is intact.
    """
    for left in path.parent.glob(f"{glob.escape(path.name)}.*.part"):  # by a killed process
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > 86400:
                left.unlink()
    # a name of this process and thread alone: two writers of one file do not meet
    part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        free = shutil.disk_usage(path.parent).free / 2**20
        raise DiskFull(
            f"No room for {path.name}: it needs {len(content) / 2**20:.1f} MiB in {path.parent}, "
            f"where {free:.1f} MiB are free (or a quota is used up). Make room there, or set "
            "ATELIER_DATA (for runs alone ATELIER_RUNS) to a folder on another disk. What was "
            "written before is intact."
        ) from error


def sha256_of(*texts: str) -> str:
    """The SHA-256 of these texts, a line each: 64 hexadecimal digits."""
    # surrogateescape: a file name may hold bytes that are no text
    return hashlib.sha256("\n".join(texts).encode("utf-8", "surrogateescape")).hexdigest()


def folder_hash(folder: Path) -> str:
    """16 hexadecimal digits for a folder and what lies in it: others if a file comes, goes or
    changes. It looks at names, sizes and times of change, not at contents.
    """
    states = ((file.name, file.stat()) for file in folder.iterdir())
    files = sorted((name, state.st_size, state.st_mtime_ns) for name, state in states)
    return sha256_of(str(folder.resolve()), *map(str, files))[:16]
