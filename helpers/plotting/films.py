"""Films from frames: an animated GIF or PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from helpers.environment.files import write_atomically
from helpers.plotting.style import INK, PAPER, font


def film(
    frames: Sequence[Image.Image | Path],
    path: Path,
    seconds: float = 6.0,
    width: int = 360,
    captions: Sequence[str] = (),
) -> Path:
    """Write frames as an endless film that rests for a second on the last one. Returns `path`.

    The name's ending decides: .gif, or .png for an animated PNG, which notebooks show as any
    other image. A PNG keeps every colour; a GIF can hold 256, chosen on all frames.
    Raises ValueError without a frame, or for another ending.
    """
    if not frames:
        raise ValueError("A film needs at least one frame: train first, then show the film.")
    sheets = []
    for i, frame in enumerate(frames):
        picture = (Image.open(frame) if isinstance(frame, Path) else frame).convert("RGB")
        height = round(picture.height * width / picture.width)
        sheet = Image.new("RGB", (width, height + (24 if captions else 0)), PAPER)
        sheet.paste(picture.resize((width, height), Image.Resampling.LANCZOS))
        if captions:
            ImageDraw.Draw(sheet).text((6, height + 4), captions[i], INK, font(13))
        sheets.append(sheet)
    every = [np.asarray(sheet.reduce(4)).reshape(-1, 3) for sheet in sheets]
    last = np.asarray(sheets[-1]).reshape(-1, 3)  # the one that is looked at longest, in full
    step = max(20, round(1000 * seconds / len(sheets)))
    durations = [step] * (len(sheets) - 1) + [step + 1000]
    return write_film(sheets, np.concatenate([*every, last]), path, durations)


def write_film(
    frames: Sequence[Image.Image], pixels: np.ndarray, path: Path, milliseconds: int | list[int]
) -> Path:
    """Write RGB frames as an endless .png, or as a .gif in 256 colours chosen on `pixels`.

    pixels: uint8 [M, 3]. milliseconds: how long a frame is shown, one number for all or one each.
    Returns `path`.
    Raises ValueError for another ending of `path`.
    """
    file_format = {".png": "PNG", ".gif": "GIF"}.get(path.suffix)
    if file_format is None:
        raise ValueError(f"{path.name} should end in .png or .gif.")
    if file_format == "GIF":
        shared = Image.fromarray(pixels[None]).quantize(256, dither=Image.Dither.NONE)
        frames = [frame.quantize(palette=shared, dither=Image.Dither.NONE) for frame in frames]
    first, *others = frames
    buffer = io.BytesIO()
    first.save(
        buffer, file_format, save_all=True, append_images=others, duration=milliseconds, loop=0
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, buffer.getvalue())
    return path
