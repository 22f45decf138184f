"""What is wrong with my run? `python -m helpers.diagnose RUN --dataset NAME_OR_FOLDER`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from helpers.data.image_set import load_images
from helpers.data.sources import find_dataset, named_dataset
from helpers.environment.console import spoken
from helpers.evaluation.diagnosis import diagnose
from helpers.training import runs


@spoken
def main(arguments: Sequence[str] | None = None) -> int:
    """Diagnose a run by its name; returns the exit status: 0, or 1 after a message."""
    p = argparse.ArgumentParser(
        prog="python -m helpers.diagnose",
        description="Name the likeliest failure of a run, with the evidence and what to try.",
    )
    p.add_argument("run", metavar="RUN", help="name of a run, or its folder")
    p.add_argument("--dataset", metavar="NAME|FOLDER", help="its training images (default: found)")
    asked = p.parse_args(arguments)
    folder = runs.run_folder(asked.run)
    config = runs.read_config(folder).get("config", {})
    source = named_dataset(asked.dataset, "--dataset") if asked.dataset else find_dataset()
    images = load_images(source, size=config.get("size", 32), colour=config.get("channels") == 3)
    print(diagnose(folder, images.images))
    return 0


if __name__ == "__main__":
    sys.exit(main())
