"""From files to one array: odd and broken pictures, the cache, and which set is taken."""

import re
import shutil
import struct
import subprocess
import sys
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from helpers.data import image_set, kaggle, reading, sources
from helpers.data.atelier import PAINTERS, TRUTH_COLUMNS, write_set
from helpers.data.folders import DatasetError
from helpers.data.image_set import load_images
from helpers.data.reading import read_picture
from helpers.data.sources import find_dataset

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 60), (30, 60, 200), (255, 255, 255)


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path, monkeypatch):
    """No test sees the reader's data, credentials or wishes."""
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ATELIER_DATASET", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


def halves(left, right, size=(64, 48)):
    picture = Image.new("RGB", size, left)
    picture.paste(right, (size[0] // 2, 0, *size))
    return picture


def bomb(path: Path) -> None:
    """A PNG of a few bytes that says it is 40,000 pixels a side."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 40000, 40000, 8, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b""))


@pytest.fixture
def good(tmp_path):
    """A small set: 12 pictures of one colour each, by two painters."""
    folder = tmp_path / "small"
    for name, colour in (("Anna_Blau", BLUE), ("Rosa_Rot", RED)):
        (folder / "images" / "images" / name).mkdir(parents=True)
        for number in range(1, 7):
            picture = Image.new("RGB", (40 + number, 30), colour)
            picture.save(folder / "images" / "images" / name / f"{name}_{number}.jpg")
    (folder / "artists.csv").write_text("name\nRosa Rot\nAnna Blau\nOtto Ohne\n", encoding="utf-8")
    return folder


@pytest.fixture
def nasty(good):
    """`good` with every kind of file that must be skipped, all in the folder of Anna Blau."""
    place = good / "images" / "images" / "Anna_Blau"
    photo = Image.effect_noise((200, 200), 60).convert("RGB")
    photo.save(place / "cut.jpg")
    photo.save(place / "cut.png")
    for name in ("cut.jpg", "cut.png"):
        whole = (place / name).read_bytes()
        (place / name).write_bytes(whole[: len(whole) // 2])
    (place / "empty.jpg").touch()
    Image.new("RGB", (1, 1)).save(place / "pixel.png")
    (place / "text.jpg").write_text("this is no picture")
    (place / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic")
    bomb(place / "bomb.png")
    return good


# --- odd pictures -----------------------------------------------------------------------------


def colours(path, size=16, crop="squash"):
    """The colours at the left, right, top and bottom edge's middle, as tuples of ints."""
    pixels = read_picture(path, size, crop).astype(int)
    half = size // 2
    spots = {"left": (half, 1), "right": (half, -2), "top": (1, half), "bottom": (-2, half)}
    return {name: tuple(pixels[:, y, x]) for name, (y, x) in spots.items()}


def near(colour, other, by=12):
    return np.abs(np.subtract(colour, other)).max() <= by


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


def test_a_folder_of_grey_files_stays_grey_until_one_is_in_colour(tmp_path, reads, capsys):
    for i, mode in enumerate(["L", "1", "LA", "I;16", "L"] * 8):
        Image.new(mode, (20, 20), 0 if mode == "1" else 3 * i).save(tmp_path / f"{i:02}.png")
    (tmp_path / "00.png").write_text("no picture")
    found = load_images(tmp_path, size=16)
    assert found.images.shape == (39, 1, 16, 16)
    assert "39 in 1 folder, 16 x 16 pixels; 1 skipped" in capsys.readouterr().out
    assert found.images[3].max() == 12  # file 04, which is 3 * 4
    before = len(reads)
    assert np.array_equal(load_images(tmp_path, size=16).images, found.images)
    assert len(reads) == before  # from the cache
    assert load_images(tmp_path, size=16, colour=True).images.shape == (39, 3, 16, 16)
    assert load_images(tmp_path, size=16).images.shape[1] == 1
    Image.new("RGB", (20, 20), BLUE).save(tmp_path / "17.png")
    found = load_images(tmp_path, size=16)
    assert found.images.shape == (39, 3, 16, 16)
    assert near(found.images[16, :, 8, 8].astype(int), BLUE)


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


# --- broken pictures --------------------------------------------------------------------------


def test_broken_files_are_skipped_counted_and_named(nasty, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pictures = load_images(nasty, size=16)
    assert len(pictures) == 12
    reasons = {Path(file).name: reason for file, reason in pictures.skipped}
    assert reasons == {
        "bomb.png": "too large: over 120,000,000 pixels",
        "cut.jpg": "truncated",
        "cut.png": "truncated",
        "empty.jpg": "empty file",
        "phone.heic": "HEIC, which Pillow cannot read; save it as JPEG or PNG",
        "pixel.png": "too small: 1 x 1 pixels",
        "text.jpg": "not a picture",
    }
    out, err = capfd.readouterr()
    line = out.splitlines()[-1]
    assert line.startswith("pictures  12 by 2 artists, 16 x 16 pixels; 7 skipped: ")
    assert all(f"{name} ({reason})" in line for name, reason in reasons.items())
    assert "Warning" not in out + err


def test_pillows_warnings_stay_with_us(good, recwarn, capfd):
    place = good / "images" / "images" / "Anna_Blau"
    halves(RED, BLUE).save(place / "odd.jpg", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    warnings.simplefilter("always")
    assert len(load_images(good, size=16)) == 13
    assert [str(w.message) for w in recwarn] == []
    assert "EXIF" not in "".join(capfd.readouterr())


def test_a_picture_over_the_limit_that_pillow_would_open(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST", 99)
    Image.new("RGB", (10, 10)).save(tmp_path / "a.png")
    with pytest.raises(DatasetError, match="too large: 10 x 10"):
        read_picture(tmp_path / "a.png", 8)


def test_labels_files_and_pictures_stay_together_around_skipped_files(nasty):
    pictures = load_images(nasty, size=16)
    assert pictures.names == ("Rosa Rot", "Anna Blau")  # the csv's order; Otto has no picture
    assert pictures.labels.dtype == np.int64
    for image, label, file in zip(pictures.images, pictures.labels, pictures.files, strict=True):
        name, colour = (("Rosa_Rot", RED), ("Anna_Blau", BLUE))[label]
        assert file.startswith(f"images/images/{name}/{name}_")
        assert near(image.mean((1, 2)), colour)
    numbers = [int(re.search(r"_(\d+)\.", file)[1]) for file in pictures.files]
    assert numbers == [1, 2, 3, 4, 5, 6] * 2
    assert [artist.name for artist in pictures.artists] == list(pictures.names)
    assert [len(artist.files) for artist in pictures.artists] == [6, 6]


def test_a_set_with_nothing_left_says_what_was_looked_for_and_where(nasty):
    for file in nasty.rglob("*_[0-9].jpg"):
        file.unlink()
    with pytest.raises(DatasetError) as told:
        load_images(nasty)
    for part in (str(nasty), "images/images/ARTIST", "cut.jpg (truncated)", "bomb.png"):
        assert part in str(told.value)


def test_a_folder_without_pictures_says_so(tmp_path):
    (tmp_path / "bare").mkdir()
    with pytest.raises(DatasetError, match=r"No picture to use in .*bare.*no file ends in .*jpg"):
        load_images(tmp_path / "bare")


def test_wrong_arguments_name_the_right_ones(good):
    with pytest.raises(DatasetError, match="centre, squash, pad"):
        load_images(good, crop="center")
    for size in (4, 32.0, 5000):
        with pytest.raises(DatasetError, match="from 8 to 1024"):
            load_images(good, size=size)


# --- the cache --------------------------------------------------------------------------------


@pytest.fixture
def reads(monkeypatch):
    """The files that were really read, in a list."""
    seen = []
    real = image_set.read_picture
    monkeypatch.setattr(
        image_set, "read_picture", lambda path, *a: seen.append(path) or real(path, *a)
    )
    return seen


def test_second_start_reads_no_picture_and_gives_the_same(nasty, reads):
    first = load_images(nasty, size=16)
    assert len(reads) == 19
    second = load_images(nasty, size=16)
    assert len(reads) == 19
    assert np.array_equal(first.images, second.images)
    assert (first.files, first.skipped) == (second.files, second.skipped)


def test_another_size_or_crop_is_another_cache(good, reads):
    load_images(good, size=16)
    assert load_images(good, size=24).images.shape == (12, 3, 24, 24)
    load_images(good, size=16, crop="squash")
    assert len(reads) == 36
    load_images(good, size=16)
    assert len(reads) == 36


@pytest.mark.parametrize("change", ["edit", "add", "remove", "rename"])
def test_the_cache_notices_a_changed_set(good, reads, own_data_folder, change):
    load_images(good, size=16)
    victim = good / "images" / "images" / "Rosa_Rot" / "Rosa_Rot_1.jpg"
    if change == "edit":
        Image.new("RGB", (41, 30), GREEN).save(victim)
    elif change == "add":
        Image.new("RGB", (41, 30), GREEN).save(victim.with_name("Rosa_Rot_7.jpg"))
    elif change == "remove":
        victim.unlink()
    else:
        victim = victim.rename(victim.with_name("Rosa_Rot_0.jpg"))
    pictures = load_images(good, size=16)
    assert len(reads) == 12 + len(pictures)
    assert len(pictures) == {"add": 13, "remove": 11}.get(change, 12)
    assert change != "rename" or pictures.files[0].endswith("Rosa_Rot_0.jpg")
    assert near(pictures.images[0].mean((1, 2)), GREEN if change == "edit" else RED)
    assert len(list((own_data_folder / "cache").glob("*.npy"))) == 1  # the old one is gone


@pytest.mark.parametrize("damage", ["cut", "flip", "note", "no note", "swap"])
def test_a_damaged_cache_is_rebuilt(good, reads, own_data_folder, damage):
    first = load_images(good, size=16).images.copy()
    (array,) = (own_data_folder / "cache").glob("*.npy")
    note = array.with_suffix(".json")
    content = bytearray(array.read_bytes())
    if damage == "cut":
        array.write_bytes(content[:-500])
    elif damage == "flip":
        content[-1000] ^= 1
        array.write_bytes(content)
    elif damage == "note":
        note.write_text('{"count": 3}')
    elif damage == "no note":
        note.unlink()
    else:
        np.save(array, np.zeros((12, 3, 16, 16), np.float32))
    assert np.array_equal(load_images(good, size=16).images, first)
    assert len(reads) == 24


def test_an_interrupted_reading_leaves_nothing_half_done(good, monkeypatch, own_data_folder):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(image_set, "read_picture", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load_images(good, size=16)
    assert list((own_data_folder / "cache").iterdir()) == []
    assert len(load_images(good, size=16)) == 12


def test_writing_to_the_images_never_reaches_the_cache(good):
    for _ in ("just read", "from the cache"):
        pictures = load_images(good, size=16)
        assert pictures.images.max() > 0
        pictures.images[:] = 0


def test_torch_takes_the_array_without_a_warning(good):
    pictures = load_images(good, size=16)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tensor = torch.from_numpy(pictures.images)
    assert tensor.shape == (12, 3, 16, 16)


# --- which set --------------------------------------------------------------------------------


@pytest.fixture
def tiny_atelier(good, monkeypatch):
    """Painting the whole atelier takes half a minute; here a small set stands in for it."""
    monkeypatch.setattr(sources, "_atelier", lambda why: image_set.Source("atelier", good, why))


@pytest.fixture
def no_download(monkeypatch):
    monkeypatch.setattr(kaggle, "fetch", lambda folder: pytest.fail("a download was started"))


def test_nothing_there_and_no_credentials_is_the_atelier(tiny_atelier, no_download, capsys):
    assert find_dataset().name == "atelier"
    assert capsys.readouterr().out == (
        "dataset   atelier: no Kaggle credentials, so the course's own paintings\n"
    )


def test_the_kaggle_set_in_data_comes_first(
    good, tiny_atelier, no_download, own_data_folder, capsys
):
    own_data_folder.mkdir()
    good.rename(own_data_folder / "best-artworks-of-all-time")
    source = find_dataset()
    assert (source.name, source.why) == (
        "best-artworks",
        "found in data/best-artworks-of-all-time",
    )
    assert len(load_images()) == 12
    assert str(own_data_folder) not in capsys.readouterr().out  # no path of this machine


def test_a_broken_folder_without_credentials_is_not_taken_silently(
    tiny_atelier, no_download, own_data_folder
):
    broken = own_data_folder / "best-artworks-of-all-time"
    broken.mkdir(parents=True)
    (broken / "notes.txt").write_text("mine")
    source = find_dataset(quiet=True)
    assert source.name == "atelier"
    assert "data/best-artworks-of-all-time is unusable: no artists.csv in it" in source.why
    assert (broken / "notes.txt").read_text() == "mine"


def test_credentials_mean_a_download(tiny_atelier, good, monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", "secret-token")
    asked = []
    monkeypatch.setattr(kaggle, "fetch", lambda folder: asked.append(folder.name) or "a tool")
    source = find_dataset(quiet=True)
    assert (source.name, source.why) == ("best-artworks", "downloaded from Kaggle by a tool")
    assert asked == ["best-artworks-of-all-time"]


def test_a_failed_download_is_told_in_the_line(tiny_atelier, monkeypatch, capsys):
    monkeypatch.setenv("KAGGLE_API_TOKEN", "secret-token")

    def fail(folder):
        raise DatasetError("The connection broke off.")

    monkeypatch.setattr(kaggle, "fetch", fail)
    assert find_dataset().name == "atelier"
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and "The connection broke off." in out
    assert "secret-token" not in out
    monkeypatch.setenv("ATELIER_DATASET", "best-artworks")  # a wish is not replaced
    with pytest.raises(DatasetError, match=r"could not be downloaded\. The connection broke off"):
        find_dataset()


def test_atelier_dataset_names_a_set_or_a_folder(good, tiny_atelier, no_download, monkeypatch):
    monkeypatch.setenv("ATELIER_DATASET", str(good))
    source = find_dataset(quiet=True)
    assert (source.name, source.folder) == ("small", good)
    assert source.why == "ATELIER_DATASET asks for it"
    monkeypatch.setenv("ATELIER_DATASET", "small")  # from the working folder
    assert find_dataset(quiet=True).folder == good
    monkeypatch.setenv("ATELIER_DATASET", "atelier")
    assert find_dataset(quiet=True).name == "atelier"
    monkeypatch.setenv("ATELIER_DATASET", "")  # empty is as good as unset
    assert find_dataset(quiet=True).name == "atelier"


def test_a_wrong_wish_is_an_error(no_download, monkeypatch, tmp_path):
    monkeypatch.setenv("ATELIER_DATASET", "atelierr")
    with pytest.raises(DatasetError) as told:
        find_dataset()
    for part in ("'atelierr'", "atelier, best-artworks", str(tmp_path / "atelierr")):
        assert part in str(told.value)


def test_best_artworks_without_credentials_says_how_to_get_some(monkeypatch):
    monkeypatch.setenv("ATELIER_DATASET", "best-artworks")
    with pytest.raises(DatasetError, match=r"No Kaggle credentials.*KAGGLE_API_TOKEN"):
        find_dataset()


def test_the_command_prints_set_and_counts(good, monkeypatch):
    monkeypatch.setenv("ATELIER_DATASET", str(good))
    root = Path(image_set.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-m", "helpers.data"], cwd=root, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "dataset   small: ATELIER_DATASET asks for it",
        "pictures  12 by 2 artists, 32 x 32 pixels; none skipped",
        "       6  Rosa Rot",
        "       6  Anna Blau",
    ]
    monkeypatch.setenv("ATELIER_DATASET", "nowhere")
    done = subprocess.run(
        [sys.executable, "-m", "helpers.data"], cwd=root, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and "'nowhere'" in done.stderr


@pytest.mark.parametrize("folder", ["images", "resized"])
def test_the_atelier_is_read_with_its_truth(tmp_path, folder):
    atelier = write_set(tmp_path / "atelier", works=2, processes=1, progress=False)
    pictures = load_images(atelier, size=16, folder=folder)
    assert pictures.names == tuple(painter.name for painter in PAINTERS)
    assert len(pictures) == 2 * len(PAINTERS) and pictures.skipped == ()
    names = [pictures.names[label] for label in pictures.labels]
    assert [row["painter"] for row in pictures.truth] == names
    assert all(row["palette"] and row["composition"] for row in pictures.truth)


def test_the_data_card_lists_the_ateliers_painters_and_columns():
    """If a painter was added or changed, paste what this prints into data/README.md."""
    head = ["| Painter | Years | From | Manner | Works |", "| --- | --- | --- | --- | ---: |"]
    rows = [
        f"| {p.name} | {p.years} | {p.nationality.replace(',', ', ')} "
        f"| {p.genre.replace(',', ', ')} | {p.works} |"
        for p in PAINTERS
    ]
    total = f"{len(PAINTERS)} painters, {sum(p.works for p in PAINTERS):,} works:"
    table = "\n".join([total, "", *head, *rows])
    card = (Path(image_set.__file__).parent.parent / "data" / "README.md").read_text(
        encoding="utf-8"
    )
    assert table in card, f"data/README.md should hold:\n{table}"
    for column in TRUTH_COLUMNS:
        assert f"`{column}`" in card


def test_files_that_are_in_the_ateliers_way_are_told_and_left(own_data_folder, monkeypatch):
    (own_data_folder / "atelier").mkdir(parents=True)
    (own_data_folder / "atelier" / "mine.txt").write_text("mine")
    monkeypatch.setenv("ATELIER_DATASET", "atelier")
    with pytest.raises(DatasetError, match=r"mine\.txt"):
        find_dataset()
    assert (own_data_folder / "atelier" / "mine.txt").read_text() == "mine"


def test_truth_is_matched_by_file(good):
    rows = "file,painter,palette\nRosa_Rot/Rosa_Rot_2.jpg,Rosa Rot,dusk\n"
    (good / "truth.csv").write_text(rows, encoding="utf-8")
    truth = load_images(good, size=16).truth
    assert truth[1] == {"file": "Rosa_Rot/Rosa_Rot_2.jpg", "painter": "Rosa Rot", "palette": "dusk"}
    assert truth[0] == {}
    (good / "truth.csv").write_text("picture\nx\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"truth\.csv has no column 'file'"):
        load_images(good, size=16)


def test_a_zip_is_unpacked_once_and_read_as_a_folder(good, tmp_path, own_data_folder, capsys):
    packed = Path(shutil.make_archive(str(tmp_path / "my-zip"), "zip", good))
    by_folder = load_images(good, size=16, quiet=True)
    by_zip = load_images(str(packed), size=16, quiet=True)
    assert np.array_equal(by_zip.images, by_folder.images) and by_zip.source == "my-zip"
    unpacked = list((own_data_folder / "unpacked").iterdir())
    load_images(str(packed), size=16, quiet=True)
    assert list((own_data_folder / "unpacked").iterdir()) == unpacked and len(unpacked) == 1


@pytest.mark.parametrize(
    ("entry", "said"), [("../evil.png", "climbs out"), ("/etc/evil.png", "absolute"), (None, "zip")]
)
def test_a_zip_that_does_harm_or_is_damaged_is_refused(tmp_path, own_data_folder, entry, said):
    packed = tmp_path / "bad.zip"
    if entry:
        with zipfile.ZipFile(packed, "w") as file:
            file.writestr(entry, b"evil")
    else:
        packed.write_bytes(b"PK no zip at all")
    with pytest.raises(DatasetError, match=rf"bad.zip could not be unpacked.*{said}"):
        load_images(str(packed), size=16, quiet=True)
    assert not list(tmp_path.rglob("evil.png")) and not list(
        (own_data_folder / "unpacked").iterdir()
    )


def test_some_of_a_set_keeps_pictures_labels_and_files_together():
    images = np.arange(40, dtype=np.uint8)[:, None, None, None] * np.ones((1, 3, 8, 8), np.uint8)
    names = tuple("abcd")
    artists = tuple(image_set.Artist(name) for name in names)
    files = tuple(f"{i}.png" for i in range(40))
    whole = image_set.ImageSet(
        images, np.arange(40) % 4, names, files, artists, "made", mirror=False
    )
    part = whole.some(15)
    numbers = part.images[:, 0, 0, 0]
    assert len(set(numbers)) == 15 == len(part) and part.source == "made" and not part.mirror
    assert part.labels.tolist() == [number % 4 for number in numbers]
    assert part.files == tuple(f"{number}.png" for number in numbers)
    assert whole.some(15).files == part.files != whole.some(15, seed=1).files
    assert whole.some(40) is whole
