"""Works: a picture and its recipe in one file. The playground: what its controls do."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image, PngImagePlugin

from helpers.models import ConditionalGenerator, Generator, LatentSpace, StyleGenerator
from helpers.models.directions import Direction, closed_form, named
from helpers.plotting.playground import Playground, different, distinct, free_name
from helpers.plotting.works import (
    KEY,
    Work,
    coded,
    open_work,
    paint,
    point_of,
    save_work,
    weights_hash,
)

SHAPE = {"size": 16, "filters": 8, "latent": 12}


def contrasted(generator: Generator) -> Generator:
    """Untrained, a DCGAN paints nothing but mid-grey."""
    with torch.no_grad():
        for weight in generator.parameters():
            weight *= 6
    return generator.eval()


def generators():
    torch.manual_seed(0)
    return {
        "dcgan": contrasted(Generator(**SHAPE)),
        "grey": contrasted(Generator(**SHAPE, channels=1)),
        "conditional": ConditionalGenerator(3, **SHAPE).eval(),
        "style": StyleGenerator(**SHAPE).eval(),
        "style with labels": StyleGenerator(**SHAPE, classes=3).eval(),
    }


@pytest.fixture(params=generators())
def ground(request, tmp_path) -> Playground:
    generator = generators()[request.param]
    return Playground(generator, "mine", folder=tmp_path / "works", side=32)


def on_view(playground: Playground) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(playground.image.value)).convert("RGB"))


# ---- the playground ------------------------------------------------------------------------------


def test_every_control_changes_the_picture(ground):
    controls = {"seed": (ground.seed, 5), **{n: (s, 2.0) for n, s in ground.moves.items()}}
    controls["truncation"] = (ground.truncation, 0.3)
    controls["share"] = (ground.share, 0.7)
    if ground.names:
        controls["label"] = (ground.label, 2)
    for name, (control, value) in controls.items():
        before, old = ground.pixels, control.value
        control.value = value
        assert not torch.equal(ground.pixels, before), name
        control.value = old
        assert torch.equal(ground.pixels, before), name


def test_what_is_on_view_is_the_picture_enlarged(ground):
    pixels = ground.pixels if ground.pixels.shape[0] == 3 else ground.pixels.expand(3, -1, -1)
    large = Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())
    large = large.resize((32, 32), Image.Resampling.LANCZOS)
    assert np.array_equal(on_view(ground), np.asarray(large))


def test_a_kept_work_is_opened_again_to_the_same_bits_and_controls(ground):
    ground.seed.value, ground.truncation.value, ground.share.value = 7, 0.6, 0.25
    first = next(iter(ground.moves))
    ground.moves[first].value = 1.5
    pixels, work = ground.pixels, ground.work
    path = ground.save()
    assert path.name == "mine-001.png" and ground.kept.options[1][0] == "mine-001.png"
    ground.seed.value = 0
    ground.centre()
    assert not torch.equal(ground.pixels, pixels)
    ground.kept.value = str(path)
    assert torch.equal(ground.pixels, pixels) and ground.work == work
    assert "the same bits as in the file" in ground.said.value
    assert (ground.seed.value, ground.truncation.value) == (7, 0.6)
    assert ground.moves[first].value == 1.5 and ground.share.value == 0.25
    stored, read = open_work(path)
    assert torch.equal(stored, pixels) and read == work
    ground.redraw()  # from the numbers, not from the point
    assert torch.equal(ground.pixels, pixels)


def test_nothing_kept_is_replaced(ground):
    assert [ground.save().name for _ in range(3)] == [f"mine-00{i}.png" for i in (1, 2, 3)]
    assert free_name(ground.folder, "mine").name == "mine-004.png"
    with pytest.raises(FileExistsError, match="is there already: give the work another name"):
        save_work(ground.pixels, ground.work, ground.folder / "mine-001.png")


def test_the_sheet_shows_every_slider_and_the_present_work_in_the_middle(ground):
    figure = ground.sheet(amounts=(-2, 0, 2))
    pictures = [axis.images[0].get_array() for axis in figure.axes]
    assert len(pictures) == 3 * (len(ground.moves) + 2)
    names = [axis.texts[0].get_text() for axis in figure.axes if axis.texts]
    assert names == [*ground.moves, "truncation 0 to 1", "mixed with another"]
    for row in range(len(ground.moves)):
        assert np.array_equal(pictures[3 * row + 1], pictures[1])
        assert not np.array_equal(pictures[3 * row], pictures[3 * row + 2])


def test_works_of_another_generator_are_refused_in_a_sentence(ground, tmp_path):
    torch.manual_seed(1)
    other = Playground(Generator(**SHAPE).eval(), "other", folder=tmp_path / "others", side=32)
    path = other.save()
    with pytest.raises(ValueError, match="painted by other with other weights"):
        ground.open(path)
    before = ground.pixels
    ground.kept.options = [("open one ...", ""), ("it", str(path))]
    ground.kept.value = str(path)
    assert "load that generator" in ground.said.value and torch.equal(ground.pixels, before)


def test_names_are_distinct():
    found = distinct([Direction(torch.zeros(1), name) for name in ("a", "b", "a", "a")])
    assert [direction.name for direction in found] == ["a", "b", "a 2", "a 3"]


def test_a_page_without_widgets_has_a_sentence(ground):
    assert "needs a running notebook" in repr(ground.panel)


# ---- works ---------------------------------------------------------------------------------------


def made(name="style") -> tuple[LatentSpace, Work]:
    space = LatentSpace(generators()[name])
    label = None if space.classes is None else 1
    work = Work("mine", weights_hash(space.generator), seed=3, label=label)
    return space, replace(work, point=coded(point_of(space, [], work)))


def test_the_recipe_in_words():
    work = Work("x", "", 3, 1, 0.5, {"brighter": 1.25, "warmer": 0.0}, 4, 0, 0.25)
    assert work.describe(("sea", "tree")) == (
        "tree, seed 3; 25% of sea, seed 4; truncation 0.50; brighter +1.2"
    )
    assert Work("x", "", 3).describe() == "seed 3"


def test_full_truncation_is_the_mean_and_half_of_two_is_between_them():
    space, work = made("conditional")
    mean = point_of(space, [], replace(work, truncation=0.0))
    assert torch.allclose(mean[0], space.centre(1))
    whole = point_of(space, [], replace(work, other_seed=8, other_label=2, share=1.0))
    other = point_of(space, [], replace(work, seed=8, label=2))
    assert torch.allclose(whole, other, atol=1e-5)


def test_a_move_is_measured_in_standard_deviations():
    space, work = made("dcgan")
    directions = named(space, closed_form(space, 1))
    moved = point_of(space, directions, replace(work, moves={directions[0].name: 2.0}))
    step = (moved - point_of(space, [], work)).norm()
    assert 1.8 < step < 2.2  # latents have a standard deviation of 1


def test_one_changed_weight_is_another_generator():
    space, work = made()
    paint(space, work)
    with torch.no_grad():
        space.generator.start[0, 0, 0, 0] += 1e-6
    with pytest.raises(ValueError, match="load that generator"):
        paint(space, work)


def test_a_point_of_another_length_is_refused():
    space, work = made()
    with pytest.raises(ValueError, match="point has 3 numbers"):
        paint(space, replace(work, point=coded(torch.zeros(1, 3))))


def written(path, text):
    about = PngImagePlugin.PngInfo()
    about.add_itxt(KEY, text)
    Image.new("RGB", (4, 4)).save(path, pnginfo=about)
    return path


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "cannot be read"),
        ("[]", "another format"),
        (json.dumps({"format": 2}), "another format"),
        (json.dumps({"format": 1, "generator": "x", "weights": "y", "paint": 1}), "cannot be read"),
        (json.dumps({"format": 1, "generator": "x", "weights": 3}), "weights should be"),
        (json.dumps({"format": 1, "generator": "x", "weights": "y", "seed": "3"}), "seed should"),
        (json.dumps({"format": 1, "generator": "x", "weights": "y", "moves": {"a": "b"}}), "moves"),
        (json.dumps({"format": 1, "generator": "x", "weights": "y", "point": "?"}), "cannot be"),
        (json.dumps({"format": 1, "generator": "x"}), "cannot be read"),
    ],
)
def test_a_recipe_that_cannot_be_read_is_a_sentence(tmp_path, text, why):
    with pytest.raises(ValueError, match=why):
        open_work(written(tmp_path / "work.png", text))


def test_other_files_are_refused_in_a_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no work"):
        open_work(tmp_path / "none.png")
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(ValueError, match=r"text\.png is no image"):
        open_work(tmp_path / "text.png")
    Image.new("RGB", (4, 4)).save(tmp_path / "plain.png")
    with pytest.raises(ValueError, match="holds no recipe"):
        open_work(tmp_path / "plain.png")
    _, work = made()
    path = save_work(torch.zeros(3, 16, 16, dtype=torch.uint8), work, tmp_path / "cut.png")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"cut\.png"):
        open_work(path)


def test_sliders_have_the_largest_direction_of_each_name_and_nameless_ones_last():
    zero = torch.zeros(1)
    given = [Direction(zero, "direction 1", 0.1, 9.0), Direction(zero, "a", 0.9, 0.2)]
    given += [Direction(zero, "a", 0.9, 0.5), Direction(zero, "b", 0.7, 1.0)]
    assert different(given) == [given[3], given[2], given[0]]
