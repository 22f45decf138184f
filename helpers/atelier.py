"""The built-in set: the works of imaginary painters, drawn by code and written to disk once.

On disk it has exactly the layout of "Best Artworks of All Time", so the same code reads both:
artists.csv, images/images/<Artist_Name>/<Artist_Name>_<n>.jpg and smaller copies, all in one
folder, resized/resized/<Artist_Name>_<n>.jpg. As we drew every work we know the truth about it:
truth.csv holds painter, palette and composition of each file.
"""

from __future__ import annotations

import csv
import hashlib
import json
import multiprocessing
import os
import sys
import tempfile
import unicodedata
from collections.abc import Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from helpers.painters import (
    aldecoa,
    brandt,
    brushes,
    calloway,
    delorme,
    fontanari,
    havlova,
    kesse,
    kranich,
    montferrer,
    morishita,
    orlova,
    stollberg,
    valdassi,
    van_oosten,
    vestergaard,
)
from helpers.painters.brushes import Easel, Painter

MANNERS = {
    module.PAINTER.name: module
    for module in (
        aldecoa,
        brandt,
        calloway,
        delorme,
        fontanari,
        havlova,
        kesse,
        kranich,
        montferrer,
        morishita,
        orlova,
        stollberg,
        valdassi,
        van_oosten,
        vestergaard,
    )
}
PAINTERS: tuple[Painter, ...] = tuple(module.PAINTER for module in MANNERS.values())
SHORT_SIDE = 128  # pixels on disk, of the images/ folder
SMALL_SIDE = 80  # and of resized/
SUPERSAMPLING = 2  # drawn twice as large, then shrunk: antialiasing
QUALITY = 88
CSV_COLUMNS = ("id", "name", "years", "genre", "nationality", "bio", "wikipedia", "paintings")
TRUTH_COLUMNS = ("file", "painter", "palette", "composition", "format")


def paint(
    painter: Painter | str, number: int, short_side: int = SHORT_SIDE, seed: int = 0
) -> tuple[Image.Image, dict[str, str]]:
    """Work `number` of a painter, an RGB picture with `short_side` pixels on its short side, and
    its truth.

    The same painter, number and seed give the same work at every size, and the same bits on the
    same machine. The truth names painter, palette, composition and format. KeyError names the
    painters there are.
    """
    name = painter if isinstance(painter, str) else painter.name
    if name not in MANNERS:
        raise KeyError(f"No painter called {name!r}. There are: {', '.join(MANNERS)}.")
    manner = MANNERS[name]
    key = [seed, number, *name.encode()]
    random = np.random.default_rng(np.random.SeedSequence(key))
    ratio = manner.FORMATS[int(random.integers(len(manner.FORMATS)))]
    palette = list(manner.PALETTES)[int(random.integers(len(manner.PALETTES)))]
    composition = manner.COMPOSITIONS[int(random.integers(len(manner.COMPOSITIONS)))]
    width = round(short_side * max(1.0, ratio))
    height = round(short_side * max(1.0, 1 / ratio))
    easel = Easel(
        random, width * SUPERSAMPLING, height * SUPERSAMPLING, manner.PALETTES[palette], composition
    )
    picture = manner.paint(easel).reduce(SUPERSAMPLING)
    shape = "square" if width == height else "landscape" if width > height else "portrait"
    return picture, {
        "painter": name,
        "palette": palette,
        "composition": composition,
        "format": shape,
    }


def version(seed: int) -> str:
    """A short name for this atelier: it changes when a painter, a brush or the seed does."""
    sources = [Path(__file__), Path(brushes.__file__)]
    sources += [Path(module.__file__) for module in MANNERS.values()]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    return hashlib.sha256(f"{seed} {text}".encode()).hexdigest()[:12]


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
    if folder.exists() and (stranger := find_stranger(folder)):
        raise FileExistsError(
            f"{folder} is where the Atelier's paintings go, but it did not write {stranger.name} "
            f"({stranger}). Move that somewhere else, or choose another folder."
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


def find_stranger(folder: Path) -> Path | None:
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
    with bar, closing(in_parallel(jobs, processes or os.cpu_count() or 1)) as results:
        for done in results:
            truths += done
            bar.update(len(done))
    return truths


def in_parallel(jobs: list[tuple], processes: int) -> Generator[list[dict[str, str]], None, None]:
    """Results of `draw_some` in the order of the jobs, from several processes where that works.

    New processes import the main program again; where there is none to import (code typed into
    an interpreter's standard input), this process draws alone.
    """
    main = sys.modules["__main__"]
    script = getattr(main, "__file__", None)
    importable = script is None or Path(script).exists()
    if processes == 1 or not importable:
        yield from map(draw_some, jobs)
        return
    context = multiprocessing.get_context("spawn")  # fork is unsafe once torch has threads
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        yield from pool.map(draw_some, jobs)


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


def contact_sheet(
    painter: Painter | str, works: int = 25, side: int = 128, seed: int = 0
) -> Image.Image:
    """A painter's first works side by side, each fitted into a square of `side` pixels."""
    columns = max(1, round(works**0.5))
    rows = -(-works // columns)
    sheet = Image.new("RGB", (columns * (side + 6) + 6, rows * (side + 6) + 6), "#f4f1ea")
    for i in range(works):
        picture, _ = paint(painter, i + 1, short_side=side, seed=seed)
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        left = 6 + (i % columns) * (side + 6) + (side - picture.width) // 2
        top = 6 + (i // columns) * (side + 6) + (side - picture.height) // 2
        sheet.paste(picture, (left, top))
    return sheet
