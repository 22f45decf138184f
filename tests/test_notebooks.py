"""The notebooks as notebooks: executed in order, described for everybody, clean of one machine.

What their cells say is tested by running them (`pytest --nbval`); here it is how they are made.
"""

import ast
import functools
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from helpers import checks

ROOT = Path(__file__).resolve().parent.parent
COURSE = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["course"]
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))
EXERCISES = {name for name, value in vars(checks).items() if hasattr(value, "__wrapped__")}

every_notebook = pytest.mark.parametrize("path", LESSONS + SOLUTIONS, ids=lambda path: path.stem)
every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@functools.cache
def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def prose(path: Path) -> str:
    return "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def texts(cell) -> str:
    """All that a cell printed or returned as text; not the bytes of its pictures."""
    said = []
    for out in cell.get("outputs", []):
        kinds = out.get("data", {}).items()
        said += [out.get("text", ""), *(value for kind, value in kinds if kind[:5] == "text/")]
    return "\n".join(said)


def parsed(cell) -> ast.Module:
    return ast.parse(TransformerManager().transform_cell(cell.source))


def called(node: ast.AST) -> list[str]:
    """Names of the functions that a cell surely calls: not those in a definition or under `if`."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda | ast.If | ast.Try):
        return []
    names = [name for child in ast.iter_child_nodes(node) for name in called(child)]
    return [ast.unparse(node.func), *names] if isinstance(node, ast.Call) else names


def checks_in(path: Path) -> list[str]:
    """The exercises' checks a notebook calls, in order."""
    names = [name.removeprefix("checks.") for cell in code(path) for name in called(parsed(cell))]
    return [name for name in names if name in EXERCISES]


def links_in(text: str) -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)", text) + re.findall(r"""(?:src|href)=["']([^"']+)""", text)
    return [link for link in found if not link.startswith(("http://", "https://", "#", "data:"))]


def test_the_core_notebooks_and_all_solutions_are_there():
    core = [f"{number:02}" for number in range(7)]
    assert [path.name[:2] for path in LESSONS][:7] == core
    assert [path.stem for path in SOLUTIONS] == [f"{path.stem}_solutions" for path in LESSONS]


# ---- the file ----------------------------------------------------------------------------------


@every_notebook
def test_it_is_valid(path):
    nbformat.validate(read(path))


# MiB, where it is more than 1.5: 16 has two methods, and pictures in dots hardly compress
LARGEST = {"16_photo_to_painting": 2.75}


@every_notebook
def test_it_is_small_and_holds_no_widget_state(path):
    assert path.stat().st_size < LARGEST.get(path.stem, 1.5) * 2**20
    assert "widgets" not in read(path).metadata


@every_notebook
def test_it_was_executed_from_top_to_bottom(path):
    counts = [cell.execution_count for cell in code(path)]
    assert counts == list(range(1, len(counts) + 1)), "run `make notebooks`"
    assert all(cell.source.strip() for cell in code(path))


@every_notebook
def test_cells_that_say_or_show_have_an_output(path):
    loud = ("print", "display", "plotting.show", "environment.setup")
    for cell in code(path):
        names = called(parsed(cell))
        if any(name in loud or name.removeprefix("checks.") in EXERCISES for name in names):
            assert cell.outputs, cell.source


@every_notebook
def test_nothing_went_wrong(path):
    for cell in code(path):
        for out in cell.outputs:
            assert out.output_type != "error", cell.source
            assert out.get("name") != "stderr", f"{cell.source}\n\nwrote: {out.text}"


@every_notebook
def test_nbval_looks_at_every_cell_and_at_most_outputs(path):
    unseen = 0
    for cell in code(path):
        assert "nbval-skip" not in tags(cell) and "NBVAL_SKIP" not in cell.source, cell.source
        unseen += "nbval-ignore-output" in tags(cell) or "NBVAL_IGNORE_OUTPUT" in cell.source
    assert unseen <= len(code(path)) / 4


@every_notebook
def test_no_output_is_longer_than_a_screen(path):
    for cell in code(path):
        said = texts(cell)
        assert said.count("\n") <= 45 and len(said) <= 4000, f"{cell.source}\n\nsays too much"


@every_notebook
def test_it_says_nothing_of_the_machine_it_ran_on(path):
    own = re.compile(r"/(home|root|work|tmp|Users)/|C:\\")
    secret = re.compile(r"\b[0-9a-f]{32}\b|KGAT_|gh[ps]_\w{20}|KAGGLE_(KEY|API_TOKEN)\s*=\s*\S")
    for cell in read(path).cells:
        for text in (cell.source, texts(cell)):
            assert not own.search(text), text
            assert not secret.search(text), "a secret: revoke it, it is in the history now"


# ---- for the reader ----------------------------------------------------------------------------


@every_notebook
def test_it_has_one_title_and_its_own_colab_badge(path):
    assert len(re.findall(r"^# ", prose(path), re.M)) == 1
    assert read(path).cells[0].source.startswith("# ")
    place = path.relative_to(ROOT).as_posix()
    colab = re.findall(r"\]\((https://colab\.research\.google\.com/github/[^)]*)\)", prose(path))
    assert colab == [
        f"https://colab.research.google.com/github/{COURSE['repository']}"
        f"/blob/{COURSE['branch']}/{place}"
    ]


@every_notebook
def test_its_set_up_is_that_of_all_others(path):
    first = [cell for cell in code(LESSONS[0]) if "set-up" in tags(cell)]
    mine = [cell for cell in code(path) if "set-up" in tags(cell)]
    assert [cell.source for cell in mine] == [cell.source for cell in first] and len(mine) == 1
    assert mine[0] is code(path)[0]
    assert f"github.com/{COURSE['repository']}" in mine[0].source


@every_notebook
def test_every_picture_is_described(path):
    for alt, link in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)", prose(path)):
        assert len(alt) > 10, f"{link} needs a description"
    assert not re.search(r"<img(?![^>]*\salt=[\"'][^\"']{10})", prose(path))
    for cell in code(path):
        for out in cell.outputs:
            for kind in out.get("data", {}):
                if kind.startswith("image/"):
                    assert out.metadata.get(kind, {}).get("alt"), (
                        f"use plotting.show: {cell.source}"
                    )


@every_notebook
def test_links_lead_somewhere(path):
    for link in links_in(prose(path)):
        assert (path.parent / link.split("#")[0]).exists(), link


@every_notebook
def test_no_cell_is_longer_than_a_screen(path):
    for cell in read(path).cells:
        assert sum(bool(line.strip()) for line in cell.source.splitlines()) <= 40, cell.source


# ---- a lesson ----------------------------------------------------------------------------------


@every_lesson
def test_it_asks_before_it_shows_and_proves_what_it_says(path):
    assert prose(path).count("> **Predict") >= 3
    proofs = [cell for cell in code(path) if "check" in tags(cell)]
    assert len(proofs) >= 3
    for cell in proofs:
        asserts = [node for node in ast.walk(parsed(cell)) if isinstance(node, ast.Assert)]
        assert asserts and all(found.msg for found in asserts), f"no help: {cell.source}"


@every_lesson
def test_its_checks_are_out_of_the_readers_way(path):
    """Folded in JupyterLab and Colab, silent, short, at the end of a section; asserts nowhere
    else."""
    cells = read(path).cells
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if cell.cell_type != "code" or "set-up" in tags(cell):
            continue
        if "check" not in tags(cell):
            nodes = list(ast.walk(parsed(cell)))
            assert not any(isinstance(node, ast.Assert) for node in nodes), cell.source
            continue
        assert cell.source.startswith("# @title Check: "), cell.source
        assert cell.metadata["jupyter"]["source_hidden"] and cell.metadata["cellView"] == "form"
        assert not cell.outputs and len(cell.source.splitlines()) <= 16, cell.source
        assert following and following.source.startswith("## "), cell.source


# One letter of each word stands in brackets: so the pattern does not find itself.
PRIVATE = re.compile(
    r"\b([j]udge[sd]?|[m]anners?|[l]egib\w+|[s]urest|[t]old apart|[e]xams?|[p]layers?|[w]eaves?"
    r"|[s]trangers?)\b",
    re.IGNORECASE,
)


@every_notebook
def test_it_uses_the_words_of_the_field(path):
    for cell in read(path).cells:
        found = PRIVATE.search(cell.source) or PRIVATE.search(texts(cell))
        assert not found, f"{found[0]!r} in: {cell.source}"


@every_notebook
def test_a_squared_distance_gives_no_times_nearer(path):
    assert not re.search(r"times (nearer|closer|better)", prose(path))


def test_alone_and_without_a_network_a_notebook_says_what_to_download(tmp_path):
    (tmp_path / "git").write_text("#!/bin/sh\necho fatal: unable to access >&2\nexit 128\n")
    (tmp_path / "git").chmod(0o755)
    (setup,) = (cell for cell in code(LESSONS[0]) if "set-up" in tags(cell))
    (tmp_path / "cell.txt").write_text(setup.source)
    program = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "print(repr(shell.run_cell(open('cell.txt').read()).error_in_exec))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
    )
    last = done.stdout.splitlines()[-1]
    assert last.startswith("AssertionError") and "Download ZIP" in last, done.stdout + done.stderr
    assert "No such file" not in done.stdout + done.stderr


@every_lesson
def test_its_exercises_have_a_level_a_time_a_hint_a_check_and_a_solution(path):
    number = int(path.name[:2])
    asked = re.findall(
        rf"^\*\*{number}\.(\d+) · [^*]+\*\* \((?:easy|medium|hard), \d+ minutes\)\..*\*Hint: ",
        prose(path),
        re.M,
    )
    names = checks_in(path)
    assert len(names) >= 3 and asked == [str(i + 1) for i in range(len(names))]
    solutions = path.parent / "solutions" / f"{path.stem}_solutions.ipynb"
    assert checks_in(solutions) == names
    for notebook, verdict in ((path, ": not answered yet."), (solutions, ": right. ")):
        said = "".join(texts(cell) for cell in code(notebook))
        for i in asked:
            assert f"Exercise {number}.{i}{verdict}" in said, notebook.name


@every_lesson
def test_it_ends_with_questions_and_the_way_on(path):
    assert prose(path).count("<details><summary>") >= 5
    last = path is LESSONS[-1]
    assert last or LESSONS[LESSONS.index(path) + 1].name in links_in(prose(path))


def test_every_check_belongs_to_an_exercise():
    assert sorted(name for path in LESSONS for name in checks_in(path)) == sorted(EXERCISES)
