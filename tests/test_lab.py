"""`make lab`: JupyterLab finds the notebook that it is to open, and each notebook's pictures."""

import re
import sys
import urllib.request
from pathlib import Path

import pytest
from lab_server import served

ROOT = Path(__file__).resolve().parent.parent


def command() -> list[str]:
    """The command of `make lab`, with this Python's jupyter."""
    line = re.search(r"^lab:.*\n\t@\$\(BIN\)/(.+)$", (ROOT / "Makefile").read_text(), re.M)[1]
    tool, *others = line.split()
    return [str(Path(sys.executable).parent / tool), *others]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab that was started as `make lab` does, without a browser."""
    with served(command(), ROOT, tmp_path_factory.mktemp("home")) as address:
        yield address


def status(address: str, path: str) -> tuple[int, str]:
    """The answer's status and its content type."""
    asked = urllib.request.Request(f"{address}/{path}", headers={"Referer": f"{address}/lab"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return answer.status, answer.headers["Content-Type"]


def test_the_notebook_and_the_pictures_of_all_notebooks_are_served(lab):
    opened = command()[-1]
    assert status(lab, f"api/contents/{opened}?content=0")[0] == 200
    links = set()
    for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"):
        links |= set(re.findall(r"\]\(\.\./(figures/[^)]+)\)", path.read_text(encoding="utf-8")))
    assert links
    for link in links:
        assert status(lab, f"files/{link}") == (200, f"image/{link.rpartition('.')[2]}"), link


def test_windows_users_are_told_the_same_command():
    wanted = " ".join([Path(command()[0]).name, *command()[1:]]).replace("/", "\\")
    assert f".venv\\Scripts\\{wanted}" in (ROOT / "README.md").read_text(encoding="utf-8")
