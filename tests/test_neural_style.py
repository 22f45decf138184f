"""Neural style transfer: what its losses measure, and the command around it."""

import numpy as np
import pytest
import torch
from PIL import Image

from helpers.commands import stylize
from helpers.data.sitters import sitter
from helpers.images import to_signed
from helpers.models.neural_style import (
    Look,
    Taps,
    gram,
    style_distance,
    stylise,
    with_colours_of,
)
from helpers.models.vgg import VGG_LOOK, VGGTaps


@pytest.fixture(scope="module")
def taps():
    return Taps()


def picture(seed, side=64):
    return torch.tensor(np.asarray(sitter(seed, side))).permute(2, 0, 1)[None]


def dotted(side=64):
    """Coloured squares of four pixels: a style that a smooth photograph does not have."""
    random = torch.Generator().manual_seed(0)
    squares = torch.randint(0, 256, (1, 3, side // 4, side // 4), generator=random)
    return squares.repeat_interleave(4, 2).repeat_interleave(4, 3).to(torch.uint8)


def test_the_maps_halve_and_gradients_reach_the_image(taps):
    image = to_signed(picture(0)).requires_grad_(True)
    maps = taps(image, 9)
    assert [m.shape[2] for m in maps] == [32, 32, 16, 16, 16, 8, 8, 8, 4, 4]
    maps[9].square().mean().backward()
    assert image.grad.abs().sum() > 0
    assert all(weight.grad is None for weight in taps.parameters())


def test_a_gram_matrix_does_not_know_where_things_are():
    maps = torch.randn(2, 5, 8, 8, generator=torch.Generator().manual_seed(0))
    moved = maps.flatten(2)[:, :, torch.randperm(64)].view_as(maps)
    assert torch.allclose(gram(maps), gram(moved), atol=1e-5)
    assert torch.allclose(gram(maps)[0, 1, 2], (maps[0, 1] * maps[0, 2]).mean(), atol=1e-5)
    assert not torch.allclose(gram(maps), gram(maps.roll(1, 1)), atol=1e-2)


def test_the_style_comes_nearer_and_the_content_stays(taps):
    content, style = picture(1), dotted()
    painted = stylise(content, style, steps=40, taps=taps)
    assert painted.shape == content.shape and painted.dtype == torch.uint8
    near, far = (style_distance(to_signed(x), to_signed(style), taps) for x in (painted, content))
    assert near < 0.6 * far
    with torch.no_grad():
        kept, own, other = (taps(to_signed(x), 6)[6] for x in (painted, content, picture(4)))
    assert (kept - own).norm() < (kept - other).norm()


def test_a_larger_weight_keeps_more_of_the_content(taps):
    content, style, found = picture(1), dotted(), {}
    for weight in (0.05, 5.0):
        painted = stylise(content, style, Look(content=weight), steps=30, taps=taps)
        with torch.no_grad():
            ours, theirs = (taps(to_signed(x), 6)[6] for x in (painted, content))
        found[weight] = float((ours - theirs).norm())
    assert found[5.0] < 0.8 * found[0.05]


def test_the_smooth_term_keeps_specks_out(taps):
    found = {}
    for weight in (0.0, 3.0):
        painted = stylise(picture(1), dotted(), Look(smooth=weight), steps=30, taps=taps)
        found[weight] = float(painted.float().diff(dim=3).abs().mean())
    assert found[3.0] < found[0.0]


def test_the_same_pictures_give_the_same_bits(taps):
    one, two = (stylise(picture(1), dotted(), steps=4, taps=taps) for _ in range(2))
    assert torch.equal(one, two)


def test_a_start_of_ones_own_and_what_is_watched(taps):
    seen = []
    stylise(
        picture(1), dotted(), steps=3, taps=taps, start=picture(4),
        watch=lambda step, image, losses: seen.append((step, image.shape, sorted(losses))),
    )  # fmt: skip
    assert seen == [(i, (1, 3, 64, 64), ["content", "smooth", "style"]) for i in range(3)]


@pytest.mark.parametrize("shape", [(1, 1, 64, 64), (3, 64, 64), (1, 3, 64, 16)])
def test_other_shapes_are_named(shape, taps):
    with pytest.raises(ValueError, match="style image should be uint8"):
        stylise(picture(1), torch.zeros(shape, dtype=torch.uint8), steps=1, taps=taps)


def test_the_photographs_colours_can_be_kept():
    photo, painted = to_signed(picture(1)), to_signed(dotted())
    kept = with_colours_of(photo, painted)
    luma = torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)
    ours, strokes, colours = ((x * luma).sum(1) for x in (kept, painted, photo))
    assert torch.allclose(ours, strokes, atol=1e-5)
    assert torch.allclose(kept - ours[:, None], photo - colours[:, None], atol=1e-5)


def test_vgg_has_the_maps_of_gatys_and_gradients_reach_the_image():
    vgg = VGGTaps(pretrained=False)
    image = to_signed(picture(0)).requires_grad_(True)
    maps = vgg(image)
    shapes = [(m.shape[1], m.shape[2]) for m in maps]
    assert shapes == [(64, 64), (128, 32), (256, 16), (512, 8), (512, 8), (512, 4)]
    assert all(m.min() >= 0 for m in maps), "after the ReLU"
    assert len(vgg(image, 2)) == 3
    painted = stylise(picture(1), dotted(), VGG_LOOK, steps=2, taps=vgg)
    assert painted.shape == (1, 3, 64, 64)
    maps[5].square().mean().backward()
    assert image.grad.abs().sum() > 0


def test_without_a_network_vgg_says_what_to_do(monkeypatch, tmp_path):
    def refused(*_, **__):
        raise OSError("no route to host")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", refused)
    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", refused)
    with pytest.raises(OSError, match="EfficientNet-Lite2, which comes with the course"):
        VGGTaps()


# ---- the command -------------------------------------------------------------------------------

QUICK = ("--size", "48", "--steps", "2")


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side
    sitter(1, 120).crop((0, 0, 120, 80)).save(folder / "wide.jpg")
    sitter(2, 120).crop((0, 0, 120, 80)).save(folder / "turned.jpg", exif=exif)
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("not looked at")
    sitter(3, 64).save(tmp_path / "style.png")
    return folder


def test_a_folder_goes_in_and_a_folder_comes_out(photos, capsys):
    style = str(photos.parent / "style.png")
    assert stylize.main([str(photos), "--style", style, *QUICK]) == 1, "one file is broken"
    said = capsys.readouterr().out
    assert "skipped   broken.png: not a picture" in said and "notes" not in said
    out = photos.with_name("photos-stylised")
    sizes = {file.name: Image.open(file).size for file in out.iterdir()}
    assert sizes == {"wide.jpg.png": (120, 80), "turned.jpg.png": (80, 120)}
    assert stylize.main([str(photos), "--style", style, *QUICK]) == 1
    assert "is there already" in capsys.readouterr().err


def test_one_picture_and_a_name_for_the_result(photos, capsys):
    words = [str(photos / "wide.jpg"), "--style", str(photos.parent / "style.png"), *QUICK]
    out = photos.parent / "new" / "painted.webp"
    assert stylize.main([*words, "--out", str(out)]) == 0
    assert Image.open(out).size == (120, 80)
    assert Image.open(photos / "wide.jpg").size == (120, 80), "the photograph stays"
    capsys.readouterr()
    assert stylize.main([*words, "--out", str(out)]) == 1
    assert "is there already" in capsys.readouterr().err


def test_the_colours_stay_where_that_is_asked_for(photos, tmp_path):
    words = [str(photos / "wide.jpg"), "--style", str(photos.parent / "style.png"), *QUICK]
    for name, more in (("taken.png", ()), ("kept.png", ("--keep-colours",))):
        assert stylize.main([*words, "--out", str(tmp_path / name), *more]) == 0

    def colour(path):  # the mean of each channel, without the brightness
        mean = np.asarray(Image.open(path), float).mean((0, 1))
        return mean - mean @ [0.299, 0.587, 0.114]

    own = colour(photos / "wide.jpg")
    kept, taken = (
        np.abs(colour(tmp_path / name) - own).max() for name in ("kept.png", "taken.png")
    )
    assert kept < 2 and kept <= taken


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing.jpg", "--style", "STYLE"), "There is no picture and no folder nothing.jpg"),
        (("PHOTO", "--style", "none.png"), "There is no picture none.png"),
        (("PHOTO", "--style", "BROKEN"), "not a picture"),
        (("PHOTO", "--style", "STYLE", "--out", "x.doc"), "does not end as a picture does"),
        (("FOLDER", "--style", "STYLE", "--out", "x.png"), "should be a folder"),
        (("EMPTY", "--style", "STYLE"), "There are no pictures in"),
    ],
)
def test_what_is_wrong_is_said(words, said, photos, capsys):
    (photos.parent / "empty").mkdir()
    known = {
        "PHOTO": photos / "wide.jpg",
        "STYLE": photos.parent / "style.png",
        "BROKEN": photos / "broken.png",
        "FOLDER": photos,
        "EMPTY": photos.parent / "empty",
    }
    assert stylize.main([str(known.get(word, word)) for word in words]) == 1
    assert said in capsys.readouterr().err
