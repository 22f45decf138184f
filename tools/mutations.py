"""Break the helpers one place at a time; the tests, or at least a notebook, must notice.

    python tools/mutations.py                 every mutation: unit tests first, then notebooks
    python tools/mutations.py --notebooks     skip the unit tests: do the notebooks alone notice?
    python tools/mutations.py --only detach   only mutations with this in their name

Works on a copy of the repository's files in a temporary folder; nothing here is touched. First the
copy must pass unbroken, or "caught" would mean nothing. Caught is only what makes a test fail: if
pytest ends in any other way, or not at all, the tool stops. Notebooks take their minutes, so a
whole round is for an evening. Exits with 1 if a mutation survives, with 2 if it cannot tell.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from mutation_table import MUTATIONS, Mutation

ROOT = Path(__file__).resolve().parent.parent
QUICK, SLOW = 15 * 60, 60 * 60  # seconds after which unit tests and notebooks are given up


class ToolError(RuntimeError):
    """The tool could not tell whether a mutation is caught: not the same as caught."""


def misplaced(mutations: Sequence[Mutation] = MUTATIONS) -> list[str]:
    """What is wrong with a table: an `old` that is not in its file exactly once, a missing file."""
    wrong = []
    for mutation in mutations:
        file = ROOT / mutation.file
        count = file.read_text(encoding="utf-8").count(mutation.old) if file.exists() else 0
        if count != 1:
            wrong.append(f"{mutation.name}: its text is {count} times in {mutation.file}, not once")
        if not mutation.tests:
            wrong.append(f"{mutation.name}: it names no tests")
        for test in mutation.tests:
            if not (ROOT / "tests" / test).is_file():
                wrong.append(f"{mutation.name}: there is no tests/{test}")
    return wrong


def copy_repository(to: Path) -> None:
    """All files that git tracks or would track, as they are in the working tree."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        raise ToolError("This needs a git checkout: what git ignores is not copied.")
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)


def drawn_set() -> Path | None:
    """The newest built-in set that lies here; if it is outdated, the first run draws it anew."""
    sets = [ROOT / "data" / "atelier", *ROOT.glob("data/*/atelier")]
    sets = [folder for folder in sets if (folder / "atelier.json").exists()]
    return max(sets, key=lambda folder: (folder / "atelier.json").stat().st_mtime, default=None)


def pytest(copy: Path, data: Path, arguments: list[str], limit: int) -> str:
    """Run pytest in the copy; the test that failed first, or an empty text if all passed.

    Raises ToolError if pytest did not come to a verdict: no tests, an import that fails, a crash,
    no end within `limit` seconds.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ATELIER_")}
    # Without bytecode: a file changed twice in a second would be taken for its old self.
    environment |= {"ATELIER_TEST_DATA": str(data), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--color=no", "-p", "no:cacheprovider"]
    with subprocess.Popen(
        [*command, *arguments],
        cwd=copy,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # so that kernels end with it
    ) as process:
        try:
            output = process.communicate(timeout=limit)[0]
        except BaseException as error:
            process.kill() if os.name == "nt" else os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise ToolError(f"pytest did not end within {limit} seconds.") from error
            raise
    if process.returncode == 0:
        return ""
    found = re.search(r"^(?:FAILED|ERROR) (\S+::.*?)(?: - .*)?$", output, re.M)
    if process.returncode != 1 or not found:
        raise ToolError(f"pytest ended with {process.returncode}, not 0 or 1:\n{output[-1500:]}")
    return found[1]


def unit_tests(copy: Path, data: Path, first: tuple[str, ...] = ()) -> str:
    """The tests of the helpers: first those that a mutation names, then all.

    Left out: this table's own test, which would always fail, and the one that reads notebooks
    without running them.
    """
    left_out = ["--ignore=tests/test_mutations.py", "--ignore=tests/test_notebooks.py"]
    caught = pytest(copy, data, [f"tests/{file}" for file in first], QUICK) if first else ""
    return caught or pytest(copy, data, ["tests", *left_out], QUICK)


def notebooks(copy: Path, data: Path) -> str:
    """Every notebook, cell by cell."""
    return pytest(copy, data, ["--nbval", "notebooks"], SLOW)


def data_for(mutation: Mutation, shared: Path, scratch: Path) -> Path:
    """A data folder: the shared one, or, if reading is what is broken, one without a cache."""
    if not mutation.file.startswith("helpers/data/"):
        return shared
    own = scratch / "data-of-its-own"
    shutil.rmtree(own, ignore_errors=True)
    if (shared / "atelier").exists():
        shutil.copytree(shared / "atelier", own / "atelier", copy_function=os.link)
    return own


def main() -> None:
    """Read the command line, break, test, and print one line a mutation."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only", default="", metavar="NAME", help="mutations with this in the name"
    )
    parser.add_argument("--notebooks", action="store_true", help="skip the unit tests")
    parser.add_argument("--quick", action="store_true", help="skip the notebooks")
    asked = parser.parse_args()
    if wrong := misplaced():
        sys.exit("\n".join(wrong))
    chosen = [mutation for mutation in MUTATIONS if asked.only in mutation.name]
    if not chosen:
        sys.exit("No such mutation. There are: " + "; ".join(m.name for m in MUTATIONS))
    stages = [] if asked.notebooks else [unit_tests]
    stages += [] if asked.quick else [notebooks]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave as tidily as after Ctrl-C
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        scratch = Path(folder).resolve()
        try:
            survivors = run(chosen, stages, scratch)
        except ToolError as error:
            print(f"This could not be told: {error}", file=sys.stderr)
            sys.exit(2)
    print(f"{len(chosen) - survivors} of {len(chosen)} mutations were caught")
    sys.exit(1 if survivors else 0)


def run(chosen: list[Mutation], stages: list, scratch: Path) -> int:
    """Try each mutation in a copy inside `scratch`; returns how many survived."""
    copy, shared = scratch / "copy", scratch / "data"
    copy_repository(copy)
    if (there := drawn_set()) is not None:
        shutil.copytree(there, shared / "atelier")
    healthy = set()  # the stages that the unbroken copy has passed
    survivors = 0
    print(f"{'mutation':60} {'seconds':>7}  caught by")
    for mutation in chosen:
        path = copy / mutation.file
        whole = path.read_text(encoding="utf-8")
        begun, caught = time.monotonic(), ""
        for stage in stages:
            if stage not in healthy:
                if fails := stage(copy, shared):
                    raise ToolError(f"nothing is broken yet, and still this fails: {fails}")
                healthy.add(stage)
                begun = time.monotonic()
            data = data_for(mutation, shared, scratch)
            path.write_text(whole.replace(mutation.old, mutation.new), encoding="utf-8")
            try:
                extra = [mutation.tests] if stage is unit_tests else []
                caught = stage(copy, data, *extra)
            finally:
                path.write_text(whole, encoding="utf-8")
            if caught:
                break
        survivors += not caught
        seconds = time.monotonic() - begun
        print(f"{mutation.name:60} {seconds:7.0f}  {caught or 'NOTHING: it survived'}", flush=True)
    return survivors


if __name__ == "__main__":
    main()
