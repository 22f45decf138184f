"""The built-in set: its works, its painters, and what of it lands on disk. No network."""

import csv
import hashlib
import json
import multiprocessing
import re
import unicodedata
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from helpers.data import atelier
from helpers.data.atelier import (
    CSV_COLUMNS,
    PAINTERS,
    TRUTH_COLUMNS,
    paint,
    painting,
    write_set,
    writing,
)
from helpers.data.atelier.painting import MODULES

WORKS = 10  # of each painter, for what is asked of all painters together
SIMPLEST = 0.5  # accuracy that a very simple classifier must reach (chance: 1/15)


@pytest.fixture(scope="module")
def works():
    """Works 1 to WORKS of each painter at 48 pixels: {name: [(picture, truth), ...]}."""
    return {
        name: [paint(name, number, short_side=48) for number in range(1, WORKS + 1)]
        for name in MODULES
    }


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A small set on disk, drawn in this process."""
    folder = tmp_path_factory.mktemp("art") / "atelier"
    return write_set(folder, works=60, processes=1, progress=False)


def square(picture: Image.Image, side: int) -> np.ndarray:
    """Centre square of a picture as float [side, side, 3]."""
    edge = min(picture.size)
    left, top = (picture.width - edge) // 2, (picture.height - edge) // 2
    crop = picture.crop((left, top, left + edge, top + edge))
    return np.asarray(crop.resize((side, side), Image.Resampling.BOX), dtype=np.float32)


def contents(folder) -> dict[str, str]:
    """Every file below a folder with a hash of its bytes."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def table(path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# ---- one work --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODULES)
def test_the_same_work_is_the_same_bits_and_another_seed_is_another_work(name):
    first, truth = paint(name, 3, short_side=40)
    again, same_truth = paint(name, 3, short_side=40)
    assert first.tobytes() == again.tobytes()
    assert truth == same_truth
    other, _ = paint(name, 3, short_side=40, seed=1)
    assert other.size != first.size or other.tobytes() != first.tobytes()


@pytest.mark.parametrize("name", MODULES)
def test_a_work_is_the_same_work_at_every_size(name):
    """Seen from afar, a small print equals a large one: far closer than any two works are."""
    small = [paint(name, number, short_side=64) for number in (1, 2, 3, 4)]
    large = [paint(name, number, short_side=128) for number in (1, 2, 3, 4)]
    assert [truth for _, truth in small] == [truth for _, truth in large]
    low = np.stack([square(picture, 16) for picture, _ in small])
    high = np.stack([square(picture, 16) for picture, _ in large])
    apart = np.abs(low[:, None] - high[None]).mean((2, 3, 4))
    own, others = apart.diagonal(), apart[~np.identity(4, dtype=bool)]
    assert own.max() < 12
    assert own.max() < 0.45 * others.min()


@pytest.mark.parametrize("name", MODULES)
def test_short_side_is_what_was_asked_and_truth_names_what_there_is(name):
    module = MODULES[name]
    for number in range(1, 4):
        picture, truth = paint(name, number, short_side=40)
        assert min(picture.size) == 40
        assert picture.mode == "RGB"
        assert any(abs(picture.width / picture.height - ratio) < 0.03 for ratio in module.FORMATS)
        assert truth["painter"] == name
        assert truth["palette"] in module.PALETTES
        assert truth["composition"] in module.COMPOSITIONS
        wide, high = picture.size
        shape = "square" if wide == high else "landscape" if wide > high else "portrait"
        assert truth["format"] == shape


def test_an_unknown_painter_is_answered_with_the_known_ones():
    with pytest.raises(KeyError, match=r"No painter called 'Nobody'.*Ottilie Brandt"):
        paint("Nobody", 1)


def test_a_painter_may_be_given_as_painter_or_by_name():
    painter = PAINTERS[0]
    assert paint(painter, 1, 32)[0].tobytes() == paint(painter.name, 1, 32)[0].tobytes()


# ---- the painters ----------------------------------------------------------------------------


def test_painters_are_fifteen_imaginary_people_with_different_names():
    assert len(PAINTERS) == 15
    assert len({painter.name.split()[-1] for painter in PAINTERS}) == 15
    for painter in PAINTERS:
        assert "imaginary" in painter.bio, painter.name
        born, died = map(int, painter.years.split(" - "))
        assert 20 < died - born < 110, painter.name
        assert painter.works >= 50
        assert re.fullmatch(r"[^\W\d_]+( [^\W\d_]+)+", painter.name)  # it becomes a folder's name
        assert painter.name == unicodedata.normalize("NFC", painter.name)


def test_no_two_works_are_alike(works):
    """Mean difference per channel of two works at 32 pixels, out of 255; a copy has 0."""
    for name, own in works.items():
        flat = np.stack([square(picture, 32).ravel() for picture, _ in own])
        apart = np.abs(flat[:, None] - flat[None]).mean(2)[np.triu_indices(len(flat), 1)]
        assert apart.min() > 12, name


def features(picture: Image.Image) -> np.ndarray:
    """Colours and edges of a 32-pixel centre square: the features of a very simple classifier."""
    pixels = square(picture, 32) / 255
    grey = pixels.mean(2)
    down, right = np.abs(np.diff(grey, axis=0)), np.abs(np.diff(grey, axis=1))
    slant = np.abs(grey[1:, 1:] - grey[:-1, :-1]) - np.abs(grey[1:, :-1] - grey[:-1, 1:])
    saturation = pixels.max(2) - pixels.min(2)
    small = grey.reshape(4, 8, 4, 8).mean((1, 3)).ravel()  # where it is light and where dark
    maps = [down, right, grey, saturation]
    quantiles = np.concatenate(
        [np.quantile(map_, [0.1, 0.3, 0.5, 0.7, 0.9, 0.98]) for map_ in maps]
    )
    sums = [edges.mean() for edges in (down, right, slant)]
    bands = np.concatenate([down.reshape(31, 32).mean(1)[::6], right.mean(0)[::6]])
    return np.concatenate([pixels.mean((0, 1)), pixels.std((0, 1)), quantiles, sums, bands, small])


def test_painters_can_be_classified_by_colours_and_edges_alone(works):
    """The nearest centroid of the first half of the works names the painter of the second half."""
    described = np.array([[features(picture) for picture, _ in own] for own in works.values()])
    described /= described.reshape(-1, described.shape[-1]).std(0) + 1e-6
    known, unseen = described[:, : WORKS // 2].mean(1), described[:, WORKS // 2 :]
    apart = ((unseen[:, :, None] - known[None, None]) ** 2).sum(-1)
    right = apart.argmin(-1) == np.arange(len(works))[:, None]
    assert right.mean() > SIMPLEST, dict(zip(works, right.mean(1).round(2), strict=True))


# ---- the set on disk -------------------------------------------------------------------------


def test_layout_is_that_of_the_kaggle_set(drawn):
    numbers = atelier.counts(60)
    stems = {name: name.replace(" ", "_") for name in numbers}
    files = {f"{stems[name]}_{i}.jpg" for name in numbers for i in range(1, numbers[name] + 1)}
    expected = {"artists.csv", "truth.csv", "atelier.json"}
    expected |= {f"images/images/{file.rpartition('_')[0]}/{file}" for file in files}
    expected |= {f"resized/resized/{file}" for file in files}
    assert set(contents(drawn)) == expected
    for file in sorted(files)[::7]:
        with Image.open(drawn / "images/images" / file.rpartition("_")[0] / file) as picture:
            assert (picture.format, picture.mode, min(picture.size)) == ("JPEG", "RGB", 128)
            large = picture.size
        with Image.open(drawn / "resized/resized" / file) as picture:
            assert (picture.format, min(picture.size)) == ("JPEG", 80)
            assert picture.width / picture.height == pytest.approx(large[0] / large[1], rel=0.02)


def test_artists_csv_is_exact(drawn):
    with (drawn / "artists.csv").open(encoding="utf-8") as file:
        assert file.readline().strip() == ",".join(CSV_COLUMNS)
    rows, numbers = table(drawn / "artists.csv"), atelier.counts(60)
    for i, (row, painter) in enumerate(zip(rows, PAINTERS, strict=True)):
        assert row == {
            "id": str(i),
            "name": painter.name,
            "years": painter.years,
            "genre": painter.genre,
            "nationality": painter.nationality,
            "bio": painter.bio,
            "wikipedia": "",
            "paintings": str(numbers[painter.name]),
        }


def test_truth_has_a_row_for_each_work_and_says_what_paint_says(drawn):
    rows = table(drawn / "truth.csv")
    assert tuple(rows[0]) == TRUTH_COLUMNS
    assert all(value for row in rows for value in row.values())
    assert Counter(row["painter"] for row in rows) == atelier.counts(60)
    assert len({row["file"] for row in rows}) == len(rows)
    for row in rows[::9]:
        picture = drawn / "images" / "images" / row["file"]
        assert picture.is_file()
        number = int(picture.stem.rpartition("_")[2])
        assert paint(row["painter"], number, short_side=16)[1] == {
            key: row[key] for key in TRUTH_COLUMNS if key != "file"
        }


def test_two_processes_draw_the_same_set_as_one(drawn, tmp_path):
    folder = write_set(tmp_path / "two", works=60, processes=2, progress=False)
    assert contents(folder) == contents(drawn)


def test_a_complete_set_is_left_alone(drawn, monkeypatch):
    monkeypatch.setattr(writing, "draw_all", lambda *_: pytest.fail("drew a complete set again"))
    before = {path: path.stat().st_mtime_ns for path in drawn.rglob("*")}
    assert write_set(drawn, works=60, progress=False) == drawn
    assert {path: path.stat().st_mtime_ns for path in drawn.rglob("*")} == before


def test_counts_are_whole_or_scaled_and_never_leave_a_painter_out():
    assert atelier.counts() == {painter.name: painter.works for painter in PAINTERS}
    assert atelier.counts(10**6) == atelier.counts()
    few = atelier.counts(60)
    assert min(few.values()) >= 2
    assert 45 <= sum(few.values()) <= 75


def test_version_changes_with_the_seed_and_with_a_painter(monkeypatch):
    usual = atelier.version(0)
    assert usual == atelier.version(0)
    assert usual != atelier.version(1)
    monkeypatch.setattr(painting, "MODULES", dict(list(MODULES.items())[:-1]))
    assert usual != atelier.version(0)


@pytest.fixture
def two_painters(monkeypatch):
    """The two quickest painters only, two works each: for what concerns the folder alone."""
    few = tuple(PAINTERS[:2])
    monkeypatch.setattr(writing, "PAINTERS", few)
    return 4


def draw(folder, seed=0):
    return write_set(folder, seed=seed, works=4, processes=1, progress=False)


def test_an_interruption_leaves_nothing_half_made_and_a_repeat_works(
    two_painters, tmp_path, monkeypatch
):
    paint_well, calls = writing.paint, []

    def stop_at_the_third(*args, **kwargs):
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return paint_well(*args, **kwargs)

    monkeypatch.setattr(writing, "paint", stop_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        draw(tmp_path / "atelier")
    assert list(tmp_path.iterdir()) == []
    folder = draw(tmp_path / "atelier")
    assert len(table(folder / "truth.csv")) == two_painters
    assert list(tmp_path.iterdir()) == [folder]


def test_an_interruption_stops_the_other_processes_before_it_tidies_up(
    two_painters, tmp_path, monkeypatch
):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(writing.tqdm, "update", stop)
    with pytest.raises(KeyboardInterrupt) as stopped:
        write_set(tmp_path / "atelier", works=4, processes=2, progress=False)
    assert stopped.tb  # holds on to every frame, as an interactive session does
    assert multiprocessing.active_children() == []
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_update_keeps_the_old_set(two_painters, tmp_path, monkeypatch):
    folder = draw(tmp_path / "atelier")
    before = contents(folder)
    monkeypatch.setattr(writing, "write_tables", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        draw(folder, seed=1)
    assert contents(folder) == before
    assert list(tmp_path.iterdir()) == [folder]


def test_an_older_set_is_replaced_whole(two_painters, tmp_path):
    folder = draw(tmp_path / "atelier")
    before = contents(folder)
    (folder / ".DS_Store").write_bytes(b"left by the system")
    draw(folder, seed=1)
    after = contents(folder)
    assert after.keys() == before.keys()
    assert after["truth.csv"] != before["truth.csv"]
    assert json.loads((folder / "atelier.json").read_text())["atelier"] == atelier.version(1)


def test_a_folder_with_foreign_files_is_refused_and_untouched(two_painters, tmp_path):
    folder = tmp_path / "atelier"
    folder.mkdir()
    (folder / "artists.csv").write_text("my own list")
    before = contents(folder)
    with pytest.raises(FileExistsError, match=r"did not write artists\.csv"):
        draw(folder)
    assert contents(folder) == before


@pytest.mark.parametrize("place", ["cat.jpg", "images/images/My_Cat/My_Cat_1.jpg"])
def test_a_readers_own_picture_inside_an_old_set_is_never_lost(two_painters, tmp_path, place):
    folder = draw(tmp_path / "atelier")
    own = folder / place
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_bytes(b"a cat")
    before = contents(folder)
    with pytest.raises(FileExistsError, match=f"did not write {own.name}"):
        draw(folder, seed=1)
    assert contents(folder) == before


def test_a_file_in_the_sets_place_is_refused_in_words(two_painters, tmp_path):
    (tmp_path / "atelier").write_text("not a folder")
    with pytest.raises(FileExistsError, match="did not write atelier"):
        draw(tmp_path / "atelier")
    assert (tmp_path / "atelier").read_text() == "not a folder"


def test_an_empty_folder_is_filled(two_painters, tmp_path):
    (tmp_path / "atelier").mkdir()
    assert len(table(draw(tmp_path / "atelier") / "truth.csv")) == two_painters


def test_an_overview_shows_different_works_in_its_cells():
    sheet = atelier.overview(PAINTERS[0], works=4, side=40)
    assert sheet.size == (2 * 46 + 6, 2 * 46 + 6)
    cells = [sheet.crop((x, y, x + 40, y + 40)).tobytes() for x in (6, 52) for y in (6, 52)]
    assert len(set(cells)) == 4
