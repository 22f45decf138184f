"""Grids, curves, palettes, films and the gallery. Knows pictures and numbers, not training.

Pictures come as uint8 [N, C, H, W], array or tensor. A function that draws returns a Figure or a
PIL picture; `show` puts it into the notebook together with a sentence for those who cannot see it.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image, ImageDraw, ImageFilter, ImageFont

plt.style.use(Path(__file__).with_name("atelier.mplstyle"))

INK, PAPER = "#2b2926", "#fbf9f4"
REAL, FAKE = "#0072b2", "#d55e00"  # blue is real and orange is fake, in every figure


def show(picture: Figure | Image.Image | Path, alt: str) -> None:
    """Show a figure, a picture or a PNG/GIF file in the notebook, with `alt` as its description."""
    display(*[as_output(picture, alt)[0]], raw=True, metadata=as_output(picture, alt)[1])


def as_output(picture: Figure | Image.Image | Path, alt: str) -> tuple[dict, dict]:
    """A notebook output (data, metadata) of a picture and its description."""
    kind = "image/png"
    if isinstance(picture, Path):
        content = picture.read_bytes()
        kind = "image/gif" if picture.suffix == ".gif" else kind
    else:
        content = small_png(picture)
    data = {kind: base64.b64encode(content).decode(), "text/plain": alt}
    return data, {kind: {"alt": alt}}


def png_bytes(picture: Figure | Image.Image) -> bytes:
    """A figure (which is closed) or a picture as the bytes of a PNG file."""
    buffer = io.BytesIO()
    if isinstance(picture, Figure):
        picture.savefig(buffer, format="png")
        plt.close(picture)
    else:
        picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def small_png(picture: Figure | Image.Image) -> bytes:
    """A PNG of 256 colours, dithered: a third of the size, so notebooks stay light."""
    whole = opened(png_bytes(picture))
    colours = whole.quantize(256, dither=Image.Dither.FLOYDSTEINBERG)
    buffer = io.BytesIO()
    colours.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def opened(png: bytes) -> Image.Image:
    """The bytes of a picture file as an RGB picture."""
    return Image.open(io.BytesIO(png)).convert("RGB")


def as_pixels(images: np.ndarray) -> np.ndarray:
    """uint8 [N, C, H, W] (or a tensor) to uint8 [N, H, W, 3] for drawing; grey becomes RGB."""
    pixels = np.moveaxis(np.asarray(images), 1, -1)
    return pixels.repeat(3, axis=-1) if pixels.shape[-1] == 1 else pixels


# ---- pictures in rows --------------------------------------------------------------------------


def wall(
    images: np.ndarray,
    columns: int = 8,
    title: str = "",
    captions: Sequence[str] = (),
    inches: float = 1.0,
) -> Figure:
    """Pictures side by side, row by row. captions: one under each picture, or none at all.

    Raises ValueError if there is no picture.
    """
    pixels = as_pixels(images)
    if not len(pixels):
        raise ValueError("There is no picture to hang: the wall was given none.")
    rows = -(-len(pixels) // columns)
    height = rows * (inches + (0.2 if captions else 0.04)) + (0.45 if title else 0.05)
    figure, axes = plt.subplots(rows, columns, figsize=(columns * inches * 1.04, height), dpi=110)
    for i, axis in enumerate(np.atleast_1d(axes).flat):
        axis.axis("off")
        if i < len(pixels):
            axis.imshow(pixels[i], interpolation="nearest")
            if captions:
                axis.set_title(captions[i], fontsize=8, fontweight="normal", loc="center", pad=3)
    figure.get_layout_engine().set(w_pad=0.015, h_pad=0.015, wspace=0, hspace=0)
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    return figure


def rows_of(groups: dict[str, np.ndarray], title: str = "", inches: float = 0.9) -> Figure:
    """One row of pictures per name. Rows may differ in length."""
    columns = max(len(images) for images in groups.values())
    size = (columns * inches + 2.1, len(groups) * inches * 1.02 + (0.45 if title else 0.05))
    figure, axes = plt.subplots(len(groups), columns, figsize=size, dpi=100, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for row, (name, images) in zip(axes, groups.items(), strict=True):
        for axis, pixels in zip(row, as_pixels(images), strict=False):
            axis.imshow(pixels, interpolation="nearest")
        row[0].text(-0.08, 0.5, name, transform=row[0].transAxes, ha="right", va="center")
    figure.get_layout_engine().set(w_pad=0.01, h_pad=0.01, wspace=0, hspace=0)
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    return figure


# ---- numbers -----------------------------------------------------------------------------------


def bars(
    names: Sequence[str],
    values: Sequence[float],
    title: str,
    label: str = "",
    highlight: Sequence[str] = (),
    ax: Axes | None = None,
) -> Figure:
    """Horizontal bars with their values written beside them, in the order given."""
    if ax is None:
        _, ax = plt.subplots(figsize=(8, 0.55 + 0.27 * len(names)))
    colours = [FAKE if name in highlight else REAL for name in names]
    drawn = ax.barh(range(len(names)), values, color=colours, height=0.72)
    ax.bar_label(
        drawn,
        [f"{value:,.0f}" if value >= 100 else f"{value:.3g}" for value in values],
        padding=4,
        fontsize=8.5,
    )
    ax.set(yticks=range(len(names)), yticklabels=names, xlabel=label, title=title)
    ax.xaxis.set_major_locator(MaxNLocator("auto", integer=max(values) >= 1))
    ax.invert_yaxis()
    ax.grid(False)
    ax.margins(x=0.1, y=0.02)
    return ax.figure


def smooth(values: Sequence[float], window: int = 9) -> np.ndarray:
    """Centred running mean with shrinking windows at both ends; same length as `values`."""
    values = np.asarray(values, dtype=float)
    half = min(window, len(values)) // 2
    return np.array([values[max(0, i - half) : i + half + 1].mean() for i in range(len(values))])


def learning_curves(
    histories: dict[str, list[dict[str, float]]] | list[dict[str, float]], title: str = ""
) -> Figure:
    """Losses on the left, real and fake scores on the right, of one run or of several.

    With one run, thin lines are the measurements and thick ones their running mean.
    """
    runs = histories if isinstance(histories, dict) else {"": histories}
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), dpi=90)
    for style, (name, history) in zip(("-", "--", ":", "-."), runs.items(), strict=False):
        steps = [row["step"] for row in history]
        for ax, key, label, colour in (
            (left, "loss_d", "discriminator", REAL),
            (left, "loss_g", "generator", FAKE),
            (right, "d_real", "D(x), real", REAL),
            (right, "d_fake", "D(G(z)), fake", FAKE),
        ):
            values = [row[key] for row in history]
            if len(runs) == 1:
                ax.plot(steps, values, color=colour, alpha=0.25, linewidth=0.8)
            ax.plot(
                steps, smooth(values), style, color=colour, label=f"{label} {name and f'({name})'}"
            )
    left.axhline(2 * np.log(2), color=INK, linewidth=0.8, linestyle=":")
    left.text(
        1,
        2 * np.log(2),
        "discriminator at chance ",
        fontsize=8,
        va="bottom",
        ha="right",
        transform=left.get_yaxis_transform(),
    )
    left.set(title="Losses", xlabel="step", ylabel="nats")
    right.axhline(0.5, color=INK, linewidth=0.8, linestyle=":")
    right.set(title="How real the discriminator finds them", xlabel="step", ylim=(0, 1))
    for ax in (left, right):
        ax.legend(loc="best", fontsize=8)
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    return figure


def score_histogram(scores: dict[str, np.ndarray], title: str) -> Figure:
    """Distributions of D's probability "this is real", one colour per kind of picture."""
    figure, ax = plt.subplots(figsize=(8, 3.4))
    bins = np.linspace(0, 1, 31)
    for colour, (name, values) in zip((REAL, FAKE, "#009e73"), scores.items(), strict=False):
        ax.hist(np.asarray(values), bins, color=colour, alpha=0.55, label=name, density=True)
    ax.set(title=title, xlabel="D's probability of being real", ylabel="density")
    ax.legend()
    return figure


# ---- colour ------------------------------------------------------------------------------------


def palette(images: np.ndarray, colours: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The colours a set of pictures is made of: k-means over its pixels (Lloyd 1982).

    images: uint8 [N, 3, H, W]. Returns centres uint8 [K, 3] and shares [K] that sum to 1, the
    largest first. At most 4,000 pixels are looked at.
    """
    random = np.random.default_rng(seed)
    pixels = as_pixels(images).reshape(-1, 3).astype(np.float32)
    pixels = pixels[random.choice(len(pixels), min(4000, len(pixels)), replace=False)]
    centres = pixels[:1]
    while len(centres) < colours:  # start far apart (k-means++, Arthur and Vassilvitskii 2007)
        away = ((pixels[:, None] - centres) ** 2).sum(-1).min(1) + 1e-6
        centres = np.vstack([centres, pixels[random.choice(len(pixels), p=away / away.sum())]])
    for _ in range(12):
        nearest = ((pixels[:, None] - centres) ** 2).sum(-1).argmin(1)
        centres = np.stack(
            [
                pixels[nearest == k].mean(0) if (nearest == k).any() else centres[k]
                for k in range(colours)
            ]
        )
    shares = np.bincount(nearest, minlength=colours) / len(pixels)
    order = shares.argsort()[::-1]
    return centres[order].round().astype(np.uint8), shares[order]


def palette_strips(palettes: dict[str, tuple[np.ndarray, np.ndarray]], title: str) -> Figure:
    """One strip per name, each colour as wide as its share."""
    figure, ax = plt.subplots(figsize=(9, 0.6 + 0.34 * len(palettes)))
    for row, (centres, shares) in enumerate(palettes.values()):
        left = 0.0
        for colour, share in zip(centres / 255, shares, strict=True):
            ax.barh(row, share, left=left, color=colour, height=0.86)
            left += share
    ax.set(yticks=range(len(palettes)), yticklabels=list(palettes), xticks=[], title=title)
    ax.set_xlim(0, 1)
    ax.invert_yaxis()
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return figure


# ---- films and the gallery ---------------------------------------------------------------------


def film(
    frames: Sequence[Image.Image | Path],
    path: Path,
    seconds: float = 6.0,
    width: int = 360,
    captions: Sequence[str] = (),
) -> Path:
    """Write frames as an endless film that rests for a second on the last one. Returns `path`.

    The name's ending decides: .gif, or .png for an animated PNG, which notebooks show as any
    other picture. All frames share 128 colours, chosen on all of them.
    """
    if not frames:
        raise ValueError("A film needs at least one frame: train first, then show the film.")
    sheets = []
    for i, frame in enumerate(frames):
        picture = (Image.open(frame) if isinstance(frame, Path) else frame).convert("RGB")
        height = round(picture.height * width / picture.width)
        sheet = Image.new("RGB", (width, height + (24 if captions else 0)), PAPER)
        sheet.paste(picture.resize((width, height), Image.Resampling.BICUBIC))
        if captions:
            ImageDraw.Draw(sheet).text((6, height + 4), captions[i], INK, font(13))
        sheets.append(sheet)
    some = [np.asarray(sheet.reduce(4)).reshape(-1, 3) for sheet in sheets]
    seen = np.concatenate([*some, np.asarray(sheets[-1]).reshape(-1, 3)])  # the last in full
    colours = Image.fromarray(seen[None]).quantize(128, dither=Image.Dither.NONE)
    sheets = [sheet.quantize(palette=colours, dither=Image.Dither.NONE) for sheet in sheets]
    step = max(20, round(1000 * seconds / len(sheets)))
    durations = [step] * (len(sheets) - 1) + [step + 1000]
    part = path.with_name(path.name + ".part")
    kind = "PNG" if path.suffix == ".png" else "GIF"
    sheets[0].save(part, kind, save_all=True, append_images=sheets[1:], duration=durations, loop=0)
    part.replace(path)
    return path


def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with matplotlib, so captions look alike on every machine."""
    folder = Path(plt.matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(folder / f"DejaVuSans{'-Bold' if bold else ''}.ttf", size)


COLUMNS, ROWS = 5, 3  # of the gallery's wall


def gallery(images: np.ndarray, placards: Sequence[str] = (), unit: int = 480) -> Image.Image:
    """A wall of 15 framed pictures, lit from above, for printing.

    images: uint8 [15, C, H, W]. placards: a line under each frame, or none at all.
    unit: pixels of a picture's place on the wall, frame and margin included.
    Raises ValueError if there are not 15 pictures.
    """
    if len(images) != COLUMNS * ROWS:
        raise ValueError(f"The gallery hangs {COLUMNS * ROWS} pictures, not {len(images)}.")
    margin = unit // 4
    wall_picture = lit_wall(COLUMNS * unit + 2 * margin, ROWS * unit + 2 * margin)
    for i, pixels in enumerate(as_pixels(images)):
        framed = frame(Image.fromarray(pixels), round(0.76 * unit), unit)
        place = (
            margin + i % COLUMNS * unit + round(0.12 * unit),
            margin + i // COLUMNS * unit + round(0.08 * unit),
        )
        hang(wall_picture, framed, place, unit)
        if placards:
            spot = (place[0] + framed.width // 2, place[1] + framed.height + unit // 30)
            ImageDraw.Draw(wall_picture).text(
                spot, placards[i], "#d9d3c4", font(unit // 26), anchor="ma"
            )
    return wall_picture


def lit_wall(width: int, height: int) -> Image.Image:
    """A dark green museum wall, brighter where the lamps reach it."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    lamps = sum(np.exp(-(((x / width - c) / 0.16) ** 2)) for c in (0.14, 0.38, 0.62, 0.86))
    light = 0.72 + 0.34 * lamps * np.exp(-((y / height - 0.32) ** 2) / 0.22)
    grain = np.random.default_rng(0).normal(0, 0.012, (height, width)).astype(np.float32)
    colour = np.array([58, 74, 70], dtype=np.float32)
    pixels = (light + grain)[:, :, None] * colour
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def frame(picture: Image.Image, side: int, unit: int) -> Image.Image:
    """A picture enlarged to `side` pixels, frame and mount included."""
    border, mount = max(4, unit // 22), max(3, unit // 30)
    inner = side - 2 * (border + mount)
    framed = Image.new("RGB", (side, side), "#7a5a2e")
    draw = ImageDraw.Draw(framed)
    for i in range(border):  # a moulding: light runs over the gilded edge and falls off inside
        shine = 0.55 + 0.75 * np.sin(np.pi * (i + 0.5) / border) ** 2
        gold = tuple(round(min(255, part * shine)) for part in (178, 138, 74))
        draw.rectangle((i, i, side - 1 - i, side - 1 - i), outline=gold)
    draw.rectangle((border, border, side - 1 - border, side - 1 - border), fill="#f1ece0")
    framed.paste(on_canvas(picture, inner), (border + mount, border + mount))
    return framed


def on_canvas(picture: Image.Image, side: int) -> Image.Image:
    """A small picture enlarged as a printer would: no pixel squares, on woven canvas."""
    scale = max(1, 160 // picture.width)
    smoothed = picture.resize(
        (picture.width * scale, picture.height * scale), Image.Resampling.BICUBIC
    )
    smoothed = smoothed.filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.ModeFilter(5))
    large = smoothed.resize((side, side), Image.Resampling.BICUBIC)
    y, x = np.mgrid[0:side, 0:side]
    threads = 1 + 0.035 * (np.sin(x * 1.6) * np.sin(y * 1.6) + np.sin((x + y) * 0.8))
    woven = np.asarray(large, dtype=np.float32) * threads[:, :, None]
    return Image.fromarray(woven.clip(0, 255).astype(np.uint8))


def hang(wall_picture: Image.Image, framed: Image.Image, place: tuple[int, int], unit: int) -> None:
    """Paste a framed picture with its soft shadow, which falls down and to the right."""
    blur = unit // 16
    shade = Image.new("L", (framed.width + 6 * blur, framed.height + 6 * blur), 0)
    shade.paste(150, (3 * blur, 3 * blur, 3 * blur + framed.width, 3 * blur + framed.height))
    shade = shade.filter(ImageFilter.GaussianBlur(blur))
    corner = (place[0] - 3 * blur + unit // 40, place[1] - 3 * blur + unit // 16)
    wall_picture.paste((8, 10, 10), corner, shade)
    wall_picture.paste(framed, place)
