"""The tests' own data folder: only what tests have made in it is deleted."""

import importlib.util
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location(
    "root_conftest", Path(__file__).parents[1] / "conftest.py"
)
root = importlib.util.module_from_spec(spec)
spec.loader.exec_module(root)


def test_only_runs_that_tests_have_made_are_deleted(tmp_path):
    precious = tmp_path / "runs" / "a-night" / "generator.pt"
    precious.parent.mkdir(parents=True)
    precious.write_bytes(b"weights")
    with pytest.raises(pytest.UsageError, match="whose runs no test has made"):
        root.forget_runs(tmp_path)
    assert precious.exists()

    ours = tmp_path / "ours"
    root.forget_runs(ours)
    (ours / "runs" / "old").mkdir(parents=True)
    root.forget_runs(ours)
    assert ours.exists() and not (ours / "runs").exists()
