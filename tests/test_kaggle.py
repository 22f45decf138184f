"""Fetching by the real opendatasets and kagglehub, from an imitation of Kaggle on this machine.

The tools run in a child process; a sitecustomize.py of ours sends them here instead of to Kaggle,
and cuts the minute that they would wait between tries.
"""

import base64
import io
import json
import os
import stat
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
from helpers.data.kaggle import fetch, find_credentials, what_is_missing

TOKEN, USER, KEY = "KGAT_a-very-secret-token", "reader", "0123456789abcdef0123456789abcdef"
PAIR = "Basic " + base64.b64encode(f"{USER}:{KEY}".encode()).decode()
HOOK = """
import runpy, time
runpy.run_path({offline!r})
from kagglesdk import kaggle_env
kaggle_env._env_to_endpoint[kaggle_env.KaggleEnv.PROD] = {address!r}
time.sleep = lambda seconds, real=time.sleep: real(min(seconds, 0.01))
"""


class Kaggle(BaseHTTPRequestHandler):
    """The four answers of Kaggle's interface that the tools ask for."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        asked = json.loads(self.rfile.read(length) or b"{}")
        self.server.calls.append(self.path)
        self.server.awake.wait(30)
        for place in self.server.watch.glob(".download-*"):
            login = place / "kaggle.json"
            self.server.modes |= {stat.S_IMODE(f.stat().st_mode) for f in (place, login)}
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
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def kaggle_server(reader, monkeypatch):
    """A running imitation of Kaggle to which every child process is sent."""
    pytest.importorskip("kagglesdk", reason="opendatasets or kagglehub must be installed")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Kaggle)
    server.address = f"http://127.0.0.1:{server.server_port}"
    server.archive, server.cut, server.calls, server.modes = kaggle_archive(), False, [], set()
    server.watch = reader / "data"
    server.awake = threading.Event()
    server.awake.set()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    hook = reader / "hook"
    hook.mkdir()
    offline = str(Path(__file__).parent / "offline" / "sitecustomize.py")
    text = HOOK.format(offline=offline, address=server.address)
    (hook / "sitecustomize.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", f"{hook}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    yield server
    server.awake.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["opendatasets", "kagglehub"])
def tool(request, monkeypatch):
    pytest.importorskip(request.param, reason=f"{request.param} is not installed")
    monkeypatch.setattr(kaggle, "pick_tool", lambda: request.param)
    return request.param


def lies_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


# --- downloads --------------------------------------------------------------------------------


def test_a_token_or_a_key_fetches_the_whole_set(kaggle_server, reader, tool, monkeypatch, capfd):
    credentials = {
        "opendatasets": {"KAGGLE_USERNAME": USER, "KAGGLE_KEY": KEY},
        "kagglehub": {"KAGGLE_API_TOKEN": TOKEN},
    }
    for name, value in credentials[tool].items():
        monkeypatch.setenv(name, value)
    source = image_set.find_dataset()
    assert (source.name, source.why) == ("best-artworks", f"downloaded from Kaggle by {tool}")
    assert len(image_set.load_images(source, size=16)) == 19
    assert lies_in(reader / "data") == ["best-artworks-of-all-time", "cache"]
    assert what_is_missing(source.folder) == ""
    assert kaggle_server.modes == {0o700, 0o600}  # nobody else on the machine may read them
    out, err = capfd.readouterr()
    assert not any(secret in out + err for secret in (TOKEN, KEY))
    assert not (reader / ".kaggle").exists() and not (reader / ".config").exists()
    calls = len(kaggle_server.calls)
    assert image_set.find_dataset(quiet=True).why == "found in data/best-artworks-of-all-time"
    assert len(kaggle_server.calls) == calls


def test_the_other_kind_of_credentials_works_too(kaggle_server, reader, tool):
    (reader / ".kaggle").mkdir()
    if tool == "opendatasets":
        (reader / ".kaggle" / "access_token").write_text(TOKEN + "\n")
    else:
        login = json.dumps({"username": USER, "key": KEY})
        (reader / ".kaggle" / "kaggle.json").write_text(login)
    assert fetch(reader / "data" / "set") == tool
    assert what_is_missing(reader / "data" / "set") == ""


@pytest.mark.parametrize("kind", ["token", "key"])
def test_wrong_credentials(kaggle_server, reader, tool, kind, monkeypatch, capfd):
    wrong = "wrong-" + KEY
    if kind == "token":
        monkeypatch.setenv("KAGGLE_API_TOKEN", wrong)
    else:
        monkeypatch.setenv("KAGGLE_USERNAME", USER)
        monkeypatch.setenv("KAGGLE_KEY", wrong)
    with pytest.raises(
        DatasetError, match=r"Kaggle refused the credentials from KAGGLE_"
    ) as raised:
        fetch(reader / "data" / "set")
    out, err = capfd.readouterr()
    assert wrong not in str(raised.value) + out + err
    assert lies_in(reader / "data") == []


def test_a_connection_cut_half_way_is_mended_by_the_next_try(
    kaggle_server, reader, tool, monkeypatch
):
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    kaggle_server.cut = True
    with pytest.raises(DatasetError, match="connection to Kaggle failed or broke off; try again"):
        fetch(reader / "data" / "set")
    assert lies_in(reader / "data") == []
    kaggle_server.cut = False
    fetch(reader / "data" / "set")
    assert what_is_missing(reader / "data" / "set") == ""


def test_what_opendatasets_alone_would_skip_is_fetched_anew(
    kaggle_server, reader, tool, monkeypatch
):
    """A folder that is not empty, with half an archive: what a cut leaves without our care."""
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    folder = reader / "data" / "best-artworks-of-all-time"
    folder.mkdir(parents=True)
    (folder / "best-artworks-of-all-time.zip").write_bytes(kaggle_server.archive[:500])
    (folder / "my notes.txt").write_text("mine")
    assert image_set.find_dataset(quiet=True).name == "best-artworks"
    assert what_is_missing(folder) == ""
    kept = folder.with_name("best-artworks-of-all-time.broken-1")
    assert (kept / "my notes.txt").read_text() == "mine"


def test_an_archive_that_climbs_out_is_refused(kaggle_server, reader, tool, monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    kaggle_server.archive = kaggle_archive(("../../../evil.txt", b"gotcha"))
    with pytest.raises(DatasetError, match=r"refused.*'\.\./\.\./\.\./evil\.txt' climbs out"):
        fetch(reader / "data" / "set")
    assert list(reader.rglob("evil.txt")) == []
    assert lies_in(reader / "data") == []


def test_an_archive_without_the_set_is_no_set(kaggle_server, reader, tool, monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
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
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
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


def test_nothing_is_asked_and_nothing_fetched_without_credentials(kaggle_server, reader, tool):
    with pytest.raises(DatasetError, match=r"No Kaggle credentials.*KAGGLE_API_TOKEN"):
        fetch(reader / "data" / "set")
    assert kaggle_server.calls == []


def test_an_interrupt_ends_the_child_and_leaves_nothing(kaggle_server, reader, tool, monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    kaggle_server.awake.clear()
    begin = time.monotonic()
    children = []
    real = kaggle.subprocess.Popen

    def interrupted(folder):
        raise KeyboardInterrupt

    def start(*a, **k):
        return children.append(real(*a, **k)) or children[0]

    monkeypatch.setattr(kaggle.subprocess, "Popen", start)
    monkeypatch.setattr(kaggle, "_bytes_below", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch(reader / "data" / "set")
    assert children[0].poll() is not None
    assert time.monotonic() - begin < 15  # the answer would have taken 30 seconds
    assert lies_in(reader / "data") == []


def test_silence_does_not_last_for_ever(kaggle_server, reader, tool, monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    kaggle_server.awake.clear()
    monkeypatch.setattr(kaggle, "PATIENCE", 1)
    with pytest.raises(DatasetError, match="Nothing came from Kaggle for 1 seconds"):
        fetch(reader / "data" / "set")
    assert lies_in(reader / "data") == []


# --- tools and credentials --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("installed", "picked"),
    [
        ({"opendatasets", "cgi", "kagglehub"}, "opendatasets"),
        ({"opendatasets", "kagglehub"}, "kagglehub"),  # Python 3.13 without legacy-cgi
        ({"kagglehub"}, "kagglehub"),
        ({"opendatasets"}, "pip install legacy-cgi"),
        (set(), "pip install opendatasets"),
    ],
)
def test_the_tool_is_what_the_machine_has(installed, picked, monkeypatch):
    monkeypatch.setattr(kaggle.importlib.util, "find_spec", lambda name: name in installed)
    try:
        answer = kaggle.pick_tool()
    except DatasetError as error:
        answer = str(error)
    assert picked in answer


def test_no_secret_gets_into_a_message():
    known = kaggle.Credentials("a test", token=TOKEN, username=USER, key=KEY)
    for kind in ("network", "other"):
        message = kaggle._explain({"kind": kind, "message": f"{TOKEN} and\n{KEY}"}, known, "it")
        assert "*** and ***" in message


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


def test_where_credentials_are_found_and_in_which_order(reader, monkeypatch):
    assert find_credentials() is None
    config = reader / ".config" / "kaggle"
    config.mkdir(parents=True)
    (config / "kaggle.json").write_text(json.dumps({"username": "config", "key": "k"}))
    assert find_credentials().username == "config"
    (reader / "kaggle.json").write_text(json.dumps({"username": "here", "key": "k"}))
    assert find_credentials().username == "here"
    monkeypatch.setenv("KAGGLE_USERNAME", "variable")
    assert find_credentials().username == "here"  # a name without a key is nothing
    monkeypatch.setenv("KAGGLE_KEY", "k")
    assert find_credentials().username == "variable"
    (reader / ".kaggle").mkdir()
    (reader / ".kaggle" / "access_token").write_text("from a file\n")
    assert find_credentials().token == "from a file"
    monkeypatch.setenv("KAGGLE_API_TOKEN", str(reader / ".kaggle" / "access_token"))
    assert find_credentials().token == "from a file"
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    assert find_credentials().token == TOKEN
    assert TOKEN not in repr(find_credentials())


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"username": "u"}', "\udcff"])
def test_a_broken_kaggle_json_is_no_credentials(reader, text):
    (reader / "kaggle.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert find_credentials() is None


@pytest.mark.parametrize("names", [{"KAGGLE_API_TOKEN"}, {"KAGGLE_USERNAME", "KAGGLE_KEY"}, set()])
def test_colabs_secrets(reader, monkeypatch, names):
    def get(name):
        if name not in names:
            raise KeyError(name)  # Colab raises an error of its own
        return f"{name} \n"

    colab = types.ModuleType("google.colab")
    colab.userdata = types.SimpleNamespace(get=get)
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
    found = find_credentials()
    assert bool(found) == bool(names)
    if names:
        values = {found.token, found.username, found.key} - {""}
        assert values == names
