"""All settings of a training, and the recipes that this course compares."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Config:
    """All it takes to repeat a run, given the same pictures.

    size: height and width in pixels. channels: 1 for grey, 3 for colour.
    latent: numbers in a latent vector. filters: channels of the widest feature map's layer.
    batch: pictures per step, of all processes together. steps: how long the run is meant to be.
    learning_rate, beta1, beta2: Adam's, for both networks.
    decay: the last share of the run, over which the learning rate falls to nothing in a line.
    ema: share of the averaged generator kept at each step (0 switches the average off).
    flip: show each picture mirrored half of the time.
    shift: the discriminator sees every picture, real and fake, moved by up to so many pixels.
    colour: and in other brightness, saturation and contrast; 1 is strong.
    cutout: and with a grey square in it, so much of the picture wide.
    """

    size: int = 32
    channels: int = 3
    latent: int = 100
    filters: int = 32
    batch: int = 32
    steps: int = 5000
    learning_rate: float = 2e-3
    beta1: float = 0.5
    beta2: float = 0.999
    decay: float = 0.5
    ema: float = 0.999
    flip: bool = True
    shift: int = 0
    colour: float = 0.0
    cutout: float = 0.0
    seed: int = 0


def recipe(name: str = "atelier", size: int = 32, channels: int = 3) -> Config:
    """The settings of a recipe at this size. Raises ValueError with the names there are."""
    if name not in RECIPES:
        raise ValueError(f"There is no recipe {name!r}; choose from {', '.join(RECIPES)}.")
    config = RECIPES[name]
    shift = config.shift * size // 32  # as far as at 32 pixels, seen from the picture
    return replace(config, size=size, channels=channels, shift=shift)


def suited(config: Config, pictures: int) -> tuple[Config, str]:
    """The settings with more augmentation where a set is small, and what to expect of it.

    pictures: how many there are to learn from. The advice is empty for a set that needs none.
    The limits are meant for long runs; in one of minutes the changes cost more than they bring
    (measured in benchmarks/README.md).
    """
    far = config.size // 8
    if pictures >= 2000:
        return config, ""
    if pictures >= 500:
        return replace(config, shift=far), (
            f"{pictures:,} pictures are not many: the discriminator sees them moved by up to {far} "
            "pixels, or it would know them by heart. Expect their colours and layout, and few "
            "details."
        )
    few = RECIPES["few"]
    changed = replace(config, shift=far, colour=few.colour, cutout=few.cutout)
    expect = "Expect their mood, and variations on single works."
    if pictures < 50:
        expect = "Expect blurred repetitions of these very pictures; new ones need more to go by."
    return changed, (
        f"{pictures:,} pictures are few: the discriminator sees them moved, recoloured and with "
        f"a part hidden. {expect} Have the run tested for memorisation."
    )


RECIPES = {
    # what the search in benchmarks/README.md found best on two cores
    "atelier": Config(),
    # for sets of a few hundred pictures or fewer; strengths of Zhao et al. 2020
    "few": Config(shift=4, colour=1.0, cutout=0.5),
    # Radford et al. 2016, section 4, and the PyTorch tutorial that follows it
    "tutorial": Config(
        filters=64, batch=128, learning_rate=2e-4, decay=0, ema=0, flip=False, shift=0
    ),
}
