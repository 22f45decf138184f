"""Any number of new works: which ones, of what, and from the cache the second time."""

import numpy as np
import pytest

from helpers.data import drawn
from helpers.data.atelier import paint
from helpers.data.atelier.squares import SUBJECTS, draw_squares, shares, square
from helpers.data.drawn import draw_works


@pytest.fixture
def works(tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path))
    return draw_works(150, 16, processes=1, quiet=True)


def test_every_work_is_of_its_subject_and_painters_keep_their_shares(works):
    assert works.images.shape[1:] == (3, 16, 16) and len(works.names) == len(SUBJECTS) == 65
    first, subject = square("Tomás Aldecoa", 1, 16, seed=drawn.SEED)
    assert np.array_equal(works.images[0], first) and works.labels[0] == subject
    truth = paint("Tomás Aldecoa", 1, 16, seed=drawn.SEED)[1]
    assert works.names[subject] == f"Tomás Aldecoa: {truth['composition']}"
    counts = shares(6090)
    assert counts["Ottilie Brandt"] == 700 and sum(counts.values()) == 6090
    assert shares(3) == dict.fromkeys(counts, 1)


def test_a_work_is_cut_to_the_square_in_its_middle():
    picture, _ = paint("Ottilie Brandt", 5, 24, seed=3)
    left, top = (picture.width - 24) // 2, (picture.height - 24) // 2
    expected = np.asarray(picture)[top : top + 24, left : left + 24]
    cut, _ = square("Ottilie Brandt", 5, 24, seed=3)
    assert np.array_equal(cut.transpose(1, 2, 0), expected)


def test_the_second_time_they_come_from_the_cache(works, monkeypatch, capsys):
    monkeypatch.setattr(drawn, "draw_squares", None)  # drawing again would fail
    again = draw_works(150, 16)
    assert np.array_equal(again.images, works.images)
    assert np.array_equal(again.labels, works.labels)
    assert "of 65 classes, 16 x 16 pixels" in capsys.readouterr().out


def test_another_seed_gives_other_works_and_two_processes_the_same(works, tmp_path):
    other = draw_works(150, 16, seed=9, processes=1, quiet=True)
    assert not np.array_equal(other.images, works.images)
    subjects = draw_squares(tmp_path / "two.npy", 150, 16, seed=9, processes=2)
    assert np.array_equal(np.load(tmp_path / "two.npy"), other.images)
    assert np.array_equal(subjects, other.labels)


def test_one_painter_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path))
    portraits = draw_works(40, 16, processes=1, quiet=True, painters=["Piero Valdassi"])
    assert len(portraits) == 40 and len(portraits.names) == 5
    for number, label in enumerate(portraits.labels[:5], 1):
        truth = paint("Piero Valdassi", number, 16, seed=drawn.SEED)[1]
        assert portraits.names[label] == f"Piero Valdassi: {truth['composition']}"
    everybody = draw_works(40, 16, processes=1, quiet=True)  # not the same file of the cache
    assert len(everybody.names) == 65


def test_an_interruption_leaves_nothing_half_made(tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path))

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(drawn, "draw_squares", interrupted)
    with pytest.raises(KeyboardInterrupt):
        draw_works(150, 16, quiet=True)
    assert list((tmp_path / "cache").iterdir()) == []
