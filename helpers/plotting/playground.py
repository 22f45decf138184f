"""The playground: a generator that is steered by hand. Plain ipywidgets, 7.7 or 8.

    playground = Playground(models.pretrained("atelier-64"), "atelier-64")
    playground.panel      # as the last line of a cell

Without widgets, `sheet` shows what the sliders do.
"""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import ipywidgets
import numpy as np
import torch
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor, nn

from helpers.environment import data_folder, shown
from helpers.models.directions import Direction, closed_form, named
from helpers.models.latent_space import LatentSpace
from helpers.plotting.gallery_wall import with_card
from helpers.plotting.style import as_pixels, drawable
from helpers.plotting.works import (
    Work,
    coded,
    open_work,
    paint,
    point_of,
    save_work,
    spread,
    weights_hash,
)

SIDE = 320  # CSS pixels
SLIDERS = 6  # for directions
FARTHEST = 3.0  # standard deviations on a slider
WIDE = ipywidgets.Layout(width="370px")
LABELS = {"description_width": "140px"}


def free_name(folder: Path, beginning: str) -> Path:
    """The first of beginning-001.png, beginning-002.png, ... that is not there."""
    number = 1
    while (path := folder / f"{beginning}-{number:03}.png").exists():
        number += 1
    return path


class Panel(ipywidgets.HBox):
    """The controls; where there are no widgets, a line that says so."""

    def __repr__(self) -> str:
        return "The playground needs a running notebook; the sheet below needs none."


class Playground:
    """Sliders over a generator: seed, label, truncation, directions, and a second work to mix in.

    generator: a DCGAN, conditional or style generator, of the course or of a run of your own.
    name: what it is called in the files that are saved. names: what its labels stand for; by
    default its own `names`. directions: what the sliders move along; by default those that
    `closed_form` finds, named by what they change. folder: where *Keep* writes PNGs with the
    recipe inside, by default data/works. Raises ValueError for another kind of network.
    """

    def __init__(
        self,
        generator: nn.Module,
        name: str,
        names: Sequence[str] | None = None,
        directions: list[Direction] | None = None,
        folder: Path | None = None,
        side: int = SIDE,
    ) -> None:
        self.space = LatentSpace(generator)
        self.name, self.side = name, side
        if names is None:
            names = getattr(generator, "names", ())
        self.names = tuple(names) or tuple(f"label {i}" for i in range(self.space.classes or 0))
        if directions is None:
            directions = different(named(self.space, closed_form(self.space, 12), n=16))[:SLIDERS]
        self.directions = distinct(directions)
        self.folder = folder or data_folder() / "works"
        self.hash = weights_hash(generator)
        self.spreads = {d.name: spread(self.space, d) for d in self.directions}
        self.work = Work(name, self.hash, label=0 if self.names else None)
        self.pixels: Tensor | None = None
        self.milliseconds = 0.0
        self.busy = False
        self._build()
        self.redraw()

    # ---- the controls --------------------------------------------------------------------------

    def _build(self) -> None:
        self.image = ipywidgets.Image(
            format="png", layout=ipywidgets.Layout(width=f"{self.side}px")
        )
        self.caption = ipywidgets.HTML()
        self.seed = ipywidgets.BoundedIntText(
            0, 0, 2**31 - 1, description="seed", layout=WIDE, style=LABELS
        )
        self.another = ipywidgets.Button(description="Another seed")
        self.label = self._dropdown("paint")
        self.truncation = self._slider("truncation", 1.0, 0.0, 1.5)
        self.moves = {
            d.name: self._slider(d.name, 0.0, -FARTHEST, FARTHEST) for d in self.directions
        }
        self.other_seed = ipywidgets.BoundedIntText(
            1, 0, 2**31 - 1, description="mix with seed", layout=WIDE, style=LABELS
        )
        self.other_label = self._dropdown("mix with")
        self.share = self._slider("how much of it", 0.0, 0.0, 1.0)
        self.centred = ipywidgets.Button(description="Sliders to 0")
        self.keep = ipywidgets.Button(description="Keep", tooltip="Save it with its recipe")
        self.kept = ipywidgets.Dropdown(description="kept works", layout=WIDE, style=LABELS)
        self.said = ipywidgets.HTML()
        self._list_kept()
        controls = [self.seed, self.truncation, *self.moves.values(), self.other_seed, self.share]
        if self.names:
            controls[1:1] = [self.label]
            controls.insert(-1, self.other_label)
        for control in controls:
            control.observe(self._changed, "value")
        self.another.on_click(lambda _: self._turn(self.seed, int(torch.randint(10**6, ()))))
        self.centred.on_click(lambda _: self.centre())
        self.keep.on_click(lambda _: self._try(self.save))
        self.kept.observe(self._chosen, "value")
        left = ipywidgets.VBox(
            [self.image, self.caption, ipywidgets.HBox([self.another, self.centred, self.keep])]
        )
        right = ipywidgets.VBox([*controls, self.kept, self.said])
        wrap = ipywidgets.Layout(flex_flow="row wrap")  # on a narrow screen: below the picture
        self.panel = Panel([left, right], layout=wrap)

    def _slider(self, name: str, value: float, low: float, high: float) -> ipywidgets.FloatSlider:
        return ipywidgets.FloatSlider(
            value, min=low, max=high, step=0.05, description=name, layout=WIDE, style=LABELS,
            continuous_update=True,
        )  # fmt: skip

    def _dropdown(self, name: str) -> ipywidgets.Dropdown:
        options = [(label, i) for i, label in enumerate(self.names)]
        return ipywidgets.Dropdown(options=options, description=name, layout=WIDE, style=LABELS)

    def _turn(self, control: ipywidgets.Widget, value: float) -> None:
        control.value = value

    def _changed(self, _: object) -> None:
        if not self.busy:
            self.redraw()

    # ---- what they do --------------------------------------------------------------------------

    def recipe(self) -> Work:
        """The recipe that the controls stand for, without its point."""
        moves = {name: round(slider.value, 2) for name, slider in self.moves.items()}
        return Work(
            self.name,
            self.hash,
            seed=self.seed.value,
            label=self.label.value if self.names else None,
            truncation=round(self.truncation.value, 2),
            moves={name: amount for name, amount in moves.items() if amount},
            other_seed=self.other_seed.value,
            other_label=self.other_label.value if self.names else None,
            share=round(self.share.value, 2),
        )

    def redraw(self) -> None:
        """Paint what the controls ask for."""
        begun = time.perf_counter()
        work = self.recipe()
        point = point_of(self.space, self.directions, work, self.spreads)
        self.show(replace(work, point=coded(point)))
        self.milliseconds = 1000 * (time.perf_counter() - begun)

    def show(self, work: Work) -> None:
        """Show a work, and its recipe in words."""
        self.work, self.pixels = work, paint(self.space, work, self.hash)
        picture = Image.fromarray(as_pixels(self.pixels[None])[0])
        content = io.BytesIO()  # hardly compressed: to compress it well would take 0.4 s
        large = picture.resize((self.side, self.side), Image.Resampling.LANCZOS)
        large.save(content, "PNG", compress_level=1)
        self.image.value = content.getvalue()
        self.caption.value = f"<i>{work.describe(self.names)}</i>"

    def centre(self) -> None:
        """All directions to 0, no truncation, nothing mixed in."""
        self.busy = True
        for slider in (*self.moves.values(), self.share):
            slider.value = 0.0
        self.truncation.value = 1.0
        self.busy = False
        self.redraw()

    def save(self) -> Path:
        """Write the work into the folder, as the next free number, and list it."""
        path = save_work(self.pixels, self.work, free_name(self.folder, self.name))
        self._list_kept()
        self.said.value = f"kept as {shown(path)}"
        return path

    def open(self, path: Path | str) -> None:
        """Show a kept work again, and set the controls to its recipe.

        Raises ValueError if another generator painted it, or the file holds no recipe.
        """
        pixels, work = open_work(path)
        again = paint(self.space, work, self.hash)
        unknown = set(work.moves) - set(self.moves)
        self.busy = True
        self.seed.value, self.truncation.value = work.seed, work.truncation
        self.other_seed.value, self.share.value = work.other_seed, work.share
        if self.names:
            self.label.value, self.other_label.value = work.label, work.other_label or 0
        for name, slider in self.moves.items():
            slider.value = work.moves.get(name, 0.0)
        self.busy = False
        self.show(work)
        gap = int((again.int() - pixels.int()).abs().max())
        self.said.value = (
            "the same bits as in the file" if not gap else
            f"up to {gap} of 255 from the file: another machine rounds in another way"
        )  # fmt: skip
        if unknown:
            self.said.value += f"; no slider for {', '.join(sorted(unknown))}"

    def _list_kept(self) -> None:
        files = sorted(self.folder.glob("*.png"))[-200:]
        self.kept.options = [("open one ...", ""), *((file.name, str(file)) for file in files)]
        self.kept.value = ""  # which opens none

    def _chosen(self, change: dict) -> None:
        if change["new"]:
            self._try(lambda: self.open(change["new"]))

    def _try(self, act: object) -> None:
        try:
            act()
        except (ValueError, OSError) as error:
            self.said.value = f"<b>{error}</b>"

    # ---- without widgets -----------------------------------------------------------------------

    def card(self) -> Image.Image:
        """The present work on a wall, with its recipe on a card."""
        title, *rest = self.work.describe(self.names).split("; ")
        lines = [title, *rest, f"painted by the generator {self.name}, unchanged"]
        return with_card(Image.fromarray(as_pixels(self.pixels[None])[0]), lines)

    def sheet(self, amounts: Sequence[float] = (-2.5, -1.25, 0, 1.25, 2.5)) -> Figure:
        """What each slider does to the present work: a row of images for each, from left to right.

        It needs no running notebook.
        """
        base = replace(self.recipe(), moves={}, share=0.0)
        rows: dict[str, list[Work]] = {
            name: [replace(base, moves={name: amount}) for amount in amounts] for name in self.moves
        }
        far = np.linspace(0, 1, len(amounts))
        rows["truncation 0 to 1"] = [replace(base, truncation=float(share)) for share in far]
        rows["mixed with another"] = [replace(base, share=float(share)) for share in far]
        points = [
            point_of(self.space, self.directions, work, self.spreads)
            for works in rows.values()
            for work in works
        ]
        images = self.space.images(torch.cat(points))
        size = (len(amounts) * 0.7 + 1.7, len(rows) * 0.72 + 0.1)
        figure, axes = plt.subplots(len(rows), len(amounts), figsize=size, dpi=100, squeeze=False)
        for axis, pixels in zip(axes.flat, as_pixels(images), strict=True):
            axis.imshow(pixels, interpolation="nearest")
            axis.axis("off")
        for row, name in zip(axes, rows, strict=True):
            row[0].text(
                -0.08, 0.5, drawable(name), transform=row[0].transAxes, ha="right", va="center"
            )
        figure.get_layout_engine().set(w_pad=0.01, h_pad=0.01, wspace=0, hspace=0)
        return figure


def different(directions: list[Direction]) -> list[Direction]:
    """Of each name the direction that changes most, the largest changes first; then those whose
    name says nothing."""
    ordered = sorted(directions, key=lambda d: (not d.says_something, -d.size))
    first = {d.name: d for d in reversed(ordered)}
    return [d for d in ordered if first[d.name] is d]


def distinct(directions: list[Direction]) -> list[Direction]:
    """The directions with names of their own: a second "brighter" becomes "brighter 2"."""
    seen: dict[str, int] = {}
    found = []
    for direction in directions:
        seen[direction.name] = seen.get(direction.name, 0) + 1
        number = seen[direction.name]
        name = direction.name if number == 1 else f"{direction.name} {number}"
        found.append(replace(direction, name=name))
    return found
