"""Where things are kept: the data folder, the runs, Google Drive."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from helpers.environment.files import writable

ROOT = Path(__file__).resolve().parents[2]


def data_folder() -> Path:
    """The folder for all that is fetched, drawn or trained: `ATELIER_DATA`, or `data/` here."""
    folder = Path(os.environ.get("ATELIER_DATA") or ROOT / "data").expanduser().resolve()
    return folder if folder.is_dir() else writable(folder)


def shown(path: Path) -> str:
    """A path as a notebook may show it: inside the course if possible, never the whole machine."""
    if path.is_relative_to(ROOT):
        return path.relative_to(ROOT).as_posix()
    if path.is_relative_to(data_folder()):
        return f"data/{path.relative_to(data_folder()).as_posix()}"
    return path.name


def runs_folder() -> Path:
    """The folder of all training runs: `ATELIER_RUNS`, or `runs/` inside the data folder."""
    elsewhere = os.environ.get("ATELIER_RUNS")
    folder = Path(elsewhere).expanduser().resolve() if elsewhere else data_folder() / "runs"
    return folder if folder.is_dir() else writable(folder)


def keep_runs_on_drive(mount: str = "/content/drive") -> Path:
    """In Colab, keep all runs on Google Drive, where they outlive a lost session.

    Returns the runs folder in use. Where there is no Drive, or it cannot be mounted or written
    to, runs stay on the local disk, and a line says so and why.
    """
    try:
        from google.colab import drive  # only exists in Colab

        drive.mount(mount)
        folder = Path(mount) / "MyDrive" / "gan-atelier" / "runs"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"can be written to")
    except ImportError:
        print("runs      stay on this machine's disk: Google Drive is there in Colab only")
    except Exception as error:  # a declined permission, a time-out, a full or read-only Drive
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        print(f"runs      stay on this machine's disk, Google Drive could not be used: {reason}")
        print("          When this session ends they are gone: download what you want to keep.")
    else:
        os.environ["ATELIER_RUNS"] = str(folder)
        print(f"runs      are kept on Google Drive, in {folder}")
    return runs_folder()
