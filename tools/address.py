"""Say where this course lives: python tools/address.py OWNER/REPO

Rewrites the address in pyproject.toml's [tool.course] and everywhere it is used: the README's
clone command and the Colab badge of every notebook. For forks; a test holds all of them together.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def places() -> list[Path]:
    """The files that mention the address."""
    return [
        ROOT / "pyproject.toml",
        ROOT / "README.md",
        *sorted((ROOT / "notebooks").rglob("[0-9]*.ipynb")),
    ]


def main() -> None:
    """Replace the old address by the new one."""
    if len(sys.argv) != 2 or not re.fullmatch(r"[\w.-]+/[\w.-]+", sys.argv[1]):
        sys.exit("usage: python tools/address.py OWNER/REPO")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    old, new = settings["tool"]["course"]["repository"], sys.argv[1]
    for path in places():
        text = path.read_text(encoding="utf-8")
        count = text.count(old)
        if count:
            part = path.with_name(path.name + ".part")
            part.write_text(text.replace(old, new), encoding="utf-8")
            part.replace(path)
            print(f"{path.relative_to(ROOT)}: {count} changed")


if __name__ == "__main__":
    main()
