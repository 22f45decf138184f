"""Enlarging: the network, the discriminator of patches, the training, the shipped one's command."""

import importlib
import json
import os
import signal

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from helpers.commands import enlarger, pretrain
from helpers.images import to_signed
from helpers.models import PatchDiscriminator, SuperResolver, enlarge, load, pretrained, save
from helpers.training import enlarging
from helpers.training.enlarging import EnlargerTraining, degraded, shrunk


def stripes(n=6, size=96):
    """Paintings with sharp stripes, each at an angle of its own."""
    y, x = np.mgrid[:size, :size]
    waves = [np.sign(np.sin((x * np.cos(a) + y * np.sin(a)) / 4)) for a in np.linspace(0, 3, n)]
    images = np.stack([np.stack([wave, wave * 0.5, -wave]) for wave in waves])
    return ((images + 1) * 127.5).round().astype(np.uint8)


def training(**changes):
    given = {"large": stripes(), "steps": 40, "l1_steps": 20, "batch": 4} | changes
    return EnlargerTraining(**given)


def test_untrained_it_is_the_bilinear_enlargement_of_any_size():
    network = SuperResolver(filters=8, blocks=1)
    images = torch.rand(2, 3, 10, 7) * 2 - 1
    wanted = interpolate(images, scale_factor=4, mode="bilinear")
    assert torch.allclose(network(images), wanted)
    assert network(images).shape == (2, 3, 40, 28)


def test_noise_changes_the_details_and_the_same_noise_does_not():
    network = SuperResolver(filters=8, blocks=1)
    torch.nn.init.normal_(network.to_image.weight)
    images, noise = torch.zeros(1, 3, 8, 8), torch.randn(1, 2, 8, 8)
    assert torch.equal(network(images, noise), network(images, noise))
    assert not torch.allclose(network(images), network(images))


def test_the_discriminator_has_a_logit_for_each_patch_and_looks_at_both_images():
    discriminator = PatchDiscriminator(filters=4).eval()  # else each call refines the norm
    large, small = torch.randn(2, 3, 32, 32), torch.randn(2, 3, 8, 8)
    logits = discriminator(large, small)
    assert logits.shape == (2, 1, 8, 8)
    assert not torch.allclose(logits, discriminator(large, torch.zeros_like(small)))
    changed = large.clone()
    changed[:, :, :4, :4] = 0
    differs = (discriminator(changed, small) - logits).abs().amax((0, 1)) > 1e-7
    assert differs[0, 0] and not differs[5:, 5:].any(), "a logit sees a part of the image only"


def test_enlarging_repeats_with_a_seed_keeps_grey_grey_and_restores_the_mode():
    network = SuperResolver(filters=8, blocks=1).train()
    torch.nn.init.normal_(network.to_image.weight, std=0.1)
    images = torch.randint(0, 256, (3, 3, 8, 8), dtype=torch.uint8)
    large = enlarge(network, images, seed=1, batch=2)
    assert large.dtype == torch.uint8 and large.shape == (3, 3, 32, 32) and network.training
    assert torch.equal(large, enlarge(network, images, seed=1, batch=2))
    assert not torch.equal(large, enlarge(network, images, seed=2, batch=2))
    assert enlarge(network, images[:, :1]).shape == (3, 1, 32, 32)
    assert enlarge(SuperResolver(1, filters=8, blocks=1), images[:, :1]).shape == (3, 1, 32, 32)
    with pytest.raises(ValueError, match=r"uint8 \[N, C, H, W\], not torch.float32 \[8, 8\]"):
        enlarge(network, torch.zeros(8, 8))


def test_patches_are_pairs_and_degraded_ones_are_blurred_and_noisy():
    one = training()
    large, small = one.patches()
    assert large.shape == (4, 3, 64, 64) and small.shape == (4, 3, 16, 16)
    assert (shrunk(large) - small).abs().mean() < 0.3
    flat = torch.zeros(50, 3, 16, 16)
    random = torch.Generator().manual_seed(0)
    noise = degraded(flat, random).std((1, 2, 3))
    assert noise.min() < 0.02 and 0.06 < noise.max() < 0.09
    assert degraded(torch.ones(9, 3, 16, 16), random).max() <= 1


def test_it_learns_what_bilinear_enlargement_cannot():
    one = training(steps=150, l1_steps=150, learning_rate=2e-3)
    torch.manual_seed(0)
    small = shrunk(to_signed(torch.as_tensor(one.large)))
    large = to_signed(torch.as_tensor(one.large))
    before = (one.network(small) - large).abs().mean()
    one.fit()
    after = (one.network(small) - large).abs().mean()
    assert after < 0.8 * before, f"{before:.3f} -> {after:.3f}"


def test_a_training_that_was_interrupted_ends_with_the_same_bits(tmp_path):
    whole = training()
    whole.fit()
    file = tmp_path / "run" / "state.pt"
    training(file=file).fit(minutes=0)
    assert training(file=file).done == 1
    again = training(file=file)
    again.fit()
    assert again.done == 40 and again.history
    for one, other in zip(whole.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(one, other)
    for name, value in (("steps", 50), ("l1_steps", 5), ("adversarial", 1.0), ("seed", 1)):
        with pytest.raises(ValueError, match=f"a training with {name}="):
            training(file=file, **{name: value})
    with pytest.raises(ValueError, match="a training with images="):
        training(file=file, large=stripes()[::-1].copy())


def test_an_interrupt_waits_for_the_end_of_the_step(tmp_path, monkeypatch):
    file = tmp_path / "state.pt"
    one, whole = training(file=file), training()
    update = one._update

    def interrupted(which, loss):
        update(which, loss)
        if one.done == 25 and which == 1:  # D is updated, G is not yet
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(one, "_update", interrupted)
    one.fit()
    assert one.done == 26
    again = training(file=file)
    again.fit()
    whole.fit()
    for left, right in zip(whole.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(left, right)


def test_the_precision_of_the_first_part_is_kept(tmp_path):
    file = tmp_path / "state.pt"
    one = training(file=file)
    one.dtype = torch.bfloat16
    one.save()
    assert training(file=file).dtype is torch.bfloat16
    one.dtype = None
    one.save()
    assert training(file=file).dtype is None


def test_the_discriminator_joins_after_the_l1_steps():
    one = training()
    before = [weight.clone() for weight in one.discriminator.parameters()]
    for _ in range(20):
        assert "loss_d" not in one.step()
    assert all(
        torch.equal(old, new)
        for old, new in zip(before, one.discriminator.parameters(), strict=True)
    )
    assert one.step()["loss_d"] > 0
    assert not all(
        torch.equal(old, new)
        for old, new in zip(before, one.discriminator.parameters(), strict=True)
    )


def test_the_command_trains_packs_and_scores_one(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ATELIER_DATA", str(tmp_path))
    small = enlarger.EnlargerRecipe(steps=4, l1_steps=2, works=20, size=96)
    monkeypatch.setitem(pretrain.RECIPES, "tiny-4x", small)
    monkeypatch.setattr(enlarging, "PATCH", 8)
    for module in (enlarger, importlib.import_module("helpers.models.pretrained")):
        monkeypatch.setattr(module, "FOLDER", tmp_path / "generators")
    assert pretrain.main(["pack", "tiny-4x"]) == 1
    assert "step 0 of 4: first finish it" in capsys.readouterr().err
    assert pretrain.main(["train", "tiny-4x"]) == 0
    scores = enlarger.EnlargerRecipe.scores
    monkeypatch.setattr(
        enlarger.EnlargerRecipe, "scores", lambda self, network: scores(self, network, n=10)
    )

    def interrupted(self, network):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises((KeyboardInterrupt, SystemExit)):
        patched.setattr(enlarger.EnlargerRecipe, "scores", interrupted)
        enlarger.EnlargerRecipe.pack(small, "tiny-4x")
    assert not (tmp_path / "generators").exists(), "nothing is shipped without its scores"
    with pytest.warns(UserWarning, match="2,048"):
        assert pretrain.main(["pack", "tiny-4x"]) == 0
    about = json.loads((tmp_path / "generators/tiny-4x.json").read_text())
    assert about["steps"] == 4 and about["scores"]["Lanczos"]["PSNR"] > 10
    assert pretrained("tiny-4x").names == ()


def test_psnr_of_known_differences():
    true = torch.full((2, 3, 8, 8), 100, dtype=torch.uint8)
    assert abs(enlarger.psnr(true + 16, true) - 20 * np.log10(255 / 16)) < 1e-4


def test_five_crops_are_corners_and_middle():
    images = torch.arange(100 * 100).reshape(1, 1, 100, 100)
    found = enlarger.crops(images)
    assert found.shape == (5, 1, 96, 96)
    assert found[:, 0, 0, 0].tolist() == [0, 4, 400, 404, 202]


def test_it_is_saved_with_its_arguments(tmp_path):
    network = SuperResolver(filters=8, blocks=2)
    save(network, tmp_path / "network.pt", half=True)
    assert load(tmp_path / "network.pt").arguments["blocks"] == 2
