"""`make course` and `make notebooks`, played with two tiny notebooks in place of the course."""

import base64
import html.parser
import importlib.util
import io
import json
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

TOOL = Path(__file__).resolve().parent.parent / "tools" / "course.py"
FIRST = "with open('ran.txt', 'a') as file: file.write('1')\nprint('first')"
SECOND = """
import os, pathlib, sys
with open('ran.txt', 'a') as file: file.write('2')
wall = pathlib.Path(os.environ['ATELIER_DATA'], 'runs', 'main', 'gallery.png')
wall.parent.mkdir(parents=True, exist_ok=True)
wall.write_bytes(b'a picture')
print('a bar', file=sys.stderr)
"""


def write(path: Path, *cells: str) -> None:
    cells = [new_markdown_cell("# Title"), *map(new_code_cell, cells)]
    path.write_text(nbformat.writes(new_notebook(cells=cells)), encoding="utf-8")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The tool, looking at a course of two notebooks, 01 and 02, and one helper."""
    spec = importlib.util.spec_from_file_location("course", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    for folder in ("notebooks/solutions", "helpers/data/atelier/painters"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "helpers" / "idea.py").write_text("IDEA = 1\n")
    (tmp_path / "helpers" / "data" / "atelier" / "painters" / "mo.py").write_text("HUE = 1\n")
    write(tmp_path / "notebooks" / "01_first.ipynb", FIRST)
    write(tmp_path / "notebooks" / "02_second.ipynb", SECOND)
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(tool, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tool


def ran(course) -> str:
    """Which notebooks' cells ran since the last question, in order."""
    diary = course.NOTEBOOKS / "ran.txt"
    entries = diary.read_text() if diary.exists() else ""
    diary.unlink(missing_ok=True)
    return entries


def test_a_run_leaves_copies_html_and_three_lines_and_does_nothing_twice(course, capsys):
    before = (course.NOTEBOOKS / "01_first.ipynb").read_bytes()
    course.run([])
    lines = capsys.readouterr().out.splitlines()
    assert ran(course) == "12"
    assert [line.split()[0] for line in lines[-3:]] == ["gallery", "notebooks", "time"]
    assert lines[-3].endswith("data/runs/main/gallery.png") and "data/course/*.html" in lines[-2]
    assert "first" in Path("data/course/01_first.html").read_text(encoding="utf-8")
    barred = nbformat.read("data/course/02_second.ipynb", as_version=4)
    assert barred.cells[1].outputs == []  # no bars on the page
    copy = nbformat.read("data/course/01_first.ipynb", as_version=4)
    assert copy.cells[1].outputs[0].text == "first\n"
    assert (course.NOTEBOOKS / "01_first.ipynb").read_bytes() == before  # the reader's own file

    course.run([])
    assert ran(course) == ""
    out = capsys.readouterr().out
    assert out.count("done before") == 2 and len(out.splitlines()) == 5


def test_what_changed_is_run_again_with_all_that_follows(course):
    course.run([])
    assert ran(course) == "12"
    write(course.NOTEBOOKS / "02_second.ipynb", SECOND, "'one more cell'")
    course.run([])
    assert ran(course) == "2"
    (course.ROOT / "helpers" / "data" / "atelier" / "painters" / "mo.py").write_text("HUE = 2\n")
    course.run([])
    assert ran(course) == "12"


def test_keys_change_with_whatever_a_result_depends_on(course, monkeypatch):
    path = course.NOTEBOOKS / "01_first.ipynb"
    keys = [course.key_of(path, ""), course.key_of(path, "what came before")]
    (course.ROOT / "helpers" / "idea.py").write_text("IDEA = 2\n")
    keys.append(course.key_of(path, ""))
    (course.ROOT / "helpers" / "data" / "paper.mplstyle").write_text("font.size: 9\n")
    keys.append(course.key_of(path, ""))
    monkeypatch.setenv("ATELIER_PROFILE", "t4")
    keys.append(course.key_of(path, ""))
    write(path, "print('another')")
    keys.append(course.key_of(path, ""))
    assert len(set(keys)) == 6 and course.key_of(path, "") == keys[-1]


def test_a_failing_cell_ends_it_with_the_cell_and_its_message(course, capsys):
    write(course.NOTEBOOKS / "02_second.ipynb", "assert 1 > 2, 'one is less than two'")
    with pytest.raises(SystemExit) as ended:
        course.run([])
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "02_second.ipynb stopped at this cell" in said and "one is less than two" in said
    assert "nbclient" not in said
    assert list(json.loads(Path("data/course/done.json").read_text())) == ["01_first"]

    write(course.NOTEBOOKS / "02_second.ipynb", SECOND)
    ran(course)
    course.run([])  # goes on where it stopped
    assert ran(course) == "2"


def test_some_notebooks_alone(course, capsys):
    course.run(["02"])
    assert ran(course) == "2" and "data/course/*.html" in capsys.readouterr().out
    course.run(["02"])
    assert ran(course) == ""
    (course.NOTEBOOKS / "03_third.ipynb").write_text(
        (course.NOTEBOOKS / "01_first.ipynb").read_text()
    )
    course.run(["03"])  # makes no gallery, and need not
    assert ran(course) == "1"
    with pytest.raises(SystemExit, match="begins with 44"):
        course.run(["44"])


def test_a_course_without_a_gallery_says_so(course):
    (course.NOTEBOOKS / "02_second.ipynb").unlink()
    with pytest.raises(SystemExit, match="notebook 06 should"):
        course.run([])


def test_update_refreshes_the_notebooks_themselves(course, capsys):
    write(course.NOTEBOOKS / "solutions" / "01_first_solutions.ipynb", "print('solved')")
    course.update([])
    assert ran(course) == "12"
    second = nbformat.read(course.NOTEBOOKS / "02_second.ipynb", as_version=4)
    assert second.cells[1].execution_count == 1
    assert second.cells[1].outputs == [] and "execution" not in second.cells[1].metadata  # no bars
    solved = nbformat.read(course.NOTEBOOKS / "solutions/01_first_solutions.ipynb", as_version=4)
    assert solved.cells[1].outputs[0].text == "solved\n"
    assert Path("data/notebooks/runs/main/gallery.png").exists()  # not among the reader's runs
    course.update(["02"])
    assert ran(course) == "2"


def test_update_starts_a_notebooks_own_runs_afresh_and_keeps_the_others(course):
    runs = Path("data/notebooks/runs")
    for name in ("paintings", "rate_1e-04", "digits-minute", "long-killed"):
        (runs / name).mkdir(parents=True)
    course.update(["18"])
    assert sorted(f.name for f in runs.iterdir()) == ["digits-minute", "paintings", "rate_1e-04"]
    course.update(["05"])
    assert [f.name for f in runs.iterdir()] == ["digits-minute"]


def test_interruption_is_no_traceback(course, monkeypatch, capsys):
    def pressed(only):
        raise KeyboardInterrupt

    monkeypatch.setattr(course, "update", pressed)
    monkeypatch.setattr(sys, "argv", ["course.py", "update"])
    with pytest.raises(SystemExit) as ended:
        course.main()
    assert ended.value.code == 130 and "goes on from here" in capsys.readouterr().out


def test_a_notebook_is_run_again_when_an_earlier_one_changed(course):
    course.run(["02"])
    assert ran(course) == "2"
    write(course.NOTEBOOKS / "01_first.ipynb", FIRST, "'another training'")
    course.run(["02"])
    assert ran(course) == "2"


# ---- the page ----------------------------------------------------------------------------------


@pytest.fixture
def page(tmp_path):
    """An executed notebook as HTML: a picture in a text, one in an output, and a check."""
    (tmp_path / "figures").mkdir()
    (tmp_path / "notebooks").mkdir(exist_ok=True)
    Image.new("RGB", (4, 4), "red").save(tmp_path / "figures" / "header.png")
    drawn = io.BytesIO()
    Image.new("RGB", (900, 4), "blue").save(drawn, "PNG")
    data = {"image/png": base64.b64encode(drawn.getvalue()).decode(), "text/plain": "x"}
    output = new_output(
        "display_data", data, metadata={"image/png": {"alt": 'A "blue" bar', "width": 660}}
    )
    check = new_code_cell("assert secret == 'claim'")
    check.metadata["tags"] = ["check"]
    cells = [
        new_markdown_cell("![A red square](../figures/header.png) and [02](02_next.ipynb)"),
        new_code_cell("show()", outputs=[output]),
        check,
    ]
    from page import page_of  # tools/course.py has put its folder on the path

    return page_of(new_notebook(cells=cells), tmp_path / "notebooks")


def test_a_page_holds_all_its_pictures_and_their_descriptions(course, page):
    found = {}

    class Images(html.parser.HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag == "img":
                found[dict(attributes)["alt"]] = dict(attributes)["src"]

    Images().feed(page)
    assert list(found) == ["A red square", 'A "blue" bar']
    pictures = [
        base64.b64decode(source.removeprefix("data:image/png;base64,")) for source in found.values()
    ]
    assert [Image.open(io.BytesIO(content)).size for content in pictures] == [(4, 4), (900, 4)]
    assert "../figures" not in page


def test_a_page_has_no_checks_and_lets_a_phone_scroll_a_wide_figure(course, page):
    assert "claim" not in page and "show" in page
    assert 'class="wide"' in page and 'width="660"' in page and "@media (max-width: 700px)" in page


def test_no_picture_is_missing_on_a_page_of_the_course(course):
    from page import embed

    for path in sorted((TOOL.parents[1] / "notebooks").glob("[0-9]*.ipynb")):
        cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown"]
        for cell in cells:
            embed(cell, path.parent)
        sources = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", "".join(cell.source for cell in cells))
        assert sum(source.startswith("attachment:") for source in sources) >= 1, path.name
        assert all(source.startswith(("attachment:", "https://colab.")) for source in sources)
        assert not any("<img" in cell.source for cell in cells)
