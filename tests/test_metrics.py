"""Scores: equal to the libraries', moved by what they should see, and blind where they must be."""

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from helpers.data.image_set import load_images
from helpers.evaluation import metrics
from helpers.evaluation.features import Lite2, features
from helpers.evaluation.metrics import (
    Score,
    frechet_distance,
    kernel_distance,
    memorisation,
    nearest,
    quality_and_variety,
    sliced_wasserstein,
    unbiased_frechet_distance,
)

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.integers(0, 256, (20, 3, 16, 16), dtype=np.uint8)
A, B = RANDOM.normal(size=(400, 24)), RANDOM.normal(0.3, 1.2, size=(400, 24))

pytestmark = pytest.mark.filterwarnings("ignore:A Fréchet distance")


@pytest.fixture(scope="module")
def lite2():
    return Lite2()


@pytest.fixture(scope="module")
def paintings():
    return load_images("atelier", size=32, quiet=True)


def by_torchmetrics(real, fake, metric):
    """torchmetrics on features: its network is replaced by one that passes them through."""

    class Through(torch.nn.Module):
        num_features = real.shape[1]

        def forward(self, x):
            return x

    judge = metric(Through())
    judge.update(torch.tensor(real), real=True)
    judge.update(torch.tensor(fake), real=False)
    return judge.compute()


def test_equal_to_torch_fidelity_torchmetrics_and_prdc():
    from prdc import compute_prdc
    from torch_fidelity.metric_prc import prc_features_to_metric
    from torchmetrics.image.fid import FrechetInceptionDistance
    from torchmetrics.image.kid import KernelInceptionDistance

    def fid(network):
        return FrechetInceptionDistance(network, normalize=True).set_dtype(torch.float64)

    def kid(network):
        return KernelInceptionDistance(network, subsets=1, subset_size=400, normalize=True)

    ours = frechet_distance(A, B)
    assert ours == pytest.approx(float(by_torchmetrics(A, B, fid)), rel=1e-3)
    ours = kernel_distance(A, B, subsets=1, size=400)[0]
    assert ours == pytest.approx(float(by_torchmetrics(A, B, kid)[0]), rel=1e-3)
    found = quality_and_variety(A, B)
    theirs = prc_features_to_metric(
        torch.tensor(B), torch.tensor(A), prc_neighborhood=3, verbose=False, prc_batch_size=1000
    )
    assert found["precision"] == pytest.approx(theirs["precision"], rel=1e-3)
    assert found["recall"] == pytest.approx(theirs["recall"], rel=1e-3)
    theirs = compute_prdc(A, B, nearest_k=5)
    assert found["density"] == pytest.approx(theirs["density"], rel=1e-3)
    assert found["coverage"] == pytest.approx(theirs["coverage"], rel=1e-3)


def test_the_same_call_gives_the_same_score():
    for call in (kernel_distance, unbiased_frechet_distance, quality_and_variety):
        assert call(A, B) == call(A, B)
    images = PICTURES.repeat(2, 2).repeat(2, 3)
    assert sliced_wasserstein(images, images[::-1]) == sliced_wasserstein(images, images[::-1])


def test_kid_has_no_bias_and_fd_has_one_that_the_line_takes_away():
    one, two = RANDOM.normal(size=(2, 4000, 40))
    few, many = (frechet_distance(one[:n], two[:n]) for n in (500, 4000))
    assert few > 4 * many > 0  # it goes with 1/N
    assert abs(unbiased_frechet_distance(one, two)) < 0.3 * many
    mean, spread = kernel_distance(one, two, size=500)
    assert abs(mean) < spread


def damaged(images, kind, strength):
    """Pictures [N, 3, H, W] after 0 (none) to 3 of a damage."""
    if kind == "noise":
        noise = np.random.default_rng(1).normal(0, 12 * strength, images.shape)
        return (images + noise).clip(0, 255).astype(np.uint8)
    if kind == "colour":
        shift = np.array([18, 0, -18]).reshape(3, 1, 1) * strength
        return (images.astype(int) + shift).clip(0, 255).astype(np.uint8)
    done = []
    for pixels in images.transpose(0, 2, 3, 1):
        picture = Image.fromarray(pixels)
        if kind == "blur":
            picture = picture.filter(ImageFilter.GaussianBlur(0.7 * strength))
        elif strength:  # JPEG
            file = io.BytesIO()
            picture.save(file, "JPEG", quality=(60, 25, 8)[strength - 1])
            picture = Image.open(file)
        done.append(np.asarray(picture))
    return np.stack(done).transpose(0, 3, 1, 2)


@pytest.mark.parametrize("kind", ["blur", "noise", "jpeg", "colour"])
def test_the_more_damage_the_worse_the_score(lite2, paintings, kind):
    works = paintings.images[RANDOM.permutation(len(paintings.images))[:800]]
    real = features(works[:400], lite2)
    found = []
    for strength in range(4):
        fake = features(damaged(works[400:], kind, strength), lite2)
        found.append((frechet_distance(real, fake), kernel_distance(real, fake, size=300)[0]))
    for scores in zip(*found, strict=True):
        assert sorted(scores) == list(scores), (kind, scores)
        assert scores[3] > 1.2 * scores[0], (kind, scores)


def test_lost_modes_cost_recall_and_coverage_but_no_precision_and_blur_the_other_way(
    lite2, paintings
):
    order = RANDOM.permutation(len(paintings.images))
    real = features(paintings.images[order[:700]], lite2)
    rest = order[700:]
    fair = features(paintings.images[rest[:700]], lite2)
    few_painters = rest[paintings.labels[rest] < 3]
    dropped = features(paintings.images[RANDOM.choice(few_painters, 700)], lite2)
    blurred = features(damaged(paintings.images[rest[:700]], "blur", 2), lite2)
    whole, lost, soft = (quality_and_variety(real, side) for side in (fair, dropped, blurred))
    assert lost["recall"] < 0.6 * whole["recall"] and lost["coverage"] < 0.6 * whole["coverage"]
    assert lost["precision"] > 0.9 * whole["precision"]
    assert soft["precision"] < 0.7 * whole["precision"]
    distances = []
    for keep in (10, 6, 3, 1):  # painters
        some = RANDOM.choice(rest[paintings.labels[rest] < keep], 400)
        distances.append(frechet_distance(real, features(paintings.images[some], lite2)))
    assert sorted(distances) == distances


def test_sliced_wasserstein_sees_where_the_detail_is_lost(paintings):
    works = paintings.images[RANDOM.permutation(len(paintings.images))[:600]]
    fair = sliced_wasserstein(works[:300], works[300:])
    fine = sliced_wasserstein(works[:300], damaged(works[300:], "noise", 3))
    assert len(fair) == 2 and fine[0] > 3 * fair[0]
    assert sliced_wasserstein(works[:300], works[:300])[0] < fair[0]


def test_a_replay_is_caught_and_new_pictures_pass(lite2, paintings):
    order = RANDOM.permutation(len(paintings.images))
    training, held, others = (
        features(paintings.images[part], lite2) for part in np.split(order[:1800], 3)
    )
    fair = memorisation(training, held, others)
    assert not fair.caught and 0.4 < fair.closer < 0.6, fair
    replay = memorisation(training, held, training[:200])
    assert replay.caught and replay.copied == 1, replay
    slightly = memorisation(training, held, training[:200] + RANDOM.normal(0, 1e-3, (200, 1280)))
    assert slightly.caught
    some = memorisation(training, held, np.concatenate([others[:150], training[:50]]))
    assert some.caught and 0.2 < some.copied < 0.35, some


def test_a_small_sample_is_warned_about_and_nonsense_refused():
    with pytest.warns(UserWarning, match=r"wants 2,048 pictures a side and\s+has 400"):
        frechet_distance(A, B)
    with pytest.raises(ValueError, match="at least 2 pictures"):
        frechet_distance(A[:1], B)
    with pytest.raises(ValueError, match="different networks"):
        kernel_distance(A, B[:, :5])
    with pytest.raises(ValueError, match="no numbers"):
        quality_and_variety(A, np.full_like(B, np.nan))


def test_a_score_prints_with_all_that_it_takes_to_trust_it():
    score = Score("FD-lite2", 41.23, 0.91, 5000, 3.14)
    assert str(score) == "FD-lite2 41.2 ± 0.9 (N=5,000, floor 3.1)"
    assert str(Score("recall", 0.4567, 0.012, 500)) == "recall 0.457 ± 0.012 (N=500)"
    assert str(Score("density", 0.5, n=20)) == "density 0.500 (N=20)"  # no spread was measured
    assert metrics.KIND["inception"] == "FID"


def test_copies_are_found_at_distance_zero_mirrored_ones_too():
    copies = np.stack([PICTURES[7], PICTURES[11, :, :, ::-1]])
    index, distance = nearest(copies, PICTURES)
    assert index.ravel().tolist() == [7, 11]
    assert distance.max() < 0.01
    _, distance = nearest(copies, PICTURES, mirrored=False)
    assert distance[0, 0] < 0.01 and distance[1, 0] > 50


def test_distances_are_in_grey_levels_and_the_closest_comes_first():
    black = np.zeros((1, 3, 8, 8), dtype=np.uint8)
    greys = np.stack([black[0] + level for level in (40, 10, 255)])
    index, distance = nearest(black, greys, k=9)  # more than there are: all of them
    assert index.tolist() == [[1, 0, 2]]
    assert np.allclose(distance, [[10, 40, 255]], atol=0.05)


def test_close_pictures_in_a_large_set_keep_their_distance():
    """One grey level apart among bright pictures: fast formulas lose this to rounding."""
    bright = RANDOM.integers(200, 254, (60, 3, 32, 32), dtype=np.uint8)
    _, distance = nearest(bright + 1, bright)
    assert np.allclose(distance, 1.0, atol=0.02)
