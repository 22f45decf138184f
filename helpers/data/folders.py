"""The layout of an art set on disk: artists.csv beside folders of pictures, and its traps.

The Kaggle set looks like this, and so does the set that the atelier paints:

    artists.csv                                   one row an artist
    images/images/Claude_Monet/Claude_Monet_1.jpg
    resized/resized/Claude_Monet_1.jpg            the same works again, small, in one heap

Any other folder will do too: its sub-folders are the classes, or all its pictures are one. A
folder that only wraps another one is looked through.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PICTURES = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".webp",
        ".bmp",
        ".gif",
        ".tif",
        ".tiff",
        ".avif",
        ".heic",
        ".heif",
        ".jp2",
        ".ppm",
        ".pgm",
        ".pbm",
        ".pnm",
        ".tga",
    ]
)
# What lies beside pictures and is no picture. Any other file is tried, and named if it cannot be
# read: a picture may have another ending (.jpg_large) or none.
COMPANIONS = frozenset(
    """
    .csv .tsv .txt .md .rst .json .jsonl .xml .yaml .yml .html .htm .css .js .pdf .doc .docx
    .xls .xlsx .db .ini .log .py .ipynb .sh .bat .zip .gz .tar .tgz .7z .rar .npy .npz .mat
    .pt .pth .pkl .h5 .hdf5 .parquet .part .tmp .lnk .url
    """.split()  # noqa: SIM905 - else one line for each
)


class DatasetError(ValueError):
    """A set that is not there or cannot be used; the message says what to do about it."""


@dataclass(frozen=True)
class Artist:
    """One class of pictures, and what artists.csv tells about it.

    years: (birth, death), or None when the csv gives no two years.
    listed: paintings according to the csv; `files` is what really lies on disk.
    files: absolute paths in natural order (1, 2, 10). Empty for an artist without a folder.
    """

    name: str
    years: tuple[int, int] | None = None
    genres: tuple[str, ...] = ()
    nationalities: tuple[str, ...] = ()
    bio: str = ""
    wikipedia: str = ""
    listed: int = 0
    files: tuple[Path, ...] = ()


def _western(error: UnicodeDecodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8, as cp1252 reads them."""
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("western", _western)


def repair_name(name: str) -> str:
    """A folder's or file's name as it was meant: `Albrecht_DuΓòá├¬rer` is `Albrecht_Dürer`.

    An unpacker that takes UTF-8 for an old code page garbles every accent; the Kaggle set has
    been through that twice. We walk back as long as the bytes make sense as UTF-8, and compose
    accents (NFC), since macOS stores them apart. Bytes that are no UTF-8, which Python shows as
    lone surrogates, are taken for Windows' western code page.
    """
    if not name.isprintable():
        name = name.encode("utf-8", "surrogateescape").decode("utf-8", "western")
    for _ in range(4):
        for page in ("cp437", "cp1252"):
            try:
                earlier = name.encode(page).decode("utf-8")
            except UnicodeError:
                continue
            if earlier != name:
                name = earlier
                break
        else:
            break
    return unicodedata.normalize("NFC", name)


def name_key(name: str) -> str:
    """What two spellings of one name share: no accents, no case, no `_` against space."""
    letters = unicodedata.normalize("NFD", repair_name(name))
    # Only the accents of Latin, Greek and Cyrillic: elsewhere an accent makes another letter.
    letters = "".join(c for c in letters if not "\u0300" <= c <= "\u036f")
    return " ".join(letters.replace("_", " ").casefold().split())


def read_artists(folder: Path | str, pictures: str = "images") -> list[Artist]:
    """All artists of the set in `folder`: in the order of the csv, then those without a row.

    pictures: "images", or "resized" for the small copies of the Kaggle set.
    Spellings of one name become one artist. Where an artist's files lie in several folders,
    those with the very same bytes are listed once.

    Raises DatasetError when there is no such folder, or the csv cannot be understood.
    """
    folder = Path(folder).expanduser().resolve()
    if not folder.is_dir():
        raise DatasetError(f"{folder} is not a folder. Check the path of the set.")
    folder = inner_folder(folder)
    if pictures not in ("images", "resized"):
        raise DatasetError(f"A set has 'images' or 'resized' pictures, not {pictures!r}.")
    rows = _read_csv(folder / "artists.csv")
    groups = _group_files(folder, pictures, has_csv=bool(rows))
    artists = {}
    for row in rows:
        key = name_key(row["name"])
        if key not in artists:
            artists[key] = _artist(row, groups.pop(key, {}))
    for key in sorted(groups):
        spelling = min(groups[key])
        artists[key] = Artist(spelling, files=_ordered(groups[key]))
    return list(artists.values())


def _read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of artists.csv with a name; [] when there is no such file.

    Also as Excel writes it: with semicolons or tabs, in UTF-16 or in the western code page. A line
    says so.
    """
    if not path.is_file():
        return []
    try:
        text, coding = _decoded(path.read_bytes())
        first = text.partition("\n")[0]
        comma = max(",;\t", key=first.count)
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=comma))
    except (csv.Error, OSError) as error:
        raise DatasetError(f"{path} cannot be read: {error}.") from error
    header = [column.strip().casefold() for column in table[0]] if table else []
    if "name" not in header:
        raise DatasetError(
            f"{path} has no column 'name'. Its first line should read "
            "'id,name,years,genre,nationality,bio,wikipedia,paintings', with commas."
        )
    if (coding, comma) != ("UTF-8", ","):
        between = {",": "commas", ";": "semicolons", "\t": "tabs"}[comma]
        print(f"csv       {path.name} is read as {coding}, with {between}")
    rows = [dict(zip(header, (cell.strip() for cell in line), strict=False)) for line in table[1:]]
    return [row for row in rows if row.get("name")]


def _decoded(content: bytes) -> tuple[str, str]:
    """The text of a file, and the name of its encoding."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace"), "UTF-16"
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace"), "western text (cp1252)"


def _artist(row: dict[str, str], folders: dict[str, list[Path]]) -> Artist:
    years = [int(year) for year in re.findall(r"\d{3,4}", row.get("years", ""))]
    listed = row.get("paintings", "")
    return Artist(
        name=unicodedata.normalize("NFC", row["name"].replace("_", " ")),
        years=(years[0], years[1]) if len(years) == 2 else None,
        genres=_values(row.get("genre", "")),
        nationalities=_values(row.get("nationality", "")),
        bio=row.get("bio", ""),
        wikipedia=row.get("wikipedia", ""),
        listed=int(listed) if listed.isdecimal() else 0,
        files=_ordered(folders),
    )


def _values(cell: str) -> tuple[str, ...]:
    """The values of a cell such as `French,Jewish,Belarusian`, each once."""
    values = (value.strip() for value in re.split(r"[,;/|]", cell))
    return tuple(dict.fromkeys(value for value in values if value))


def inner_folder(folder: Path) -> Path:
    """The folder of the set itself: below all folders that only wrap one other folder.

    A wrapper has one sub-folder, no picture and no artists.csv; and what it wraps has more in it
    than pictures, else that is the one class of the set.
    """
    while True:
        entries = _entries(folder)
        inside = [entry for entry in entries if entry.is_dir()]
        if len(inside) != 1 or any(map(_is_candidate, entries)):
            return folder
        if (folder / "artists.csv").is_file() or inside[0].name in ("images", "resized"):
            return folder
        wrapped = _entries(inside[0])
        if not any(entry.is_dir() or entry.name == "artists.csv" for entry in wrapped):
            return folder
        if any(map(_is_candidate, wrapped)) and not (inside[0] / "artists.csv").is_file():
            return folder
        folder = inside[0]


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder, hidden entries apart. DatasetError if one may not look into it."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise DatasetError(
            f"{folder} cannot be looked into ({error.strerror}). Give yourself the permission to "
            "read it, or name another folder."
        ) from error
    return [entry for entry in entries if not entry.name.startswith((".", "__MACOSX"))]


def _is_candidate(file: Path) -> bool:
    """Whether a file may be a picture; reading it will show."""
    return file.suffix.lower() not in COMPANIONS and not file.is_dir()


def _group_files(folder: Path, pictures: str, has_csv: bool) -> dict[str, dict[str, list[Path]]]:
    """Files by name key, then by the spelling or folder that they came under."""
    groups: dict[str, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for level in _levels(folder, pictures, has_csv):
        inner = {"images", "resized"} if has_csv or level != folder else set()
        for entry in _entries(level):
            if entry.is_dir():
                if entry.name.casefold() in inner:
                    continue
                name, files = entry.name, _pictures_below(entry)
            elif _is_candidate(entry):
                name, files = folder.name, [entry]
                numbered = re.fullmatch(r"(.+)_\d+", entry.stem)
                if numbered and (has_csv or pictures == "resized"):
                    name = numbered[1]
            else:
                continue
            if files:
                spelling = " ".join(repair_name(name).replace("_", " ").split()) or name
                groups[name_key(name)][spelling].extend(files)
    return groups


def _levels(folder: Path, pictures: str, has_csv: bool) -> list[Path]:
    """The folders whose entries are artists: `images`, `images/images`, or `folder` itself."""
    first = _spelt(folder, pictures)
    others = [
        entry
        for entry in _entries(folder)
        if entry.is_dir() and entry.name.casefold() not in ("images", "resized")
    ]
    # Without a csv, `images` beside other folders is a class that happens to have that name.
    if first.is_dir() and (has_csv or pictures == "resized" or not others):
        levels = [first]
        while _spelt(levels[-1], pictures).is_dir():
            levels.append(_spelt(levels[-1], pictures))
        return levels
    if pictures == "resized":
        raise DatasetError(f"{folder} has no folder 'resized'; use the pictures in 'images'.")
    return [folder]


def _spelt(folder: Path, name: str) -> Path:
    """The entry of that name in a folder; `Images` for `images` where there is no other."""
    found = [entry for entry in _entries(folder) if entry.name.casefold() == name]
    return (folder / name) if folder / name in found or not found else found[0]


def _pictures_below(folder: Path) -> list[Path]:
    """All files that may be pictures; and folders that may not be looked into, to be named."""
    found: list[Path] = []

    def closed(error: OSError) -> None:
        found.append(Path(error.filename))

    for place, folders, files in os.walk(folder, onerror=closed):
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        paths = [Path(place, name) for name in files if not name.startswith(".")]
        found += [path for path in paths if path.suffix.lower() not in COMPANIONS]
    return found


def _ordered(folders: dict[str, list[Path]]) -> tuple[Path, ...]:
    files = sorted((file for files in folders.values() for file in files), key=_natural)
    if len({file.parent for file in files}) > 1:
        files = _each_once(files)
    return tuple(files)


def _natural(path: Path) -> tuple[list[str | int], str]:
    """Sort `Monet_2` before `Monet_10`, and twins of one file side by side."""
    parts = re.split(r"(\d+)", repair_name(path.name).casefold())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], str(path)


def _each_once(files: Iterable[Path]) -> list[Path]:
    """`files` without those whose bytes are the bytes of an earlier one."""
    files = list(files)
    sizes = defaultdict(int)
    for file in files:
        sizes[_size(file)] += 1
    seen, kept = set(), []
    for file in files:
        if sizes[_size(file)] > 1:
            try:
                digest = hashlib.blake2b(file.read_bytes()).digest()
            except OSError:  # unreadable: kept, so that reading it names the reason
                digest = str(file).encode()
            if digest in seen:
                continue
            seen.add(digest)
        kept.append(file)
    return kept


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return -1
