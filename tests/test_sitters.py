"""The drawn person that stands in for a photograph."""

import numpy as np
import pytest

from helpers.data.sitters import sitter


def test_the_same_seed_draws_the_same_person_and_another_seed_another_one():
    first, again, other = (np.asarray(sitter(seed, 64), int) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert np.abs(first - other).mean() > 5


@pytest.mark.parametrize("seed", range(6))
def test_it_is_a_head_before_a_wall(seed):
    picture = np.asarray(sitter(seed, 96), float)
    assert picture.shape == (96, 96, 3)
    corner, face = picture[4:12, 4:12].mean((0, 1)), picture[38:42, 45:51].mean((0, 1))
    assert np.abs(corner - face).max() > 12, "the face looks like the wall"
    assert face[0] > face[2], "no skin is bluer than it is red"


def test_its_two_sides_are_lit_differently():
    picture = np.asarray(sitter(1, 128), float).mean(2)
    left, right = picture[55:65, 48:56].mean(), picture[55:65, 72:80].mean()
    assert abs(left - right) > 8
