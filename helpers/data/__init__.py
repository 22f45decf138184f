"""Data: every source of images becomes one ImageSet.

What a worker process needs to draw paintings must not wait for torch, so nothing is imported
here before it is asked for.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    if name in ("DatasetError", "ImageSet", "load_images"):
        from helpers.data import image_set

        return getattr(image_set, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
