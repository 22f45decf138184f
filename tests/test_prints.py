"""What is taken home: true size on paper, no seam in a loop, metadata on a card."""

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from PIL import Image

from helpers.plotting import prints

IMAGES = np.random.default_rng(0).integers(0, 256, (24, 3, 16, 16), dtype=np.uint8)


@pytest.mark.parametrize(
    ("paper", "dpi", "pixels"),
    [("A4", 300, (2480, 3508)), ("A4", 72, (595, 842)), ("letter", 100, (850, 1098))],
)
def test_a_sheet_has_its_size_on_paper(tmp_path, paper, dpi, pixels):
    sheet = prints.contact_sheet(IMAGES, 4, "Title", ["small print"], paper, dpi)
    assert sheet.size == pixels
    saved = Image.open(prints.save_sheet(sheet, tmp_path / "sheet.png"))
    inches = [side / dots for side, dots in zip(saved.size, saved.info["dpi"], strict=True)]
    wanted = [side / 25.4 for side in prints.MILLIMETRES[paper]]
    assert np.allclose(inches, wanted, atol=0.02)
    assert prints.save_sheet(sheet, tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sheet.pdf", "sheet.png"]


def test_every_image_is_on_it_and_nothing_is_in_the_margin():
    white = np.full((24, 3, 16, 16), 0, dtype=np.uint8)
    sheet = np.asarray(prints.contact_sheet(white, columns=4, dpi=72).convert("L"))
    margin = round(prints.MARGIN * 72 / 25.4)
    edges = [sheet[:margin], sheet[-margin:], sheet[:, :margin], sheet[:, -margin:]]
    assert all((edge == 255).all() for edge in edges)
    dark = (sheet == 0).astype(int)
    assert (np.diff(dark[margin + 10]) == 1).sum() == 4  # four images in a row
    assert (np.diff(dark[:, dark.any(0).argmax() + 5]) == 1).sum() == 6  # rows


def test_sharp_keeps_the_networks_pixels_and_soft_does_not():
    checks = np.zeros((1, 1, 8, 8), dtype=np.uint8)
    checks[..., ::2] = 255
    sharp, soft = (
        prints.contact_sheet(checks, 1, dpi=72, smooth=smooth).crop((50, 50, 400, 400))
        for smooth in (False, True)
    )
    assert len(np.unique(np.asarray(sharp))) == 2 < len(np.unique(np.asarray(soft)))


def test_what_cannot_be_printed_is_refused_in_words(tmp_path):
    with pytest.raises(ValueError, match="smaller than 8 mm on A5"):
        prints.contact_sheet(IMAGES, columns=1, paper="A5")
    with pytest.raises(ValueError, match="choose from A5, A4, A3, letter"):
        prints.contact_sheet(IMAGES, paper="B7")
    with pytest.raises(ValueError, match=r"end in \.png or \.pdf"):
        prints.save_sheet(prints.contact_sheet(IMAGES, dpi=72), tmp_path / "sheet.bmp")
    with pytest.raises(ValueError, match=r"end in \.png or \.gif"):
        prints.loop(IMAGES, tmp_path / "loop.mp4")
    assert not list(tmp_path.iterdir())


def test_the_circle_is_closed_even_and_on_the_shell():
    walk = prints.circle(100, 12, seed=3)
    assert walk.shape == (12, 100)
    assert torch.allclose(walk.norm(dim=1), torch.full((12,), 10.0), atol=1e-4)
    steps = (walk - walk.roll(1, 0)).norm(dim=1)
    assert torch.allclose(steps, steps[0].expand(12), atol=1e-4)
    assert torch.equal(walk, prints.circle(100, 12, seed=3))
    assert not torch.equal(walk, prints.circle(100, 12, seed=4))


@pytest.mark.parametrize("name", ["loop.png", "loop.gif"])
def test_a_loop_has_all_frames_at_one_pace_and_never_ends(tmp_path, name):
    path = prints.loop(IMAGES[:8], tmp_path / name, seconds=2, width=64)
    film = Image.open(path)
    assert film.n_frames == 8 and film.info["loop"] == 0 and film.size == (64, 64)
    paces = set()
    for i in range(8):
        film.seek(i)
        paces.add(round(film.info["duration"]))
    assert paces == {250}


def test_a_card_shows_its_metadata_its_images_and_the_closest_pairs():
    closest = [(IMAGES[i], IMAGES[i + 1], 12.0 + i) for i in range(4)]
    card = prints.fact_card("Faces", IMAGES, {"licence": "mine", "steps": "4,000"}, closest)
    words = [text.get_text() for text in card.texts]
    for word in ("Faces", "licence", "mine", "4,000", "apart by 12", "apart by 15"):
        assert word in words
    assert len(card.axes) == 9 + 8
    plt.close(card)
