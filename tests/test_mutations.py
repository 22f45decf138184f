"""The table of mutations must not rot; the mutations themselves are run by `make mutations`."""

import ast
import runpy
from pathlib import Path

TOOL = runpy.run_path(str(Path(__file__).resolve().parent.parent / "tools" / "mutations.py"))


def test_every_place_to_break_is_there_exactly_once():
    assert TOOL["misplaced"]() == []


def test_every_mutation_changes_something_that_is_still_python():
    for mutation in TOOL["MUTATIONS"]:
        text = (TOOL["ROOT"] / mutation.file).read_text(encoding="utf-8")
        broken = text.replace(mutation.old, mutation.new)
        assert ast.dump(ast.parse(broken)) != ast.dump(ast.parse(text)), mutation.name


def test_names_are_different():
    names = [mutation.name for mutation in TOOL["MUTATIONS"]]
    assert len(set(names)) == len(names) >= 13
