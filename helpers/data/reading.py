"""One picture on disk becomes one square of bytes: upright, RGB, cropped, antialiased."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from helpers.data.folders import PICTURES, DatasetError

CROPS = ("centre", "squash", "pad")
GREY = ("1", "L", "LA", "I", "F")  # Pillow's modes without colour, and I;16 and its like
# Pillow's names. Only these: EPS, for one, would start Ghostscript on a file that ends in .jpg.
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "AVIF", "HEIF", "JPEG2000")
FORMATS += ("PPM", "TGA")
SMALLEST = 8  # pixels a side; below that there is nothing to learn from
LARGEST = 120_000_000  # pixels in all: more is a mistake or an attack on the memory


def read_picture(path: Path, size: int, crop: str = "centre") -> np.ndarray:
    """One picture as uint8 [3, size, size], RGB: upright, on white, cropped, antialiased.

    Raises DatasetError with the reason in a few words when the file cannot be used.
    """
    if path.suffix.lower() in (".heic", ".heif") and path.suffix.lower() not in _extensions():
        raise DatasetError("HEIC, which Pillow cannot read; save it as JPEG or PNG")
    try:
        if not path.stat().st_size:
            raise DatasetError("empty file")
        with opened(path) as file:
            width, height = file.size
            if width * height > LARGEST:
                raise DatasetError(f"too large: {width:,} x {height:,} pixels")
            if min(width, height) < SMALLEST:
                raise DatasetError(f"too small: {width} x {height} pixels")
            file.draft(None, (2 * size, 2 * size))  # a JPEG can be decoded at 1/2, 1/4 or 1/8
            file.load()
            picture = _to_rgb(_in_srgb(_upright(file)))
    except DatasetError:
        raise
    except Image.DecompressionBombError:
        raise DatasetError(f"too large: over {LARGEST:,} pixels") from None
    except UnidentifiedImageError:
        known = path.suffix.lower() in PICTURES or not path.suffix
        kind = "" if known else f", or of a kind that Pillow cannot read ({path.suffix})"
        raise DatasetError(f"not a picture{kind}") from None
    except PermissionError:
        raise DatasetError("no permission to read it") from None
    except MemoryError:
        raise DatasetError("too large for the memory of this machine") from None
    except Exception as error:  # decoders of damaged files raise whatever they stumble on
        reason = "truncated" if "truncated" in str(error) else f"damaged ({type(error).__name__})"
        raise DatasetError(reason) from None
    return np.ascontiguousarray(np.asarray(_square(picture, size, crop)).transpose(2, 0, 1))


def opened(path: Path) -> Image.Image:
    """The file as a lazy Pillow image, if it has one of FORMATS, whatever its name says.

    Raises what Pillow raises; UnidentifiedImageError for any other format.
    """
    Image.init()  # all formats: a list with one that is not registered would be a KeyError
    return Image.open(path, formats=[name for name in FORMATS if name in Image.OPEN])


def is_grey(path: Path) -> bool:
    """Whether a file is stored in grey, by its header; damaged files, which are skipped, count too.

    A grey scan that was saved in RGB is in colour here: to tell would take reading all of it.
    """
    try:
        with opened(path) as file:
            return file.mode in GREY or file.mode.startswith("I;")
    except Exception:  # decoders of damaged files raise whatever they stumble on
        return True


def upright_size(path: Path) -> tuple[int, int]:
    """Width and height as the picture is seen, from its header; a camera may have lain on its side.

    For files that `read_picture` can read: others raise what Pillow raises.
    """
    with quiet_pillow(), opened(path) as file:
        width, height = file.size
        try:
            on_its_side = file.getexif().get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
        except Exception:  # damaged EXIF is no reason to lose a picture
            on_its_side = False
    return (height, width) if on_its_side else (width, height)


def whole_picture(path: Path) -> Image.Image:
    """The picture as it is, to be looked at: upright, RGB, neither cut nor shrunk.

    For files that `read_picture` can read: others raise what Pillow raises.
    """
    with quiet_pillow(), opened(path) as file:
        file.load()
        return _to_rgb(_in_srgb(_upright(file)))


def _extensions() -> Iterable[str]:
    return Image.registered_extensions()


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera's EXIF says; damaged EXIF is no reason to lose a picture."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:
        return picture


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Converted from its embedded colour profile (ICC) to sRGB, which screens and networks expect.

    A damaged profile, or one of another colour model, is no reason to lose a picture.
    """
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "CMYK", "L"):
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return picture
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture


def _to_rgb(picture: Image.Image) -> Image.Image:
    """8-bit RGB from any mode: deep greys scaled, transparent parts on white, CMYK, palettes."""
    if picture.mode.startswith(("I", "F")):
        values = np.nan_to_num(np.asarray(picture, dtype=np.float64))
        low, high = float(values.min()), float(values.max())
        if picture.mode == "F" and low >= 0 and high <= 255:
            top = 1.0 if high <= 1 else 255.0
        elif low >= 0 and high <= 65535:
            top = 65535.0
        else:  # no scale is known for these: darkest to lightest
            values, top = values - low, max(high - low, 1.0)
        picture = Image.fromarray((values * (255 / top)).round().astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _square(picture: Image.Image, size: int, crop: str) -> Image.Image:
    width, height = picture.size
    lanczos = Image.Resampling.LANCZOS  # antialiased: each pixel weighs all that it covers
    if crop == "pad":
        scale = size / max(width, height)
        fitted = max(1, round(width * scale)), max(1, round(height * scale))
        square = Image.new("RGB", (size, size), "white")
        corner = (size - fitted[0]) // 2, (size - fitted[1]) // 2
        square.paste(picture.resize(fitted, lanczos, reducing_gap=3.0), corner)
        return square
    box = (0.0, 0.0, float(width), float(height))
    if crop == "centre":
        side = min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        box = (left, top, left + side, top + side)
    return picture.resize((size, size), lanczos, box=box, reducing_gap=3.0)


@contextmanager
def quiet_pillow() -> Iterable[None]:
    """No warnings about odd files: each is counted and named in the summary instead."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
