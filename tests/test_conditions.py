"""Agreement with the label, and diversity within it."""

import numpy as np
import pytest

from helpers.evaluation.conditions import agreement, diversity_within, mean_distance


def test_agreement_is_the_share_of_images_taken_for_what_was_asked_for():
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.8, 0.2], [0.3, 0.7]])
    assert agreement(probabilities, np.array([0, 1, 1, 0])) == 0.5
    assert agreement(probabilities, np.array([0, 1, 0, 1])) == 1


def test_the_mean_distance_leaves_out_each_image_with_itself():
    assert mean_distance(np.array([[0.0, 0.0], [3.0, 4.0]])) == pytest.approx(5)
    assert mean_distance(np.array([[0.0], [1.0], [3.0]])) == pytest.approx(2)
    assert np.isnan(mean_distance(np.zeros((1, 2))))


def test_diversity_is_one_for_equally_different_images_and_nothing_for_one_image():
    random = np.random.default_rng(0)
    real = random.normal(size=(300, 8))
    labels = np.arange(300) % 3
    drawn = random.normal(size=(300, 8))
    drawn[labels == 1] *= 0.5
    drawn[labels == 2] = 4.0
    found = diversity_within(drawn, labels, real, labels)
    assert found[0] == pytest.approx(1, abs=0.05) and found[1] == pytest.approx(0.5, abs=0.03)
    assert found[2] == pytest.approx(0, abs=1e-3)


def test_a_label_with_few_images_is_left_out():
    labels = np.array([0] * 30 + [1] * 5)
    x = np.random.default_rng(0).normal(size=(35, 4))
    assert list(diversity_within(x, labels, x, labels)) == [0]
