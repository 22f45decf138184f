"""CycleGAN: networks, buffer, training, and the command."""

import numpy as np
import pytest
import torch
from PIL import Image

from helpers import environment
from helpers.commands import translate as command
from helpers.data.sitters import sitter
from helpers.images import to_signed
from helpers.models import Classifier, registry
from helpers.models.translation import DomainDiscriminator, Translator, translate
from helpers.training.translating import CycleTraining, ImageBuffer


def dark_and_bright(n=12, side=32):
    """Two domains: grey gradients that are dark, and others that are brighter and red."""
    random = np.random.default_rng(0)
    slopes = random.uniform(0, 60, (2, n, 1, 1, side)) + random.uniform(0, 40, (2, n, 1, side, 1))
    a = np.repeat(slopes[0], 3, axis=1)
    b = np.repeat(slopes[1], 3, axis=1) + np.array([70, 30, 0])[:, None, None]
    return a.clip(0, 255).astype(np.uint8), b.clip(0, 255).astype(np.uint8)


def short(**changes):
    a, b = dark_and_bright()
    settings = {"steps": 8, "crop": 32, "batch": 2, "filters": 8} | changes
    return CycleTraining(a, b, **settings)


@pytest.mark.parametrize("shape", [(2, 3, 32, 48), (1, 3, 33, 47), (1, 1, 20, 20)])
def test_an_untrained_translator_changes_nothing(shape):
    images = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    assert torch.equal(Translator(shape[1])(images), images)


def test_noise_gives_one_image_many_translations_and_a_seed_always_the_same():
    torch.manual_seed(0)
    network = Translator(filters=8)
    torch.nn.init.normal_(network.leave.weight, std=0.1)
    torch.nn.init.normal_(network.body[0].layers[-1].weight, std=0.1)
    images = torch.full((1, 3, 17, 20), 99, dtype=torch.uint8)
    one, again, other = (translate(network, images, seed) for seed in (1, 1, 2))
    assert one.shape == images.shape and one.dtype == torch.uint8
    assert torch.equal(one, again) and not torch.equal(one, other)
    with pytest.raises(ValueError, match=r"uint8 \[N, C, H, W\]"):
        translate(network, images.float())


def test_a_score_sees_26_pixels():
    torch.manual_seed(0)
    discriminator = DomainDiscriminator(filters=4)
    images = torch.zeros(1, 3, 64, 64, requires_grad=True)
    scores = discriminator(images)
    assert scores.shape == (1, 1, 16, 16)
    scores[0, 0, 8, 8].backward()
    rows = images.grad.abs().sum((0, 1, 3)).nonzero()
    assert int(rows.max() - rows.min()) + 1 <= 26


def test_the_buffer_gives_back_now_and_before():
    buffer = ImageBuffer(4, torch.Generator().manual_seed(0))
    first = torch.arange(4.0).view(4, 1, 1, 1)
    assert torch.equal(buffer(first), first), "while it fills, images pass"
    seen = torch.cat([buffer(torch.full((1, 1, 1, 1), 10.0 + i)) for i in range(40)]).flatten()
    old = sum(float(value) < 10 + i for i, value in enumerate(seen))
    assert 10 < old < 30, f"{old} of 40 were older"
    assert len(buffer.kept) == 4


def test_colours_are_learnt_and_the_place_is_kept():
    training = short(steps=150, learning_rate=3e-3, identity=0.0, cycle=2.0)
    training.fit()
    images = torch.as_tensor(training.a)
    painted = translate(training.a_to_b, images)
    mean = [x.float().mean((0, 2, 3)) for x in (images, painted, torch.as_tensor(training.b))]
    assert (mean[1] - mean[2]).norm() < 0.5 * (mean[0] - mean[2]).norm()
    back = translate(training.b_to_a, painted)
    assert (back.float() - images.float()).abs().mean() < 25, "grey levels"


def test_each_weight_does_what_it_says():
    def losses(**changes):
        torch.manual_seed(0)
        training = short(**changes)
        return training.step(), training

    with_all, training = losses()
    assert with_all["identity"] == 0.0, "untrained translators change nothing"
    assert with_all["cycle"] == 0.0
    assert losses(identity=0.0)[0]["identity"] == 0.0
    fine, coarse = (short(blur=blur) for blur in (1, 4))
    x = to_signed(torch.as_tensor(training.a))
    checkered = x + 0.1 * (torch.arange(32) % 2 * 2.0 - 1)
    assert fine.apart(checkered, x).item() == pytest.approx(0.1, abs=1e-4)
    assert coarse.apart(checkered, x).item() == pytest.approx(0.0, abs=1e-4)


def test_a_training_goes_on_to_the_same_bits(tmp_path):
    whole = short()
    whole.fit()
    first = short(folder=tmp_path / "run")
    first.fit(steps=3)
    assert first.done == 3
    second = short(folder=tmp_path / "run")
    assert second.done == 3
    second.fit()
    assert second.done == 8
    for one, two in zip(whole.a_to_b.parameters(), second.a_to_b.parameters(), strict=True):
        assert torch.equal(one, two)
    loaded = registry.load(tmp_path / "run" / "b_to_a.pt")
    images = torch.as_tensor(whole.b)
    assert torch.equal(translate(loaded, images), translate(whole.b_to_a, images))


def test_another_training_and_small_images_are_refused(tmp_path):
    short(folder=tmp_path).fit(steps=1)
    with pytest.raises(ValueError, match="blur=4, not 1"):
        short(folder=tmp_path, blur=1)
    with pytest.raises(ValueError, match="smaller than crop=48"):
        short(crop=48)


# ---- the command -------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run whose translator makes everything darker, and back brighter."""
    monkeypatch.setenv("ATELIER_RUNS", str(tmp_path / "runs"))
    folder = environment.runs_folder() / "parks"
    folder.mkdir(parents=True, exist_ok=True)
    for name, bias in (("a_to_b", -0.5), ("b_to_a", 0.5)):
        network = Translator(filters=8)
        torch.nn.init.constant_(network.leave.bias, bias)
        registry.save(network, folder / f"{name}.pt")
    return folder


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side
    sitter(1, 120).crop((0, 0, 120, 80)).save(folder / "wide.png")
    sitter(2, 120).crop((0, 0, 120, 80)).save(folder / "turned.jpg", exif=exif)
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


def test_a_folder_goes_in_and_a_folder_comes_out(run, photos, capsys):
    assert command.main(["parks", str(photos), "--size", "48"]) == 1, "one file is broken"
    assert "skipped   broken.png: not a picture" in capsys.readouterr().out
    out = photos.with_name("photos-translated")
    sizes = {file.name: Image.open(file).size for file in out.iterdir()}
    assert sizes == {"wide.png.png": (120, 80), "turned.jpg.png": (80, 120)}
    before = np.asarray(Image.open(photos / "wide.png"), float).mean()
    after = np.asarray(Image.open(out / "wide.png.png"), float).mean()
    assert after < before - 30
    assert command.main(["parks", str(photos), "--size", "48"]) == 1
    assert "is there already" in capsys.readouterr().err


def test_one_picture_back_and_a_run_by_its_folder_or_file(run, photos):
    wide = photos / "wide.png"
    before = np.asarray(Image.open(wide), float).mean()
    for i, name in enumerate((str(run), str(run / "b_to_a.pt"))):
        out = photos / f"back-{i}.png"
        assert command.main([name, str(wide), "--back", "--out", str(out)]) == 0
        assert np.asarray(Image.open(out), float).mean() > before + 20


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere", "PHOTO"), "There is no translator"),
        (("parks", "nothing.jpg"), "There is no picture and no folder nothing.jpg"),
        (("OTHER", "PHOTO"), "holds a Classifier, not a translator"),
    ],
)
def test_what_is_wrong_is_said(words, said, run, photos, capsys):
    other = photos.parent / "other.pt"
    registry.save(Classifier(10), other)
    known = {"PHOTO": str(photos / "wide.png"), "OTHER": str(other)}
    assert command.main([known.get(word, word) for word in words]) == 1
    assert said in capsys.readouterr().err
