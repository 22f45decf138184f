"""Any number of new works as one array of squares: more than a training sees twice.

No torch in here: a worker process imports this file, and must not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.data.atelier.painting import MODULES, PAINTERS, paint
from helpers.data.atelier.writing import MOST_PROCESSES, in_parallel
from helpers.data.cores import usable_cores

# What there is to be asked for: 65 subjects, a painter and one of the painter's compositions.
SUBJECTS: tuple[tuple[str, str], ...] = tuple(
    (name, composition) for name, module in MODULES.items() for composition in module.COMPOSITIONS
)
CHUNK = 100  # works that a worker draws between two reports


def square(name: str, number: int, size: int, seed: int = 0) -> tuple[np.ndarray, int]:
    """The largest square from the middle of a work, uint8 [3, size, size], and its subject's place
    in SUBJECTS."""
    picture, truth = paint(name, number, short_side=size, seed=seed)
    left, top = (picture.width - size) // 2, (picture.height - size) // 2
    cut: Image.Image = picture.crop((left, top, left + size, top + size))
    subject = SUBJECTS.index((name, truth["composition"]))
    return np.asarray(cut).transpose(2, 0, 1), subject


def shares(works: int, painters: Collection[str] = ()) -> dict[str, int]:
    """How many of so many works each painter draws: in the built-in set's proportions, and at
    least one. painters: only these, by name; without any, all."""
    chosen = [painter for painter in PAINTERS if not painters or painter.name in painters]
    total = sum(painter.works for painter in chosen)
    return {painter.name: max(1, round(works * painter.works / total)) for painter in chosen}


def draw_squares(
    into: Path,
    works: int,
    size: int,
    seed: int,
    processes: int | None = None,
    report: Callable[[int], object] = lambda done: None,
    painters: Collection[str] = (),
) -> np.ndarray:
    """Draw about so many works into a new .npy file, uint8 [N, 3, size, size]; returns their
    subjects, int64 [N].

    The same seed gives the same works. report: called with the number of works just drawn.
    painters: as in `shares`.
    """
    numbers = shares(works, painters)
    jobs = [
        (name, range(first, min(first + CHUNK, count + 1)), size, seed)
        for name, count in numbers.items()
        for first in range(1, count + 1, CHUNK)
    ]
    shape = (sum(numbers.values()), 3, size, size)
    images = np.lib.format.open_memmap(into, "w+", np.uint8, shape)
    subjects = np.empty(len(images), np.int64)
    done = 0
    workers = processes or min(usable_cores(), MOST_PROCESSES)
    with closing(in_parallel(draw_chunk, jobs, workers)) as results:
        for pictures, theirs in results:
            after = done + len(pictures)
            images[done:after], subjects[done:after] = pictures, theirs
            report(len(pictures))
            done = after
    images.flush()
    return subjects


def draw_chunk(job: tuple[str, range, int, int]) -> tuple[np.ndarray, list[int]]:
    """Some works of one painter: what a worker process does."""
    name, numbers, size, seed = job
    drawn = [square(name, number, size, seed) for number in numbers]
    return np.stack([picture for picture, _ in drawn]), [subject for _, subject in drawn]
