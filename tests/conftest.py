"""What several files of tests ask for by name."""

from pathlib import Path

import pytest


@pytest.fixture
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own: it sees no data, credentials or wishes of the reader's."""
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ATELIER_DATASET", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"
