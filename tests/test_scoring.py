"""A generator scored: floors, spreads, files; and an eye that is what it claims to be."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib import cbook
from PIL import Image

from helpers.evaluation import features, scoring
from helpers.evaluation.features import Fidelity, Lite2, cached_features
from helpers.evaluation.scoring import along
from helpers.models import Generator
from helpers.training import runs
from helpers.training.config import Config
from helpers.training.trainer import Trainer

RANDOM = np.random.default_rng(0)
REAL = RANDOM.integers(0, 256, (60, 3, 16, 16), dtype=np.uint8)


class Means(torch.nn.Module):
    """An eye that is quick: the means of 4 x 4 blocks."""

    name = "lite2"

    def forward(self, images):
        pooled = torch.nn.functional.avg_pool2d(images.float() / 255, images.shape[-1] // 4)
        return pooled.flatten(1)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def noise(n, seed):
    pixels = np.random.default_rng(seed + 100).integers(0, 256, (n, 3, 16, 16), dtype=np.uint8)
    return torch.as_tensor(pixels)


def test_the_weights_are_those_of_imagenet(monkeypatch):
    """A photograph that comes with matplotlib: Grace Hopper, in a military uniform (class 652)."""
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        photograph = Image.open(file).convert("RGB")
    monkeypatch.setattr(features, "SIDE", 224)  # to tell what it is takes more than 96 pixels
    pixels = torch.tensor(np.asarray(photograph)).permute(2, 0, 1)[None]
    eye = Lite2()
    chance, label = eye.logits(pixels).softmax(1).max(1)
    assert label.item() == 652 and chance.item() == pytest.approx(0.514, abs=0.02)
    assert eye(pixels).shape == (1, 1280)
    grey = pixels[:, :1]
    assert torch.equal(eye(grey), eye(grey.expand(-1, 3, -1, -1)))
    assert not eye.training and not any(p.requires_grad for p in eye.parameters())


def test_real_features_are_computed_once_and_a_damaged_cache_again(folder):
    eye = Means()
    first = cached_features(REAL, eye)
    file = next((folder / "data/cache").glob("features-lite2-*.npy"))
    eye.forward = None  # may not be asked again
    assert np.array_equal(cached_features(REAL, eye), first)
    file.write_bytes(file.read_bytes()[:50])
    assert np.array_equal(cached_features(REAL, Means()), first)
    other = REAL.copy()
    other[3, 0, 0, 0] ^= 255  # one pixel of one picture
    assert not np.array_equal(cached_features(other, Means()), first)


def test_the_bar_and_the_batch_change_nothing():
    whole = features.features(REAL, Means(), batch=60)
    assert np.array_equal(features.features(REAL, Means(), batch=7), whole)
    assert whole.dtype == np.float64


@pytest.mark.filterwarnings("ignore")
def test_real_pictures_as_fakes_score_the_floor_and_worse_ones_more(folder):
    many = noise(400, seed=1).numpy()
    fair = scoring.evaluate(noise, many, n=150, repeats=3, network=Means())
    flat = scoring.evaluate(lambda n, seed: noise(n, seed) // 2, many, 150, 3, Means())
    fd = fair["FD-lite2"]
    assert fd.n == 150 and fd.floor > 0 and fd.spread > 0
    assert fd.value == pytest.approx(fd.floor, rel=0.35)
    assert flat["FD-lite2"].value > 5 * fd.value
    assert "N=150 is too small for FD" in str(fair)
    assert not any("halves" in note for note in fair.notes)
    again = scoring.evaluate(noise, many, n=150, repeats=3, network=Means())
    assert again.scores == fair.scores


@pytest.mark.filterwarnings("ignore")
def test_with_few_real_pictures_all_are_used_and_the_floor_is_scaled(folder):
    report = scoring.evaluate(noise, REAL, n=5000, repeats=1, network=Means())
    assert report["KID x 1000"].n == 60
    assert "floors are of two halves of 30" in str(report)
    with pytest.raises(ValueError, match="too few to compare with"):
        scoring.evaluate(noise, REAL[:10], network=Means())


@pytest.mark.filterwarnings("ignore")
def test_a_replay_is_named_in_the_report(folder):
    def replay(n, seed):
        return torch.as_tensor(REAL[np.random.default_rng(seed).integers(0, 60, n)])

    held = noise(60, seed=9).numpy()
    assert scoring.evaluate(replay, REAL, 60, 1, Means(), held).memorised.caught
    assert "no sign of memorisation" in str(scoring.evaluate(noise, REAL, 60, 1, Means(), held))


@pytest.mark.filterwarnings("ignore")
def test_several_trainings_have_a_spread_of_their_own(folder):
    def darker(n, seed):
        return noise(n, seed) // 2

    two = [scoring.evaluate(side, REAL, 60, 2, Means()) for side in (noise, darker)]
    fd = scoring.over_runs(two)[0]
    values = [report["FD-lite2"].value for report in two]
    assert fd.value == pytest.approx(np.mean(values)) and fd.spread == pytest.approx(
        np.std(values, ddof=1)
    )


def test_a_run_is_scored_from_a_shell_and_along_its_samples(folder, capsys):
    Path("mine").mkdir()
    for i in range(40):
        Image.fromarray(REAL[i].transpose(1, 2, 0)).save(f"mine/{i:02}.png")
    config = Config(size=16, filters=4, batch=8, steps=20)
    trainer = Trainer(REAL[:40], config, run="one", device="cpu")
    trainer.fit()
    Trainer(REAL[:40], Config(size=16, filters=4, batch=8, steps=2), "two", "cpu").fit()
    words = ["one", "two", "--reference", "mine", "--n", "30", "--repeats", "2", "--along"]
    assert scoring.main(words) == 0
    said = capsys.readouterr().out
    assert "over 2 runs" in said and "step      20  KID x 1000" in said
    assert "FD-lite2" in said and "(N=30, floor" in said and "written   " in said
    written = json.loads((trainer.folder / "metrics.json").read_text())
    assert written["facts"]["along"][-1]["step"] == 20
    assert written["facts"]["features"] == "lite2" and written["facts"]["real_pictures"] == 40
    assert [s["name"] for s in written["scores"]][:2] == ["FD-lite2", "KID x 1000"]
    rows = along(trainer.folder, REAL, Means())
    assert [row["step"] for row in rows] == list(range(0, 21, 1))[:: 20 // (len(rows) - 1)]
    assert all(np.isfinite(row["kid"]) and row["spread"] > 0 for row in rows)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody"], "There is no run 'nobody'"),
        (["one", "--n", "3"], "--n must be at least 20"),
        (["one", "--reference", "nowhere"], "nowhere"),
    ],
)
def test_what_is_wrong_is_said_in_words(folder, capsys, words, said):
    (folder / "data/runs/one").mkdir(parents=True)
    about = {"size": 16, "filters": 4, "channels": 3, "latent": 100}
    runs.save_network(Generator(16, filters=4), about, folder / "data/runs/one/generator.pt")
    assert scoring.main(words) == 1
    assert said in capsys.readouterr().err


def test_inception_is_the_fields_own_and_says_what_it_lacks(folder, monkeypatch):
    """Without its weights: a file of random ones goes the whole way; without a network, words."""
    from torch_fidelity import feature_extractor_inceptionv3 as inception

    plain = inception.FeatureExtractorInceptionV3
    monkeypatch.setattr(plain, "load_state_dict", lambda self, state: None)
    torch.save({}, "random.pth")
    eye = Fidelity("inception", weights=Path("random.pth"))
    found = features.features(REAL[:2, :1], eye)
    assert found.shape == (2, 2048) and np.isfinite(found).all()

    def refused(*arguments, **options):
        raise OSError("no network")

    monkeypatch.setattr(inception, "load_state_dict_from_url", refused)
    with pytest.raises(OSError, match=r"weights of inception could not be fetched.*lite2"):
        Fidelity("inception")
    with pytest.raises(ValueError, match="choose from lite2, inception, dinov2"):
        features.extractor("resnet")


def test_a_missing_package_is_named(monkeypatch):
    from helpers import environment

    with pytest.raises(ImportError, match=r"no_such_package cannot be imported.*requirements.txt"):
        environment.require("no_such_package")
    called = []
    monkeypatch.setattr(environment, "in_colab", lambda: True)
    done = type("Done", (), {"returncode": 0})
    monkeypatch.setattr(environment.subprocess, "run", lambda c: called.append(c) or done)
    environment.require("no_such_package")
    assert called[0][-1].endswith("requirements-colab.txt")


def test_a_grid_is_cut_into_its_pictures_again():
    for channels in (1, 3):
        images = torch.as_tensor(REAL[:10, :channels])
        # DIRECT cut_grid

        cut = cut_grid(image_grid(images, columns=5), 16)
        assert torch.equal(cut, images.expand(-1, cut.shape[1], -1, -1))
