"""One process at a time writes to a run folder.

The operating system holds the lock and lets go of it when the process ends, however it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

NAME = ".in_use"
_HELD: dict[
    Path, FileLock
] = {}  # by this process: a cell that is run again must not lock itself out


def take(folder: Path) -> bool:
    """Whether this process may write to the folder from here on. False if another one does."""
    if folder in _HELD:
        return True
    lock = FileLock(folder / NAME, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return False
    except (OSError, NotImplementedError):  # a network disk without locks: nobody can be asked
        return True
    _HELD[folder] = lock
    return True


@contextmanager
def held(folder: Path | None) -> Iterator[None]:
    """`take_or_raise` for a block, and `give_back` however it ends; None is no folder."""
    if folder is None:
        yield
        return
    take_or_raise(folder)
    try:
        yield
    finally:
        give_back(folder)


def take_or_raise(folder: Path) -> None:
    """`take`, or ValueError, in words."""
    if not take(folder):
        raise ValueError(
            f"The run {folder.name} is in use: another notebook or program trains it just now. "
            "Stop that one first, or choose another name."
        )


def give_back(folder: Path) -> None:
    """Let other processes write to the folder."""
    if lock := _HELD.pop(folder, None):
        lock.release()
