"""Fetching "Best Artworks of All Time": with the reader's own Kaggle account, without a prompt.

kagglehub knows every way to log in, and both it and opendatasets unpack with Python's zipfile,
which keeps every entry inside its folder. opendatasets knows one way, a kaggle.json in the working
folder, and asks at a prompt for anything else: it is used where that file lies. Either fetches
into a temporary folder; only a set that has arrived whole is moved into data/.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from helpers.data.folders import DatasetError

DATASET = "ikarus777/best-artworks-of-all-time"
HELP = "https://www.kaggle.com/settings, 'API tokens'"
SECRETS = {"KAGGLE_API_TOKEN", "KAGGLE_KEY"}
PATIENCE = 60  # seconds without a byte; neither tool has a limit of its own


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


def has_credentials() -> bool:
    """Whether there is something to log in to Kaggle with: no prompt, no network.

    A kaggle.json in the working folder or in ~/.config/kaggle, or what kagglehub knows:
    KAGGLE_API_TOKEN, ~/.kaggle/access_token, KAGGLE_USERNAME and KAGGLE_KEY,
    ~/.kaggle/kaggle.json, Colab's secrets.
    A damaged file counts: `fetch` says what is wrong with it.
    """
    if _login_elsewhere():
        return True
    if not importlib.util.find_spec("kagglehub"):
        return False
    from kagglehub.config import get_kaggle_credentials

    try:
        return get_kaggle_credentials() is not None
    except (ValueError, TypeError, OSError):
        return True


def fetch(folder: Path) -> str:
    """Download the Kaggle set to `folder` and return the name of the tool that did it.

    The set arrives beside `folder` and is renamed when whole, so that a cut or an interrupt
    leaves nothing half done, and the next call begins anew. What already lies at `folder` is
    kept under another name.

    Raises DatasetError: no credentials, wrong ones, no tool, no network.
    """
    if not has_credentials():
        raise DatasetError(
            f"No Kaggle credentials. Make a token at {HELP}, and put it into KAGGLE_API_TOKEN "
            "(on Colab: into the secrets), or kaggle.json into ~/.kaggle."
        )
    tool = pick_tool()
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder.parent)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".download-") as place:
        try:
            with _surroundings():
                arrived = _download(tool, Path(place) / "set")
        except (Exception, SystemExit) as error:  # kaggle calls exit() when it is not let in
            raise DatasetError(_without_secrets(_explain(error, tool))) from None
        lack = what_is_missing(arrived)
        if lack:
            raise DatasetError(f"What Kaggle sent is not the set: {lack}. Try again later.")
        if folder.exists():
            folder.rename(_free_name(folder))
        arrived.rename(folder)
    return tool


def pick_tool() -> str:
    """ "opendatasets" if its kaggle.json is here and it can be imported, else "kagglehub"."""
    wanted = ("opendatasets", "cgi", "kagglehub")
    there = {name for name in wanted if importlib.util.find_spec(name)}
    if {"opendatasets", "cgi"} <= there and _is_login(Path("kaggle.json")):
        return "opendatasets"
    if "kagglehub" in there:
        return "kagglehub"
    raise DatasetError("The package kagglehub is missing: pip install kagglehub.")


def _login_elsewhere() -> Path | None:
    """A kaggle.json where kagglehub does not look for one, if there is one."""
    files = (folder / "kaggle.json" for folder in (Path.cwd(), Path.home() / ".config" / "kaggle"))
    return next(filter(Path.is_file, files), None)


def _is_login(file: Path) -> bool:
    """Whether opendatasets would accept the file; if not, it would ask at a prompt."""
    try:
        return {"username", "key"} <= set(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return False


def _download(tool: str, place: Path) -> Path:
    """Let `tool` fetch the set below `place`; the folder of what came."""
    if tool == "opendatasets":
        import opendatasets

        opendatasets.download(f"https://www.kaggle.com/datasets/{DATASET}", data_dir=str(place))
        return place / DATASET.split("/")[1]
    import kagglehub

    file = _login_elsewhere()
    if file and (file.parent == Path.cwd() or kagglehub.config.get_kaggle_credentials() is None):
        os.environ["KAGGLE_CONFIG_DIR"] = str(file.parent)
    return Path(kagglehub.dataset_download(DATASET, output_dir=str(place)))


@contextlib.contextmanager
def _surroundings() -> Iterator[None]:
    """What both tools need around them: a time limit, and an environment that is put back."""
    import requests

    environment, send = dict(os.environ), requests.Session.send

    def send_with_limit(self: requests.Session, request: object, **settings: object) -> object:
        return send(self, request, **{**settings, "timeout": settings.get("timeout") or PATIENCE})

    # opendatasets writes the key into os.environ; kagglehub on Colab and Kaggle would answer with
    # a shared folder that is not ours to rename.
    os.environ |= {"DISABLE_COLAB_CACHE": "1", "DISABLE_KAGGLE_CACHE": "1"}
    for name in SECRETS & os.environ.keys():  # pasted with the end of a line, a token is refused
        os.environ[name] = os.environ[name].strip()
    requests.Session.send = send_with_limit
    try:
        with contextlib.redirect_stdout(sys.stderr):  # beside the progress bar
            yield
    finally:
        requests.Session.send = send
        os.environ.clear()
        os.environ |= environment


def _explain(error: BaseException, tool: str) -> str:
    """One or two sentences for the reader. A traceback could show a key; this does not."""
    import requests

    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, SystemExit) or status in (401, 403):
        return f"Kaggle refused the credentials: make new ones at {HELP}."
    if status == 404:
        return f"Kaggle does not know the set {DATASET}, or no longer gives it away."
    if isinstance(error, requests.Timeout):
        return f"Nothing came from Kaggle for {PATIENCE} seconds; try again."
    if isinstance(error, requests.RequestException):
        return f"The connection to Kaggle failed or broke off ({type(error).__name__}); try again."
    return f"{tool} failed: {' '.join(str(error).split())[:300]}."


def _without_secrets(text: str) -> str:
    """`text` without what the reader logs in with, wherever a library has quoted it."""
    secrets = [os.environ.get(name, "").strip() for name in SECRETS]
    with contextlib.suppress(Exception):  # a damaged or absent file holds nothing to hide
        secrets.append(json.loads(Path("kaggle.json").read_text(encoding="utf-8"))["key"])
    with contextlib.suppress(Exception):
        from kagglehub.config import get_kaggle_credentials

        found = get_kaggle_credentials()
        secrets += [found.key, found.api_key]
    for secret in filter(None, secrets):
        text = text.replace(str(secret), "***")
    return text


def _sweep(place: Path) -> None:
    """Remove what a killed download left behind, once it is a day old."""
    for left in place.glob(".download-*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > 86400:
                shutil.rmtree(left)


def _free_name(folder: Path) -> Path:
    number = 1
    while (spare := folder.with_name(f"{folder.name}.broken-{number}")).exists():
        number += 1
    return spare
