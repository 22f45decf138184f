"""An executed notebook as one HTML page that needs nothing beside it, for a screen of any width."""

from __future__ import annotations

import base64
import copy
import html
import io
import mimetypes
import re
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from PIL import Image

IMAGES = ("image/png", "image/gif", "image/jpeg")
WIDE = 700  # pixels
# On a phone a wide figure is scrolled sideways: shrunk to the screen, nobody could read it.
STYLE = """<style>
@media (max-width: 700px) {
  .jp-InputPrompt, .jp-OutputPrompt { display: none }
  body.jp-Notebook { padding: 8px }
  .jp-RenderedHTMLCommon.jp-OutputArea-output { overflow-x: auto }
  .jp-OutputArea-output img.wide { max-width: none; width: 700px }
}
</style>
</head>"""


def page_of(notebook: nbformat.NotebookNode, folder: Path) -> str:
    """The notebook as HTML: every picture inside it and described, cells tagged `check` left out.

    folder: where the notebook lies; from there its links to pictures lead.
    """
    notebook = copy.deepcopy(notebook)
    notebook.cells = [c for c in notebook.cells if "check" not in c.metadata.get("tags", [])]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            embed(cell, folder)
        for output in cell.get("outputs", []):
            describe(output)
    return HTMLExporter().from_notebook_node(notebook)[0].replace("</head>", STYLE, 1)


def embed(cell: nbformat.NotebookNode, folder: Path) -> None:
    """Take the pictures that a text cell links to into the cell: as attachments, since nbconvert
    embeds no file from outside the notebook's own folder.
    """
    for link in re.findall(r"!\[[^\]]*\]\(([^)\s:]+)\)", cell.source):
        content = base64.b64encode((folder / link).read_bytes()).decode()
        name = link.replace("/", "_")
        attachments = cell.setdefault("attachments", {})
        attachments[name] = {mimetypes.guess_type(link)[0]: content}
        cell.source = cell.source.replace(f"({link})", f"(attachment:{name})")


def describe(output: nbformat.NotebookNode) -> None:
    """Turn a picture with a description into an <img> with `alt`: nbconvert's page drops it."""
    data = output.get("data", {})
    for kind in IMAGES:
        about = output.get("metadata", {}).get(kind, {})
        alt, width = about.get("alt"), about.get("width")
        if kind in data and alt:
            content = data[kind].strip()
            wide = Image.open(io.BytesIO(base64.b64decode(content))).width > WIDE
            data.clear()
            data["text/html"] = (
                f'<img class="{"wide" if wide else "small"}" alt="{html.escape(alt)}" '
                f'{f"width={width} " if width else ""}src="data:{kind};base64,{content}">'
            )
            return
