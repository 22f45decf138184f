"""Networks on disk: one comes back from its file alone, and a bad file is a sentence."""

import os
from pathlib import Path

import pytest
import torch
from torch import nn

from helpers import models
from helpers.models import Discriminator, Generator, generate

Z = torch.randn(6, 5, generator=torch.Generator().manual_seed(0))


def generator():
    torch.manual_seed(0)
    network = Generator(8, latent=5, filters=4)
    network(torch.randn(32, 5))  # BatchNorm's running statistics leave their initial values
    return network


def test_a_generator_paints_the_same_pictures_from_its_file_alone(tmp_path):
    network = generator()
    models.save(network, tmp_path / "generator.pt")
    again = models.load(tmp_path / "generator.pt")
    assert not again.training
    assert torch.equal(generate(again, Z), generate(network, Z))


def test_a_discriminator_gives_the_same_logits_from_its_file_alone(tmp_path):
    network, images = Discriminator(8, filters=4).eval(), torch.rand(3, 3, 8, 8)
    models.save(network, tmp_path / "discriminator.pt")
    assert torch.equal(models.load(str(tmp_path / "discriminator.pt"))(images), network(images))


def test_a_class_of_ones_own_is_registered_in_one_line(tmp_path):
    @models.register
    class Tiny(nn.Module):
        def __init__(self, latent: int = 5, widths: tuple = (4, 3)) -> None:
            super().__init__()
            self.latent, self.layer = latent, nn.Linear(latent, 3 * widths[0])

        def forward(self, z):
            return self.layer(z).tanh().reshape(len(z), 3, 2, -1)

    network = Tiny(widths=(8, 1))
    models.save(network, tmp_path / "generator.pt")
    again = models.load(tmp_path / "generator.pt")
    assert again.arguments == {"latent": 5, "widths": [8, 1]}
    assert torch.equal(generate(again, Z), generate(network, Z))
    assert models.identity(network) == "Tiny(latent=5, widths=[8, 1])"
    with pytest.raises(TypeError, match=r"Tiny\(latent=\.\.\.\) is a Tensor: a registered network"):
        Tiny(torch.tensor(5))


def test_an_unregistered_network_is_named_with_what_to_do(tmp_path):
    network = nn.Sequential(nn.Linear(5, 48), nn.Unflatten(1, (3, 4, 4)), nn.Tanh())
    models.save(network, tmp_path / "generator.pt")
    with pytest.raises(ValueError, match=r"holds a Sequential.*write @register above its class"):
        models.load(tmp_path / "generator.pt")
    empty = nn.Sequential(nn.Linear(5, 48), nn.Unflatten(1, (3, 4, 4)), nn.Tanh())
    assert torch.equal(
        generate(models.load(tmp_path / "generator.pt", empty), Z), generate(network, Z)
    )


def test_other_widths_are_another_identity_registered_or_not():
    def plain(width):
        network = nn.Linear(1, 1)
        network.weight = nn.Parameter(torch.zeros(width, 1))  # a width that repr does not show
        return network

    assert models.identity(Generator(8, filters=4)) != models.identity(Generator(8, filters=5))
    assert models.identity(plain(2)) != models.identity(plain(3))
    assert models.identity(plain(2)) == models.identity(plain(2))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"class": "Unknown"}, r"holds a Unknown, which is not registered.*Registered are: .*Gen"),
        ({"arguments": {"size": 7}}, r"cannot be built: Generator\(\.\.\.\) does not take"),
        ({"arguments": {"colour": 1}}, r"cannot be built"),
        ({"arguments": {"size": 16, "latent": 5, "filters": 4}}, "another shape"),
    ],
)
def test_an_unknown_or_misshapen_file_is_a_sentence(tmp_path, change, said):
    models.save(generator(), tmp_path / "generator.pt")
    saved = torch.load(tmp_path / "generator.pt", weights_only=True)
    torch.save(saved | change, tmp_path / "generator.pt")
    with pytest.raises(ValueError, match=said):
        models.load(tmp_path / "generator.pt")


def test_a_file_of_the_first_edition_is_still_read(tmp_path):
    network = generator()
    config = {"size": 8, "filters": 4, "channels": 3, "latent": 5, "batch": 32, "ema": 0.999}
    saved = {"class": "Generator", "config": config, "weights": network.state_dict()}
    torch.save(saved, tmp_path / "generator.pt")
    assert torch.equal(generate(models.load(tmp_path / "generator.pt"), Z), generate(network, Z))


def test_a_network_of_another_shape_is_refused_in_words(tmp_path):
    models.save(generator(), tmp_path / "generator.pt")
    with pytest.raises(ValueError, match=r"generator\.pt.*another shape"):
        models.load(tmp_path / "generator.pt", Generator(16, latent=5, filters=4))


def test_a_missing_file_says_train_first(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no generator\.pt in .*: train first"):
        models.load(tmp_path / "generator.pt")


class Trap:
    """What a harmful pickle looks like: loading it would run a command."""

    def __reduce__(self):
        return (os.mkdir, ("trapped",))


@pytest.mark.parametrize("damage", ["half", "text", "empty", "trap"])
def test_a_damaged_file_is_named(tmp_path, monkeypatch, damage):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "generator.pt"
    models.save(generator(), path)
    whole = path.read_bytes()
    if damage == "trap":
        torch.save({"class": "Generator", "arguments": {}, "weights": Trap()}, path)
    else:
        content = {"half": whole[: len(whole) // 2], "text": b"hello", "empty": b""}
        path.write_bytes(content[damage])
    with pytest.raises(ValueError, match=r"generator\.pt is damaged or was not written by this"):
        models.load(path)
    assert not Path("trapped").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"weights": torch.zeros(3)}, "is not a network that this course saved"),
        ([1, 2], "is not a network that this course saved"),
        ({"class": "Generator", "config": [1], "weights": {}}, "is not a network that this course"),
        ({"class": ["x"], "arguments": {}, "weights": {}}, "is not a network that this course"),
        ({"class": "Generator", "config": {}, "weights": {}}, "of another shape"),
        ({"format": 4, "steps": 20}, "is a checkpoint, from which a training goes on"),
    ],
)
def test_another_file_of_torch_is_named_for_what_it_is(tmp_path, content, said):
    torch.save(content, tmp_path / "x.pt")
    with pytest.raises(ValueError, match=said):
        models.load(tmp_path / "x.pt")


def test_only_a_generator_is_taken_for_one(tmp_path):
    models.save(models.Discriminator(16, filters=4), tmp_path / "discriminator.pt")
    with pytest.raises(ValueError, match=r"discriminator.pt holds a Discriminator, and only a gen"):
        models.load_generator(tmp_path / "discriminator.pt")
    models.save(generator(), tmp_path / "generator.pt")
    assert type(models.load_generator(tmp_path / "generator.pt")).__name__ == "Generator"
