"""Where the course lives: one line in pyproject.toml, and every place that repeats it agrees."""

import re
import runpy
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOL = "tools/address.py"


def repository(root: Path) -> str:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return settings["tool"]["course"]["repository"]


def places(root: Path) -> list[Path]:
    """The files that tell a reader where to clone or open the course."""
    return [root / "README.md", *sorted((root / "notebooks").rglob("[0-9]*.ipynb"))]


def addresses(path: Path) -> set[str]:
    """Every OWNER/REPO that a file says this course has: in Colab links and clone commands."""
    text = path.read_text(encoding="utf-8")
    links = r"colab\.research\.google\.com/github/([\w.-]+/[\w.-]+)/"
    clones = r"clone [^\n\"]*github\.com/([\w.-]+/[\w.-]+)"
    found = re.findall(links, text) + re.findall(clones, text)
    return {address.removesuffix(".git") for address in found}


@pytest.fixture
def fork(tmp_path):
    """A copy of all files that could mention the address."""
    for path in (ROOT / "pyproject.toml", ROOT / TOOL, ROOT / "LICENSE", *places(ROOT)):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return tmp_path


def move(fork: Path, monkeypatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["address.py", *arguments])
    runpy.run_path(str(fork / TOOL), run_name="__main__")


def contents(root: Path) -> dict[Path, str]:
    return {path: path.read_text("utf-8") for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("path", places(ROOT), ids=lambda path: path.stem)
def test_every_place_says_the_same_address(path):
    assert addresses(path) == {repository(ROOT)}


def test_a_fork_changes_every_address_and_nothing_else(fork, monkeypatch, capsys):
    old, before = repository(fork), contents(fork)
    move(fork, monkeypatch, "someone-else/my.atelier")
    assert repository(fork) == "someone-else/my.atelier"
    for path in places(fork):
        assert addresses(path) == {"someone-else/my.atelier"}, path.name
    for path, text in contents(fork).items():
        assert text == before[path].replace(old, "someone-else/my.atelier"), path.name
    assert contents(fork).keys() == before.keys()
    assert "README.md: " in capsys.readouterr().out


def test_the_way_back_restores_every_byte(fork, monkeypatch):
    before = {path: path.read_bytes() for path in contents(fork)}
    old = repository(fork)
    move(fork, monkeypatch, "someone-else/my.atelier")
    move(fork, monkeypatch, old)
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("wrong", [[], ["no-slash"], ["a/b/c"], ["a b/c"], ["https://x.y/a/b"]])
def test_what_is_no_address_is_refused_and_changes_nothing(fork, monkeypatch, wrong):
    before = contents(fork)
    with pytest.raises(SystemExit, match=r"usage: python tools/address\.py OWNER/REPO"):
        move(fork, monkeypatch, *wrong)
    assert contents(fork) == before
