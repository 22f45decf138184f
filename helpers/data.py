"""Every set of pictures becomes one ImageSet: uint8 [N, 3, H, W], labels, names.

    pictures = load_images(size=32)      # finds a set, reads it once, keeps it in a cache

Which set? `find_dataset` answers, in this order: what ATELIER_DATASET asks for; the Kaggle
set if it lies in data/; its download if there are Kaggle credentials; else the atelier, the
set that this course paints itself. To see what is found: `python -m helpers.data`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
import time
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageOps, UnidentifiedImageError
from tqdm import tqdm

from helpers import classics, download
from helpers.artworks import PICTURES, Artist, DatasetError, read_artists
from helpers.classics import CLASSICS
from helpers.environment import ROOT, data_folder, shown
from helpers.files import write_atomically

CROPS = ("centre", "squash", "pad")
SMALLEST = 8  # pixels a side; below that there is nothing to learn from
LARGEST = 120_000_000  # pixels in all: more is a mistake or an attack on the memory


@dataclass(frozen=True)
class Source:
    """A set that was found: its name, its folder, and why it was taken."""

    name: str
    folder: Path
    why: str


@dataclass(frozen=True)
class ImageSet:
    """Pictures of one size in one array, and what is known about each.

    images: uint8 [N, 3, H, W], RGB, 0 to 255 ([N, 1, H, W] for MNIST and Fashion-MNIST). A memory
        map of the cache in copy-on-write mode: it may be larger than the memory, and writing to
        it never alters the file.
    labels: int64 [N], positions in `names`.
    names, artists: one entry a class, in the same order; every class has a picture.
    kind: what a class is: an artist, or a kind of thing.
    files: where each picture came from, relative to the set's folder, with slashes.
    source: the name of the set.
    skipped: (file, reason) of each file that could not be used.
    truth: for the atelier only, what was really painted: one dict a picture; else None.
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

    def __len__(self) -> int:
        return len(self.images)

    def summary(self) -> str:
        """One line: how many pictures by how many artists, and which files were skipped."""
        height, width = self.images.shape[2:]
        kinds = f"{len(self.names)} {self.kind}{'s' if len(self.names) != 1 else ''}"
        by = "by" if self.kind == "artist" else "of"
        return f"{len(self):,} {by} {kinds}, {height} x {width} pixels; {_skips(self.skipped)}"


def find_dataset(quiet: bool = False) -> Source:
    """Choose the set, fetching or painting it if need be, and say in one line which and why.

    Never asks a question. Raises DatasetError when ATELIER_DATASET asks for what is not there:
    a wish is not replaced by something else.
    """
    wish = os.environ.get("ATELIER_DATASET", "").strip()
    source = named_dataset(wish, "ATELIER_DATASET") if wish else _first_found()
    if not quiet:
        print(f"dataset   {source.name}: {source.why}")
    return source


def named_dataset(name: str, asked_by: str = "the caller") -> Source:
    """The set called `name`: `atelier`, `best-artworks`, `mnist`, `fashion-mnist`, `cifar10`,
    `celeba`, or the path of a folder of pictures or of MNIST's idx files.

    A relative path counts from the working folder, or else from the course's own folder.
    Raises DatasetError when it is not there and cannot be had.
    """
    why = f"{asked_by} asks for it"
    if name == "atelier":
        return _atelier(why)
    if name == "best-artworks":
        folder = _best_artworks_folder()
        lack = download.what_is_missing(folder)
        if lack:
            try:
                tool = download.fetch(folder)
            except DatasetError as error:
                raise DatasetError(
                    f"The set 'best-artworks' ({asked_by}) is not in {shown(folder)} ({lack}) "
                    f"and could not be downloaded. {error}"
                ) from error
            why += f", downloaded from Kaggle by {tool}"
        return Source("best-artworks", folder, why)
    if name in CLASSICS:
        folder, how = classics.fetch(name, asked_by)
        return Source(name, folder, f"{why}, {how}")
    tried = [Path(name).expanduser()]
    if not tried[0].is_absolute():
        tried = [Path.cwd() / tried[0], ROOT / tried[0], data_folder() / tried[0]]
    for folder in tried:
        if classic := classics.idx_set_in(folder):
            return Source(classic, folder.resolve(), f"{why}, idx files")
        if folder.is_dir():
            return Source(folder.resolve().name, folder.resolve(), why)
        if folder.suffix.lower() == ".zip" and folder.is_file():
            return Source(folder.stem, unpacked(folder), f"{why}, unpacked")
    places = ", ".join(dict.fromkeys(str(folder) for folder in tried))
    raise DatasetError(
        f"{asked_by} asks for the set {name!r}, which is neither a name that the course knows "
        f"(atelier, best-artworks, {', '.join(CLASSICS)}) nor a folder. Looked for: {places}."
    )


def unpacked(archive: Path) -> Path:
    """The folder, in `data/unpacked`, with what is in a zip file; unpacked once.

    A changed zip gets a folder of its own. Raises DatasetError for a damaged one, and for one
    that would write outside its folder or fill the disk.
    """
    state = archive.stat()
    mark = _mark(str(archive.resolve()), str(state.st_size), str(state.st_mtime_ns))[:8]
    folder = data_folder() / "unpacked" / f"{archive.stem}-{mark}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as part:
        try:
            with zipfile.ZipFile(archive) as file:
                download.check_archive(file, Path(part))
                file.extractall(Path(part) / "all")
        except (zipfile.BadZipFile, ValueError, OSError, RuntimeError) as error:
            raise DatasetError(f"{archive.name} could not be unpacked: {error}") from error
        (Path(part) / "all").rename(folder)
    return folder


def _first_found() -> Source:
    folder = _best_artworks_folder()
    lack = download.what_is_missing(folder)
    if not lack:
        return Source("best-artworks", folder, f"found in {shown(folder)}")
    broken = f"{shown(folder)} is unusable: {lack}; " if folder.exists() else ""
    if download.find_credentials() is None:
        return _atelier(f"{broken}no Kaggle credentials, so the course's own paintings")
    try:
        tool = download.fetch(folder)
    except DatasetError as error:
        return _atelier(f"{broken}the course's own paintings, for the download failed. {error}")
    return Source("best-artworks", folder, f"downloaded from Kaggle by {tool}")


def _best_artworks_folder() -> Path:
    return data_folder() / download.DATASET.split("/")[1]


def _atelier(why: str) -> Source:
    from helpers import atelier  # only here: whoever brings pictures needs no painters

    try:
        return Source("atelier", atelier.write_set(data_folder() / "atelier"), why)
    except FileExistsError as error:  # somebody else's files lie there
        raise DatasetError(str(error)) from error


def load_images(
    source: Source | Path | str | None = None,
    size: int = 32,
    crop: str = "centre",
    folder: str = "images",
    quiet: bool = False,
) -> ImageSet:
    """Read all pictures of a set as one uint8 array; the second time, from the cache.

    source: a Source, a folder, a name for `named_dataset`, or None for `find_dataset()`.
    size: height and width in pixels.
    crop: "centre" cuts the largest square from the middle; "squash" squeezes the whole picture
        into the square; "pad" fits the whole picture in, with white beside it.
    folder: "images", or "resized" for the small copies in the Kaggle set.

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
    artists = read_artists(source.folder, folder)
    paths = [path for artist in artists for path in artist.files]
    if not paths:
        raise _nothing(source, folder, ())
    cache = _cache_file(source, paths, size, crop, folder)
    found = _read_cache(cache, len(paths), size)
    if found is None:
        found = _fill_cache(cache, source.folder, paths, size, crop)
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
    pictures = ImageSet(
        images=images,
        labels=np.array(labels, dtype=np.int64),
        names=tuple(artist.name for artist in kept),
        files=tuple(files),
        artists=tuple(kept),
        source=source.name,
        skipped=skipped,
        truth=tuple(truth.get(_file_name(file), {}) for file in files) if truth else None,
    )
    if not quiet:
        print(f"pictures  {pictures.summary()}")
    return pictures


def _classic(source: Source, size: int, quiet: bool) -> ImageSet:
    """MNIST, Fashion-MNIST or CIFAR-10, of which the cache keeps the pictures at this size."""
    marks = sorted((file.name, file.stat().st_mtime_ns) for file in source.folder.iterdir())
    cache = data_folder() / "cache" / f"{source.name}-{size}-{_mark(*map(str, marks))[:16]}.npy"
    pixels, labels = classics.read(source.name, source.folder)
    try:
        images = np.load(cache, mmap_mode="c", allow_pickle=False)
    except (OSError, ValueError):  # not there, or damaged
        images = pixels[:0]
    if len(images) != len(labels):
        pixels = classics.at_size(pixels, size)
        cache.parent.mkdir(parents=True, exist_ok=True)
        for older in cache.parent.glob(f"{source.name}-{size}-*.npy"):
            older.unlink()
        file = io.BytesIO()
        np.save(file, pixels)
        write_atomically(cache, file.getvalue())
        images = np.load(cache, mmap_mode="c", allow_pickle=False)
    names = CLASSICS[source.name].names
    pictures = ImageSet(
        images=images,
        labels=labels,
        names=names,
        files=tuple(f"{source.name}/{i}" for i in range(len(labels))),
        artists=tuple(Artist(name) for name in names),
        source=source.name,
        kind="kind",
    )
    if not quiet:
        print(f"pictures  {pictures.summary()}")
    return pictures


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


def read_picture(path: Path, size: int, crop: str = "centre") -> np.ndarray:
    """One picture as uint8 [3, size, size], RGB: upright, on white, cropped, antialiased.

    Raises DatasetError with the reason in a few words when the file cannot be used.
    """
    if path.suffix.lower() in (".heic", ".heif") and path.suffix.lower() not in _extensions():
        raise DatasetError("HEIC, which Pillow cannot read; save it as JPEG or PNG")
    try:
        if not path.stat().st_size:
            raise DatasetError("empty file")
        with Image.open(path) as file:
            width, height = file.size
            if width * height > LARGEST:
                raise DatasetError(f"too large: {width:,} x {height:,} pixels")
            if min(width, height) < SMALLEST:
                raise DatasetError(f"too small: {width} x {height} pixels")
            file.draft(None, (2 * size, 2 * size))  # a JPEG can be decoded at 1/2, 1/4 or 1/8
            file.load()
            picture = _to_rgb(_upright(file))
    except DatasetError:
        raise
    except Image.DecompressionBombError:
        raise DatasetError(f"too large: over {LARGEST:,} pixels") from None
    except UnidentifiedImageError:
        raise DatasetError("not a picture") from None
    except PermissionError:
        raise DatasetError("no permission to read it") from None
    except MemoryError:
        raise DatasetError("too large for the memory of this machine") from None
    except Exception as error:  # decoders of damaged files raise whatever they stumble on
        reason = "truncated" if "truncated" in str(error) else f"damaged ({type(error).__name__})"
        raise DatasetError(reason) from None
    return np.ascontiguousarray(np.asarray(_square(picture, size, crop)).transpose(2, 0, 1))


def _extensions() -> Iterable[str]:
    return Image.registered_extensions()


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera's EXIF says; damaged EXIF is no reason to lose a picture."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:
        return picture


def _to_rgb(picture: Image.Image) -> Image.Image:
    """8-bit RGB from any mode: deep greys scaled, transparent parts on white, CMYK, palettes."""
    if picture.mode.startswith(("I", "F")):
        values = np.nan_to_num(np.asarray(picture, dtype=np.float64))
        low, high = float(values.min()), float(values.max())
        if picture.mode == "F" and low >= 0 and high <= 255:
            top = 1.0 if high <= 1 else 255.0
        elif low >= 0 and high <= 65535:
            top = 65535.0
        else:  # no scale is known for these: darkest to lightest
            values, top = values - low, max(high - low, 1.0)
        picture = Image.fromarray((values * (255 / top)).round().astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _square(picture: Image.Image, size: int, crop: str) -> Image.Image:
    width, height = picture.size
    lanczos = Image.Resampling.LANCZOS  # antialiased: each pixel weighs all that it covers
    if crop == "pad":
        scale = size / max(width, height)
        fitted = max(1, round(width * scale)), max(1, round(height * scale))
        square = Image.new("RGB", (size, size), "white")
        corner = (size - fitted[0]) // 2, (size - fitted[1]) // 2
        square.paste(picture.resize(fitted, lanczos, reducing_gap=3.0), corner)
        return square
    box = (0.0, 0.0, float(width), float(height))
    if crop == "centre":
        side = min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        box = (left, top, left + side, top + side)
    return picture.resize((size, size), lanczos, box=box, reducing_gap=3.0)


def _cache_file(source: Source, paths: list[Path], size: int, crop: str, folder: str) -> Path:
    """The cache's .npy: its name holds what was asked, and a mark of every file's state."""
    state = [f"1 {PIL.__version__}"]
    for path in paths:
        try:
            stat = path.stat()
            state.append(f"{_relative(path, source.folder)} {stat.st_size} {stat.st_mtime_ns}")
        except OSError:
            state.append(f"{_relative(path, source.folder)} unreadable")
    name = re.sub(r"[^\w-]+", "-", source.name)[:40] or "set"
    where = _mark(str(source.folder))[:8]
    return (
        data_folder() / "cache" / f"{name}-{where}-{folder}-{size}-{crop}-{_mark(*state)[:16]}.npy"
    )


def _mark(*texts: str) -> str:
    # surrogateescape: a file name may hold bytes that are no text
    return hashlib.sha256("\n".join(texts).encode("utf-8", "surrogateescape")).hexdigest()


def _read_cache(
    cache: Path, most: int, size: int
) -> tuple[np.ndarray, tuple[tuple[str, str], ...]] | None:
    """Images and skips from the cache, or None if it is absent or damaged (then it is rebuilt)."""
    try:
        note = json.loads(cache.with_suffix(".json").read_text(encoding="utf-8"))
        whole = np.load(cache, mmap_mode="c", allow_pickle=False)
        if whole.shape != (most, 3, size, size) or whole.dtype != np.uint8:
            return None
        images = whole[: note["count"]]
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
    cache: Path, base: Path, paths: list[Path], size: int, crop: str
) -> tuple[np.ndarray, tuple[tuple[str, str], ...]]:
    """Read every picture on all cores into a new cache file.

    Threads, not processes: Pillow lets go of Python's lock while it decodes and resizes.
    """

    def read(path: Path) -> np.ndarray | str:
        try:
            return read_picture(path, size, crop)
        except DatasetError as error:
            return str(error)

    cache.parent.mkdir(parents=True, exist_ok=True)
    _forget_older(cache)
    need = len(paths) * 3 * size * size
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
        _quiet_pillow(),
        ThreadPoolExecutor(_cores()) as pool,
    ):
        # One place a file; what skipped files leave empty at the end is never looked at.
        shape = (len(paths), 3, size, size)
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


@contextmanager
def _quiet_pillow() -> Iterable[None]:
    """No warnings about odd files: each is counted and named in the summary instead."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 2


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _file_name(file: str) -> str:
    return unicodedata.normalize("NFC", file.rpartition("/")[2])  # macOS takes accents apart


def _skips(skipped: tuple[tuple[str, str], ...], most: int = 8) -> str:
    if not skipped:
        return "none skipped"
    named = ", ".join(f"{Path(file).name} ({reason})" for file, reason in skipped[:most])
    more = f", and {len(skipped) - most} more" if len(skipped) > most else ""
    return f"{len(skipped):,} skipped: {named}{more}"


def _nothing(source: Source, folder: str, skipped: tuple[tuple[str, str], ...]) -> DatasetError:
    looked = f"{folder}/{folder}/ARTIST, {folder}/ARTIST, ARTIST and the folder itself"
    kinds = " ".join(sorted(suffix.lstrip(".") for suffix in PICTURES))
    found = _skips(skipped) if skipped else f"no file ends in {kinds}"
    return DatasetError(
        f"No picture to use in {source.folder} (looked in {looked}; {found}). "
        "Put pictures there, or unset ATELIER_DATASET to let the course choose."
    )


if __name__ == "__main__":
    try:
        chosen = load_images()
    except DatasetError as error:
        raise SystemExit(str(error)) from None
    for label, title in enumerate(chosen.names):
        print(f"{int((chosen.labels == label).sum()):8,}  {title}")
