"""The built-in set: the works of imaginary painters, drawn by code and written to disk once.

On disk it has exactly the layout of "Best Artworks of All Time", so the same code reads both:
artists.csv, images/images/<Artist_Name>/<Artist_Name>_<n>.jpg and smaller copies, all in one
folder, resized/resized/<Artist_Name>_<n>.jpg. As we drew every work we know the truth about it:
truth.csv holds painter, palette and composition of each file.
"""

from helpers.data.atelier.painters.brushes import Painter
from helpers.data.atelier.painting import PAINTERS, overview, paint, version
from helpers.data.atelier.writing import CSV_COLUMNS, TRUTH_COLUMNS, counts, write_set

__all__ = [
    "CSV_COLUMNS",
    "PAINTERS",
    "TRUTH_COLUMNS",
    "Painter",
    "counts",
    "overview",
    "paint",
    "version",
    "write_set",
]
