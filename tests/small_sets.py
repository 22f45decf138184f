"""Small pictures and a small set on disk, for several files of tests."""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 60), (30, 60, 200), (255, 255, 255)


def halves(left, right, size=(64, 48)):
    """A picture of two colours, side by side."""
    picture = Image.new("RGB", size, left)
    picture.paste(right, (size[0] // 2, 0, *size))
    return picture


def near(colour, other, by=12):
    """Whether two colours differ by so little, in every channel."""
    return np.abs(np.subtract(colour, other)).max() <= by


def write_small_set(folder: Path) -> Path:
    """12 pictures of one colour each, by two painters; a third one in the csv has none."""
    for name, colour in (("Anna_Blau", BLUE), ("Rosa_Rot", RED)):
        (folder / "images" / "images" / name).mkdir(parents=True)
        for number in range(1, 7):
            picture = Image.new("RGB", (40 + number, 30), colour)
            picture.save(folder / "images" / "images" / name / f"{name}_{number}.jpg")
    (folder / "artists.csv").write_text("name\nRosa Rot\nAnna Blau\nOtto Ohne\n", encoding="utf-8")
    return folder


def kaggle_archive(*more: tuple[str, bytes]) -> bytes:
    """A small Kaggle set as zip, and `more` entries."""
    picture = io.BytesIO()
    Image.effect_noise((64, 64), 80).save(picture, "JPEG", quality=95)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("artists.csv", "id,name\n0,Paul Klee\n")
        for number in range(1, 20):
            file.writestr(f"images/images/Paul_Klee/Paul_Klee_{number}.jpg", picture.getvalue())
        for name, content in more:
            file.writestr(name, content)
    return packed.getvalue()
