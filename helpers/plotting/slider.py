"""A slider over images: a walk through latent space, or a training, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets
import numpy as np
from PIL import Image
from torch import Tensor

from helpers.plotting.notebook_output import png_bytes
from helpers.plotting.style import as_pixels


class Frames(ipywidgets.VBox):
    """One image at a time; the slider says which. The last expression of a cell shows it.

    frames: uint8 [N, C, H, W], or PIL images. captions: a text for each of them.
    side: the longer side of an image on the screen, in CSS pixels.
    Raises ValueError without a frame, or for another number of captions.
    """

    def __init__(
        self,
        frames: np.ndarray | Tensor | Sequence[Image.Image],
        captions: Sequence[str],
        side: int = 320,
    ) -> None:
        if not len(frames) or len(frames) != len(captions):
            raise ValueError(f"{len(frames)} frames need as many captions, not {len(captions)}.")
        if not isinstance(frames[0], Image.Image):
            frames = [Image.fromarray(pixels) for pixels in as_pixels(frames)]
        self.frames, self.captions, self.side = list(frames), list(captions), side
        self.image, self.caption = ipywidgets.Image(format="png"), ipywidgets.Label()
        self.slider = ipywidgets.IntSlider(
            max=len(frames) - 1, readout=False, layout=ipywidgets.Layout(width=f"{side}px")
        )
        self.slider.observe(lambda change: self.turn_to(change["new"]), "value")
        super().__init__([self.image, self.slider, self.caption])
        self.turn_to(0)

    def turn_to(self, number: int) -> None:
        """Show this frame, from 0."""
        frame = self.frames[number]
        times = self.side / max(frame.size)
        size = (round(times * frame.width), round(times * frame.height))
        self.image.value = png_bytes(frame.resize(size, Image.Resampling.LANCZOS))
        self.image.layout.width = f"{size[0]}px"
        self.caption.value = self.captions[number]

    def __repr__(self) -> str:
        return "The slider needs a running notebook; the pictures below need none."
