"""Files that are whole or not there: written beside their place, then renamed. And hashes."""

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


def sha256_of(*texts: str) -> str:
    """The SHA-256 of these texts, a line each: 64 hexadecimal digits."""
    # surrogateescape: a file name may hold bytes that are no text
    return hashlib.sha256("\n".join(texts).encode("utf-8", "surrogateescape")).hexdigest()


def folder_hash(folder: Path) -> str:
    """16 hexadecimal digits for what lies in a folder: others if a file comes, goes or changes.

    It looks at names and times of change, not at contents.
    """
    files = sorted((file.name, file.stat().st_mtime_ns) for file in folder.iterdir())
    return sha256_of(*map(str, files))[:16]
