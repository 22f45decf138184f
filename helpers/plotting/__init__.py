"""Figures for the notebooks. Knows images and numbers, nothing of training or data.

    style.py            the colours and the font of every drawing; atelier.mplstyle
    notebook_output.py  `show`: a figure or a file, with a description, into the notebook
    grids.py            images in rows
    charts.py           bars, learning curves, histograms
    colours.py          the palette of a set of images
    diagram.py          what a GAN is, in one picture
    films.py            animations from frames
    gallery_wall.py     fifteen framed images, for printing
    prints.py           sheets at print size, endless loops, a card      (import it by its name)
    widgets.py          live progress                                    (import it by its name)
    game.py             the real-or-fake game                            (by way of widgets)
    slider.py           images one at a time, chosen by a slider         (by way of widgets)
    works.py            a picture with its recipe inside the PNG         (import it by its name)
    playground.py       sliders over a generator                         (import it by its name)

Images come as uint8 [N, C, H, W], array or tensor. A function that draws returns a Figure or a
PIL image; `show` puts it into the notebook together with a sentence for those who cannot see it.
"""

from helpers.plotting.charts import bars, learning_curves, score_histogram, smooth
from helpers.plotting.colours import palette, palette_strips
from helpers.plotting.diagram import gan_diagram
from helpers.plotting.films import film
from helpers.plotting.gallery_wall import gallery
from helpers.plotting.grids import rows_of, wall
from helpers.plotting.notebook_output import as_output, opened, png_bytes, show
from helpers.plotting.style import FAKE, INK, PAPER, REAL, as_pixels, drawable, font

__all__ = [
    "FAKE",
    "INK",
    "PAPER",
    "REAL",
    "as_output",
    "as_pixels",
    "bars",
    "drawable",
    "film",
    "font",
    "gallery",
    "gan_diagram",
    "learning_curves",
    "opened",
    "palette",
    "palette_strips",
    "png_bytes",
    "rows_of",
    "score_histogram",
    "show",
    "smooth",
    "wall",
]
