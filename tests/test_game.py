"""The real-or-fake game, played by its buttons and by its keys."""

import base64
import io
import re

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from helpers.plotting import game as game_module
from helpers.plotting import widgets
from helpers.plotting.game import RealOrFake, colour_name, described

IMAGES = np.stack([np.full((3, 4, 4), 60 * i, dtype=np.uint8) for i in range(3)])
TRUTH, SCORES = [True, False, False], [0.9, 0.7, 0.2]  # the network is wrong about the second


@pytest.fixture
def focused(monkeypatch):
    """The descriptions of the buttons that were given the focus, in order."""
    found = []
    monkeypatch.setattr(
        ipywidgets.Button, "focus", lambda self: found.append(self.description), raising=False
    )
    return found


@pytest.fixture
def game():
    return RealOrFake(IMAGES, TRUTH, SCORES, names=("real", "shuffled"))


def sources(html: str) -> list[np.ndarray]:
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(png)))) for png in found]


def on_view(game) -> int:
    return int(sources(game.picture.value)[0][8, 8, 0])


def play(game, *answers):
    for says_real in answers:
        game.buttons[not says_real].click()
        game.next.click()


def test_notebooks_find_it_among_the_widgets():
    assert widgets.RealOrFake is RealOrFake


def test_it_begins_with_the_first_image_and_asks_in_the_words_it_was_given(game):
    assert on_view(game) == 0
    assert [button.description for button in game.buttons] == ["Real", "Shuffled"]
    assert "Real or shuffled?" in game.text.value and "Picture 1 of 3" in game.text.value
    assert [button.disabled for button in (*game.buttons, game.next)] == [False, False, True]
    assert "fake" not in game.text.value + game.keys.placeholder


def test_the_picture_stays_with_its_verdict_until_next(game):
    play(game, True)
    assert on_view(game) == 60
    game.buttons[0].click()
    assert on_view(game) == 60 and "Picture 2 of 3" in game.text.value
    assert "<b>Wrong.</b> It is shuffled." in game.text.value
    assert "The network says real (70% real)" in game.text.value
    assert "you 1, the network 1 right" in game.text.value
    assert [button.disabled for button in (*game.buttons, game.next)] == [True, True, False]
    game.next.click()
    assert on_view(game) == 120 and "Picture 3 of 3" in game.text.value
    assert "Wrong" not in game.text.value


def test_a_second_answer_to_the_same_image_changes_nothing(game):
    game.answer(True)
    before = game.text.value
    game.answer(False)
    assert (game.text.value, game.said) == (before, [True])
    game.go_on()
    game.go_on()
    assert on_view(game) == 60


def test_at_the_end_a_verdict_and_a_sheet_of_all_images(game):
    play(game, True, True)
    game.buttons[1].click()
    assert game.next.description == "See the result"
    game.next.click()
    assert "2 of 3 right" in game.text.value and "The network: 2 of 3" in game.text.value
    assert [int(pixels[8, 8, 0]) for pixels in sources(game.sheet.value)] == [0, 60, 120]
    captions = re.findall(r"<figcaption[^>]*>(.*?)</figcaption>", game.sheet.value)
    text = [re.sub(r"<[^>]+>", " ", caption) for caption in captions]
    assert [" ".join(line.split()) for line in text] == [
        "1 real you: real ✓ network: real ✓",
        "2 shuffled you: real ✗ network: real ✗",
        "3 shuffled you: shuffled ✓ network: shuffled ✓",
    ]
    assert game.next.description == "Play again" and not game.next.disabled


def test_play_again_takes_other_images_and_then_the_first_ones_again():
    images = np.stack([np.full((3, 4, 4), 10 * i, dtype=np.uint8) for i in range(20)])
    game = RealOrFake(images, [True] * 20, [0.9] * 20)
    for first in (0, 100, 0):
        assert on_view(game) == first and "Picture 1 of 10" in game.text.value
        assert game.next.description == "Next"
        play(game, *[True] * 10)
        assert "10 of 10 right" in game.text.value
        game.next.click()
    assert game.said == [] and game.sheet.value == ""


def test_the_focus_is_never_left_on_a_button_that_is_off(game, focused):
    play(game, True, False, False)
    assert focused == ["Next", "Real", "Next", "Real", "See the result", "Play again"]
    game.next.click()
    assert focused[-1] == "Real"


def test_it_can_be_played_by_typing_and_the_focus_stays_in_the_box(game, focused):
    for key in "rnSx":
        game.keys.value = key
        assert game.keys.value == ""
    assert game.said == [True, False] and game.phase == "tell"
    for key in "nsn":
        game.keys.value = key
    assert "3 of 3 right" in game.text.value
    game.keys.value = "n"
    assert game.said == [] and game.phase == "ask"
    assert focused == []


def test_the_older_ipywidgets_have_no_focus_to_move(game, monkeypatch):
    monkeypatch.delattr(ipywidgets.DOMWidget, "focus", raising=False)
    play(game, True, True, False)
    assert "2 of 3 right" in game.text.value


def test_every_picture_is_described_and_no_description_tells_the_answer(game):
    html = game.picture.value
    play(game, True, True, False)
    html += game.sheet.value
    descriptions = re.findall(r'alt="([^"]*)"', html)
    assert len(descriptions) == 4 == html.count("<img")
    for text in descriptions:
        assert "top left" in text and not re.search("real|fake|shuffled", text)


def test_quarters_are_described_by_their_colours():
    pixels = np.zeros((8, 8, 3), dtype=np.uint8)
    pixels[:4, 4:], pixels[4:, :4], pixels[4:, 4:] = (250, 250, 250), (20, 40, 120), (130, 90, 40)
    assert described(pixels) == (
        "top left black, top right white, bottom left dark blue, bottom right brown"
    )


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((128, 128, 128), "grey"),
        ((70, 70, 72), "dark grey"),
        ((220, 30, 30), "red"),
        ((240, 140, 20), "orange"),
        ((230, 210, 40), "yellow"),
        ((30, 150, 60), "green"),
        ((160, 200, 250), "light blue"),
        ((255, 0, 30), "red"),
    ],
)
def test_a_colour_has_a_plain_name(rgb, name):
    assert colour_name(np.array([[rgb]], dtype=np.uint8)) == name


def test_grey_images_are_shown_too():
    game = RealOrFake(IMAGES[:, :1], TRUTH, SCORES)
    assert sources(game.picture.value)[0].shape[-1] == 3
    assert game.buttons[1].description == "Fake"


def test_pictures_are_enlarged_without_a_filter():
    pixels = np.random.default_rng(0).integers(0, 256, (1, 3, 4, 4), dtype=np.uint8)
    (large,) = sources(RealOrFake(pixels, [True], [0.5]).picture.value)
    step = game_module.LARGE // 4
    assert (large == pixels[0].transpose(1, 2, 0).repeat(step, 0).repeat(step, 1)).all()


def test_the_answers_are_there_without_widgets(game):
    assert game.answers() == [
        "real (network: 90% real)",
        "shuffled (network: 70% real)",
        "shuffled (network: 20% real)",
    ]
    folded = game.solution()
    assert folded.startswith("<details><summary>Solution</summary>")
    assert " 2  shuffled" in folded and "The network is right in 2 of 3." in folded


def test_a_page_without_widgets_says_what_is_missing(game):
    assert "needs a running notebook" in repr(game.panel)
    assert len(repr(game.panel)) < 110  # ipywidgets cuts what is longer
