"""From files to one array: broken pictures, the cache, the truth about painted works."""

import re
import runpy
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from small_sets import BLUE, GREEN, RED, halves, near, write_small_set

from helpers import environment
from helpers.data import image_set
from helpers.data.atelier import PAINTERS, TRUTH_COLUMNS, write_set
from helpers.data.folders import DatasetError
from helpers.data.image_set import load_images

pytestmark = pytest.mark.usefixtures("own_data_folder")


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
    return write_small_set(tmp_path / "small")


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


@pytest.fixture
def reads(monkeypatch):
    """The files that were really read, in a list."""
    seen = []
    real = image_set.read_picture
    monkeypatch.setattr(
        image_set, "read_picture", lambda path, *a: seen.append(path) or real(path, *a)
    )
    return seen


# --- broken pictures, grey pictures -----------------------------------------------------------


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
    assert line.startswith("images    12 by 2 artists, 16 x 16 pixels; 7 skipped: ")
    assert all(f"{name} ({reason})" in line for name, reason in reasons.items())
    assert "Warning" not in out + err


def test_pillows_warnings_stay_with_us(good, recwarn, capfd):
    place = good / "images" / "images" / "Anna_Blau"
    halves(RED, BLUE).save(place / "odd.jpg", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    warnings.simplefilter("always")
    assert len(load_images(good, size=16)) == 13
    assert [str(w.message) for w in recwarn] == []
    assert "EXIF" not in "".join(capfd.readouterr())


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
    with pytest.raises(DatasetError) as raised:
        load_images(nasty)
    for part in (str(nasty), "images/images/ARTIST", "cut.jpg (truncated)", "bomb.png"):
        assert part in str(raised.value)


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


# --- the set as a whole -----------------------------------------------------------------------


def test_the_command_prints_set_and_counts(good, monkeypatch):
    monkeypatch.setenv("ATELIER_DATASET", str(good))
    root = environment.ROOT
    done = subprocess.run(
        [sys.executable, "-m", "helpers.data"], cwd=root, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "dataset   small: ATELIER_DATASET asks for it",
        "images    12 by 2 artists, 32 x 32 pixels; none skipped",
        "       6  Rosa Rot",
        "       6  Anna Blau",
    ]
    assert done.stderr == ""


def test_the_command_ends_with_a_sentence_when_there_is_no_set(monkeypatch, capsys):
    monkeypatch.setenv("ATELIER_DATASET", "nowhere")
    with pytest.raises(SystemExit) as ended:  # no traceback, and status 1
        runpy.run_module("helpers.data", run_name="__main__")
    assert ended.value.code == 1 and "'nowhere'" in capsys.readouterr().err


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
    head = ["| Painter | Years | From | Style | Works |", "| --- | --- | --- | --- | ---: |"]
    rows = [
        f"| {p.name} | {p.years} | {p.nationality.replace(',', ', ')} "
        f"| {p.genre.replace(',', ', ')} | {p.works} |"
        for p in PAINTERS
    ]
    total = f"{len(PAINTERS)} painters, {sum(p.works for p in PAINTERS):,} works:"
    table = "\n".join([total, "", *head, *rows])
    card = (environment.ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert table in card, f"data/README.md should hold:\n{table}"
    for column in TRUTH_COLUMNS:
        assert f"`{column}`" in card


def test_truth_is_matched_by_file(good):
    rows = "file,painter,palette\nRosa_Rot/Rosa_Rot_2.jpg,Rosa Rot,dusk\n"
    (good / "truth.csv").write_text(rows, encoding="utf-8")
    truth = load_images(good, size=16).truth
    assert truth[1] == {"file": "Rosa_Rot/Rosa_Rot_2.jpg", "painter": "Rosa Rot", "palette": "dusk"}
    assert truth[0] == {}
    (good / "truth.csv").write_text("picture\nx\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"truth\.csv has no column 'file'"):
        load_images(good, size=16)


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
