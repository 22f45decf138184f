"""Drawn digits and clothes: of the right shape, recognised, and announced as what they are."""

import numpy as np
import pytest

from helpers.data import sources, standins
from helpers.data.folders import DatasetError
from helpers.evaluation import classifiers


@pytest.fixture(scope="module", params=["mnist", "fashion-mnist"])
def drawn(request):
    return request.param, *standins.draw_set(request.param, 1500)


def test_they_have_the_shape_of_the_real_ones(drawn):
    _, images, labels = drawn
    assert images.shape == (1500, 1, 28, 28) and images.dtype == np.uint8
    assert labels.dtype == np.int64 and np.bincount(labels).tolist() == [150] * 10
    assert images[..., 0, 0].max() == 0 and images[:, :, 0].mean() < 2  # on black, with a border
    assert (images.reshape(1500, -1).max(1) > 40).all()  # no picture is empty


def test_no_two_are_equal_and_the_seed_decides(drawn):
    name, images, _ = drawn
    assert len(np.unique(images.reshape(1500, -1), axis=0)) == 1500
    assert np.array_equal(standins.draw_set(name, 20)[0], images[:20])
    assert not np.array_equal(standins.draw_set(name, 20, seed=1)[0], images[:20])


def test_a_classifier_recognises_the_classes(drawn):
    name, images, labels = drawn
    classifier = classifiers.train_classifier(images[:1200], labels[:1200], epochs=4, flip=False)
    right = classifiers.classify(classifier, images[1200:]).argmax(1) == labels[1200:]
    assert right.mean() > (0.9 if name == "mnist" else 0.75)  # pullovers resemble shirts


def test_a_missing_set_is_replaced_aloud(monkeypatch, capsys):
    def missing(name, asked_by):
        raise DatasetError(f"{name} is nowhere")

    monkeypatch.setattr(standins, "named_dataset", missing)
    found = standins.real_or_drawn("mnist", size=32, drawn=50)
    assert found.images.shape == (50, 1, 32, 32) and found.source == "drawn mnist"
    assert len(found.names) == 10 and not found.mirror and found.kind == "class"
    said = capsys.readouterr().out
    assert said.startswith("STAND-IN") and "mnist is nowhere" in said and "50 drawn" in said


def test_the_real_one_is_taken_where_it_is(monkeypatch, capsys, tmp_path):
    source = sources.Source("mnist", tmp_path, "ATELIER_DATASET asks for it, found here")
    monkeypatch.setattr(standins, "named_dataset", lambda name, asked_by: source)
    monkeypatch.setattr(standins, "load_images", lambda found, size: (found, size))
    assert standins.real_or_drawn("mnist", size=16) == (source, 16)
    assert "found here" in capsys.readouterr().out
