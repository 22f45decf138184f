"""Files that are whole or not there: written beside their place, synced, then renamed."""

from __future__ import annotations

import errno
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
