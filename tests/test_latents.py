"""Detours of paths, and planes in latent space."""

import numpy as np
import pytest
import torch

from helpers.evaluation.latents import detours, separability


def test_a_straight_path_has_no_detour_and_a_half_circle_one_of_half_pi():
    line = np.linspace(0, 1, 9)[:, None] * np.ones(4)
    angle = np.linspace(0, np.pi, 200)
    bow = np.stack([np.cos(angle), np.sin(angle)], 1)
    assert detours(line[None]) == pytest.approx(1)
    assert detours(bow[None]) == pytest.approx(np.pi / 2, abs=1e-3)


def test_paths_are_measured_one_by_one():
    there_and_on = np.array([[0.0], [2.0], [1.0]])
    straight = np.array([[0.0], [0.5], [1.0]])
    assert detours(np.stack([there_and_on, straight])).tolist() == [3.0, 1.0]


def test_a_plane_finds_what_a_plane_parts_and_nothing_else():
    torch.manual_seed(0)
    points = torch.randn(3000, 10)
    assert separability(points, points[:, 3] > 0.2 * points[:, 1]) > 0.96
    assert abs(separability(points, torch.rand(3000) > 0.5) - 0.5) < 0.05
    ring = points[:, :2].norm(dim=1)
    assert abs(separability(points, ring > ring.median()) - 0.5) < 0.08  # no plane parts a ring
    assert separability(1000 * points + 7, points[:, 0] > 0) > 0.96  # whatever the scale
