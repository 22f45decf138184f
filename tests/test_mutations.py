"""The table of mutations must not rot; the mutations themselves are run by `make mutations`."""

import ast
import runpy
from pathlib import Path

import pytest

TOOL = runpy.run_path(str(Path(__file__).resolve().parent.parent / "tools" / "mutations.py"))
FIRST = TOOL["MUTATIONS"][0]


def test_every_place_to_break_is_there_exactly_once_and_so_are_its_tests():
    assert TOOL["misplaced"]() == []


def test_a_table_that_has_rotted_is_found():
    def changed(**fields):
        return TOOL["Mutation"](**(vars(FIRST) | fields))

    rotten = [
        changed(old="no such text"),
        changed(file="helpers/gone.py"),
        changed(tests=("test_gone.py",)),
        changed(tests=()),
    ]
    said = TOOL["misplaced"](rotten)
    assert [line.removeprefix(f"{FIRST.name}: ") for line in said] == [
        "its text is 0 times in helpers/losses.py, not once",
        "its text is 0 times in helpers/gone.py, not once",
        "there is no tests/test_gone.py",
        "it names no tests",
    ]


def test_every_mutation_changes_something_that_is_still_python():
    for mutation in TOOL["MUTATIONS"]:
        text = (TOOL["ROOT"] / mutation.file).read_text(encoding="utf-8")
        broken = text.replace(mutation.old, mutation.new)
        assert ast.dump(ast.parse(broken)) != ast.dump(ast.parse(text)), mutation.name


def test_names_are_different():
    names = [mutation.name for mutation in TOOL["MUTATIONS"]]
    assert len(set(names)) == len(names) >= 13


def verdict(folder: Path, source: str, limit: int = 60) -> str:
    """What the tool makes of a folder with one test file."""
    (folder / "test_it.py").write_text(source, encoding="utf-8")
    return TOOL["pytest"](folder, folder, ["test_it.py"], limit)


def test_a_mutation_survives_passing_tests_and_is_caught_by_the_first_that_fails(tmp_path):
    assert verdict(tmp_path, "def test_a(): pass") == ""
    two = "def test_a(): pass\ndef test_b(): assert 0, 'why - not'"
    assert verdict(tmp_path, two) == "test_it.py::test_b"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import no_such_module", "pytest ended with [12]"),
        ("x = 1", "pytest ended with 5"),
        ("import os\ndef test_a(): os._exit(3)", "pytest ended with 3"),
        ("import time\ndef test_a(): time.sleep(60)", "did not end within 3 seconds"),
    ],
)
def test_whatever_is_no_verdict_is_an_error_of_the_tool(tmp_path, source, said):
    with pytest.raises(TOOL["ToolError"], match=said):
        verdict(tmp_path, source, limit=3 if "sleep" in source else 60)
