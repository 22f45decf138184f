"""Views and their paintings: the same place, twice."""

import numpy as np

from helpers.data.atelier.painting import paint
from helpers.data.views import draw_views, view_and_painting


def test_the_painting_is_the_painters_own_to_the_bit():
    for number in (1, 8):  # wide and upright
        _, painting = view_and_painting(number, 64, seed=3)
        whole, _ = paint("Marguerite Delorme", number, short_side=64 + 2 * 3, seed=3)
        left, top = (whole.width - 64) // 2, (whole.height - 64) // 2
        cut = np.asarray(whole.crop((left, top, left + 64, top + 64))).transpose(2, 0, 1)
        assert np.array_equal(painting, cut)


def test_a_view_shows_the_place_of_its_painting_and_no_dots():
    views, paintings = draw_views(range(1, 7), 64, processes=1)
    assert views.shape == paintings.shape == (6, 3, 64, 64)
    assert views.dtype == paintings.dtype == np.uint8

    def coarse(images):
        return images.reshape(6, 3, 8, 8, 8, 8).mean((3, 5)).reshape(6, -1)

    difference = np.abs(coarse(views)[:, None] - coarse(paintings)[None]).mean(2)
    assert (difference.argmin(1) == np.arange(6)).all(), "each is nearest to its own painting"
    rough = [np.abs(np.diff(side.astype(float))).mean() for side in (views, paintings)]
    assert rough[0] < 0.5 * rough[1]


def test_the_same_numbers_give_the_same_works_in_any_number_of_processes():
    one, two = (draw_views(range(3, 7), 48, processes=n) for n in (1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert not np.array_equal(one[0][0], one[0][1])
