"""Into the notebook: a figure, an image or a film, as a small PNG or a GIF with a description."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from IPython.display import display
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

MARGIN = 0.1  # inches around what is in a figure


def show(picture: Figure | Image.Image | Path, alt: str, width: int | None = None) -> None:
    """Show a figure, an image or a PNG/GIF file in the notebook, with `alt` as its description.

    width: how wide it is to be shown, in CSS pixels. A small image in every colour, enlarged by
    the browser, makes a small notebook.
    """
    data, metadata = as_output(picture, alt)
    if width:
        for about in metadata.values():
            about["width"] = width
    display(data, raw=True, metadata=metadata)


def as_output(
    picture: Figure | Image.Image | Path, alt: str, fitted: bool = True
) -> tuple[dict, dict]:
    """A notebook output (data, metadata): the picture and its description. Closes a figure.

    fitted: as large as what is in a figure, with a margin, rather than as its `figsize`.
    """
    mime = "image/png"
    if isinstance(picture, Path):
        content = picture.read_bytes()
        mime = "image/gif" if picture.suffix == ".gif" else mime
    else:
        content = small_png(picture, fitted)
    data = {mime: base64.b64encode(content).decode(), "text/plain": alt}
    return data, {mime: {"alt": alt}}


def png_bytes(picture: Figure | Image.Image, fitted: bool = False) -> bytes:
    """A figure (which is closed) or an image as the bytes of a PNG file.

    fitted: see `as_output`.
    """
    buffer = io.BytesIO()
    if isinstance(picture, Figure):
        fit = {"bbox_inches": "tight", "pad_inches": MARGIN} if fitted else {}
        picture.savefig(buffer, format="png", **fit)
        plt.close(picture)
    else:
        return smallest(picture)
    return buffer.getvalue()


def small_png(picture: Figure | Image.Image, fitted: bool = True) -> bytes:
    """A PNG as small as can be without a visible change.

    Images keep every colour. A figure of lines and text alone gets a palette of 256 colours,
    without dithering: a third of the size.
    """
    is_plot = isinstance(picture, Figure) and not any(axis.images for axis in picture.axes)
    content = png_bytes(picture, fitted)
    if not is_plot:
        return smallest(opened(content))
    return smallest(opened(content).quantize(256, dither=Image.Dither.NONE))


def smallest(image: Image.Image) -> bytes:
    """An image as the bytes of a PNG file, compressed as far as it goes."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def opened(png: bytes) -> Image.Image:
    """The bytes of an image file as an RGB image."""
    return Image.open(io.BytesIO(png)).convert("RGB")
