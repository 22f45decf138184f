"""Bytes outside, floats in [-1, 1] inside: nothing is lost on the way there and back."""

import numpy as np
import torch

from helpers.images import image_grid, to_signed, to_uint8

EVERY_LEVEL = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)


def test_black_is_minus_one_and_white_is_one():
    signed = to_signed(EVERY_LEVEL)
    assert signed.dtype == torch.float32
    assert (signed.min().item(), signed.max().item()) == (-1.0, 1.0)
    assert abs(signed.mean().item()) < 1e-6


def test_every_level_survives_there_and_back():
    assert torch.equal(to_uint8(to_signed(EVERY_LEVEL)), EVERY_LEVEL)


def test_bytes_are_rounded_not_cut_off():
    almost = to_signed(EVERY_LEVEL) - 0.4 / 127.5  # four tenths of a level too dark
    assert torch.equal(to_uint8(almost), EVERY_LEVEL)


def test_values_beyond_the_range_are_clamped_and_do_not_wrap_around():
    assert to_uint8(torch.tensor([-5.0, 0.0, 5.0])).tolist() == [0, 128, 255]


def test_bfloat16_is_accepted():
    assert to_uint8(torch.tensor([-1.0, 1.0], dtype=torch.bfloat16)).tolist() == [0, 255]


def test_a_grid_goes_row_by_row_with_white_between():
    images = torch.arange(6, dtype=torch.uint8)[:, None, None, None].expand(6, 3, 8, 8) * 10
    grid = np.asarray(image_grid(images, columns=3))
    assert grid.shape == (2 * 8 + 3 * 2, 3 * 8 + 4 * 2, 3)
    centres = grid[6::10, 6::10, 0]
    assert centres.tolist() == [[0, 10, 20], [30, 40, 50]]
    assert (grid[:2] == 255).all() and (grid[:, 10:12] == 255).all()


def test_grey_pictures_make_a_grid_too():
    assert np.asarray(image_grid(torch.zeros(4, 1, 8, 8, dtype=torch.uint8), 2)).shape == (
        22,
        22,
        3,
    )
