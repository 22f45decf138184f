"""Killed again and again, a run loses nothing that was saved: tools/stress.py in a short form."""

import os
import runpy
from pathlib import Path

import pytest
import torch

STRESS = Path(__file__).resolve().parent.parent / "tools" / "stress.py"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows cannot fork")
def test_twelve_kills_four_of_them_amid_a_save(monkeypatch):
    monkeypatch.delenv("ATELIER_THREADS", raising=False)
    monkeypatch.setenv("ATELIER_RUNS", "as before")
    stress, threads = runpy.run_path(str(STRESS))["stress"], torch.get_num_threads()
    try:
        assert stress(kills=12, seed=1) > 0  # steps; all else is asserted in there
    finally:
        torch.set_num_threads(threads)  # with another number, other bits
    assert os.environ["ATELIER_RUNS"] == "as before" and "ATELIER_THREADS" not in os.environ
