"""The rules of helpers/__init__.py: who imports whom, how long a file is, which words it has.

The code is read, not imported, and no file is excepted. Each rule is a function from sources to
complaints, and is also shown to complain about a made-up source that breaks it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HELPERS = ROOT / "helpers"
LOWEST = {"environment", "images", "augment", "losses", "models"}
ROOMS = LOWEST | {"training", "data", "evaluation", "plotting", "checks"}
ALLOWED = {  # room: the other rooms it may import
    "environment": set(),
    "images": LOWEST,
    "augment": LOWEST,
    "losses": LOWEST,
    "models": LOWEST,
    "training": LOWEST,
    "data": LOWEST,
    "evaluation": LOWEST | {"training", "data"},
    "plotting": {"environment", "images", "models"},
    "checks": ROOMS,
    "commands": ROOMS,
    "": set(),  # helpers/__init__.py: importing the package must cost nothing
}
# One letter of each word stands in brackets: so the pattern does not find itself.
PRIVATE = re.compile(
    r"(?<![a-z])([j]udge[sd]?|[p]layers?|[m]anners?|[e]yes?|[s]urest|[t]old[_ ]apart|[s]trangers?"
    r"|[m]ark_of|[h]alf_precision|[l]egibility|[t]eams?)(?![a-z])",
    re.IGNORECASE,
)


# ---- imports -----------------------------------------------------------------------------------


def module_names(paths: Iterable[Path]) -> dict[str, Path]:
    """Modules by name: helpers/models/dcgan.py is helpers.models.dcgan."""
    found = {}
    for path in paths:
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def read_all() -> dict[str, str]:
    """The source of every module of helpers, by the module's name."""
    return {
        name: path.read_text(encoding="utf-8")
        for name, path in module_names(HELPERS.rglob("*.py")).items()
    }


def room_of(module: str) -> str:
    """The room of a module, '' for the package itself."""
    return module.split(".")[1] if "." in module else ""


def resolved(module: str) -> str:
    """The module's own name: `helpers.train` is helpers/commands/train.py."""
    parts = module.split(".")
    if len(parts) > 1 and parts[1] not in ALLOWED:
        parts.insert(1, "commands")
    return ".".join(parts)


def imports_of(name: str, sources: dict[str, str]) -> set[str]:
    """The modules of helpers that a module imports, anywhere: also in functions, for type checks
    only, relative, or by `import_module` with a name in quotes."""
    is_package = any(other.startswith(f"{name}.") for other in sources)
    package = name if is_package else name.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(sources[name])):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")
            base = above[: len(above) - node.level + 1] if node.level else []
            base = ".".join(base + (node.module.split(".") if node.module else []))
            for alias in node.names:  # a module of the package, or a name in it
                inside = f"{base}.{alias.name}"
                is_module = inside in sources or (base == "helpers" and alias.name != "__path__")
                found.add(inside if is_module else base)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found |= {part.value for part in node.args if isinstance(part, ast.Constant)}
    ours = {resolved(module) for module in found if module.split(".")[0] == "helpers"}
    return ours - {name}


def wrong_imports(sources: dict[str, str]) -> list[str]:
    """Each import from a room that is not below the importing one."""
    wrong = []
    for name in sorted(sources):
        room = room_of(name)
        for module in sorted(imports_of(name, sources)):
            other = room_of(module)
            if other not in ALLOWED[room] | ({room} - {""}):
                wrong.append(f"{name} imports {module}: {room or 'helpers'} is not above {other}")
    return wrong


def circle(sources: dict[str, str]) -> list[str]:
    """The modules of one import circle, each importing the next; [] if there is none."""
    graph = {name: imports_of(name, sources) for name in sources}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1][::-1]
    return []


def test_every_room_has_a_rule():
    rooms = {entry.stem for entry in HELPERS.iterdir()} - {"__pycache__", "__init__"}
    assert rooms == set(ALLOWED) - {""}


def test_no_room_imports_from_one_that_is_not_below_it():
    assert wrong_imports(read_all()) == []


def test_no_module_imports_itself_by_way_of_others():
    assert circle(read_all()) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("helpers.environment.seeds", "import helpers.images"),
        ("helpers.losses", "from helpers.training import Trainer"),
        ("helpers.models.dcgan", "from helpers import data"),
        ("helpers.training.runs", "def f():\n    from helpers.plotting import show"),
        ("helpers.training.runs", "from ..data import image_set"),
        ("helpers.data.sources", "if TYPE_CHECKING:\n    from helpers.training.runs import f"),
        ("helpers.data.sources", "import_module('helpers.evaluation.metrics')"),
        ("helpers.evaluation.metrics", "import helpers.plotting as p"),
        ("helpers.plotting.prints", "from helpers.training import runs"),
        ("helpers.checks.shapes", "from helpers import train"),
        ("helpers.checks.shapes", "from helpers.commands import train"),
        ("helpers", "from helpers import environment"),
    ],
)
def test_an_import_upwards_is_found(name, source):
    assert len(wrong_imports({"helpers.data.image_set": "", name: source})) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("helpers.training.runs", "import torch\nfrom helpers import environment"),
        ("helpers.training.runs", "from . import config\nfrom ..models import load"),
        ("helpers.evaluation.scoring", "from helpers.training import runs\nimport helpers.data"),
        ("helpers.commands.train", "from helpers.plotting import widgets"),
        ("helpers.checks.shapes", "from helpers.evaluation import classifiers"),
    ],
)
def test_an_import_downwards_is_allowed(name, source):
    assert wrong_imports({name: source}) == []


def test_a_circle_is_found_also_one_that_a_function_hides():
    sources = {
        "helpers.data.a": "from helpers.data import b",
        "helpers.data.b": "def f():\n    from helpers.data.c import g",
        "helpers.data.c": "from .a import h",
    }
    assert set(circle(sources)) == set(sources)
    assert circle(sources | {"helpers.data.c": ""}) == []


# ---- size --------------------------------------------------------------------------------------


def too_long(sources: dict[str, str], most: int = 400) -> list[str]:
    """Modules of more than so many lines."""
    lengths = {name: len(text.splitlines()) for name, text in sources.items()}
    return [f"{name}: {length} lines" for name, length in lengths.items() if length > most]


def test_at_most_twelve_things_at_the_top():
    assert len([entry for entry in HELPERS.iterdir() if entry.name != "__pycache__"]) <= 12


def test_no_file_is_longer_than_can_be_read_at_a_sitting():
    assert too_long(read_all()) == []


def test_a_long_file_is_found():
    sources = {"short": "x = 1\n" * 400, "long": "x = 1\n" * 401}
    assert too_long(sources) == ["long: 401 lines"]


# ---- words -------------------------------------------------------------------------------------


def texts_in(source: str) -> Iterable[tuple[int, str]]:
    """Line and text of all names and strings, but for the keys of dictionaries: those are data."""
    tree = ast.parse(source)
    keys = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            keys |= {id(key) for key in node.keys if isinstance(key, ast.Constant)}
        elif isinstance(node, ast.Subscript):
            keys.add(id(node.slice))
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) and id(node) not in keys:
                yield line, node.value
            continue
        for field in ("id", "name", "arg", "attr", "asname", "module"):
            if isinstance(text := getattr(node, field, None), str):
                yield line, text


def private_words(source: str) -> list[str]:
    """'line: word' for every private word in a name or a string; camelCase counts as two words."""
    found = set()
    for line, text in texts_in(source):
        for match in PRIVATE.finditer(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text)):
            found.add((line, match[0].lower()))
    return [f"{line}: {word}" for line, word in sorted(found)]


def python_files() -> list[Path]:
    """What people read and change; a painter's own file is data."""
    folders = (ROOT / name for name in ("helpers", "tests", "benchmarks", "tools"))
    painters = HELPERS / "data" / "atelier" / "painters"
    return [p for f in folders for p in sorted(f.rglob("*.py")) if painters not in p.parents]


def test_code_uses_the_words_of_the_field():
    found = []
    for path in python_files():
        hits = private_words(path.read_text(encoding="utf-8"))
        found += [f"{path.relative_to(ROOT).as_posix()}:{hit}" for hit in hits]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("def f(ju*dge): pass", "ju*dge"),
        ("class BestPla*yer: pass", "pla*yer"),
        ("'''In the man*ner of another.'''", "man*ner"),
        ("print(f'{n} pla*yers')", "pla*yers"),
        ("from x import ma*rk_of", "ma*rk_of"),
        ("trainer.tea*m.rank", "tea*m"),
        ("f(half_pre*cision=True)", "half_pre*cision"),
        ("def test_they_are_told_ap*art_by_two(): pass", "told_ap*art"),
    ],
)
def test_a_private_word_is_found(source, word):  # the star keeps this file free of them
    assert private_words(source.replace("*", "")) == [f"1: {word.replace('*', '')}"]


@pytest.mark.parametrize(
    "source",
    ["{'pla*yer': 1}", "row['pla*yer']", "'steam'", "'in half pre*cision'", "prejudge_d = 1"],
)
def test_data_and_other_words_are_left_alone(source):
    assert private_words(source.replace("*", "")) == []
