"""A slider over images: what is on view, and what is refused."""

import io

import numpy as np
import pytest
from PIL import Image

from helpers.plotting import widgets
from helpers.plotting.slider import Frames

IMAGES = np.stack([np.full((3, 4, 8), 60 * i, dtype=np.uint8) for i in range(3)])


def on_view(frames: Frames) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(frames.image.value)).convert("RGB"))


@pytest.mark.parametrize("given", [IMAGES, [Image.fromarray(i.transpose(1, 2, 0)) for i in IMAGES]])
def test_the_slider_turns_to_a_frame_and_its_caption(given):
    frames = widgets.Frames(given, ["dawn", "noon", "dusk"], side=32)
    assert (on_view(frames) == 0).all() and on_view(frames).shape == (16, 32, 3)
    frames.slider.value = 2
    assert (on_view(frames) == 120).all() and frames.caption.value == "dusk"
    assert frames.slider.max == 2 and frames.image.layout.width == "32px"


def test_grey_images_are_shown_too():
    assert on_view(Frames(IMAGES[:, :1], "abc", side=8)).shape == (4, 8, 3)


def test_a_page_without_widgets_has_a_sentence():
    assert "needs a running notebook" in repr(Frames(IMAGES, "abc"))


@pytest.mark.parametrize(("frames", "captions"), [(IMAGES, "ab"), (IMAGES[:0], "")])
def test_frames_without_captions_or_none_at_all_are_refused(frames, captions):
    with pytest.raises(ValueError, match="frames need as many captions"):
        Frames(frames, captions)
