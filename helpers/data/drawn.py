"""New works of the built-in painters, as many as a training needs, drawn once into the cache."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

import numpy as np
from tqdm import tqdm

from helpers.data.atelier import squares, version
from helpers.data.atelier.squares import SUBJECTS, draw_squares
from helpers.data.image_set import ImageSet, of_classes
from helpers.environment import data_folder
from helpers.environment.files import sha256_of, writable

SEED = 2  # of the drawn works: the set on disk is 0, the held-out works of notebook 07 are 1


def draw_works(
    works: int,
    size: int,
    seed: int = SEED,
    processes: int | None = None,
    quiet: bool = False,
    painters: Collection[str] = (),
) -> ImageSet:
    """About so many new works, size x size pixels, each with its subject as its label.

    A subject is a painter and one of the painter's compositions: names such as "Ilse Kranich:
    lemons". The painters have the same shares as in the built-in set. Another seed gives other
    works; the same seed, size and number come from the cache, a file of 12 kB a work at 64 pixels.
    """
    source = Path(squares.__file__).read_text(encoding="utf-8")  # another cut, other squares
    digits = sha256_of(version(seed), source, *sorted(painters))[:12]
    cache = data_folder() / "cache" / f"drawn-{digits}-{size}-{works}.npy"
    known = cache.with_name(f"{cache.stem}-subjects.npy")
    if not (cache.exists() and known.exists()):
        writable(cache.parent)
        with (
            tempfile.TemporaryDirectory(dir=cache.parent, prefix=".reading-") as folder,
            tqdm(total=works, desc="painting", unit="work", leave=False, disable=quiet) as bar,
        ):
            part = Path(folder) / "works.npy"
            subjects = draw_squares(part, works, size, seed, processes, bar.update, painters)
            np.save(part.with_name("subjects.npy"), subjects)
            part.with_name("subjects.npy").replace(known)
            part.replace(cache)  # last: with it the set is whole
    images = np.load(cache, mmap_mode="c")
    theirs = [i for i, (painter, _) in enumerate(SUBJECTS) if not painters or painter in painters]
    labels = np.searchsorted(theirs, np.load(known))
    names = tuple(": ".join(SUBJECTS[subject]) for subject in theirs)
    # a mirrored work may be of another subject: faces look to the left or to the right
    return of_classes(images, labels, names, "drawn works", mirror=False, quiet=quiet)
