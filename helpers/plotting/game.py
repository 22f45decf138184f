"""The real-or-fake game: the reader and the discriminator answer for the same images.

Plain ipywidgets, 7.7 or 8. They have no key events, so the keys are typed into a text box; it
keeps the focus. Of the buttons, ipywidgets 8 can move the focus to the next one; 7.7 cannot.
"""

from __future__ import annotations

import base64
import colorsys
from collections.abc import Sequence

import ipywidgets
import numpy as np
from PIL import Image
from torch import Tensor

from helpers.plotting.notebook_output import png_bytes
from helpers.plotting.style import FAKE, REAL, as_pixels

LENGTH = 10  # images in one game
LARGE, SMALL = 224, 88  # the side of an image in CSS pixels: in the game, on the contact sheet
HUES = (  # up to this hue, in degrees, a colour has this name
    (15, "red"),
    (45, "orange"),
    (70, "yellow"),
    (165, "green"),
    (195, "turquoise"),
    (255, "blue"),
    (290, "violet"),
    (345, "pink"),
    (361, "red"),
)


def colour_name(pixels: np.ndarray) -> str:
    """The mean colour of RGB pixels [..., 3], 0 to 255, in one to three words: 'dark blue'."""
    rgb = pixels.reshape(-1, 3).mean(0) / 255
    hue, lightness, _ = colorsys.rgb_to_hls(*rgb)
    if lightness < 0.1 or lightness > 0.93:
        return "black" if lightness < 0.1 else "white"
    shade = "dark " if lightness < 0.33 else "light " if lightness > 0.67 else ""
    if rgb.max() - rgb.min() < 0.08:
        return f"{shade}grey"
    name = next(name for limit, name in HUES if hue * 360 < limit)
    return "brown" if name == "orange" and lightness < 0.5 else f"{shade}{name}"


def described(pixels: np.ndarray) -> str:
    """The colours of the four quarters of RGB pixels [H, W, 3]: no answer, but a fair hint."""
    rows, columns = pixels.shape[0] // 2, pixels.shape[1] // 2
    quarters = {
        "top left": pixels[:rows, :columns],
        "top right": pixels[:rows, columns:],
        "bottom left": pixels[rows:, :columns],
        "bottom right": pixels[rows:, columns:],
    }
    return ", ".join(f"{place} {colour_name(part)}" for place, part in quarters.items())


def img(pixels: np.ndarray, side: int, alt: str) -> str:
    """An <img> of RGB pixels [H, W, 3], enlarged by nearest neighbours, with its description."""
    large = Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)
    source = f"data:image/png;base64,{base64.b64encode(png_bytes(large)).decode()}"
    return f'<img src="{source}" width="{side}" height="{side}" alt="{alt}">'


class Panel(ipywidgets.VBox):
    """A box of widgets that, where there are none, says so in a line."""

    def __repr__(self) -> str:
        return "The game needs a running notebook; the numbered pictures below need none."


class RealOrFake:
    """Ten images, one by one: real or fake? Each verdict stays beside its image until *Next*.

    images: uint8 [N, C, H, W]. real: N truths. scores: N probabilities of being real, D's own.
    names: what the two answers are called. The first game is about the first ten images; *Play
    again* takes the next ten, and begins anew when there are none left.
    Show it with `display(game.panel)`; without widgets, `game.solution()` gives the answers.
    """

    def __init__(
        self,
        images: np.ndarray | Tensor,
        real: Sequence[bool],
        scores: Sequence[float],
        names: tuple[str, str] = ("real", "fake"),
    ) -> None:
        self.pixels = as_pixels(images)
        self.real, self.scores, self.names = list(real), list(scores), names
        self.start, self.said, self.phase = 0, [], "ask"  # then "tell", in the end "over"
        self.picture, self.text, self.sheet = (ipywidgets.HTML() for _ in range(3))
        self.buttons = [
            ipywidgets.Button(description=name.capitalize(), tooltip=f"This picture is {name}")
            for name in names
        ]
        self.next = ipywidgets.Button(description="Next")
        self.keys = ipywidgets.Text(
            description="Or type:",
            placeholder=", ".join([*(f"{name[0]} {name}" for name in names), "n next"]),
            style={"description_width": "initial"},
            layout=ipywidgets.Layout(width="300px"),
        )
        self.typing = False
        self.buttons[0].on_click(lambda _: self.answer(True))
        self.buttons[1].on_click(lambda _: self.answer(False))
        self.next.on_click(lambda _: self.go_on())
        self.keys.observe(self._typed, "value")
        self.picture.layout.margin = "0 16px 0 0"
        beside = ipywidgets.VBox([self.text, ipywidgets.HBox(self.buttons), self.next, self.keys])
        wrap = ipywidgets.Layout(flex_flow="row wrap")  # on a narrow screen: below the picture
        self.panel = Panel([ipywidgets.HBox([self.picture, beside], layout=wrap), self.sheet])
        self._show()

    @property
    def round(self) -> list[int]:
        """The images of this game, as places in the whole set."""
        length = min(LENGTH, len(self.real))
        return [(self.start + i) % len(self.real) for i in range(length)]

    @property
    def your_right(self) -> int:
        """How many of the answers so far were right."""
        return sum(self.real[i] == said for i, said in zip(self.round, self.said, strict=False))

    @property
    def network_right(self) -> int:
        """How many the network had right of the images answered so far."""
        return sum(self.real[i] == self._network_says(i) for i in self.round[: len(self.said)])

    def answer(self, says_real: bool) -> None:
        """Take the reader's answer for the image on view, and show the verdict beside it."""
        if self.phase == "ask":
            self.said.append(says_real)
            self.phase = "tell"
            self._show()
            self._focus(self.next)

    def go_on(self) -> None:
        """From a verdict to the next image, or to the result; from the result to a new game."""
        if self.phase == "ask":
            return
        if self.phase == "over":
            self.start, self.said = (self.start + len(self.round)) % len(self.real), []
        self.phase = "over" if len(self.said) == len(self.round) else "ask"
        self._show()
        self._focus(self.next if self.phase == "over" else self.buttons[0])

    def answers(self) -> list[str]:
        """One line per image of this game: the truth, and D's probability of being real."""
        return [
            f"{self._name(self.real[i])} (network: {self.scores[i]:.0%} real)" for i in self.round
        ]

    def solution(self) -> str:
        """The answers as folded HTML, for a page on which no game can run."""
        right = sum(self.real[i] == self._network_says(i) for i in self.round)
        lines = [f"{i:2}  {line}" for i, line in enumerate(self.answers(), 1)]
        lines.append(f"The network is right in {right} of {len(self.round)}.")
        text = "\n".join(lines)
        return f"<details><summary>Solution</summary><pre>{text}</pre></details>"

    def contact_sheet(self) -> str:
        """All images of this game as HTML, with the truth and both answers under each."""
        return "".join(
            self._contact(place, i, said)
            for place, (i, said) in enumerate(zip(self.round, self.said, strict=True), 1)
        )

    def _contact(self, place: int, i: int, said: bool) -> str:
        truth, network = self.real[i], self._network_says(i)
        lines = [
            f"{who}: {self._name(says)} {'✓' if says == truth else '✗'}"
            for who, says in (("you", said), ("network", network))
        ]
        chip = f"background:{REAL if truth else FAKE};color:white;padding:0 6px"
        return (
            '<figure style="display:inline-block;width:132px;margin:8px 0;text-align:center">'
            + img(self.pixels[i], SMALL, f"Picture {place}: {described(self.pixels[i])}.")
            + f'<figcaption style="line-height:1.35;font-size:12px">{place} '
            + f'<b style="{chip}">{self._name(truth)}</b>'
            + f"<br>{'<br>'.join(lines)}</figcaption></figure>"
        )

    def _name(self, is_real: bool) -> str:
        return self.names[0] if is_real else self.names[1]

    def _network_says(self, i: int) -> bool:
        return self.scores[i] > 0.5

    def _show(self) -> None:
        for button in self.buttons:
            button.disabled = self.phase != "ask"
        self.next.disabled = self.phase == "ask"
        over, last = self.phase == "over", len(self.said) == len(self.round)
        self.next.description = "Play again" if over else "See the result" if last else "Next"
        if over:
            self.picture.value, self.text.value = "", self._result()
            self.sheet.value = f'<div style="max-width:680px">{self.contact_sheet()}</div>'
            return
        self.sheet.value = ""
        place = len(self.said) + (self.phase == "ask")
        pixels = self.pixels[self.round[place - 1]]
        self.picture.value = img(
            pixels, LARGE, f"Picture {place}. Mean colours: {described(pixels)}."
        )
        heading = f"<b>Picture {place} of {len(self.round)}</b><br>"
        self.text.value = heading + (self._question() if self.phase == "ask" else self._verdict())

    def _question(self) -> str:
        return f"{self.names[0].capitalize()} or {self.names[1]}?<br>&nbsp;<br>&nbsp;"

    def _verdict(self) -> str:
        i = self.round[len(self.said) - 1]
        verdict = "Right" if self.said[-1] == self.real[i] else "Wrong"
        return (  # role: a screen reader says it when it appears
            f'<span role="alert"><b>{verdict}.</b> It is {self._name(self.real[i])}.<br>'
            f"The network says {self._name(self._network_says(i))} ({self.scores[i]:.0%} real)."
            f"</span><br>So far: you {self.your_right}, the network {self.network_right} right."
        )

    def _result(self) -> str:
        total = len(self.round)
        return (
            f'<span role="alert"><b>{self.your_right} of {total} right.</b><br>'
            f"The network: {self.network_right} of {total}.</span>"
        )

    def _focus(self, button: ipywidgets.Button) -> None:
        """Move the focus from a button that was just switched off; who types stays in the box."""
        if not self.typing and hasattr(button, "focus"):  # ipywidgets 8
            button.focus()

    def _typed(self, change: dict) -> None:
        """A key was typed: an answer by its first letter, or n to go on. The box is emptied."""
        key = change["new"][-1:].lower()
        if not key:
            return
        self.typing = True
        initials = {self.names[0][0].lower(): True, self.names[1][0].lower(): False}
        if self.phase == "ask" and key in initials:
            self.answer(initials[key])
        elif key == "n":
            self.go_on()
        self.typing = False
        self.keys.value = ""
