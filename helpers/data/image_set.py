"""Every set of images becomes one ImageSet: uint8 [N, C, H, W], labels, names.

    paintings = load_images(size=32)      # finds a set, reads it once, keeps it in a cache

Which set, sources.py answers. To see what is found: `python -m helpers.data`.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import tempfile
import time
import unicodedata
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import PIL
from PIL import Image
from tqdm import tqdm

from helpers.data import classics
from helpers.data.classics import CLASSICS
from helpers.data.cores import usable_cores
from helpers.data.folders import (
    PICTURES,
    Artist,
    DatasetError,
    inner_folder,
    read_artists,
    repair_name,
)
from helpers.data.reading import CROPS, SMALLEST, is_grey, quiet_pillow, read_picture
from helpers.data.sources import Source, find_dataset, named_dataset
from helpers.environment import data_folder
from helpers.environment.files import folder_hash, sha256_of, writable, write_atomically

ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".7z", ".rar")


@dataclass(frozen=True)
class ImageSet:
    """Images of one size in one array, and what is known about each.

    images: uint8 [N, 3, H, W], RGB, 0 to 255, or [N, 1, H, W] for MNIST, Fashion-MNIST and folders
        of grey files. A memory map of the cache in copy-on-write mode: it may be larger than the
        memory, and writing to it never alters the file.
    labels: int64 [N], positions in `names`.
    names, artists: one entry a class, in the same order; every class has an image.
    kind: what a label stands for: "artist", "class" (such as a digit), or "folder" of files.
    mirror: whether a mirrored image could be one of the set. A digit could not.
    files: where each image came from, relative to the set's folder, with slashes.
    source: the name of the set.
    skipped: (file, reason) of each file that could not be used.
    truth: for the atelier only, what was really painted: one dict an image; else None.
    """

    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    files: tuple[str, ...]
    artists: tuple[Artist, ...]
    source: str
    skipped: tuple[tuple[str, str], ...] = ()
    truth: tuple[dict[str, str], ...] | None = None
    kind: str = "artist"
    mirror: bool = True

    def __len__(self) -> int:
        return len(self.images)

    def some(self, most: int, seed: int = 0) -> ImageSet:
        """At most so many of the images, drawn by chance; the set itself if it has no more."""
        if len(self) <= most:
            return self
        index = np.sort(np.random.default_rng(seed).permutation(len(self))[:most])
        return replace(
            self,
            images=self.images[index],
            labels=self.labels[index],
            files=tuple(self.files[i] for i in index),
            truth=tuple(self.truth[i] for i in index) if self.truth else None,
        )

    def summary(self) -> str:
        """One line: how many images, of how many artists or classes, and what was skipped."""
        height, width = self.images.shape[2:]
        plural = {"class": "classes"}.get(self.kind, f"{self.kind}s")
        classes = f"{len(self.names):,} {self.kind if len(self.names) == 1 else plural}"
        by = {"artist": "by", "folder": "in"}.get(self.kind, "of")
        return f"{len(self):,} {by} {classes}, {height} x {width} pixels; {_skips(self.skipped)}"


def load_images(
    source: Source | Path | str | None = None,
    size: int = 32,
    crop: str = "centre",
    folder: str = "images",
    quiet: bool = False,
    colour: bool = False,
) -> ImageSet:
    """Read all pictures of a set as one uint8 array; the second time, from the cache.

    source: a Source, a folder, a name for `named_dataset`, or None for `find_dataset()`.
    size: height and width in pixels.
    crop: "centre" cuts the largest square from the middle; "squash" squeezes the whole picture
        into the square; "pad" fits the whole picture in, with white beside it.
    folder: "images", or "resized" for the small copies in the Kaggle set.
    colour: three channels for a folder of grey files as well, which else keeps its one.

    Files that are no pictures, damaged, under 8 pixels or over 120 million are skipped, and
    named in the summary. The cache notices when a file of the set is added, removed or changed.
    Raises DatasetError when nothing is left, with what was looked for and where.
    """
    if crop not in CROPS:
        raise DatasetError(f"crop={crop!r} is unknown; choose from {', '.join(CROPS)}.")
    if not isinstance(size, int) or not SMALLEST <= size <= 1024:
        raise DatasetError(f"size={size!r} must be a whole number from {SMALLEST} to 1024 pixels.")
    if source is None:
        source = find_dataset(quiet)
    elif not isinstance(source, Source):
        source = named_dataset(str(source))
    source = replace(source, folder=source.folder.expanduser().resolve())

    if classics.holds(source.name, source.folder):  # and is no folder of pictures of that name
        return _classic(source, size, quiet)
    if source.name == classics.STACKED and classics.holds("mnist", source.folder):
        return _stacked(source, size, quiet)
    source = replace(source, folder=inner_folder(source.folder))
    artists = read_artists(source.folder, folder)
    paths = [path for artist in artists for path in artist.files]
    if not paths:
        raise _nothing(source, folder, ())
    cache, channels = _cache_file(source, paths, size, crop, folder), 3
    grey = cache.with_name(f"grey-{cache.name}")
    if not colour and (grey.exists() or _all_grey(paths)):
        cache, channels = grey, 1
    found = _read_cache(cache, len(paths), size, channels)
    if found is None:
        found = _fill_cache(cache, source.folder, paths, size, crop, channels)
    images, skipped = found
    if not len(images):
        raise _nothing(source, folder, skipped)

    lost = {file for file, _ in skipped}
    kept, labels, files = [], [], []
    for artist in artists:
        mine = [path for path in artist.files if _relative(path, source.folder) not in lost]
        if mine:
            labels += [len(kept)] * len(mine)
            files += [_relative(path, source.folder) for path in mine]
            kept.append(replace(artist, files=tuple(mine)))
    truth = load_truth(source.folder)
    whole = ImageSet(
        images=images,
        labels=np.array(labels, dtype=np.int64),
        names=tuple(artist.name for artist in kept),
        files=tuple(files),
        artists=tuple(kept),
        source=source.name,
        skipped=skipped,
        truth=tuple(truth.get(_file_name(file), {}) for file in files) if truth else None,
        kind="artist" if (source.folder / "artists.csv").is_file() else "folder",
    )
    if not quiet:
        print(f"images    {whole.summary()}")
    return whole


def _classic(source: Source, size: int, quiet: bool) -> ImageSet:
    """MNIST, Fashion-MNIST or CIFAR-10, of which the cache keeps the images at this size."""
    cache = data_folder() / "cache" / f"{source.name}-{size}-{folder_hash(source.folder)}.npy"
    pixels, labels = classics.read(source.name, source.folder)
    try:
        images = np.load(cache, mmap_mode="c", allow_pickle=False)
    except (OSError, ValueError):  # not there, or damaged
        images = pixels[:0]
    if len(images) != len(labels):
        pixels = classics.at_size(pixels, size)
        writable(cache.parent)
        for older in cache.parent.glob(f"{source.name}-{size}-*.npy"):
            older.unlink()
        file = io.BytesIO()
        np.save(file, pixels)
        write_atomically(cache, file.getvalue())
        images = np.load(cache, mmap_mode="c", allow_pickle=False)
    about = CLASSICS[source.name]
    return of_classes(images, labels, about.names, source.name, about.mirror, quiet)


def _stacked(source: Source, size: int, quiet: bool) -> ImageSet:
    """StackedMNIST, made from MNIST's digits as they are needed; nothing of it is kept on disk."""
    digits = _classic(replace(source, name="mnist"), size, quiet=True)
    images, labels = classics.stacked(digits.images, digits.labels)
    names = tuple(f"{number:03}" for number in range(1000))
    return of_classes(images, labels, names, source.name, False, quiet)


def of_classes(
    images: np.ndarray,
    labels: np.ndarray,
    names: tuple[str, ...],
    source: str,
    mirror: bool,
    quiet: bool,
) -> ImageSet:
    """An ImageSet of classes such as digits, whose images are no files."""
    whole = ImageSet(
        images=images,
        labels=labels,
        names=names,
        files=tuple(f"{source}/{i}" for i in range(len(labels))),
        artists=tuple(Artist(name) for name in names),
        source=source,
        kind="class",
        mirror=mirror,
    )
    if not quiet:
        print(f"images    {whole.summary()}")
    return whole


def load_truth(folder: Path) -> dict[str, dict[str, str]]:
    """truth.csv of the atelier by the picture's file name (`Name_1.jpg`); empty if there is none.

    The name alone, since the same work lies in images/ and in resized/.

    Raises DatasetError if the file is there but has no column `file`.
    """
    path = Path(folder) / "truth.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if rows and "file" not in rows[0]:
        raise DatasetError(f"{path} has no column 'file'. Delete it, or the folder, to mend it.")
    return {_file_name(row["file"]): row for row in rows}


def _cache_file(source: Source, paths: list[Path], size: int, crop: str, folder: str) -> Path:
    """The cache's .npy: its name holds what was asked, and a hash of every file's state."""
    state = [f"1 {PIL.__version__}"]
    for path in paths:
        try:
            stat = path.stat()
            state.append(f"{_relative(path, source.folder)} {stat.st_size} {stat.st_mtime_ns}")
        except OSError:
            state.append(f"{_relative(path, source.folder)} unreadable")
    name = re.sub(r"[^\w-]+", "-", source.name)[:40] or "set"
    where = sha256_of(str(source.folder))[:8]
    return (
        data_folder()
        / "cache"
        / f"{name}-{where}-{folder}-{size}-{crop}-{sha256_of(*state)[:16]}.npy"
    )


def _all_grey(paths: list[Path], some: int = 16) -> bool:
    """Whether no file is in colour; a few from everywhere are asked first, and mostly one is."""
    few = paths[:: max(1, len(paths) // some)]
    with quiet_pillow():
        return all(map(is_grey, few)) and all(map(is_grey, paths))


def _read_cache(
    cache: Path, most: int, size: int, channels: int
) -> tuple[np.ndarray, tuple[tuple[str, str], ...]] | None:
    """Images and skips from the cache, or None if it is absent or damaged (then it is rebuilt)."""
    try:
        note = json.loads(cache.with_suffix(".json").read_text(encoding="utf-8"))
        stored = np.load(cache, mmap_mode="c", allow_pickle=False)
        if stored.shape != (most, channels, size, size) or stored.dtype != np.uint8:
            return None
        images = stored[: note["count"]]
        skipped = tuple((str(file), str(reason)) for file, reason in note["skipped"])
        good = len(images) + len(skipped) == most and _checksum(images) == note["checksum"]
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None
    return (images, skipped) if good else None


def _checksum(images: np.ndarray) -> int:
    total = 0
    for start in range(0, len(images), 4096):  # a piece at a time: the set may exceed memory
        total = zlib.crc32(np.ascontiguousarray(images[start : start + 4096]), total)
    return total


def _fill_cache(
    cache: Path, base: Path, paths: list[Path], size: int, crop: str, channels: int
) -> tuple[np.ndarray, tuple[tuple[str, str], ...]]:
    """Read every picture on all cores into a new cache file.

    Threads, not processes: Pillow lets go of Python's lock while it decodes and resizes.
    """

    def read(path: Path) -> np.ndarray | str:
        try:
            return np.ascontiguousarray(read_picture(path, size, crop)[:channels])
        except DatasetError as error:
            return str(error)

    writable(cache.parent)
    _forget_older(cache)
    need = len(paths) * channels * size * size
    if need > shutil.disk_usage(cache.parent).free:
        raise DatasetError(
            f"The cache in {cache.parent} needs {need / 1e9:.1f} GB, and the disk has less free. "
            "Make room, choose a smaller size, or set ATELIER_DATA to a folder on another disk."
        )
    skipped: list[tuple[str, str]] = []
    count = checksum = 0
    Image.init()  # register all formats now: doing so in several threads at once is a race
    with (
        tempfile.TemporaryDirectory(dir=cache.parent, prefix=".reading-") as folder,
        quiet_pillow(),
        ThreadPoolExecutor(usable_cores()) as pool,
    ):
        # One place a file; what skipped files leave empty at the end is never looked at.
        shape = (len(paths), channels, size, size)
        unfinished = Path(folder) / cache.name
        images = np.lib.format.open_memmap(unfinished, "w+", np.uint8, shape)
        # tqdm's plain bar on stderr, gone when done: a notebook's outputs must be the same
        # whether the pictures come from the files or from the cache.
        bar = tqdm(total=len(paths), desc="reading", unit="picture", leave=False, delay=0.5)
        try:
            for path, result in zip(paths, pool.map(read, paths), strict=True):
                bar.update()
                if isinstance(result, str):
                    skipped.append((_relative(path, base), result))
                else:
                    images[count] = result
                    checksum = zlib.crc32(result, checksum)
                    count += 1
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        finally:
            bar.close()
        images.flush()
        del images  # Windows renames no file that is mapped
        note = {"count": count, "checksum": checksum, "skipped": skipped}
        unfinished.with_suffix(".json").write_text(json.dumps(note), encoding="utf-8")
        unfinished.replace(cache)
        unfinished.with_suffix(".json").replace(cache.with_suffix(".json"))
    return np.load(cache, mmap_mode="c")[:count], tuple(skipped)


def _forget_older(cache: Path) -> None:
    """Delete the caches of earlier states of this set at this size, and what a kill left."""
    same = cache.stem.rpartition("-")[0]
    for entry in cache.parent.iterdir():
        with suppress(OSError):  # still open in another notebook, or gone already
            if entry.stem.rpartition("-")[0] == same:
                entry.unlink()
            elif entry.name.startswith(".reading-") and time.time() - entry.stat().st_mtime > 86400:
                shutil.rmtree(entry)


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _file_name(file: str) -> str:
    return unicodedata.normalize("NFC", file.rpartition("/")[2])  # macOS takes accents apart


def _skips(skipped: tuple[tuple[str, str], ...], most: int = 8) -> str:
    if not skipped:
        return "none skipped"
    named = ", ".join(
        f"{repair_name(Path(file).name)} ({reason})" for file, reason in skipped[:most]
    )
    more = f", and {len(skipped) - most} more" if len(skipped) > most else ""
    return f"{len(skipped):,} skipped: {named}{more}"


def _nothing(source: Source, folder: str, skipped: tuple[tuple[str, str], ...]) -> DatasetError:
    looked = f"{folder}/{folder}/ARTIST, {folder}/ARTIST, ARTIST and the folder itself"
    suffixes = " ".join(sorted(suffix.lstrip(".") for suffix in PICTURES))
    found = _skips(skipped) if skipped else f"no file ends in {suffixes}"
    packed = [file.name for file in source.folder.rglob("*") if file.suffix.lower() in ARCHIVES]
    if packed and not skipped:
        found = f"but an archive, {packed[0]}: unpack it, and name the folder with the pictures"
    return DatasetError(
        f"No picture to use in {source.folder} (looked in {looked}; {found}). "
        "Put pictures there, or unset ATELIER_DATASET to let the course choose."
    )
