"""Pictures from one domain to another: `python -m helpers.translate RUN PICTURES`.

RUN is a trained CycleGAN (notebook 16). PICTURES is a file or a folder; a folder's pictures get
the same names in the folder --out. Nothing that is there already is written over.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from helpers import environment
from helpers.commands.picture_files import LEAST, as_picture, as_tensor, each, fitted, planned
from helpers.environment.console import count, seed, spoken
from helpers.models import registry
from helpers.models.translation import Translator, translate


def parser() -> argparse.ArgumentParser:
    """What may be said on the command line."""
    p = argparse.ArgumentParser(
        prog="python -m helpers.translate",
        description="Translate pictures with a trained CycleGAN, say photographs into paintings.",
        epilog="The result is as large as the picture; it is computed at --size pixels of its "
        "longer side, best the size of the images that the run has learnt from.",
    )
    p.add_argument("run", metavar="RUN", help="name of a run, its folder, or an a_to_b.pt")
    p.add_argument("pictures", metavar="PICTURES", type=Path, help="a picture, or a folder of them")
    p.add_argument("--back", action="store_true", help="from the second domain to the first")
    p.add_argument(
        "--out",
        type=Path,
        help="a file, or a folder for a folder (default: its name and -translated)",
    )
    p.add_argument("--size", type=count(LEAST), default=128, help="default: 128")
    p.add_argument("--seed", type=seed(), default=0, help="of the noise: another seed, other dots")
    return p


@spoken
def main(arguments: Sequence[str] | None = None) -> int:
    """Translate; returns the exit status: 0, or 1 after a message, also if some failed."""
    asked = parser().parse_args(arguments)
    if not asked.pictures.exists():
        raise ValueError(f"There is no picture and no folder {asked.pictures}.")
    jobs = planned(asked.pictures, asked.out, "translated")
    network = load_translator(asked.run, asked.back).to(environment.pick_device())

    def translated(picture: Image.Image, i: int) -> Image.Image:
        small = as_tensor(fitted(picture, asked.size))
        return as_picture(translate(network, small, asked.seed + i))

    return each(jobs, translated)


def load_translator(run: str, back: bool) -> Translator:
    """The translator of a run by its name or folder, or of a file.

    Raises FileNotFoundError if there is none, ValueError if the file holds another network.
    """
    name = "b_to_a.pt" if back else "a_to_b.pt"
    path = Path(run).expanduser()
    if not path.exists():
        path = environment.runs_folder() / run
    path = path / name if path.is_dir() else path
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no translator {path}. A run of notebook 16 has one, and so has the folder "
            "of any CycleTraining (helpers/training/translating.py)."
        )
    network = registry.load(path)
    if not isinstance(network, Translator):
        raise ValueError(f"{path} holds a {type(network).__name__}, not a translator.")
    return network


if __name__ == "__main__":
    sys.exit(main())
