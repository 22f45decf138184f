"""The classifier: an honest hold-out, labels that are recognised, shares that are compared."""

import numpy as np
import pytest
import torch

from helpers.evaluation.classifiers import (
    balanced_confident_rate,
    classify,
    hold_out,
    kl_divergence,
    recognised,
    shares,
    stacked_labels,
    train_classifier,
)


def test_hold_out_takes_the_same_share_of_every_label_and_no_picture_twice():
    labels = np.repeat([0, 1, 2], [100, 40, 3])
    kept, held = hold_out(labels, share=0.15)
    assert sorted([*kept, *held]) == list(range(143))
    assert np.bincount(labels[held]).tolist() == [15, 6, 1]  # of three pictures, still one
    assert list(kept) == sorted(kept) and list(held) == sorted(held)


def test_what_occurs_once_is_trained_on():
    kept, held = hold_out(np.array([0, 0, 0, 1, 2, 2]))
    assert 3 in kept and len(held) == 2
    kept, held = hold_out(np.array([0, 1, 2]))
    assert kept.tolist() == [0, 1, 2] and held.tolist() == [] and held.dtype == np.int64


def test_hold_out_draws_by_its_seed():
    labels = np.zeros(100, dtype=int)
    first, again, other = (hold_out(labels, seed=seed)[1].tolist() for seed in (0, 0, 1))
    assert first == again != other


def easy_task(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise with horizontal, vertical or no stripes."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    images = random.integers(80, 176, (n, 3, 16, 16), dtype=np.uint8)
    images[labels == 0, :, ::4] += 60
    images[labels == 1, :, :, ::4] += 60
    return images, labels


@pytest.fixture(scope="module")
def classifier():
    return train_classifier(*easy_task(600, seed=0), epochs=8)


def test_the_classifier_learns_an_easy_task(classifier):
    images, labels = easy_task(150, seed=1)
    assert (classify(classifier, images).argmax(1) == labels).mean() > 0.95
    assert not classifier.training


def test_probabilities_sum_to_one_and_do_not_depend_on_the_batch(classifier):
    images, _ = easy_task(30, seed=2)
    chances = classify(classifier, images)
    assert chances.shape == (30, 3) and np.allclose(chances.sum(1), 1, atol=1e-5)
    assert np.allclose(chances, classify(classifier, torch.as_tensor(images), batch=7), atol=1e-4)


def test_the_same_seed_trains_the_same_classifier():
    images, labels = easy_task(64, seed=0)
    one, two, other = (
        train_classifier(images, labels, epochs=1, batch=16, seed=seed) for seed in (0, 0, 1)
    )
    assert np.array_equal(classify(one, images), classify(two, images))
    assert not np.array_equal(classify(one, images), classify(other, images))


def test_a_set_smaller_than_a_batch_is_learned_from_too():
    images, labels = easy_task(30, seed=0)
    little, much = (train_classifier(images, labels, epochs=n, batch=64) for n in (1, 3))
    assert not np.array_equal(classify(little, images), classify(much, images))


def test_labels_are_recognised_only_where_the_classifier_is_confident():
    chances = np.array([[0.9, 0.1, 0], [0.5, 0.5, 0], [0.99, 0.01, 0], [0.15, 0.85, 0]])
    found = recognised(chances, confidence=0.8)
    assert {label: index.tolist() for label, index in found.items()} == {0: [2, 0], 1: [3]}
    assert list(recognised(chances, confidence=0.8, at_least=2)) == [0]
    assert recognised(chances, confidence=1.0) == {}


def test_shares_and_their_divergence():
    real, fake = shares(np.array([0, 0, 1, 2]), 4), shares(np.array([0, 0, 0, 0]), 4)
    assert real.tolist() == [0.5, 0.25, 0.25, 0]
    assert kl_divergence(real, real) == 0
    assert kl_divergence(fake, real) == pytest.approx(np.log(2))  # half of the modes, equal shares
    assert kl_divergence(real, fake) == np.inf


def test_three_stacked_digits_are_classified_channel_by_channel():
    images, labels = easy_task(600, seed=0)
    classifier = train_classifier(images[:, :1], labels, epochs=12)
    unseen, truth = easy_task(60, seed=1)
    stacked = np.concatenate([unseen[i : i + 20, :1] for i in (0, 20, 40)], axis=1)
    wanted = 100 * truth[:20] + 10 * truth[20:40] + truth[40:]
    assert (stacked_labels(classifier, stacked) == wanted).mean() > 0.9


def test_the_balanced_confident_rate_wants_all_classes_and_confidence():
    confident = np.identity(4)[np.arange(8) % 4] * 0.95
    assert balanced_confident_rate(confident) == 1
    assert balanced_confident_rate(confident * 0.8) == 0  # below 0.8
    one_class = np.tile([0.95, 0.02, 0.02, 0.01], (8, 1))
    assert balanced_confident_rate(one_class) == 0.25
    half = np.where((np.arange(8) < 4)[:, None], confident, 0.25)
    assert balanced_confident_rate(half) == 0.5


def test_a_classifier_of_digits_never_sees_a_mirrored_one(monkeypatch):
    images = np.zeros((40, 1, 16, 16), dtype=np.uint8)
    images[:20, :, :, 4:6] = 255  # a bar on the left is another class than one on the right
    images[20:, :, :, 10:12] = 255
    labels = np.repeat([0, 1], 20)
    classifier = train_classifier(images, labels, epochs=30, batch=20, flip=False)
    assert (classify(classifier, images).argmax(1) == labels).all()
    confused = train_classifier(images, labels, epochs=30, batch=20, flip=True)
    assert classify(confused, images).max() < 0.9
