"""Ctrl-C, or the stop button of a notebook, waits for the end of a training step."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupts_wait() -> Iterator[list[int]]:
    """Collect Ctrl-C in a list in place of raising it: no step and no file is left half-done.

    A second Ctrl-C is raised at once: it ends a step that hangs. Only a program's main thread
    hears Ctrl-C; in any other, nothing changes.
    """
    interrupts: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return

    def wait(number: int, frame: object) -> None:
        interrupts.append(number)
        if len(interrupts) > 1:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, wait)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)
