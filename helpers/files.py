"""Files that are whole or not there: written beside their place, then renamed. Names for states."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from pathlib import Path


class DiskFull(OSError):
    """There is no room for a file; what was there before is untouched."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file under another name, sync it, and only then give it its own.

    Raises DiskFull, in words, if there is no room: the older file of that name is intact.
    """
    part = path.with_name(path.name + ".part")
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
            "ATELIER_RUNS to a folder on another disk. What was written before is intact."
        ) from error


def mark_of(*texts: str) -> str:
    """A short name for all of these texts: 64 hexadecimal digits, others if one letter differs."""
    # surrogateescape: a file name may hold bytes that are no text
    return hashlib.sha256("\n".join(texts).encode("utf-8", "surrogateescape")).hexdigest()


def state_of(folder: Path) -> str:
    """A short name for what lies in a folder: another one if a file comes, goes or is changed."""
    files = sorted((file.name, file.stat().st_mtime_ns) for file in folder.iterdir())
    return mark_of(*map(str, files))[:16]
