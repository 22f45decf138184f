"""Fetching by the real opendatasets and kagglehub, from an imitation of Kaggle on this machine.

Both are sent here instead of to Kaggle, and the minute that they would wait between tries is cut.
"""

import base64
import io
import json
import os
import sys
import threading
import time
import types
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from small_sets import kaggle_archive

from helpers.data import image_set, kaggle
from helpers.data.folders import DatasetError
from helpers.data.kaggle import fetch, has_credentials, what_is_missing

TOKEN, USER, KEY = "KGAT_a-very-secret-token", "reader", "0123456789abcdef0123456789abcdef"
PAIR = "Basic " + base64.b64encode(f"{USER}:{KEY}".encode()).decode()


class Kaggle(BaseHTTPRequestHandler):
    """The four answers of Kaggle's interface that the tools ask for."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        asked = json.loads(self.rfile.read(length) or b"{}")
        self.server.calls.append(self.path)
        self.server.awake.wait(30)
        allowed = self.headers.get("Authorization") in (f"Bearer {TOKEN}", PAIR)
        if not allowed:
            self.answer(401, {"code": 401, "message": "Unauthenticated"})
        elif self.path.endswith("IntrospectToken"):
            self.answer(200, {"active": asked["token"] == TOKEN, "username": USER})
        elif (asked.get("ownerSlug"), asked.get("datasetSlug")) != tuple(kaggle.DATASET.split("/")):
            self.answer(404, {"code": 404, "message": "Not found"})
        elif self.path.endswith("GetDataset"):
            self.answer(200, {"ref": kaggle.DATASET, "currentVersionNumber": 1})
        else:
            self.send_response(302)
            self.send_header("Location", f"{self.server.address}/storage/archive.zip")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def do_GET(self):
        self.server.calls.append(self.path)
        content = self.server.archive
        self.send_response(200)
        self.send_header("Content-Type", "application/zip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.server.cut:
            content = content[: len(content) // 2]
            self.close_connection = True
        self.wfile.write(content)

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """A reader without credentials, at home in tmp_path."""
    for name in [name for name in os.environ if name.startswith(("KAGGLE", "ATELIER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    # kagglehub looks up the home folder once, when it is imported
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path / ".kaggle"))
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def kaggle_server(reader, monkeypatch):
    """A running imitation of Kaggle to which both tools are sent."""
    kaggle_env = pytest.importorskip("kagglesdk.kaggle_env", reason="kagglehub brings it")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Kaggle)
    server.address = f"http://127.0.0.1:{server.server_port}"
    server.archive, server.cut, server.calls = kaggle_archive(), False, []
    server.awake = threading.Event()
    server.awake.set()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    real = kaggle_env.KaggleEnv.PROD
    monkeypatch.setitem(kaggle_env._env_to_endpoint, real, server.address)
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.01)))
    yield server
    server.awake.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["opendatasets", "kagglehub"])
def tool(request, reader):
    """The reader has the credentials that make `fetch` take this tool."""
    pytest.importorskip(request.param, reason=f"{request.param} is not installed")
    if request.param == "kagglehub":
        login(reader, token=TOKEN)
    else:
        login(reader, key=KEY)
    return request.param


def login(reader: Path, token: str = "", key: str = "") -> None:
    """Write a token where kagglehub looks, or a key where opendatasets looks."""
    if token:
        (reader / ".kaggle").mkdir(exist_ok=True)
        (reader / ".kaggle" / "access_token").write_text(token + "\n")
    if key:
        (reader / "kaggle.json").write_text(json.dumps({"username": USER, "key": key}))


def lies_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


# --- downloads --------------------------------------------------------------------------------


def test_either_tool_fetches_the_whole_set(kaggle_server, reader, tool, capfd):
    before = dict(os.environ)
    source = image_set.find_dataset()
    assert (source.name, source.why) == ("best-artworks", f"downloaded from Kaggle by {tool}")
    assert len(image_set.load_images(source, size=16)) == 19
    assert lies_in(reader / "data") == ["best-artworks-of-all-time", "cache"]
    assert what_is_missing(source.folder) == ""
    out, err = capfd.readouterr()
    assert not any(secret in out + err for secret in (TOKEN, KEY))
    assert out.splitlines()[0] == f"dataset   best-artworks: {source.why}"
    assert dict(os.environ) == before  # opendatasets writes the key there
    assert not (reader / ".cache").exists()
    calls = len(kaggle_server.calls)
    assert image_set.find_dataset(quiet=True).why == "found in data/best-artworks-of-all-time"
    assert len(kaggle_server.calls) == calls


@pytest.mark.parametrize(
    "place", ["a token", "two variables", "~/.kaggle", "~/.config/kaggle", "a damaged login here"]
)
def test_kagglehub_knows_the_other_ways_to_log_in(kaggle_server, reader, place, monkeypatch):
    if place == "a token":
        monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN + "\n")  # as it is pasted
    elif place == "two variables":
        monkeypatch.setenv("KAGGLE_USERNAME", USER)
        monkeypatch.setenv("KAGGLE_KEY", KEY)
    else:
        folder = reader / (".config/kaggle" if ".config" in place else ".kaggle")
        folder.mkdir(parents=True)
        (folder / "kaggle.json").write_text(json.dumps({"username": USER, "key": KEY}))
    if place == "a damaged login here":
        (reader / "kaggle.json").write_text("{")
        with pytest.raises(DatasetError, match=r"kagglehub failed: Invalid Kaggle credentials"):
            fetch(reader / "data" / "set")
        return
    assert fetch(reader / "data" / "set") == "kagglehub"
    assert what_is_missing(reader / "data" / "set") == ""


def test_wrong_credentials(kaggle_server, reader, tool, capfd):
    wrong = "wrong-" + KEY
    login(reader, **{"token" if tool == "kagglehub" else "key": wrong})
    with pytest.raises(DatasetError, match=r"Kaggle refused the credentials") as raised:
        fetch(reader / "data" / "set")
    out, err = capfd.readouterr()
    assert wrong not in str(raised.value) + out + err
    assert raised.value.__cause__ is None and raised.value.__suppress_context__
    assert lies_in(reader / "data") == []


def test_a_connection_cut_half_way_is_mended_by_the_next_try(kaggle_server, reader, tool):
    kaggle_server.cut = True
    with pytest.raises(DatasetError, match=r"connection to Kaggle failed or broke off.*try again"):
        fetch(reader / "data" / "set")
    assert lies_in(reader / "data") == []
    kaggle_server.cut = False
    fetch(reader / "data" / "set")
    assert what_is_missing(reader / "data" / "set") == ""


def test_what_opendatasets_alone_would_skip_is_fetched_anew(kaggle_server, reader, tool):
    """A folder that is not empty, with half an archive: what a cut leaves without our care."""
    folder = reader / "data" / "best-artworks-of-all-time"
    folder.mkdir(parents=True)
    (folder / "best-artworks-of-all-time.zip").write_bytes(kaggle_server.archive[:500])
    (folder / "my notes.txt").write_text("mine")
    assert image_set.find_dataset(quiet=True).name == "best-artworks"
    assert what_is_missing(folder) == ""
    kept = folder.with_name("best-artworks-of-all-time.broken-1")
    assert (kept / "my notes.txt").read_text() == "mine"


def test_an_archive_that_climbs_out_stays_in_its_folder(kaggle_server, reader, tool):
    kaggle_server.archive = kaggle_archive(("../../../evil.txt", b"gotcha"))
    fetch(reader / "data" / "set")
    places = [file.parent for file in reader.rglob("evil.txt")]
    assert places == [reader / "data" / "set"]
    assert lies_in(reader / "data") == ["set"]


def test_an_archive_without_the_set_is_no_set(kaggle_server, reader, tool):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("readme.txt", "moved")
    kaggle_server.archive = packed.getvalue()
    with pytest.raises(DatasetError, match=r"is not the set: no artists\.csv"):
        fetch(reader / "data" / "set")
    kaggle_server.archive = b"<html>We are mending our site</html>"
    with pytest.raises(DatasetError, match="failed"):
        fetch(reader / "data" / "set")
    assert lies_in(reader / "data") == []


def test_a_set_that_kaggle_no_longer_has(kaggle_server, reader, tool, monkeypatch):
    server_name = kaggle.DATASET
    monkeypatch.setattr(Kaggle, "do_POST", lambda self: gone(self), raising=True)
    with pytest.raises(DatasetError, match=f"does not know the set {server_name}"):
        fetch(reader / "data" / "set")


def gone(self):
    self.rfile.read(int(self.headers.get("Content-Length") or 0))
    if self.path.endswith("IntrospectToken"):
        self.answer(200, {"active": True, "username": USER})
    else:
        self.answer(404, {"code": 404, "message": "Not found"})


def test_nothing_is_asked_and_nothing_fetched_without_credentials(kaggle_server, reader):
    assert not has_credentials()
    with pytest.raises(DatasetError, match=r"No Kaggle credentials.*KAGGLE_API_TOKEN"):
        fetch(reader / "data" / "set")
    assert kaggle_server.calls == []


def test_an_interrupt_leaves_nothing(kaggle_server, reader, tool, monkeypatch):
    def interrupted(archive, *_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(zipfile.ZipFile, "extractall", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch(reader / "data" / "set")
    assert lies_in(reader / "data") == []


def test_silence_does_not_last_for_ever(kaggle_server, reader, tool, monkeypatch):
    kaggle_server.awake.clear()
    monkeypatch.setattr(kaggle, "PATIENCE", 0.3)
    with pytest.raises(DatasetError, match=r"Nothing came from Kaggle for 0\.3 seconds"):
        fetch(reader / "data" / "set")
    assert lies_in(reader / "data") == []


# --- tools and credentials --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("installed", "text", "picked"),
    [
        ({"opendatasets", "cgi", "kagglehub"}, '{"username": "u", "key": "k"}', "opendatasets"),
        ({"opendatasets", "cgi", "kagglehub"}, "", "kagglehub"),  # it would ask at a prompt
        ({"opendatasets", "cgi", "kagglehub"}, None, "kagglehub"),
        ({"opendatasets", "kagglehub"}, '{"username": "u", "key": "k"}', "kagglehub"),  # no cgi
        ({"opendatasets", "cgi"}, None, "pip install kagglehub"),
        (set(), None, "pip install kagglehub"),
    ],
)
def test_the_tool_is_what_can_log_in(reader, installed, text, picked, monkeypatch):
    monkeypatch.setattr(kaggle.importlib.util, "find_spec", lambda name: name in installed)
    if text is not None:
        (reader / "kaggle.json").write_text(text)
    try:
        answer = kaggle.pick_tool()
    except DatasetError as error:
        answer = str(error)
    assert picked in answer


def test_what_is_missing_from_a_set(tmp_path):
    folder = tmp_path / "set"
    assert what_is_missing(folder) == "not there"
    folder.mkdir()
    assert what_is_missing(folder) == "no artists.csv in it"
    (folder / "artists.csv").touch()
    assert what_is_missing(folder) == "no pictures in it"
    (folder / "images").mkdir()
    (folder / "images" / "a.JPG").touch()
    assert what_is_missing(folder) == ""
    (folder / "best-artworks-of-all-time.zip").touch()
    assert what_is_missing(folder) == "an unfinished download"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"username": "u"}', "\udcff"])
def test_a_damaged_kaggle_json_is_named(reader, text):
    """It is not passed over: the reader meant to log in."""
    (reader / ".kaggle").mkdir()
    file = reader / ".kaggle" / "kaggle.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert has_credentials()
    with pytest.raises(DatasetError, match="kagglehub failed"):
        fetch(reader / "data" / "set")


def test_colabs_secrets(reader, monkeypatch):
    colab = types.ModuleType("google.colab")
    colab.userdata = types.SimpleNamespace(get=lambda name: f"{name} \n")
    google = types.ModuleType("google")
    google.colab = colab
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.setitem(sys.modules, "google", google)
    monkeypatch.setattr("kagglehub.config.is_in_colab_notebook", lambda: True)
    assert has_credentials()


@pytest.mark.parametrize("secret", [TOKEN, KEY])
def test_no_secret_gets_into_a_message(reader, tool, monkeypatch, secret):
    """Whatever a library quotes in its errors."""
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    login(reader, key=KEY)

    def quoting(*_):
        raise ValueError(f"bad header: Bearer {secret}")

    monkeypatch.setattr(kaggle, "_download", quoting)
    with pytest.raises(DatasetError, match=r"bad header: Bearer \*\*\*"):
        fetch(reader / "data" / "set")
