"""Figures, films and the gallery: what is drawn is what was given, and it has a description."""

import base64
import io
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from helpers import plotting
from helpers.plotting import notebook_output, prints

IMAGES = np.random.default_rng(0).integers(0, 256, (15, 3, 8, 8), dtype=np.uint8)
HISTORY = [
    {"step": i, "loss_d": 1.4, "loss_g": 0.7 + i / 100, "d_real": 0.6, "d_fake": 0.4}
    for i in range(10)
]


def test_importing_it_sets_the_style_and_loads_neither_widgets_nor_training():
    code = (
        "import sys\nfrom helpers import plotting\nimport matplotlib\n"
        "assert matplotlib.rcParams['figure.facecolor'].lstrip('#') == 'fbf9f4'\n"
        "assert all(hasattr(plotting, name) for name in plotting.__all__)\n"
        "loaded = [name for name in sys.modules if name.startswith(('ipywidgets', "
        "'helpers.plotting.widgets', 'helpers.training', 'helpers.data', 'helpers.evaluation'))]\n"
        "assert not loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    yield
    plt.close("all")


# ---- into the notebook -------------------------------------------------------------------------


def test_what_is_shown_carries_its_description(monkeypatch, tmp_path):
    shown = []

    def display(data, **about):
        shown.append((data, about))

    monkeypatch.setattr(notebook_output, "display", display)
    film = plotting.film([Image.new("RGB", (8, 8))] * 2, tmp_path / "new" / "film.gif")
    for picture, kind in (
        (Image.new("RGB", (8, 8), "red"), "image/png"),
        (plotting.wall(IMAGES), "image/png"),
        (film, "image/gif"),
    ):
        plotting.show(picture, "A red square.")
        data, about = shown.pop()
        assert data["text/plain"] == "A red square."
        assert about == {"raw": True, "metadata": {kind: {"alt": "A red square."}}}
        assert Image.open(io.BytesIO(base64.b64decode(data[kind]))).size > (1, 1)


def test_a_small_image_can_be_shown_larger(monkeypatch):
    shown = []
    monkeypatch.setattr(notebook_output, "display", lambda data, **about: shown.append(about))
    plotting.show(Image.new("RGB", (8, 8)), "A black square.", width=660)
    assert shown[0]["metadata"]["image/png"] == {"alt": "A black square.", "width": 660}


def test_images_are_shown_in_their_own_colours():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert np.array_equal(notebook_output.opened(shown_bytes(Image.fromarray(noise))), noise)
    figure = plotting.wall(noise.transpose(2, 0, 1)[None])
    figure.canvas.draw()
    drawn = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > 2000
    seen = np.asarray(notebook_output.opened(shown_bytes(figure)))
    assert np.isin(noise.reshape(-1, 3) @ [1, 256, 65536], seen @ [1, 256, 65536]).mean() > 0.9


def test_a_plot_without_images_is_shrunk_to_a_palette_and_not_dithered():
    figure, axis = plt.subplots()
    for i in range(400):  # more colours than the palette has, in upright stripes
        axis.axvspan(i, i + 1, color=plt.get_cmap("turbo")(i / 400))
    axis.axis("off")
    png = Image.open(io.BytesIO(shown_bytes(figure)))
    assert png.mode == "P"
    area = np.asarray(png.convert("RGB"))[200:260, 100:400]
    assert (area == area[:1]).all()  # dithering would mix neighbours in a stripe


def shown_bytes(picture):
    return base64.b64decode(plotting.as_output(picture, "alt")[0]["image/png"])


def test_a_shown_figure_is_rendered_once(monkeypatch):
    figure, rendered = plotting.wall(IMAGES[:1]), []
    save = figure.savefig
    monkeypatch.setattr(notebook_output, "display", lambda data, **about: None)
    monkeypatch.setattr(figure, "savefig", lambda *a, **k: rendered.append(save(*a, **k)))
    plotting.show(figure, "One image.")
    assert len(rendered) == 1


def test_a_shown_figure_is_closed_so_that_it_is_not_shown_twice():
    figure = plotting.wall(IMAGES)
    assert plt.fignum_exists(figure.number)
    plotting.png_bytes(figure)
    assert not plt.fignum_exists(figure.number)


def test_grey_images_are_drawn_as_rgb():
    pixels = plotting.as_pixels(IMAGES[:, :1])
    assert pixels.shape == (15, 8, 8, 3) and (pixels[..., 0] == pixels[..., 2]).all()
    assert np.array_equal(plotting.as_pixels(IMAGES)[0, :, :, 1], IMAGES[0, 1])


# ---- images in rows, and numbers -------------------------------------------------------------


def test_a_wall_shows_every_image_in_order_with_its_caption():
    figure = plotting.wall(IMAGES[:5], columns=3, title="Five", captions="abcde")
    drawn = [axis for axis in figure.axes if axis.images]
    assert len(figure.axes) == 6 and len(drawn) == 5
    for axis, picture, caption in zip(drawn, IMAGES, "abcde", strict=False):
        assert np.array_equal(axis.images[0].get_array(), picture.transpose(1, 2, 0))
        assert axis.get_title() == caption
    assert figure.get_suptitle() == "Five"


def test_a_single_image_is_a_wall_too():
    assert len(plotting.wall(IMAGES[:1], columns=1).axes) == 1


def test_a_wall_without_images_says_so():
    with pytest.raises(ValueError, match="no image to show"):
        plotting.wall(IMAGES[:0])


def test_rows_may_differ_in_length():
    figure = plotting.rows_of({"few": IMAGES[:1], "many": IMAGES[:3]})
    assert [len(axis.images) for axis in figure.axes] == [1, 0, 0, 1, 1, 1]
    assert [axis.texts[0].get_text() for axis in figure.axes if axis.texts] == ["few", "many"]


def test_bars_keep_their_order_from_top_to_bottom():
    axis = plotting.bars(["a", "b"], [1, 2000], "Title", highlight=["b"]).axes[0]
    assert [patch.get_width() for patch in axis.patches] == [1, 2000]
    assert axis.yaxis_inverted()
    assert [text.get_text() for text in axis.texts] == ["1", "2,000"]
    assert axis.patches[0].get_facecolor() != axis.patches[1].get_facecolor()


def test_any_folder_s_name_can_be_drawn():
    names = ["$\\bad$ and $", "ab\udcffc", "a_b^c", "Dürer"]
    image = np.zeros((1, 3, 8, 8), np.uint8)
    figures = [
        plotting.bars(names, [1, 2, 3, 4], ""),
        plotting.wall(image.repeat(4, 0), captions=names),
        plotting.rows_of(dict.fromkeys(names, image)),
        plotting.palette_strips(dict.fromkeys(names, plotting.palette(image)), ""),
    ]
    for figure in figures:
        assert plotting.png_bytes(figure)
    assert plotting.drawable(names[1]) == "ab?c" and plotting.drawable(names[3]) == names[3]


def test_smoothing_keeps_length_and_level_and_evens_out_noise():
    assert plotting.smooth([5.0] * 20) == pytest.approx(np.full(20, 5.0))
    assert plotting.smooth([0, 9, 0], window=3).tolist() == [4.5, 3.0, 4.5]
    assert len(plotting.smooth([1.0])) == 1 and len(plotting.smooth([])) == 0


def test_learning_curves_show_losses_left_and_scores_right():
    left, right = plotting.learning_curves(HISTORY, "A run").axes
    assert [line.get_ydata()[-1] for line in left.lines[::2][:2]] == pytest.approx([1.4, 0.79])
    assert right.get_ylim() == (0, 1)
    names = [text.get_text() for text in left.get_legend().get_texts()]
    assert [name.strip() for name in names] == ["discriminator", "generator"]
    left = plotting.learning_curves({"one": HISTORY, "two": HISTORY}).axes[0]
    names = [text.get_text() for text in left.get_legend().get_texts()]
    assert "discriminator (one)" in names and "generator (two)" in names


def test_score_histograms_span_zero_to_one():
    axis = plotting.score_histogram({"real": [0.9, 0.99], "fake": [0.0, 1.0]}, "Scores").axes[0]
    heights = sum(patch.get_height() * patch.get_width() for patch in axis.patches)
    assert heights == pytest.approx(2.0)  # two densities, nothing falls outside


def test_score_histograms_go_where_they_are_told():
    figure, axes = plt.subplots(1, 2)
    for ax in axes:
        assert plotting.score_histogram({"real": [0.9], "fake": [0.1]}, "Scores", ax) is figure
    assert [len(ax.patches) for ax in axes] == [60, 60] and len(figure.axes) == 2


# ---- colour ------------------------------------------------------------------------------------


def test_the_palette_finds_the_three_colours_of_a_picture():
    picture = np.zeros((1, 3, 10, 10), dtype=np.uint8)
    picture[0, :, :6] = np.array([200, 30, 30])[:, None, None]  # six rows of ten
    picture[0, :, 6:9] = np.array([30, 60, 200])[:, None, None]
    picture[0, :, 9:] = np.array([240, 220, 60])[:, None, None]
    centres, shares = plotting.palette(picture, colours=3)
    assert centres.tolist() == [[200, 30, 30], [30, 60, 200], [240, 220, 60]]
    assert shares == pytest.approx([0.6, 0.3, 0.1])


@pytest.mark.parametrize("channels", [1, 3])
def test_a_palette_of_fewer_colours_than_asked_for_is_shorter(channels):
    images = np.full((1, channels, 4, 4), 77, dtype=np.uint8)
    images[..., 0] = 200
    centres, shares = plotting.palette(images, colours=6)
    assert centres.dtype == np.uint8 and centres.tolist() == [[77] * 3, [200] * 3]
    assert shares.tolist() == [0.75, 0.25]


def test_a_palette_is_sorted_sums_to_one_and_comes_out_the_same_again():
    images = np.random.default_rng(1).integers(0, 256, (9, 3, 32, 32), dtype=np.uint8)
    centres, shares = plotting.palette(images, colours=5)
    assert centres.shape == (5, 3) and shares.sum() == pytest.approx(1)
    assert (np.diff(shares) <= 0).all()
    again = plotting.palette(images, colours=5)
    assert np.array_equal(centres, again[0]) and np.array_equal(shares, again[1])
    assert not np.array_equal(centres, plotting.palette(images, colours=5, seed=1)[0])


def test_a_strip_is_as_wide_as_its_colours_share():
    colours = np.array([[255, 0, 0], [0, 0, 255]])
    axis = plotting.palette_strips({"Mo": (colours, np.array([0.75, 0.25]))}, "Strips").axes[0]
    assert [patch.get_width() for patch in axis.patches] == [0.75, 0.25]
    assert axis.patches[0].get_facecolor()[:3] == (1, 0, 0)


# ---- films and the gallery ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["film.gif", "film.png"])
def test_a_film_has_every_frame_and_rests_on_the_last(tmp_path, name):
    colours = ["red", "green", "blue", "white"]
    frames = [Image.new("RGB", (20, 10), colour) for colour in colours]
    frames[1].save(tmp_path / "green.png")
    frames[1] = tmp_path / "green.png"  # a file or a picture
    path = plotting.film(frames, tmp_path / name, seconds=0.8, width=40)
    with Image.open(path) as film:
        assert (film.n_frames, film.size, film.info["loop"]) == (4, (40, 20), 0)
        durations, seen = [], []
        for i in range(4):
            film.seek(i)
            durations.append(film.info["duration"])
            seen.append(film.convert("RGB").getpixel((20, 10)))
    assert durations == [200, 200, 200, 1200]
    assert seen == [(255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)]
    assert [file.name for file in tmp_path.glob("film*")] == [name]


def test_captions_stand_below_the_frames(tmp_path):
    frames = [Image.new("RGB", (20, 20), "red")] * 2
    path = plotting.film(frames, tmp_path / "film.gif", width=100, captions=["step 1", "step 2"])
    with Image.open(path) as film:
        assert film.size == (100, 124)
        assert len(film.convert("RGB").crop((0, 101, 100, 124)).getcolors()) > 2  # letters


def test_a_film_without_frames_says_what_to_do(tmp_path):
    with pytest.raises(ValueError, match="at least one frame: train first"):
        plotting.film([], tmp_path / "film.gif")
    with pytest.raises(ValueError, match=r"end in \.png or \.gif"):
        plotting.film([Image.new("RGB", (8, 8))], tmp_path / "film.mp4")
    assert not list(tmp_path.iterdir())


def test_the_gallery_hangs_15_images_and_no_two_overlap():
    colours = np.arange(15, dtype=np.uint8) * 16
    images = np.full((15, 3, 8, 8), 10, dtype=np.uint8)
    images[:, 0] = colours[:, None, None]
    unit = 100
    wall = np.asarray(plotting.gallery(images, unit=unit)).astype(int)
    assert wall.shape == (3.5 * unit, 5.5 * unit, 3)
    for i, colour in enumerate(colours):
        row, column = (unit // 4 + place * unit for place in (i // 5, i % 5))
        middle = wall[row + 36 : row + 56, column + 40 : column + 60].mean((0, 1))
        assert np.abs(middle - [colour, 10, 10]).max() < 1
    assert wall[0].max() < 120  # bare wall above


def test_the_gallery_shows_images_as_they_are():
    noise = np.random.default_rng(0).integers(0, 256, (15, 3, 8, 8), dtype=np.uint8)
    unit = 100
    hung = np.asarray(plotting.gallery(noise, unit=unit))
    for i, pixels in enumerate(noise):
        left, top = (unit // 4 + part * unit for part in (i % 5, i // 5))
        whole = hung[top + 8 : top + 84, left + 12 : left + 88]  # frame and mount included
        border, mount = unit // 22, unit // 30
        inner = whole[border + mount : -border - mount, border + mount : -border - mount]
        enlarged = Image.fromarray(pixels.transpose(1, 2, 0)).resize(
            inner.shape[:2], Image.Resampling.LANCZOS
        )
        assert np.array_equal(inner, np.asarray(enlarged))


@pytest.mark.parametrize("write", [plotting.film, prints.loop])
def test_an_animated_png_keeps_every_colour(tmp_path, write):
    noise = np.random.default_rng(0).integers(0, 256, (3, 3, 32, 32), dtype=np.uint8)
    frames = noise
    if write is plotting.film:
        frames = [Image.fromarray(frame.transpose(1, 2, 0)) for frame in noise]
    path = write(frames, tmp_path / "film.png", width=32)
    with Image.open(path) as film:
        for i, frame in enumerate(noise):
            film.seek(i)
            assert np.array_equal(np.asarray(film.convert("RGB")), frame.transpose(1, 2, 0))


def test_the_gallery_wants_15_images():
    with pytest.raises(ValueError, match="hangs 15 images, not 14"):
        plotting.gallery(IMAGES[:14])


def test_placards_are_written_under_the_frames():
    bare, named = (plotting.gallery(IMAGES, text, unit=100) for text in ((), ["Mo"] * 15))
    changed = (np.asarray(bare) != np.asarray(named)).any(-1)
    assert 0 < changed.mean() < 0.02


def test_a_note_is_written_at_the_foot_of_the_wall():
    bare, noted = (np.asarray(plotting.gallery(IMAGES, note=n, unit=100)) for n in ("", "by G"))
    changed = (bare != noted).any(-1)
    rows, columns = changed.nonzero()
    assert rows.min() > 0.92 * len(bare) and 0.4 < columns.mean() / bare.shape[1] < 0.6


def test_the_diagram_of_a_gan_shows_both_images_in_their_colours():
    figure = plotting.gan_diagram(IMAGES[0], IMAGES[1])
    (axis,) = figure.axes
    shown = [image.get_array() for image in axis.get_images()]
    assert np.array_equal(shown[0], IMAGES[1].transpose(1, 2, 0))  # the fake one, below
    assert np.array_equal(shown[1], IMAGES[0].transpose(1, 2, 0))
    colours = {text.get_text(): text.get_color() for text in axis.texts}
    assert colours["real"] == plotting.REAL and colours["fake"] == plotting.FAKE
    assert {"generator", "discriminator"} <= colours.keys()
