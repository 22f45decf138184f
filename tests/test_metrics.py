"""Scores: equal to the libraries', moved by what they should see, and blind where they must be."""

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from helpers.data.image_set import load_images
from helpers.evaluation import metrics
from helpers.evaluation.copies import CopyTest, memorisation
from helpers.evaluation.features import Lite2, extract_features
from helpers.evaluation.metrics import (
    Score,
    frechet_distance,
    kernel_distance,
    nearest,
    precision_recall_density_coverage,
    sliced_wasserstein,
    unbiased_frechet_distance,
)

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (20, 3, 16, 16), dtype=np.uint8)
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

    theirs = metric(Through())
    theirs.update(torch.tensor(real), real=True)
    theirs.update(torch.tensor(fake), real=False)
    return theirs.compute()


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
    found = precision_recall_density_coverage(A, B)
    theirs = prc_features_to_metric(
        torch.tensor(B), torch.tensor(A), prc_neighborhood=3, verbose=False, prc_batch_size=1000
    )
    assert found["precision"] == pytest.approx(theirs["precision"], rel=1e-3)
    assert found["recall"] == pytest.approx(theirs["recall"], rel=1e-3)
    theirs = compute_prdc(A, B, nearest_k=5)
    assert found["density"] == pytest.approx(theirs["density"], rel=1e-3)
    assert found["coverage"] == pytest.approx(theirs["coverage"], rel=1e-3)


def test_the_same_call_gives_the_same_score():
    for call in (kernel_distance, unbiased_frechet_distance, precision_recall_density_coverage):
        assert call(A, B) == call(A, B)
    images = IMAGES.repeat(2, 2).repeat(2, 3)
    assert sliced_wasserstein(images, images[::-1]) == sliced_wasserstein(images, images[::-1])


def test_kid_has_no_bias_and_fd_has_one_that_the_line_takes_away():
    one, two = RANDOM.normal(size=(2, 4000, 40))
    few, many = (frechet_distance(one[:n], two[:n]) for n in (500, 4000))
    assert few > 4 * many > 0  # it goes with 1/N
    assert abs(unbiased_frechet_distance(one, two)) < 0.3 * many
    mean, std = kernel_distance(one, two, size=500)
    assert abs(mean) < std


def damaged(images, damage, strength):
    """Images [N, 3, H, W] after damage of a strength from 1 to 3."""
    if damage == "noise":
        noise = np.random.default_rng(1).normal(0, 12 * strength, images.shape)
        return (images + noise).clip(0, 255).astype(np.uint8)
    if damage == "colour":
        shift = np.array([18, 0, -18]).reshape(3, 1, 1) * strength
        return (images.astype(int) + shift).clip(0, 255).astype(np.uint8)
    done = []
    for pixels in images.transpose(0, 2, 3, 1):
        picture = Image.fromarray(pixels)
        if damage == "blur":
            picture = picture.filter(ImageFilter.GaussianBlur(0.7 * strength))
        else:  # JPEG
            file = io.BytesIO()
            picture.save(file, "JPEG", quality=(60, 25, 8)[strength - 1])
            picture = Image.open(file)
        done.append(np.asarray(picture))
    return np.stack(done).transpose(0, 3, 1, 2)


@pytest.fixture(scope="module")
def undamaged(lite2, paintings):
    """1,000 paintings in a drawn order, their labels, and their features."""
    some = np.random.default_rng(5).permutation(len(paintings))[:1000]
    works = paintings.images[some]
    return works, paintings.labels[some], extract_features(works, lite2)


@pytest.fixture(scope="module")
def baseline(undamaged):
    """FD and KID of paintings that are not damaged."""
    return scores_of(undamaged, undamaged[2][-SOME:])


SOME = 100  # images of each damage and strength


def scores_of(undamaged, fake):
    real = undamaged[2][:SOME]
    return frechet_distance(real, fake), kernel_distance(real, fake, size=SOME)[0]


@pytest.mark.parametrize("damage", ["blur", "noise", "jpeg", "colour"])
def test_the_more_damage_the_worse_the_score(lite2, undamaged, baseline, damage):
    found = [baseline]
    for strength in (1, 2, 3):
        fake = extract_features(damaged(undamaged[0][-SOME:], damage, strength), lite2)
        found.append(scores_of(undamaged, fake))
    for scores in zip(*found, strict=True):
        assert sorted(scores) == list(scores), (damage, scores)
        assert scores[3] > 1.2 * scores[0], (damage, scores)


def test_lost_modes_cost_recall_and_coverage_but_no_precision_and_blur_the_other_way(
    lite2, undamaged
):
    works, labels, known = undamaged
    rng = np.random.default_rng(6)
    real, rest, labels = known[:500], known[500:], labels[500:]
    fair = rest[:300]
    dropped = rest[rng.choice(np.flatnonzero(labels < 5), 300)]  # 5 of 15 painters
    blurred = extract_features(damaged(works[500:800], "blur", 2), lite2)
    sides = (fair, dropped, blurred)
    whole, lost, soft = (precision_recall_density_coverage(real, side) for side in sides)
    assert lost["recall"] < 0.6 * whole["recall"] and lost["coverage"] < 0.6 * whole["coverage"]
    assert lost["precision"] > 0.9 * whole["precision"]
    assert soft["precision"] < 0.7 * whole["precision"]
    distances = []
    for keep in (10, 6, 3, 1):  # painters
        some = rng.choice(np.flatnonzero(labels < keep), 300)
        distances.append(frechet_distance(real, rest[some]))
    assert sorted(distances) == distances


def test_sliced_wasserstein_sees_where_the_detail_is_lost(paintings):
    works = paintings.images[np.random.default_rng(8).permutation(len(paintings))[:600]]
    fair = sliced_wasserstein(works[:300], works[300:])
    fine = sliced_wasserstein(works[:300], damaged(works[300:], "noise", 3))
    assert len(fair) == 2 and fine[0] > 3 * fair[0]
    assert fine[1] < 1.5 * fair[1]  # noise leaves the coarse forms as they are
    # of the finest details other patches of the same images differ as much as other images do
    assert sliced_wasserstein(works[:300], works[:300])[1] < fair[1]


@pytest.fixture(scope="module")
def sides(undamaged):
    """Training works, and a test with 300 held-out ones; 200 new works."""
    works = undamaged[0]
    return works[:500], CopyTest(works[:500], works[500:800]), works[800:]


def shifted(images, down, right):
    """Images moved by a few pixels, the edges repeated."""
    wide = np.pad(images, ((0, 0), (0, 0), (4, 4), (4, 4)), mode="edge")
    return wide[:, :, 4 - down : 36 - down, 4 - right : 36 - right]


COPIES = {
    "plain": lambda images: images,
    "mirrored": lambda images: images[..., ::-1],
    "shifted": lambda images: shifted(images, 2, -1),
    "mirrored and shifted": lambda images: shifted(images, -2, 2)[..., ::-1],
    "shifted by 3 pixels": lambda images: shifted(images, 3, 3),
    "noisy": lambda images: np.clip(
        images + np.random.default_rng(1).normal(0, 5, images.shape), 0, 255
    ).astype(np.uint8),
}


@pytest.mark.parametrize("kind", COPIES)
def test_copies_are_detected_mirrored_and_shifted_ones_too(sides, kind):
    training, test, new = sides
    copies = np.ascontiguousarray(COPIES[kind](training[:100]))
    found = test(copies)
    assert found.detected and found.memorised > 0.95 and not found.unknown, (kind, found)
    assert "of 100 fakes are nearer to a training" in str(found)
    some = test(np.concatenate([new[:180], copies[:20]]))
    assert some.detected and 0.08 < some.memorised < 0.14, (kind, some)


def test_new_images_are_no_copies(sides):
    _, test, new = sides
    found = test(new)
    assert not found.detected and not found.unknown and found.memorised <= 0.02, found
    assert str(found).startswith("no sign of memorisation: ")
    assert "than 99 % of 300 held-out images are (by chance 1 %, limit 4%)" in str(found)
    assert f"and {found.far:.1%}\n  are farther than 99 % are" in str(found)
    assert (found.n, found.held_out, found.leaked) == (200, 300, 0)
    assert test.copied(new).mean() == found.memorised


def test_where_no_sign_would_mean_nothing_that_is_said(sides):
    training, test, new = sides
    noise = RANDOM.integers(0, 256, (60, 3, 32, 32), dtype=np.uint8)
    lost = test(noise)  # would be as far if it were made of copies
    assert lost.far == 1 and "100% of the fakes are farther" in str(lost) and not lost.detected
    six = memorisation(training, noise[:6], training[:100])
    assert "cannot tell" in str(six) and "6 held-out images\n  and 100 fakes" in str(six)
    assert not six.detected and not memorisation(training, new[:1], new).detected
    assert "50 of each are needed" in str(test(new[:20]))
    with pytest.raises(ValueError, match="6 held-out images are too few: 50 are needed"):
        CopyTest(training, noise[:6]).copied(new)
    others = [noise, damaged(new[:60], "blur", 3), np.full((60, 3, 32, 32), 128, np.uint8)]
    for other, where in zip(others, ("farther", "less far", "less far"), strict=True):
        found = memorisation(training, other, new)
        assert not found.detected, found
        assert f"another kind: they lie {where} from" in str(found), found
        with pytest.raises(ValueError, match=f"cannot tell: .* lie {where} from the training"):
            CopyTest(training, other).copied(new)


@pytest.mark.parametrize(("damage", "least"), [("JPEG", 0.8), ("blur", 0.3), ("colour", 0.3)])
def test_copies_that_are_less_exact_are_found_in_part(sides, damage, least):
    training, test, _ = sides
    assert test.copied(damaged(training[:100], damage, 1)).mean() > least


def test_held_out_images_that_were_trained_on_hide_no_copies(sides):
    training, _, new = sides
    found = memorisation(training, np.concatenate([new, training[:10]]), training[:100])
    assert found.leaked == 10 and found.held_out == 200 and found.detected
    assert "10 held-out images were trained on and were left out" in str(found)
    found = memorisation(training, training[:100], training[100:200])
    assert found.leaked == 100 and "0 held-out images" in found.unknown


def test_grey_and_large_images_are_compared_as_well(sides):
    training, _, new = sides
    grey = [side[:, :1].repeat(2, 2).repeat(2, 3) for side in (training, new, training[:60])]
    assert memorisation(*grey).detected  # 64 pixels


def test_a_small_sample_is_warned_about_and_nonsense_refused():
    with pytest.warns(UserWarning, match=r"needs 2,048 images a side and\s+has 400"):
        frechet_distance(A, B)
    with pytest.raises(ValueError, match="at least 2 images"):
        frechet_distance(A[:1], B)
    with pytest.raises(ValueError, match="different networks"):
        kernel_distance(A, B[:, :5])
    with pytest.raises(ValueError, match="not numbers"):
        precision_recall_density_coverage(A, np.full_like(B, np.nan))


def test_a_score_prints_with_all_that_it_takes_to_trust_it():
    score = Score("FD-lite2", 41.23, 0.91, 5000, 3.14)
    assert str(score) == "FD-lite2 41.2 ± 0.9 (N=5,000, real vs real 3.1)"
    assert str(Score("recall", 0.4567, 0.012, 500)) == "recall 0.457 ± 0.012 (N=500)"
    assert str(Score("density", 0.5, n=20)) == "density 0.500 (N=20)"  # of one sample
    assert metrics.FRECHET_NAMES["inception"] == "FID"


def test_copies_are_found_at_distance_zero_mirrored_ones_too():
    copies = np.stack([IMAGES[7], IMAGES[11, :, :, ::-1]])
    index, distance = nearest(copies, IMAGES)
    assert index.ravel().tolist() == [7, 11]
    assert distance.max() < 0.01
    _, distance = nearest(copies, IMAGES, mirrored=False)
    assert distance[0, 0] < 0.01 and distance[1, 0] > 50


def test_distances_are_in_grey_levels_and_the_closest_comes_first():
    black = np.zeros((1, 3, 8, 8), dtype=np.uint8)
    greys = np.stack([black[0] + level for level in (40, 10, 255)])
    index, distance = nearest(black, greys, k=9)  # more than there are: all of them
    assert index.tolist() == [[1, 0, 2]]
    assert np.allclose(distance, [[10, 40, 255]], atol=0.05)


def test_close_images_in_a_large_set_keep_their_distance():
    """One grey level apart among bright images: fast formulas lose this to rounding."""
    bright = RANDOM.integers(200, 254, (60, 3, 32, 32), dtype=np.uint8)
    _, distance = nearest(bright + 1, bright)
    assert np.allclose(distance, 1.0, atol=0.02)
