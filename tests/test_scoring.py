"""A generator is scored: baselines, deviations, files; and the feature extractors behind it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib import cbook
from PIL import Image

from helpers.commands import evaluate as command
from helpers.environment import threads
from helpers.evaluation import features, scoring
from helpers.evaluation.features import Fidelity, Lite2, cached_features
from helpers.evaluation.scoring import along
from helpers.models import Generator, save
from helpers.training import runs
from helpers.training.config import Config
from helpers.training.trainer import Trainer

RANDOM = np.random.default_rng(0)
REAL = RANDOM.integers(0, 256, (60, 3, 16, 16), dtype=np.uint8)


class Means(torch.nn.Module):
    """A feature extractor that is quick: the means of 4 x 4 blocks."""

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
    # to tell what it is takes more than 96 pixels
    monkeypatch.setattr("helpers.models.lite2.SIDE", 224)
    pixels = torch.tensor(np.asarray(photograph)).permute(2, 0, 1)[None]
    lite2 = Lite2()
    chance, label = lite2.logits(pixels).softmax(1).max(1)
    assert label.item() == 652 and chance.item() == pytest.approx(0.514, abs=0.02)
    assert lite2(pixels).shape == (1, 1280)
    grey = pixels[:, :1]
    assert torch.equal(lite2(grey), lite2(grey.expand(-1, 3, -1, -1)))
    assert not lite2.training and not any(p.requires_grad for p in lite2.parameters())


def test_real_features_are_computed_once_and_a_damaged_cache_again(folder):
    means = Means()
    first = cached_features(REAL, means)
    file = next((folder / "data/cache").glob("features-lite2-*.npy"))
    means.forward = None  # may not be asked again
    assert np.array_equal(cached_features(REAL, means), first)
    file.write_bytes(file.read_bytes()[:50])
    assert np.array_equal(cached_features(REAL, Means()), first)
    other = REAL.copy()
    other[3, 0, 0, 0] ^= 255  # one pixel of one image
    assert not np.array_equal(cached_features(other, Means()), first)


def test_the_bar_and_the_batch_change_nothing():
    whole = features.extract_features(REAL, Means(), batch=60)
    assert np.array_equal(features.extract_features(REAL, Means(), batch=7), whole)
    assert whole.dtype == np.float64


def test_features_are_computed_in_full_float32_on_every_gpu(monkeypatch):
    seen = []

    class Watching(Means):
        def forward(self, images):
            cuda = torch.backends.cuda.matmul.allow_tf32
            seen.append((torch.backends.cudnn.allow_tf32, cuda))
            return super().forward(images)

    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    features.extract_features(REAL[:4], Watching(), batch=4)
    assert seen == [(False, False)] and torch.backends.cudnn.allow_tf32


def test_scores_along_a_run_are_computed_on_the_device_that_was_named(folder, monkeypatch):
    path, devices = run_folder(folder), []
    (path / "samples").mkdir()
    runs.write_array(REAL[:25], path / "samples" / "step_000001.npy")
    extract = features.extract_features

    def recording(images, network, device="cpu", **named):
        devices.append(str(device))
        return extract(images, network, "cpu", **named)

    monkeypatch.setattr(features, "extract_features", recording)
    monkeypatch.setattr(scoring, "extract_features", recording)
    along(path, REAL, Means(), device="cuda:0")
    assert devices == ["cuda:0", "cuda:0"]


def test_a_long_extraction_chooses_its_threads_and_a_short_one_does_not(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)  # also on a machine with one core
    asked = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    monkeypatch.setattr(threads, "FIRST", 3)
    short = features.extract_features(REAL[:6], Means(), batch=2)
    assert set(asked) == {2}
    asked.clear()
    long = features.extract_features(REAL, Means(), batch=2)
    assert {1, 2} == set(asked)  # both were tried
    assert np.array_equal(long[:6], short) and len(long) == 60


@pytest.mark.filterwarnings("ignore")
def test_real_images_as_fakes_score_the_baseline_and_worse_ones_more(folder):
    many = noise(400, seed=1).numpy()
    fair = scoring.evaluate(noise, many, n=150, repeats=3, network=Means())
    flat = scoring.evaluate(lambda n, seed: noise(n, seed) // 2, many, 150, 3, Means())
    fd = fair["FD-lite2"]
    assert fd.n == 150 and fd.baseline > 0 and fd.std > 0
    assert fd.value == pytest.approx(fd.baseline, rel=0.35)
    assert flat["FD-lite2"].value > 5 * fd.value
    assert "N=150 is too small for FD" in str(fair)
    assert not any("halves" in note for note in fair.notes)
    again = scoring.evaluate(noise, many, n=150, repeats=3, network=Means())
    assert again.scores == fair.scores


@pytest.mark.filterwarnings("ignore")
def test_with_few_real_images_all_are_used_and_the_baseline_is_scaled(folder):
    report = scoring.evaluate(noise, REAL, n=5000, repeats=1, network=Means())
    assert report["KID x 1000"].n == 60
    assert "real vs real is of two halves of 30" in str(report)
    with pytest.raises(ValueError, match="too few to compare with"):
        scoring.evaluate(noise, REAL[:10], network=Means())


@pytest.mark.filterwarnings("ignore")
def test_a_replay_is_named_in_the_report(folder):
    def replay(n, seed):
        return torch.as_tensor(REAL[np.random.default_rng(seed).integers(0, 60, n)])

    held = noise(60, seed=9).numpy()
    assert scoring.evaluate(replay, REAL, 60, 1, Means(), held).memorisation.detected
    assert "no sign of memorisation" in str(scoring.evaluate(noise, REAL, 60, 1, Means(), held))
    few = scoring.evaluate(replay, REAL, 60, 1, Means(), held[:6] // 9)
    assert "cannot tell" in str(few) and not few.memorisation.detected


@pytest.mark.filterwarnings("ignore")
def test_a_score_that_is_not_there_is_answered_with_those_that_are(folder):
    report = scoring.evaluate(noise, REAL, 60, 1, Means())
    with pytest.raises(KeyError, match=r"no score 'FID'. It has: FD-lite2, KID x 1000, precision"):
        report["FID"]


@pytest.mark.filterwarnings("ignore")
def test_several_trainings_have_a_deviation_of_their_own(folder):
    def darker(n, seed):
        return noise(n, seed) // 2

    two = [scoring.evaluate(side, REAL, 60, 2, Means()) for side in (noise, darker)]
    fd = scoring.over_runs(two)[0]
    values = [report["FD-lite2"].value for report in two]
    assert fd.value == pytest.approx(np.mean(values)) and fd.std == pytest.approx(
        np.std(values, ddof=1)
    )


def test_a_run_is_scored_from_a_shell_and_along_its_snapshots(folder, capsys, monkeypatch):
    monkeypatch.setattr(command, "feature_extractor", lambda name: Means())
    Path("mine").mkdir()
    for i in range(40):
        Image.fromarray(REAL[i].transpose(1, 2, 0)).save(f"mine/{i:02}.png")
    config = Config(size=16, filters=4, batch=8, steps=20)
    trainer = Trainer(REAL[:40], config, run="one", device="cpu")
    trainer.fit(log_every=5)
    Trainer(REAL[:40], replace(config, steps=2), "two", "cpu").fit()
    words = ["one", "two", "--reference", "mine", "--n", "30", "--repeats", "2", "--along"]
    assert command.main(words) == 0
    said = capsys.readouterr().out
    assert "over 2 runs" in said and "step      20  KID x 1000" in said
    assert "FD-lite2" in said and "(N=30, real vs real" in said and "written   " in said
    written = json.loads((trainer.folder / "metrics.json").read_text())
    assert written["metadata"]["along"][-1]["step"] == 20
    assert written["metadata"]["features"] == "lite2" and written["metadata"]["real_images"] == 40
    assert [s["name"] for s in written["scores"]][:2] == ["FD-lite2", "KID x 1000"]
    rows = along(trainer.folder, REAL, Means())
    assert [row["step"] for row in rows] == [0, 5, 10, 15, 20]
    assert list(runs.read_snapshots(trainer.folder)) == [0, 5, 10, 15, 20]
    assert all(np.isfinite(row["kid"]) and row["std"] > 0 for row in rows)


def test_with_held_out_images_a_shell_is_told_of_memorisation(folder, capsys, monkeypatch):
    monkeypatch.setattr(command, "feature_extractor", lambda name: Means())
    for name, some in (("mine", REAL[:30]), ("unseen", noise(55, 3).numpy()), ("six", REAL[30:36])):
        Path(name).mkdir()
        for i, pixels in enumerate(some):
            Image.fromarray(pixels.transpose(1, 2, 0)).save(f"{name}/{i:02}.png")
    save(Generator(16, filters=4), run_folder(folder) / "generator.pt")
    words = ["one", "--reference", "mine", "--n", "30", "--repeats", "1", "--held-out"]
    assert command.main([*words, "unseen"]) == 0
    assert "55 held-out images\n  and 30 fakes are too few" in capsys.readouterr().out
    assert command.main([*words, "six"]) == 0
    assert "cannot tell whether images were memorised: 6 held-out" in capsys.readouterr().out
    for i, pixels in enumerate(noise(30, 4).numpy()):
        Image.fromarray(pixels.transpose(1, 2, 0)).save(f"mine/more{i:02}.png")
    words[words.index("30")] = "60"
    assert command.main([*words, "unseen"]) == 0
    written = json.loads((folder / "data/runs/one/metrics.json").read_text())["memorisation"]
    assert (written["n"], written["held_out"], written["doubt"]) == (60, 55, "")


def run_folder(folder):
    path = folder / "data/runs/one"
    path.mkdir(parents=True)
    return path


def pictures():
    Path("mine").mkdir()
    for i in range(25):
        Image.new("RGB", (16, 16), (9 * i, 255 - 9 * i, 90)).save(f"mine/{i}.png")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody"], "There is no run 'nobody'"),
        (["one", "--reference", "nowhere"], "nowhere"),
    ],
)
def test_what_is_wrong_is_said_in_words(folder, capsys, words, said):
    save(Generator(16, filters=4), run_folder(folder) / "generator.pt")
    assert command.main(words) == 1
    assert said in capsys.readouterr().err


def test_a_number_out_of_range_is_refused(capsys):
    with pytest.raises(SystemExit):
        command.main(["one", "--n", "3"])
    assert "--n: 3 is not at least 20" in capsys.readouterr().err


def test_a_run_may_be_named_by_its_generator_file(folder, capsys):
    save(Generator(16, filters=4), run_folder(folder) / "generator.pt")
    pictures()
    few = ["--reference", "mine", "--n", "20", "--repeats", "1"]
    assert command.main(["data/runs/one/generator.pt", *few]) == 0
    assert (folder / "data/runs/one/metrics.json").exists()


def test_a_colour_run_against_a_grey_reference_says_so(folder, capsys):
    save(Generator(16, filters=4, channels=1), run_folder(folder) / "generator.pt")
    pictures()
    few = ["one", "--reference", "mine", "--n", "20", "--repeats", "1"]
    assert command.main(few) == 0
    said = capsys.readouterr().out
    assert "one paints grey, mine is in colour: the scores measure this difference" in said


def test_inception_is_the_fields_own_and_says_what_it_lacks(folder, monkeypatch):
    """Without its weights: a file of random ones goes the whole way; without a network, words."""
    from torch_fidelity import feature_extractor_inceptionv3 as inception

    plain = inception.FeatureExtractorInceptionV3
    monkeypatch.setattr(plain, "load_state_dict", lambda self, state: None)
    torch.save({}, "random.pth")
    inception_v3 = Fidelity("inception", weights=Path("random.pth"))
    found = features.extract_features(REAL[:2, :1], inception_v3)
    assert found.shape == (2, 2048) and np.isfinite(found).all()

    def refused(*arguments, **options):
        raise OSError("no network")

    monkeypatch.setattr(inception, "load_state_dict_from_url", refused)
    with pytest.raises(OSError, match=r"weights of inception could not be fetched.*lite2"):
        Fidelity("inception")
    with pytest.raises(ValueError, match="choose from lite2, inception, dinov2"):
        features.feature_extractor("resnet")
