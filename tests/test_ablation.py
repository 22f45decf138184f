"""Ablations: an interval that can be trusted, and a leaderboard that loses nothing."""

import numpy as np
import pytest

from helpers.evaluation import ablation
from helpers.evaluation.ablation import SWITCHES, Leaderboard, compare
from helpers.training.config import recipe


def test_the_interval_is_the_one_that_a_book_gives():
    found = compare([20.0, 22.0, 24.0], [10.0, 12.0, 14.0])
    # equal variances of 4: the standard error is sqrt(4/3 + 4/3) = 1.633, and t of 4 degrees 2.776
    assert found.difference == pytest.approx(-10)
    assert (found.low, found.high) == pytest.approx((-14.534, -5.466), abs=1e-3)
    assert found.verdict == "better"
    assert str(found).startswith("better: -10 (95 % interval -15 to -5; without 20 22 24, with 10")


def test_worse_and_cannot_be_told():
    assert compare([10, 12, 14], [20, 22, 24]).verdict == "worse"
    assert compare([10, 12, 14], [11, 13, 15]).verdict == "cannot be told"


def test_where_nothing_changed_one_test_in_twenty_at_most_says_otherwise():
    rng = np.random.default_rng(0)
    verdicts = [compare(*rng.normal(1000, 100, (2, 3))).verdict for _ in range(2000)]
    assert 0.01 < np.mean([verdict != "cannot be told" for verdict in verdicts]) < 0.06


def test_one_seed_is_not_compared():
    with pytest.raises(ValueError, match="at least two on each side"):
        compare([1.0, 2.0], [3.0])


@pytest.mark.parametrize("name", SWITCHES)
def test_each_switch_changes_the_recipe(name):
    assert recipe("laptop", **SWITCHES[name]) != recipe("laptop")


def test_the_leaderboard_grows_and_shows_the_best_first(tmp_path):
    path = tmp_path / "ablation" / "leaderboard.csv"
    board = Leaderboard(path, "atelier, 100 steps")
    assert board.entries() == []
    board.add("batch 16, beta1 0", [900, 950.5], 1.5)
    board.add("no EMA", [700, 800], 2, by="course")
    Leaderboard(path, "another set").add("no EMA", [1, 2], 3)
    first, second = board.entries()
    assert first == ("no EMA", "course", [700, 800], 2.0)
    assert second == ("batch 16, beta1 0", "you", [900, 950.5], 1.5)
    lines = str(board).splitlines()
    assert len(lines) == 3 and lines[1].startswith(" 1. no EMA") and "750" in lines[1]
    board.add("batch 16, beta1 0", [600, 610], 1)  # measured again: the newest is shown
    assert board.entries()[0][2] == [600, 610]
    assert len(path.read_text(encoding="utf-8").splitlines()) == 5  # and nothing was lost


def test_another_file_of_that_name_is_not_overwritten(tmp_path):
    path = tmp_path / "leaderboard.csv"
    path.write_text("a letter to a friend\n", encoding="utf-8")
    with pytest.raises(ValueError, match="is no leaderboard"):
        Leaderboard(path, "x").add("y", [1.0], 1)
    assert path.read_text(encoding="utf-8") == "a letter to a friend\n"


def test_an_empty_file_is_no_leaderboard_either(tmp_path):
    path = tmp_path / "leaderboard.csv"
    path.touch()
    with pytest.raises(ValueError, match=r"training,change,by,scores,minutes"):
        ablation.Leaderboard(path, "x").entries()
