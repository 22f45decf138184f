"""How notebooks and helpers are tested: no network, a data folder of the tests' own, strict nbval.

Works from the repository's root and from inside notebooks/ alike, in one process or in several
workers (`-n 2 --dist loadfile`). Notebooks run with the profile "quick", a quarter of the
laptop's steps; `make notebooks` runs the whole laptop profile.
"""

import os
import re
import runpy
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent
OFFLINE = ROOT / "tests" / "offline"
SLOWEST_OUTPUT = 60  # seconds nbval waits for a cell's output after it ran; its own 5 are too few

sys.path.insert(0, str(ROOT))


def forget_runs(data: Path) -> None:
    """Delete the runs of earlier tests, in a folder that tests have made; never anybody else's."""
    mark = data / "made-by-the-tests.txt"
    if (data / "runs").exists() and not mark.exists() and data != ROOT / "data" / "tests":
        raise pytest.UsageError(
            f"ATELIER_TEST_DATA names {data}, whose runs no test has made: they would be deleted. "
            "Name an empty folder."
        )
    shutil.rmtree(data / "runs", ignore_errors=True)
    data.mkdir(parents=True, exist_ok=True)
    mark.write_text("Tests delete the folder runs/ in here.\n", encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Set what every kernel inherits. Runs before anything is collected, in each worker too."""
    data = Path(os.environ.get("ATELIER_TEST_DATA") or ROOT / "data" / "tests").resolve()
    is_worker = hasattr(config, "workerinput")
    if not is_worker:
        forget_runs(data)
    for name in [n for n in os.environ if n.startswith(("ATELIER_", "KAGGLE"))]:
        del os.environ[name]
    os.environ |= {
        "ATELIER_TEST_DATA": str(data),  # for the workers, which start with this environment
        "ATELIER_DATA": str(data),
        "ATELIER_DATASET": "atelier",
        "ATELIER_PROFILE": "quick",
        "ATELIER_DEVICE": "cpu",
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(OFFLINE), str(ROOT), os.environ.get("PYTHONPATH")])
        ),
    }
    runpy.run_path(str(OFFLINE / "sitecustomize.py"))  # this process as well
    if not config.getoption("nbval", False):
        return
    config.option.nbval_sanitize_with = str(ROOT / "tests" / "nbval_sanitize.cfg")
    config.option.nbval_current_env = True
    if not is_worker:  # once for all workers
        from helpers.data.atelier import write_set

        write_set(data / "atelier")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file's tests go to one worker, in order; 06 and 07 follow 05, whose run they look at."""
    from xdist.scheduler import LoadFileScheduling

    class InOrder(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return re.sub(r"^notebooks/0[567]_.*", "notebooks 05 to 07", file)

    return InOrder(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """nbval's cells: wait longer for outputs, and don't compare what goes to stderr (bars)."""
    for item in items:
        if type(item).__name__ == "IPyNbCell":
            item.output_timeout = SLOWEST_OUTPUT
            if "stderr" not in item.parent.skip_compare:
                item.parent.skip_compare = (*item.parent.skip_compare, "stderr")
