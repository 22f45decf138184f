"""Which set of images, and where does it lie? A name, a folder, a zip file, or what is found.

`find_dataset` answers, in this order: what ATELIER_DATASET asks for; the Kaggle set if it lies
in data/; its download if there are Kaggle credentials; else the atelier, the set that this
course paints itself.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from helpers.data import classics, kaggle
from helpers.data.archives import unpacked
from helpers.data.classics import CLASSICS
from helpers.data.folders import DatasetError
from helpers.environment import ROOT, data_folder, shown

NAMES = ("atelier", "best-artworks", *CLASSICS, classics.STACKED)


@dataclass(frozen=True)
class Source:
    """A set that was found: its name, its folder, and why it was taken."""

    name: str
    folder: Path
    why: str


def find_dataset(quiet: bool = False) -> Source:
    """Choose the set, fetching or painting it if need be, and say in one line which and why.

    Never asks a question. Raises DatasetError when ATELIER_DATASET asks for what is not there:
    a wish is not replaced by something else.
    """
    source = named_dataset(wish(), "ATELIER_DATASET") if wish() else _first_found()
    if not quiet:
        print(f"dataset   {source.name}: {source.why}")
    return source


def wish() -> str:
    """What ATELIER_DATASET asks for; empty if it asks for nothing."""
    return os.environ.get("ATELIER_DATASET", "").strip()


def named_dataset(name: str, asked_by: str = "the caller") -> Source:
    """The set called `name`: `atelier`, `best-artworks`, `mnist`, `fashion-mnist`, `cifar10`,
    `celeba`, `stacked-mnist`, or the path of a folder of pictures or of MNIST's idx files.

    A relative path counts from the working folder, or else from the course's own folder.
    Raises DatasetError when it is not there and cannot be had.
    """
    why = f"{asked_by} asks for it"
    if not Path(name).expanduser().is_dir():  # MNIST is mnist, unless a folder is called so
        known = name.casefold().replace("_", "-").replace(" ", "-")
        name = known if known in NAMES else name
    if name == "atelier":
        return _atelier(why)
    if name == "best-artworks":
        folder = _best_artworks_folder()
        lack = kaggle.what_is_missing(folder)
        if lack:
            try:
                tool = kaggle.fetch(folder)
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
    if name == classics.STACKED:
        folder, how = classics.fetch("mnist", asked_by)
        return Source(name, folder, f"{why}, made of MNIST's digits, {how}")
    tried = [Path(name).expanduser()]
    if not tried[0].is_absolute():
        tried = [Path.cwd() / tried[0], ROOT / tried[0], data_folder() / tried[0]]
    for folder in tried:
        how = why
        if folder.suffix.lower() == ".zip" and folder.is_file():
            folder, how = unpacked(folder), f"{why}, unpacked"
        if classic := classics.idx_set_in(folder):
            return Source(classic[0], classic[1].resolve(), f"{how}, idx files")
        if folder.is_dir():
            return Source(folder.resolve().name, folder.resolve(), how)
        if folder.is_file():
            raise DatasetError(
                f"{asked_by} asks for {folder}, which is a file. The course opens folders and .zip "
                "archives: unpack another kind of archive, and name the folder."
            )
    places = ", ".join(dict.fromkeys(str(folder) for folder in tried))
    raise DatasetError(
        f"{asked_by} asks for the set {name!r}, which is neither a name that the course knows "
        f"(atelier, best-artworks, {', '.join(CLASSICS)}, {classics.STACKED}) nor a folder. "
        f"Looked for: {places}."
    )


def with_files(source: Source) -> Source:
    """The same set as a folder of picture files; of a set without files, a sample written out.

    MNIST and its like come as one block of bytes: every twentieth picture is written as PNG, so
    that what is true of files can be looked at there, too.
    """
    name = "mnist" if source.name == classics.STACKED else source.name
    if not classics.holds(name, source.folder):
        return source
    folder = classics.write_files(name, source.folder)
    print(f"files     {name} has none: every 20th picture is written to {shown(folder)}")
    return Source(name, folder, source.why)


def _first_found() -> Source:
    folder = _best_artworks_folder()
    lack = kaggle.what_is_missing(folder)
    if not lack:
        return Source("best-artworks", folder, f"found in {shown(folder)}")
    broken = f"{shown(folder)} is unusable: {lack}; " if folder.exists() else ""
    if not kaggle.has_credentials():
        return _atelier(f"{broken}no Kaggle credentials, so the course's own paintings")
    try:
        tool = kaggle.fetch(folder)
    except DatasetError as error:
        return _atelier(f"{broken}the course's own paintings, for the download failed. {error}")
    return Source("best-artworks", folder, f"downloaded from Kaggle by {tool}")


def _best_artworks_folder() -> Path:
    return data_folder() / kaggle.DATASET.split("/")[1]


def _atelier(why: str) -> Source:
    from helpers.data import atelier  # only here: whoever brings pictures needs no painters

    try:
        return Source("atelier", atelier.write_set(data_folder() / "atelier"), why)
    except FileExistsError as error:  # somebody else's files lie there
        raise DatasetError(str(error)) from error
