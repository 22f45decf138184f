"""Run the notebooks: the whole course at once, or each in place to refresh its outputs.

    python tools/course.py run          notebooks 00 to 06, copies and HTML under data/course/
    python tools/course.py run 07 09    these alone, after what was run before
    python tools/course.py update       every notebook in place, outputs ready to commit

`run` goes on where an earlier run stopped: a notebook is done again only if it, an earlier one,
the helpers or an ATELIER_* variable changed. ATELIER_DATASET says which pictures it is about.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import shutil
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

sys.path.insert(0, str(Path(__file__).resolve().parent))

from page import page_of

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
RUNS = {  # the runs that each notebook makes
    "05": ["paintings*", "rate_*"],
    "07": ["twenty*"],
    "08": ["digits*", "fashion*"],
    "09": ["mine*"],
    "10": ["clinic-*"],
    "11": ["ablation*"],
    "12": ["request*"],
    "13": ["style*"],
    "16": ["parks*"],
    "18": ["long-*"],
}
CORE = [f"{number:02}" for number in range(7)]


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds, 3:07."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


class Progress:
    """One line that is rewritten in a terminal; elsewhere, one line per notebook."""

    def __init__(self, total: int) -> None:
        self.total, self.begun, self.live = total, time.monotonic(), sys.stdout.isatty()

    def cell(self, number: int, name: str, cell: int, cells: int) -> None:
        """Say which cell is running."""
        line = f"[{number}/{self.total}] {name:24} cell {cell:2} of {cells}   {self.spent()}"
        if self.live:
            print(f"\r{line:70}", end="", flush=True)
        elif cell == 1 or cell % 10 == 0:
            print(line, flush=True)

    def done(self, number: int, name: str, what: str) -> None:
        """Say that a notebook is finished."""
        line = f"[{number}/{self.total}] {name:24} {what}   {self.spent()}"
        print(f"\r{line:70}" if self.live else line, flush=True)

    def spent(self) -> str:
        """Time since the start."""
        return clock(time.monotonic() - self.begun)


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def execute(path: Path, progress: Progress, number: int) -> nbformat.NotebookNode:
    """Run a notebook in its own folder and return it with its outputs.

    Exits with the failing cell and its message, rather than with a traceback of the machinery.
    """
    notebook = nbformat.read(path, as_version=4)
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]

    def started(cell: nbformat.NotebookNode, cell_index: int) -> None:
        if cell.cell_type == "code":
            progress.cell(number, path.stem, code.index(cell_index) + 1, len(code))

    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,
        on_cell_start=started,
        extra_arguments=["--IPKernelApp.log_level=40"],  # errors only: the line is for progress
    )
    try:
        client.execute()
    except CellExecutionError as error:
        print(f"\n\n{path.name} stopped at this cell:\n\n{error}", file=sys.stderr)
        raise SystemExit(1) from None
    return notebook


def tidy(notebook: nbformat.NotebookNode) -> None:
    """Drop what says more of the machine than of the course: widget state, times, stderr."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [out for out in cell.outputs if out.get("name") != "stderr"]


def take_figures(notebook: nbformat.NotebookNode) -> None:
    """Write the last picture of each cell tagged `figure:NAME` to figures/NAME.png (or .gif)."""
    for cell in notebook.cells:
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("figure:"):
                outputs = [out.get("data", {}) for out in cell.get("outputs", [])]
                kind, content = [
                    (kind, data[f"image/{kind}"])
                    for data in outputs
                    for kind in ("png", "gif")
                    if f"image/{kind}" in data
                ][-1]
                target = ROOT / "figures" / f"{tag.removeprefix('figure:')}.{kind}"
                part = target.with_name(target.name + ".part")
                part.write_bytes(base64.b64decode(content))
                part.replace(target)


def key_of(path: Path, before: str) -> str:
    """A name for all that a notebook's result depends on, what came before it included."""
    parts = [before, path.read_text(encoding="utf-8"), sys.version]
    helpers = [file for file in ROOT.glob("helpers/**/*") if file.suffix in (".py", ".mplstyle")]
    helpers += ROOT.glob("data/generators/*.json")
    parts += [helper.read_text(encoding="utf-8") for helper in sorted(helpers)]
    parts += [f"{k}={v}" for k, v in sorted(os.environ.items()) if k.startswith("ATELIER_")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def run(only: list[str]) -> None:
    """Execute notebooks as copies under data/course/ and say where the gallery hangs."""
    data = Path(os.environ.get("ATELIER_DATA") or ROOT / "data").expanduser().resolve()
    out = data / "course"
    out.mkdir(parents=True, exist_ok=True)
    done_file = out / "done.json"
    done = json.loads(done_file.read_text()) if done_file.exists() else {}
    paths = [path for number in only or CORE for path in sorted(NOTEBOOKS.glob(f"{number}*.ipynb"))]
    if not paths:
        sys.exit(f"No notebook's name begins with {' or '.join(only)}.")
    progress, keys, key = Progress(len(paths)), {}, ""
    for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")):  # each depends on all before it
        keys[path] = key = key_of(path, key)
    for number, path in enumerate(paths, 1):
        key = keys[path]
        html = out / f"{path.stem}.html"
        if done.get(path.stem) == key and html.exists():
            progress.done(number, path.stem, "done before")
            continue
        notebook = execute(path, progress, number)
        tidy(notebook)  # on a page, every state of a progress bar would be a line of its own
        write_text(out / path.name, nbformat.writes(notebook))
        write_text(html, page_of(notebook, path.parent))
        done[path.stem] = key
        write_text(done_file, json.dumps(done, indent=2))
        progress.done(number, path.stem, "done")
    pictures = sorted(data.glob("runs/*/gallery.png"), key=lambda file: file.stat().st_mtime)
    if not pictures and not only:
        sys.exit("The notebooks ran, but no runs/*/gallery.png was made: notebook 06 should do so.")
    if pictures:
        print(f"gallery   {shown(pictures[-1])}")
    print(f"notebooks {shown(out)}/*.html")
    print(f"time      {progress.spent()} minutes")


def shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def update(only: list[str]) -> None:
    """Execute notebooks in place, with a data folder of their own, so that outputs are as new."""
    data = ROOT / "data" / "notebooks"
    for start, runs in RUNS.items():  # a second run would get another name, and outputs show it
        if not only or any(name.startswith(start) for name in only):
            for folder in [f for name in runs for f in (data / "runs").glob(name)]:
                shutil.rmtree(folder)
    os.environ |= {
        "ATELIER_DATA": str(data),
        "ATELIER_DATASET": "atelier",
        "ATELIER_PROFILE": "laptop",
        "ATELIER_DEVICE": "cpu",
    }
    paths = sorted(NOTEBOOKS.glob("[0-9]*.ipynb")) + sorted(NOTEBOOKS.glob("solutions/*.ipynb"))
    paths = [path for path in paths if not only or any(path.name.startswith(o) for o in only)]
    progress = Progress(len(paths))
    for number, path in enumerate(paths, 1):
        notebook = execute(path, progress, number)
        tidy(notebook)
        write_text(path, nbformat.writes(notebook))
        take_figures(notebook)
        progress.done(number, path.stem, "written")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["run", "update"])
    parser.add_argument(
        "only", nargs="*", help="these notebooks alone (start of name), such as 07 09"
    )
    asked = parser.parse_args()
    try:
        run(asked.only) if asked.what == "run" else update(asked.only)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.")
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
