"""The whole set on disk, drawn once by several processes.

No torch in here: a worker process imports this file, and must not wait for it.
"""

from __future__ import annotations

import csv
import json
import multiprocessing
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from PIL import Image
from tqdm import tqdm

from helpers.data.atelier.painting import PAINTERS, SHORT_SIDE, paint, version
from helpers.data.cores import usable_cores

SMALL_SIDE = 80  # pixels of the short side in resized/; in images/ it is SHORT_SIDE
QUALITY = 88
MOST_PROCESSES = 61  # Windows waits for no more at once
CSV_COLUMNS = ("id", "name", "years", "genre", "nationality", "bio", "wikipedia", "paintings")
TRUTH_COLUMNS = ("file", "painter", "palette", "composition", "format")


def counts(works: int | None = None) -> dict[str, int]:
    """Works per painter: all of them, or scaled down to about `works`, two per painter at least."""
    total = sum(painter.works for painter in PAINTERS)
    scale = 1.0 if works is None else min(1.0, works / total)
    return {painter.name: max(2, round(painter.works * scale)) for painter in PAINTERS}


def write_set(
    folder: Path,
    seed: int = 0,
    works: int | None = None,
    processes: int | None = None,
    progress: bool = True,
) -> Path:
    """Draw the whole set into `folder`, once; returns the folder.

    A complete set of this version is left as it is. Everything is drawn into a temporary sibling
    that gets its name at the end, so an interruption leaves nothing half-made. An older version of
    the set is replaced; a folder that holds anything else is never touched: FileExistsError.
    works: draw about this many only. processes: how many draw at once; 1 is this process alone,
    None is one for each core.
    """
    folder = Path(folder)
    stamp = {"atelier": version(seed), "works": sum(counts(works).values())}
    stamp_file = folder / "atelier.json"
    if stamp_file.exists() and stamp_file.read_text(encoding="utf-8") == json.dumps(stamp):
        return folder
    if folder.exists() and (unknown := find_unknown_file(folder)):
        raise FileExistsError(
            f"{folder} is where the Atelier's paintings go, but it did not write {unknown.name} "
            f"({unknown}). Move that somewhere else, or choose another folder."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=folder.name + ".", dir=folder.parent) as scratch:
        part = Path(scratch) / "set"
        (part / "resized" / "resized").mkdir(parents=True)
        for painter in PAINTERS:
            (part / "images" / "images" / painter.name.replace(" ", "_")).mkdir(parents=True)
        truths = draw_all(part, seed, counts(works), processes, progress)
        write_tables(part, counts(works), truths)
        (part / "atelier.json").write_text(json.dumps(stamp), encoding="utf-8")
        if folder.exists():
            folder.rename(Path(scratch) / "old")
        part.rename(folder)
    return folder


def find_unknown_file(folder: Path) -> Path | None:
    """A file here that no Atelier wrote, going by the set's own tables, so nobody's is lost.

    Empty folders and what systems drop by themselves (hidden files, Thumbs.db) do not count.
    """
    if not folder.is_dir():
        return folder
    ours = set()
    if (folder / "atelier.json").exists() and (folder / "truth.csv").exists():
        with (folder / "truth.csv").open(newline="", encoding="utf-8", errors="replace") as file:
            files = [row.get("file") or "" for row in csv.DictReader(file)]
        ours = {"atelier.json", "artists.csv", "truth.csv"}
        ours |= {f"images/images/{name}" for name in files}
        ours |= {f"resized/resized/{Path(name).name}" for name in files}
    for path in sorted(folder.rglob("*")):
        dropped = path.name.startswith(".") or path.name in ("Thumbs.db", "desktop.ini")
        name = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())  # macOS: é is 2
        if not (path.is_dir() or dropped or name in ours):
            return path
    return None


def draw_all(
    part: Path, seed: int, numbers: dict[str, int], processes: int | None, progress: bool
) -> list[dict[str, str]]:
    """Draw and write every work; returns the truths in the order of the table."""
    jobs = [
        (str(part), name, range(first, min(first + 20, count + 1)), seed)
        for name, count in numbers.items()
        for first in range(1, count + 1, 20)
    ]
    bar = tqdm(total=sum(numbers.values()), desc="painting", unit="work", disable=not progress)
    truths: list[dict[str, str]] = []
    # closing: after an interruption no worker still writes into a folder about to be removed
    workers = processes or min(usable_cores(), MOST_PROCESSES)
    with bar, closing(in_parallel(draw_some, jobs, workers)) as results:
        for done in results:
            truths += done
            bar.update(len(done))
    return truths


def in_parallel(
    work: Callable[[tuple], Any], jobs: list[tuple], processes: int
) -> Generator[Any, None, None]:
    """Results of `work` in the order of the jobs, from several processes where that works.

    New processes import the main program again; where there is none to import (code typed into
    an interpreter's standard input), this process draws alone.
    """
    main = sys.modules["__main__"]
    script = getattr(main, "__file__", None)
    importable = script is None or Path(script).exists()
    if processes == 1 or not importable:
        yield from map(work, jobs)
        return
    context = multiprocessing.get_context("spawn")  # fork is unsafe once torch has threads
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        yield from pool.map(work, jobs)


def draw_some(job: tuple[str, str, range, int]) -> list[dict[str, str]]:
    """Draw and write some works of one painter: what a worker process does."""
    part, name, numbers, seed = Path(job[0]), *job[1:]
    stem = name.replace(" ", "_")
    truths = []
    for number in numbers:
        picture, truth = paint(name, number, seed=seed)
        file = f"{stem}/{stem}_{number}.jpg"
        picture.save(part / "images" / "images" / file, quality=QUALITY)
        scale = SMALL_SIDE / SHORT_SIDE
        small = picture.resize(
            (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.BILINEAR
        )
        small.save(part / "resized" / "resized" / f"{stem}_{number}.jpg", quality=QUALITY)
        truths.append({"file": file} | truth)
    return truths


def write_tables(part: Path, numbers: dict[str, int], truths: list[dict[str, str]]) -> None:
    """artists.csv as Kaggle has it, and truth.csv beside it."""
    with (part / "artists.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(CSV_COLUMNS)
        for i, p in enumerate(PAINTERS):
            table.writerow([i, p.name, p.years, p.genre, p.nationality, p.bio, "", numbers[p.name]])
    with (part / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, TRUTH_COLUMNS)
        rows.writeheader()
        rows.writerows(truths)
