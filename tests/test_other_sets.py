"""The notebooks on other sets than the one whose outputs they hold: drawn digits, an odd folder.

Only those that take seconds; 05 to 09 train, and are run on other sets by hand (data/README.md).
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from idx_files import idx
from PIL import Image

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


@pytest.fixture(scope="module")
def odd(tmp_path_factory) -> dict[str, str]:
    """The environment of a reader whose folder begins with files that are no pictures."""
    data = tmp_path_factory.mktemp("odd")
    for number in range(40):  # a class each: more than are drawn
        folder = data / "set" / ("$\\bad$ and $" if number == 1 else f"class {number}")
        folder.mkdir(parents=True)
        Image.new("RGB", (40, 30), (120, 120, 120)).save(folder / "picture.jpg")
    first = data / "set" / "class 0"
    (first / "0.heic").write_bytes(b"\0\0\0\x18ftypheic")
    (first / "1.jpg").symlink_to(data / "nowhere.jpg")
    whole = (first / "picture.jpg").read_bytes()
    (first / "2.jpg").write_bytes(whole[: len(whole) // 2])
    return os.environ | {"ATELIER_DATA": str(data), "ATELIER_DATASET": str(data / "set")}


@pytest.mark.parametrize("number", ["01", "02"])
def test_a_notebook_skips_and_names_what_is_no_picture(number, odd):
    done = subprocess.run([*RUN, number], env=odd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    page = next(Path(odd["ATELIER_DATA"], "course").glob(f"{number}_*.html")).read_text("utf-8")
    assert all(f"{name} (" in page for name in ("0.heic", "1.jpg", "2.jpg"))
