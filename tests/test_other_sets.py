"""The notebooks on another set than the one whose outputs they hold: digits, drawn, in grey.

Only those that take seconds; 05 to 09 train, and are run on other sets by hand (data/README.md).
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from idx_files import idx

from helpers.data import classics, standins

ROOT = Path(__file__).resolve().parent.parent
RUN = [sys.executable, str(ROOT / "tools" / "course.py"), "run"]


@pytest.fixture(scope="module")
def digits(tmp_path_factory) -> dict[str, str]:
    """The environment of a reader who asks for MNIST and has 4,000 (drawn) digits on disk."""
    data = tmp_path_factory.mktemp("digits")
    images, labels = standins.draw_set("mnist", 4000)
    (data / "mnist").mkdir()
    for name in classics.IDX:
        array = images[:, 0] if "images" in name else labels.astype(np.uint8)
        (data / "mnist" / name).write_bytes(idx(array))
    return os.environ | {"ATELIER_DATA": str(data), "ATELIER_DATASET": "mnist"}


@pytest.mark.parametrize("number", ["01", "02", "03", "04"])
def test_a_notebook_runs_on_digits_as_well(number, digits):
    done = subprocess.run([*RUN, number], env=digits, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(Path(digits["ATELIER_DATA"], "course").glob(f"{number}_*.html"))
