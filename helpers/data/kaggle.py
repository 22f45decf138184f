"""Fetching the Kaggle set: with the reader's own credentials, safely, and without a prompt.

opendatasets does the fetching, or kagglehub where the machine has that (Colab). Both have gaps
for a course: opendatasets asks at a prompt, reads only ./kaggle.json, and takes any folder that
is not empty for a finished download; neither looks into an archive before unpacking it. So
each runs in a child process, in a folder of its own, with the credentials laid out as it
expects and nobody at its standard input. Only a set that has arrived whole is moved into data/.

That child is this file too: `python -m helpers.data.kaggle TOOL`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.data.folders import DatasetError

DATASET = "ikarus777/best-artworks-of-all-time"
HELP = "https://www.kaggle.com/settings, 'API tokens'"
MOST_BYTES = 10 * 10**9  # unpacked; the real set stays far below
MOST_FILES = 200_000
PATIENCE = 180  # seconds without a new byte


@dataclass(frozen=True)
class Credentials:
    """What Kaggle knows the reader by: a token, or a user name and a key. Never printed."""

    found_in: str
    token: str = field(default="", repr=False)
    username: str = field(default="", repr=False)
    key: str = field(default="", repr=False)

    def hide(self, text: str) -> str:
        """`text` without these secrets."""
        for secret in (self.token, self.key):
            text = text.replace(secret, "***") if secret else text
        return text


def find_credentials() -> Credentials | None:
    """The reader's Kaggle credentials, or None: no prompt, no network.

    In the order of Kaggle's own tools: KAGGLE_API_TOKEN (the token or a file that holds it), a
    file ~/.kaggle/access_token, KAGGLE_USERNAME and KAGGLE_KEY, a kaggle.json in
    KAGGLE_CONFIG_DIR, the working folder, ~/.kaggle or ~/.config/kaggle, Colab's secrets.
    """
    token = os.environ.get("KAGGLE_API_TOKEN", "").strip()
    if token:
        return Credentials("KAGGLE_API_TOKEN", token=_text(Path(token)) or token)
    home = Path.home()
    for name in ("access_token", "access_token.txt"):
        if token := _text(home / ".kaggle" / name):
            return Credentials(f"~/.kaggle/{name}", token=token)
    names = ("KAGGLE_USERNAME", "KAGGLE_KEY")
    username, key = (os.environ.get(name, "").strip() for name in names)
    if username and key:
        return Credentials("KAGGLE_USERNAME and KAGGLE_KEY", username=username, key=key)
    folders = [Path(), home / ".kaggle", home / ".config" / "kaggle"]
    if os.environ.get("KAGGLE_CONFIG_DIR"):
        folders.insert(0, Path(os.environ["KAGGLE_CONFIG_DIR"]))
    for folder in folders:
        with contextlib.suppress(ValueError, AttributeError, TypeError):
            saved = json.loads(_text(folder / "kaggle.json") or "{}")
            username, key = str(saved.get("username", "")), str(saved.get("key", ""))
            if username and key:
                return Credentials("kaggle.json", username=username, key=key)
    return _colab_credentials()


def _text(path: Path) -> str:
    """The file's text, or "" if there is no such file (or `path` is no path at all)."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""


def _colab_credentials() -> Credentials | None:
    if "google.colab" not in sys.modules:  # in a Colab notebook it always is
        return None
    from google.colab import userdata

    values = {}
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"):
        with contextlib.suppress(Exception):  # absent, or not shared with this notebook
            values[name] = (userdata.get(name) or "").strip()
    if values.get("KAGGLE_API_TOKEN"):
        return Credentials("Colab's secrets", token=values["KAGGLE_API_TOKEN"])
    username, key = values.get("KAGGLE_USERNAME"), values.get("KAGGLE_KEY")
    return Credentials("Colab's secrets", username=username, key=key) if username and key else None


def what_is_missing(folder: Path) -> str:
    """Why `folder` is not a whole Kaggle set, in a few words; "" if it is one."""
    if not folder.is_dir():
        return "not there"
    if any(folder.glob("*.zip")):  # unpacked last, deleted at the very end
        return "an unfinished download"
    if not (folder / "artists.csv").is_file():
        return "no artists.csv in it"
    for _, _, files in os.walk(folder):
        if any(name.lower().endswith((".jpg", ".jpeg", ".png")) for name in files):
            return ""
    return "no pictures in it"


def fetch(folder: Path) -> str:
    """Download the Kaggle set to `folder` and return the name of the tool that did it.

    The set arrives beside `folder` and is renamed when whole, so that a cut or an interrupt
    leaves nothing half done, and the next call begins anew. What already lies at `folder` is
    kept under another name.

    Raises DatasetError: no credentials, wrong ones, no tool, no network, an unsafe archive.
    """
    credentials = find_credentials()
    if credentials is None:
        raise DatasetError(
            f"No Kaggle credentials. Make a token at {HELP}, and put it into KAGGLE_API_TOKEN "
            "(on Colab: into the secrets), or kaggle.json into ~/.kaggle."
        )
    tool = pick_tool()
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder.parent)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".download-") as place:
        arrived = _run_child(tool, credentials, Path(place))
        lack = what_is_missing(arrived)
        if lack:
            raise DatasetError(f"What Kaggle sent is not the set: {lack}. Try again later.")
        if folder.exists():
            folder.rename(_free_name(folder))
        arrived.rename(folder)
    return tool


def _sweep(place: Path) -> None:
    """Remove what a killed download left behind, once it is a day old."""
    for left in place.glob(".download-*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > 86400:
                shutil.rmtree(left)


def pick_tool() -> str:
    """ "opendatasets" if it can be imported, else "kagglehub"; DatasetError if neither can."""
    there = {name: importlib.util.find_spec(name) for name in ("opendatasets", "cgi", "kagglehub")}
    if there["opendatasets"] and there["cgi"]:
        return "opendatasets"
    if there["kagglehub"]:
        return "kagglehub"
    lack = "legacy-cgi" if there["opendatasets"] else "opendatasets"
    raise DatasetError(
        f"The package {lack} is missing: pip install {lack}. "
        "(opendatasets needs legacy-cgi since Python 3.13.)"
    )


def _free_name(folder: Path) -> Path:
    number = 1
    while (spare := folder.with_name(f"{folder.name}.broken-{number}")).exists():
        number += 1
    return spare


def _run_child(tool: str, credentials: Credentials, place: Path) -> Path:
    """Let `tool` fetch the set below `place`, with a progress bar; the folder of what came."""
    # opendatasets wants ./kaggle.json even where a token does the work, and ignores it then.
    login = {"username": credentials.username or "-", "key": credentials.key or "-"}
    secret = os.open(place / "kaggle.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(secret, "w", encoding="utf-8") as file:
        json.dump(login, file)
    surroundings = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
        ).rstrip(os.pathsep),
        "KAGGLE_CONFIG_DIR": str(place),
        "KAGGLEHUB_CACHE": str(place / "hub"),
        # kagglehub: no short cut to a shared folder of Colab or Kaggle, which is not ours
        "DISABLE_COLAB_CACHE": "1",
        "DISABLE_KAGGLE_CACHE": "1",
    }
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"):
        surroundings.pop(name, None)
    if credentials.token:
        surroundings["KAGGLE_API_TOKEN"] = credentials.token
    with (place / "log.txt").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "helpers.data.kaggle", tool],
            cwd=place,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            stuck = not _wait(child, place, tool)
        finally:  # a Ctrl-C or a notebook's interrupt ends the child too
            child.kill()
            child.wait()
    verdict = {"kind": "stuck"} if stuck else _read_verdict(place)
    if "folder" in verdict:
        return place / verdict["folder"]
    raise DatasetError(_explain(verdict, credentials, tool))


def _wait(child: subprocess.Popen, place: Path, tool: str) -> bool:
    """Wait for the child, showing the bytes that arrive; False if none came for too long."""
    from tqdm import tqdm

    last = time.monotonic()
    with tqdm(desc=f"{tool}: Kaggle", unit="B", unit_scale=True, leave=False) as bar:
        while child.poll() is None:
            time.sleep(0.2)
            new = _bytes_below(place) - bar.n
            if new > 0:
                bar.update(new)
                last = time.monotonic()
            if time.monotonic() - last > PATIENCE:
                return False
    return True


def _bytes_below(folder: Path) -> int:
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):  # gone in the meantime
                total += Path(place, name).stat().st_size
    return total


def _read_verdict(place: Path) -> dict[str, Any]:
    try:
        return json.loads((place / "verdict.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"kind": "other", "message": "it ended without a word"}


def _explain(verdict: dict[str, Any], credentials: Credentials, tool: str) -> str:
    """One or two sentences for the reader, without secrets."""
    message = " ".join(credentials.hide(str(verdict.get("message", ""))).split())[:300]
    return {
        "unsafe": f"The archive from Kaggle was refused and not unpacked: {message}.",
        "login": f"Kaggle refused the credentials from {credentials.found_in}: make new ones "
        f"at {HELP}.",
        "gone": f"Kaggle does not know the set {DATASET}, or no longer gives it away.",
        "network": f"The connection to Kaggle failed or broke off; try again. ({message})",
        "stuck": f"Nothing came from Kaggle for {PATIENCE} seconds; try again.",
    }.get(verdict["kind"], f"{tool} failed: {message}.")


def check_archive(archive: zipfile.ZipFile, folder: Path) -> None:
    """Raise DatasetError, naming the entry, if unpacking into `folder` could do harm.

    Harm is an entry that leaves the folder (`..`, an absolute path, a drive letter, a link), a
    special file, or more than MOST_BYTES, MOST_FILES or what the disk has room for.
    """
    entries = archive.infolist()
    for entry in entries:
        name = entry.orig_filename
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if name.startswith("/") or "\\" in name or re.match(r"[A-Za-z]:", name):
            raise DatasetError(f"its entry {name!r} is an absolute or a Windows path")
        if ".." in name.split("/") or "\0" in name:
            raise DatasetError(f"its entry {name!r} climbs out of the folder")
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise DatasetError(f"its entry {name!r} is a link or a special file")
    size = sum(entry.file_size for entry in entries)
    if size > MOST_BYTES or len(entries) > MOST_FILES:
        raise DatasetError(f"it would unpack to {len(entries):,} files of {size / 1e9:,.1f} GB")
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if size > free:
        raise DatasetError(
            f"it needs {size / 1e9:,.1f} GB, and the disk has {free / 1e9:,.1f} free"
        )


def _child(tool: str) -> dict[str, Any]:
    """In the child: fetch, and say where the set lies or what went wrong."""
    refusals: list[str] = []
    unpack = zipfile.ZipFile.extractall

    def checked(archive: zipfile.ZipFile, path: Any = None, *more: Any, **named: Any) -> None:
        try:
            check_archive(archive, Path(path or "."))
        except DatasetError as error:
            refusals.append(str(error))  # the tools wrap exceptions: remember it ourselves
            raise
        unpack(archive, path, *more, **named)

    def no_tar(*_: Any, **__: Any) -> None:
        refusals.append("it is a tar archive, while Kaggle sends this set as zip")
        raise DatasetError(refusals[-1])

    # Both tools unpack by themselves, so look into every archive at that very moment.
    zipfile.ZipFile.extractall = checked
    tarfile.TarFile.extractall = no_tar
    try:
        if tool == "opendatasets":
            import opendatasets

            opendatasets.download(f"https://www.kaggle.com/datasets/{DATASET}", data_dir="set")
            return {"folder": f"set/{DATASET.split('/')[1]}"}
        import kagglehub

        return {"folder": str(Path(kagglehub.dataset_download(DATASET)).relative_to(Path.cwd()))}
    except (Exception, SystemExit) as error:  # kaggle calls exit() when it is not let in
        if refusals:
            return {"kind": "unsafe", "message": refusals[0]}
        return {"kind": _kind(error), "message": f"{type(error).__name__}: {error}"}


def _kind(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "login"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return "login"
    if status == 404:
        return "gone"
    # requests' errors are OSErrors; one that concerns our own disk has a file name
    if isinstance(error, OSError) and not getattr(error, "filename", None):
        return "network"
    return "other"


if __name__ == "__main__":
    verdict = _child(sys.argv[1])
    Path("verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
