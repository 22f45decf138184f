"""Does every link lead somewhere? In all Markdown files and in the notebooks' Markdown cells.

    python tools/links.py            # files and headings, without a network
    python tools/links.py --online   # web addresses as well

Prints a line a broken link and exits with 1 if there is one. Links and pictures in Markdown and in
HTML (src, href) count; what stands in code does not. Online, an answer of 404 or 410 is broken, and
so is a host that does not exist; a server that merely refuses a program is none.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = {"__pycache__", "node_modules"}  # and whatever begins with a dot
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]+`", re.M | re.S)
LINK = re.compile(r"\]\(<?([^)\s>]+)[^)]*\)|(?:src|href)=[\"']([^\"']+)|<(https?://[^>\s]+)>")


def documents(root: Path) -> Iterator[Path]:
    """Markdown files and notebooks; of data/ only what lies there directly: its card."""
    for folder, folders, files in os.walk(root):
        place = Path(folder)
        folders[:] = sorted(f for f in folders if f not in SKIPPED and not f.startswith("."))
        if place == root / "data":
            folders.clear()
        yield from (place / file for file in sorted(files) if file.endswith((".md", ".ipynb")))


def markdown(path: Path) -> str:
    """The Markdown of a file: all of it, or a notebook's Markdown cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
    return "\n\n".join("".join(cell["source"]) for cell in cells)


def links_in(text: str) -> list[str]:
    """Targets of links and pictures in Markdown, in order."""
    return ["".join(found) for found in LINK.findall(CODE.sub("", text))]


def anchors_in(text: str) -> set[str]:
    """The anchors of a Markdown text: its headings as GitHub and Jupyter spell them, and ids."""
    text = CODE.sub(lambda code: "" if code[1] else code[0].strip("`"), text)
    found = set(re.findall(r"\b(?:id|name)=[\"']([^\"']+)", text))
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", text, re.M):
        heading = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip()
        found |= {
            heading.replace(" ", "-"),
            re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"),
        }
    return found


def is_web(link: str) -> bool:
    """Whether a link leads to another machine."""
    return bool(re.match(r"(?:https?:)?//", link))


def wrong_with(link: str, path: Path) -> str:
    """What is wrong with a link within the repository, in a few words; empty if nothing is."""
    if is_web(link) or re.match(r"[a-z]+:", link):  # mailto:, data:, attachment:
        return ""
    file, _, anchor = unquote(link).partition("#")
    target = path.parent / file if file else path
    if not target.exists():
        return "there is no such file"
    if anchor and target.suffix in (".md", ".ipynb") and anchor not in anchors_in(markdown(target)):
        return "there is no such heading"
    return ""


def wrong_online(link: str) -> str:
    """What is wrong with a web address, in a few words; empty if nothing is."""
    request = urllib.request.Request(link, headers={"User-Agent": "Mozilla/5.0 (link check)"})
    try:
        with urllib.request.urlopen(request, timeout=30):
            return ""
    except urllib.error.HTTPError as error:
        return f"answers {error.code}" if error.code in (404, 410) else ""
    except OSError as error:
        return f"cannot be reached ({getattr(error, 'reason', error)})"


def broken(root: Path, online: bool = False) -> list[str]:
    """A line for each broken link of a repository: 'README.md: figures/a.png: no such file'."""
    found = [(path, link) for path in documents(root) for link in links_in(markdown(path))]
    wrong = [(path, link, wrong_with(link, path)) for path, link in found]
    if online:
        web = sorted({link for _, link in found if is_web(link)})
        with ThreadPoolExecutor(8) as pool:
            verdicts = dict(zip(web, pool.map(wrong_online, web), strict=True))
        wrong += [(path, link, verdicts[link]) for path, link in found if link in verdicts]
    return [f"{p.relative_to(root).as_posix()}: {link}: {why}" for p, link, why in wrong if why]


def main() -> None:
    """Print what is broken; exit with 1 if something is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--online", action="store_true", help="ask web servers as well")
    lines = broken(ROOT, parser.parse_args().online)
    print("\n".join(lines) or "all links lead somewhere")
    sys.exit(1 if lines else 0)


if __name__ == "__main__":
    main()
