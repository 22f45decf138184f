"""Links: the repository's own lead somewhere, and a broken one is found wherever it stands."""

import runpy
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

TOOL = runpy.run_path(str(Path(__file__).resolve().parent.parent / "tools" / "links.py"))


@pytest.fixture
def repository(tmp_path):
    for folder in ("data/set", "figures", ".venv", "notebooks"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "figures" / "a b.png").write_bytes(b"")
    (tmp_path / "data" / "README.md").write_text("# The *data*, in short\n", encoding="utf-8")
    for ignored in ("data/set/card.md", ".venv/package.md"):  # not ours
        (tmp_path / ignored).write_text("[no](nowhere.md)", encoding="utf-8")
    return tmp_path


def said(repository: Path, text: str) -> list[str]:
    (repository / "README.md").write_text(text, encoding="utf-8")
    return TOOL["broken"](repository)


def test_all_links_of_the_course_lead_somewhere():
    assert TOOL["broken"](TOOL["ROOT"]) == []


@pytest.mark.parametrize(
    "text",
    [
        "[a](data/README.md) and [b](data) and [c](data/README.md#the-data-in-short)",
        "![A picture](figures/a%20b.png 'title')",
        '<img src="figures/a b.png" alt="A picture">',
        "## Two words\n[up](#two-words)",
        "[web](https://example.org/nowhere) <https://example.org> [m](mailto:a@b.c)",
        "`[code](nowhere.md)`\n```\n[code](nowhere.md)\n```",
    ],
)
def test_good_links_and_what_is_no_link_pass(repository, text):
    assert said(repository, text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[a](nowhere.md)", "nowhere.md: there is no such file"),
        ("![a](figures/b.png)", "figures/b.png: there is no such file"),
        ('<img src="b.png">', "b.png: there is no such file"),
        ("[![badge](b.svg)](data)", "b.svg: there is no such file"),
        ("[a](data/README.md#the-end)", "data/README.md#the-end: there is no such heading"),
        ("[a](#the-end)", "#the-end: there is no such heading"),
    ],
)
def test_a_broken_link_is_named(repository, text, line):
    assert said(repository, text) == [f"README.md: {line}"]


def test_a_notebooks_text_is_read_and_its_code_is_not(repository):
    cells = [new_markdown_cell("[a](../nowhere.md)"), new_code_cell("'[a](nothing.md)'")]
    path = repository / "notebooks" / "01.ipynb"
    path.write_text(nbformat.writes(new_notebook(cells=cells)), encoding="utf-8")
    assert TOOL["broken"](repository) == [
        "notebooks/01.ipynb: ../nowhere.md: there is no such file"
    ]


def test_the_web_is_asked_only_when_asked_for(repository):
    text = "[a](https://no-such-host.invalid/page)"
    assert said(repository, text) == []
    assert "cannot be reached" in TOOL["broken"](repository, online=True)[0]
