"""One picture file becomes one square of bytes: odd modes, rotation, crops, antialiasing."""

import numpy as np
import pytest
from PIL import Image, ImageCms
from small_sets import BLUE, GREEN, RED, WHITE, halves, near

from helpers.data import reading
from helpers.data.folders import DatasetError
from helpers.data.image_set import load_images
from helpers.data.reading import read_picture


def colours(path, size=16, crop="squash"):
    """The colours at the left, right, top and bottom edge's middle, as tuples of ints."""
    pixels = read_picture(path, size, crop).astype(int)
    half = size // 2
    spots = {"left": (half, 1), "right": (half, -2), "top": (1, half), "bottom": (-2, half)}
    return {name: tuple(pixels[:, y, x]) for name, (y, x) in spots.items()}


def test_a_plain_picture_is_rgb_uint8_channels_first(tmp_path):
    halves(RED, BLUE).save(tmp_path / "a.png")
    pixels = read_picture(tmp_path / "a.png", 32, "squash")
    assert (pixels.shape, pixels.dtype) == ((3, 32, 32), np.uint8)
    assert pixels.flags.c_contiguous
    seen = colours(tmp_path / "a.png")
    assert near(seen["left"], RED) and near(seen["right"], BLUE)


def test_greyscale_palette_and_cmyk(tmp_path):
    halves(RED, BLUE).convert("L").save(tmp_path / "grey.jpg")
    halves(RED, BLUE).convert("P", palette=Image.Palette.ADAPTIVE).save(tmp_path / "palette.gif")
    halves(RED, BLUE).convert("CMYK").save(tmp_path / "print.jpg", quality=95)
    halves(WHITE, (0, 0, 0)).convert("1").save(tmp_path / "bits.png")
    grey = colours(tmp_path / "grey.jpg")["left"]
    assert len(set(grey)) == 1 and near(grey, (81,) * 3)
    for name in ("palette.gif", "print.jpg"):
        seen = colours(tmp_path / name)
        assert near(seen["left"], RED, 20) and near(seen["right"], BLUE, 20), name
    assert colours(tmp_path / "bits.png")["left"] == WHITE


def test_transparent_parts_are_white(tmp_path):
    clear = halves(RED, BLUE).convert("RGBA")
    clear.paste((0, 0, 0, 0), (32, 0, 64, 48))
    clear.save(tmp_path / "alpha.png")
    clear.convert("LA").save(tmp_path / "grey_alpha.png")
    indexed = Image.new("P", (64, 48), 0)
    indexed.putpalette([0, 0, 0, *RED])
    indexed.paste(1, (0, 0, 32, 48))
    indexed.save(tmp_path / "palette.png", transparency=0)
    for name in ("alpha.png", "palette.png"):
        seen = colours(tmp_path / name)
        assert near(seen["left"], RED) and seen["right"] == WHITE, name
    assert colours(tmp_path / "grey_alpha.png")["right"] == WHITE


def test_sixteen_bits_are_scaled_not_clipped(tmp_path):
    deep = np.full((48, 64), 32768, np.uint16)
    deep[:, 32:] = 8192
    Image.fromarray(deep).save(tmp_path / "deep.png")
    Image.fromarray(deep).save(tmp_path / "deep.tif")
    Image.fromarray(deep.astype(np.int32)).save(tmp_path / "deeper.tif")
    Image.fromarray((deep / 65535).astype(np.float32)).save(tmp_path / "float.tif")
    for name in ("deep.png", "deep.tif", "deeper.tif", "float.tif"):
        seen = colours(tmp_path / name)
        assert near(seen["left"], (128,) * 3, 2) and near(seen["right"], (32,) * 3, 2), name


@pytest.mark.parametrize(
    ("orientation", "red_at"), [(3, "right"), (6, "top"), (8, "bottom"), (2, "right")]
)
def test_exif_turns_the_picture(tmp_path, orientation, red_at):
    exif = Image.Exif()
    exif[0x0112] = orientation
    halves(RED, BLUE).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    assert near(colours(tmp_path / "turned.jpg")[red_at], RED)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_loses_no_picture(tmp_path):
    halves(RED, BLUE).save(tmp_path / "a.jpg", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff", quality=95)
    assert near(colours(tmp_path / "a.jpg")["left"], RED)


def test_crops(tmp_path):
    wide = Image.new("RGB", (120, 40), RED)
    wide.paste(GREEN, (40, 0, 80, 40))
    wide.save(tmp_path / "wide.png")
    assert all(near(c, GREEN, 40) for c in colours(tmp_path / "wide.png", crop="centre").values())
    squashed = colours(tmp_path / "wide.png", crop="squash")
    assert near(squashed["left"], RED) and near(squashed["top"], GREEN)
    padded = colours(tmp_path / "wide.png", crop="pad")
    assert near(padded["left"], RED) and padded["top"] == padded["bottom"] == WHITE


def test_resizing_is_antialiased(tmp_path):
    """Fine black and white checks must become grey; picking single pixels would not."""
    checks = (np.indices((512, 512)).sum(0) % 2 * 255).astype(np.uint8)
    Image.fromarray(checks).save(tmp_path / "checks.png")
    pixels = read_picture(tmp_path / "checks.png", 32).astype(int)
    assert abs(pixels[:, 2:-2, 2:-2] - 127).max() <= 6


@pytest.mark.parametrize("sides", [(1200, 900), (300, 200), (70, 90)])
def test_jpeg_decoded_small_looks_like_jpeg_decoded_whole(tmp_path, sides):
    rows, columns = np.mgrid[0:1200, 0:900][:, : sides[0], : sides[1]] * 900 / sides[1]
    smooth = np.stack([rows / 5, columns / 4, 128 + 90 * np.sin(rows / 90)], -1).astype(np.uint8)
    Image.fromarray(smooth).save(tmp_path / "a.jpg", quality=95)
    Image.fromarray(smooth).save(tmp_path / "a.png")
    fast, exact = (read_picture(tmp_path / f"a.{kind}", 32).astype(int) for kind in ("jpg", "png"))
    assert abs(fast - exact).max() <= 4


def test_a_picture_over_the_limit_that_pillow_would_open(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST", 99)
    Image.new("RGB", (10, 10)).save(tmp_path / "a.png")
    with pytest.raises(DatasetError, match="too large: 10 x 10"):
        read_picture(tmp_path / "a.png", 8)


def test_an_embedded_colour_profile_is_converted_to_srgb(tmp_path):
    """A profile whose red and blue primaries are exchanged: what it calls red is blue."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exchanged = srgb.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    other = exchanged.replace("sRGB".encode("utf-16-be"), "XRGB".encode("utf-16-be"))
    assert other != exchanged != srgb
    for name, profile in (("a.png", None), ("b.png", srgb), ("c.png", other), ("d.png", b"bad")):
        Image.new("RGB", (32, 32), RED).save(tmp_path / name, icc_profile=profile)
    plain, same, blue, bad = (read_picture(tmp_path / f"{n}.png", 16)[:, 8, 8] for n in "abcd")
    assert near(plain, RED, 1) and near(same, RED, 1) and near(bad, RED, 1)
    assert blue[2] > 150 > 100 > blue[0]


def test_only_pictures_formats_are_opened_whatever_a_file_is_called(tmp_path):
    (tmp_path / "eps.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 50 50\n")
    for name in ("eps.jpg",):
        with pytest.raises(DatasetError, match="not a picture"):
            read_picture(tmp_path / name, 16)


@pytest.mark.parametrize("name", ["face.pgm", "photo.jpg_large", "noending"])
def test_pictures_are_known_by_their_content(tmp_path, name):
    kind = "PPM" if name.endswith("pgm") else "JPEG"
    Image.new("L", (40, 30), 99).save(tmp_path / name, kind)
    (tmp_path / "other.jxl").write_bytes(b"\xff\x0a any")
    (tmp_path / "notes.txt").write_text("not counted")
    found = load_images(tmp_path, size=16, quiet=True)
    assert len(found) == 1 and near(found.images[0, :, 8, 8], [99], 2)
    ((file, reason),) = found.skipped
    assert file == "other.jxl" and "of a kind that Pillow cannot read (.jxl)" in reason
