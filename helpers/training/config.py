"""All settings of a training, and the recipes: the only place where a setting is set."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Config:
    """All it takes to repeat a run, given the same images.

    size: height and width in pixels. channels: 1 for grey, 3 for colour.
    latent: numbers in a latent vector. filters: channels of the generator's last hidden layer and
    of the discriminator's first; they double as the maps shrink.
    batch: images per step, of all processes together. steps: how long the run is meant to be.
    objective: the two losses, by their name in losses.py. r1, r2: the weights of the gradient
    penalties at real and at fake images, which can be added to each; 0 leaves them out.
    norm: what D's hidden layers are normalised by: "batch", "spectral" or "none". Penalties on the
    gradient of single images need one of the last two.
    learning_rate, beta1, beta2: Adam's, for both networks. learning_rate_d: D's own learning rate,
    if it is to differ from G's; 0 means the same.
    decay: the last share of the run, over which the learning rate falls to nothing in a line.
    ema: share of the EMA generator's weights kept at each step (0 switches the EMA off).
    flip: show each image mirrored half of the time.
    translation: the discriminator sees each image, real and fake, moved by up to so many pixels.
    colour: and in other brightness, saturation and contrast; 1 is strong.
    cutout: and with a grey square in it, so much of the image wide.
    network: the generator, "dcgan" or "style"; with labels both are conditional.
    """

    size: int = 32
    channels: int = 3
    latent: int = 100
    filters: int = 32
    batch: int = 32
    steps: int = 10_000
    objective: str = "bce"
    r1: float = 0.0
    r2: float = 0.0
    norm: str = "batch"
    learning_rate: float = 2e-3
    learning_rate_d: float = 0.0
    beta1: float = 0.5
    beta2: float = 0.999
    decay: float = 0.5
    ema: float = 0.999
    flip: bool = True
    translation: int = 0
    colour: float = 0.0
    cutout: float = 0.0
    seed: int = 0
    network: str = "dcgan"

    @property
    def rates(self) -> tuple[float, float]:
        """The learning rates of G and of D."""
        return self.learning_rate, self.learning_rate_d or self.learning_rate


RECIPES = {
    # what the search in benchmarks/README.md found best on two cores
    "laptop": Config(),
    # wider networks, 64 pixels and under an hour on a T4
    "t4": Config(filters=64, batch=64, steps=30_000, learning_rate=5e-4),
    # the laptop's recipe in a quarter of its steps, for the notebooks under test
    "quick": Config(steps=2_500),
    # for sets of a few hundred images or fewer; strengths of Zhao et al. 2020
    "few": Config(translation=4, colour=1.0, cutout=0.5),
    # Radford et al. 2016, section 4, and the PyTorch tutorial that follows it
    "tutorial": Config(filters=64, batch=128, learning_rate=2e-4, decay=0, ema=0, flip=False),
}

# what a conditional training changes in a recipe, so that the pictures of a label differ: with the
# recipe itself they soon are nearly the same (notebook 12, benchmarks/README.md)
CONDITIONAL: dict[str, float | str] = {
    "objective": "relativistic",
    "r1": 0.2,
    "r2": 0.2,
    "norm": "none",
    "beta2": 0.99,
}

# what a style-based generator changes: with the recipe itself it stays behind a DCGAN in the same
# minutes. Its weights are scaled where they are used, so a step of Adam moves them less, and G
# learns faster than D (notebook 13, benchmarks/README.md)
STYLE: dict[str, float | str] = {
    "network": "style",
    "r1": 0.1,
    "norm": "none",
    "learning_rate": 1e-2,
    "learning_rate_d": 2e-3,
    "beta1": 0.0,
    "beta2": 0.99,
}


def recipe(name: str, size: int = 32, channels: int = 3, **changes: float | bool | str) -> Config:
    """The settings of a recipe at this size, with `changes` by name.

    The translation grows with the size. Raises ValueError with the names there are.
    """
    if name not in RECIPES:
        raise ValueError(f"There is no recipe {name!r}; choose from {', '.join(RECIPES)}.")
    config = RECIPES[name]
    translation = config.translation * size // 32  # as far as at 32 pixels, seen from the image
    config = replace(config, size=size, channels=channels, translation=translation)
    return replace(config, **changes)


def recipe_for_size(config: Config, images: int) -> tuple[Config, str]:
    """The settings with more augmentation where a set is small, and what to expect of it.

    images: how many there are to learn from. The advice is empty for a set that needs none.
    The limits are meant for long runs; in one of minutes the changes cost more than they bring
    (measured in benchmarks/README.md).
    """
    far = config.size // 8
    if images >= 2000:
        return config, ""
    if images >= 500:
        return replace(config, translation=far), (
            f"{images:,} images are not many: the discriminator sees them translated by up to "
            f"{far} pixels, or it would memorise them. Expect their colours and layout, and few "
            "details."
        )
    few = RECIPES["few"]
    changed = replace(config, translation=far, colour=few.colour, cutout=few.cutout)
    expect = "Expect their colours, and variations of single works."
    if images < 50:
        expect = "Expect images close to these; for new ones more images are needed."
    return changed, (
        f"{images:,} images are few: the discriminator sees them translated, recoloured and with "
        f"a part hidden. {expect} Test the run for memorisation."
    )
