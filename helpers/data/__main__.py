"""Which set would be used, and how many images of whom: `python -m helpers.data`."""

import sys
from collections.abc import Sequence

from helpers.data.image_set import load_images
from helpers.environment.console import spoken


@spoken
def main(arguments: Sequence[str] | None = None) -> int:
    """Print the set that is found, and the images of each class; returns the exit status."""
    found = load_images()
    for label, name in enumerate(found.names):
        print(f"{int((found.labels == label).sum()):8,}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
