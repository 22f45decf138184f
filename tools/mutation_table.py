"""The places that tools/mutations.py breaks, one at a time, and the tests that should notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """One place to break: in `file`, the only `old` becomes `new`.

    tests: the test files, in tests/, that should notice it and are run before all others.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


LOSSES = ("test_losses.py", "test_training.py")
TRAINING = ("test_training.py",)
METRICS = ("test_metrics.py",)
REGISTRY = ("test_registry.py",)

MUTATIONS = (
    # ---- losses --------------------------------------------------------------------------------
    Mutation(
        "real and fake labels are swapped",
        "helpers/losses.py",
        """(real_logits, torch.ones_like(real_logits))
        fake = binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))""",
        """(real_logits, torch.zeros_like(real_logits))
        fake = binary_cross_entropy_with_logits(fake_logits, torch.ones_like(fake_logits))""",
        LOSSES,
    ),
    Mutation(
        "the generator is trained to be recognised",
        "helpers/losses.py",
        "return binary_cross_entropy_with_logits(fake_logits, torch.ones_like(fake_logits))",
        "return binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))",
        LOSSES,
    ),
    Mutation(
        "hinge without a margin",
        "helpers/losses.py",
        "relu(1 - real_logits).mean()",
        "relu(-real_logits).mean()",
        LOSSES,
    ),
    Mutation(
        "hinge rewards the generator for what D rejects",
        "helpers/losses.py",
        '''"""-D(G(z)), on logits."""
        return -fake_logits.mean()''',
        '''"""-D(G(z)), on logits."""
        return fake_logits.mean()''',
        LOSSES,
    ),
    Mutation(
        "labels are not passed on to the discriminator",
        "helpers/losses.py",
        "logits = D(images) if labels is None else D(images, labels)",
        "logits = D(images)",
        LOSSES,
    ),
    Mutation(
        "every objective is the first one",
        "helpers/losses.py",
        "return OBJECTIVES[name](r1, r2)",
        "return NonSaturating(r1, r2)",
        LOSSES,
    ),
    Mutation(
        "the saturating loss is turned round",
        "helpers/losses.py",
        "return -binary_cross_entropy_with_logits(fake_logits",
        "return binary_cross_entropy_with_logits(fake_logits",
        LOSSES,
    ),
    Mutation(
        "a critic's weights are not clipped",
        "helpers/losses.py",
        "weight.clamp_(-self.clip, self.clip)",
        "weight.clamp(-self.clip, self.clip)",
        LOSSES,
    ),
    Mutation(
        "the gradient penalty wants a slope of 0",
        "helpers/losses.py",
        "(slopes - 1).square()",
        "slopes.square()",
        LOSSES,
    ),
    Mutation(
        "R1 is taken at fakes",
        "helpers/losses.py",
        "((self.r1, real), (self.r2, fake))",
        "((self.r1, fake), (self.r2, real))",
        LOSSES,
    ),
    Mutation(
        "the relativistic pair is exchanged",
        "helpers/losses.py",
        "softplus(fake_logits - real_logits)",
        "softplus(real_logits - fake_logits)",
        LOSSES,
    ),
    Mutation(
        "penalties are computed in half precision",
        "helpers/losses.py",
        "with torch.autocast(images.device.type, enabled=False):",
        "if True:",
        LOSSES,
    ),
    # ---- one training step ---------------------------------------------------------------------
    Mutation(
        "no detach",
        "helpers/training/trainer.py",
        "(self.discriminator, real, fake.detach(), labels)",
        "(self.discriminator, real, fake, labels)",
        TRAINING,
    ),
    Mutation(
        "the generator never learns",
        "helpers/training/trainer.py",
        "self._update(self.generator, self.optim_g, loss_g)",
        "self.optim_g.zero_grad()",
        TRAINING,
    ),
    Mutation(
        "the EMA never moves",
        "helpers/training/trainer.py",
        "torch._foreach_lerp_(list(average), list(now), 1 - keep)",
        "torch._foreach_lerp_(list(average), list(now), 0.0)",
        TRAINING,
    ),
    Mutation(
        "samples come from the latest weights, not from the EMA",
        "helpers/training/trainer.py",
        "generate(self.ema_generator if ema else self.generator, latents",
        "generate(self.generator, latents",
        TRAINING,
    ),
    Mutation(
        "every image is mirrored",
        "helpers/training/trainer.py",
        "torch.rand(len(index), generator=self.random) < 0.5",
        "torch.rand(len(index), generator=self.random) < 1.5",
        TRAINING,
    ),
    Mutation(
        "images get the labels of others",
        "helpers/training/trainer.py",
        "else self.labels[mine]",
        "else self.labels[: len(mine)]",
        TRAINING,
    ),
    Mutation(
        "the learning rate never falls",
        "helpers/training/schedule.py",
        "return max(min(1.0, left / config.decay) if config.decay else 1.0, 0.01)",
        "return max(1.0, 0.01 * left)",
        TRAINING,
    ),
    # ---- augmentation --------------------------------------------------------------------------
    Mutation(
        "real images are not augmented, fakes are",
        "helpers/training/trainer.py",
        "real, fake = self.augment(real), self.augment(fake)",
        "fake = self.augment(fake)",
        TRAINING,
    ),
    Mutation(
        "fakes are not augmented, real images are",
        "helpers/training/trainer.py",
        "real, fake = self.augment(real), self.augment(fake)",
        "real = self.augment(real)",
        TRAINING,
    ),
    Mutation(
        "one translation for the whole batch",
        "helpers/augment.py",
        "torch.randint(-pixels, pixels + 1, (2, len(images), 1), generator=random)",
        "torch.randint(-pixels, pixels + 1, (2, 1, 1), generator=random).expand(2, len(images), 1)",
        ("test_augment.py", "test_training.py"),
    ),
    Mutation(
        "translation cuts the gradients",
        "helpers/augment.py",
        "return images.gather(3, columns",
        "return images.detach().gather(3, columns",
        ("test_augment.py", "test_training.py"),
    ),
    Mutation(
        "one colour change for the whole batch",
        "helpers/augment.py",
        "torch.rand(3, len(images), 1, 1, 1, generator=random)",
        "torch.rand(3, 1, 1, 1, 1, generator=random)",
        ("test_augment.py",),
    ),
    # ---- images and networks -------------------------------------------------------------------
    Mutation(
        "images are not normalised",
        "helpers/images.py",
        "return images.float().div(127.5).sub(1.0)",
        "return images.float()",
        ("test_images.py",),
    ),
    Mutation(
        "bytes are cut, not rounded",
        "helpers/images.py",
        ".mul(127.5).round()",
        ".mul(127.5)",
        ("test_images.py",),
    ),
    Mutation(
        "the generator ends without tanh",
        "helpers/models/dcgan.py",
        "self.doubling(widths[-1], channels), nn.Tanh()]",
        "self.doubling(widths[-1], channels), nn.Identity()]",
        ("test_models.py",),
    ),
    Mutation(
        "no batchnorm in the generator",
        "helpers/models/dcgan.py",
        "bias=False), nn.BatchNorm2d(narrow)]",
        "bias=False), nn.Identity()]",
        ("test_models.py",),
    ),
    Mutation(
        "the discriminator returns probabilities",
        "helpers/models/dcgan.py",
        "return self.layers(images).flatten()",
        "return self.layers(images).sigmoid().flatten()",
        ("test_models.py", "test_training.py"),
    ),
    Mutation(
        "samples are drawn in training mode",
        "helpers/models/generate.py",
        "    generator.eval()\n",
        "    generator.train()\n",
        ("test_registry.py", "test_training.py"),
    ),
    Mutation(
        "a loaded network forgets its arguments",
        "helpers/models/registry.py",
        "return cls(**arguments)",
        "return cls()",
        REGISTRY,
    ),
    Mutation(
        "a loaded network forgets its weights",
        "helpers/models/registry.py",
        "        network.load_state_dict(weights)\n",
        "        network.state_dict()\n",
        REGISTRY,
    ),
    Mutation(
        "a network's identity ignores its arguments",
        "helpers/models/registry.py",
        """return f"{name}({', '.join(f'{k}={v!r}' for k, v in arguments.items())})\"""",
        """return f"{name}()\"""",
        REGISTRY,
    ),
    # ---- runs and checkpoints ------------------------------------------------------------------
    Mutation(
        "a resumed run forgets its optimisers",
        "helpers/training/checkpoint.py",
        'STATEFUL = ("generator", "discriminator", "ema", "optim_g", "optim_d", "scaler")',
        'STATEFUL = ("generator", "discriminator", "ema", "scaler")',
        TRAINING,
    ),
    Mutation(
        "a resumed run draws other latents",
        "helpers/training/checkpoint.py",
        'trainer.random.set_state(state["random"])',
        'trainer.random.manual_seed(state["steps"])',
        TRAINING,
    ),
    Mutation(
        "a run goes on from its oldest checkpoint",
        "helpers/training/runs.py",
        "in reversed(checkpoints(folder)):",
        "in checkpoints(folder):",
        TRAINING,
    ),
    Mutation(
        "other images are taken for the same run",
        "helpers/training/runs.py",
        'if before["images"] != now["images"]:',
        'if before["images"] == "":',
        TRAINING,
    ),
    Mutation(
        "all processes train on the same shard",
        "helpers/training/distributed.py",
        "items[self.rank :: self.world_size]",
        "items[:: self.world_size]",
        ("test_distributed.py",),
    ),
    Mutation(
        "the seed is forgotten",
        "helpers/environment/seeds.py",
        "    torch.manual_seed(seed)\n",
        "    torch.seed()\n",
        ("test_environment.py",),
    ),
    # ---- data ----------------------------------------------------------------------------------
    Mutation(
        "all paintings are grey",
        "helpers/data/reading.py",
        'return picture if picture.mode == "RGB" else picture.convert("RGB")',
        'return picture.convert("L").convert("RGB")',
        ("test_reading.py",),
    ),
    Mutation(
        "the crop is not in the middle",
        "helpers/data/reading.py",
        "left, top = (width - side) / 2, (height - side) / 2",
        "left, top = width - side, height - side",
        ("test_reading.py",),
    ),
    Mutation(
        "painters are mislabelled",
        "helpers/data/image_set.py",
        "labels += [len(kept)] * len(mine)",
        "labels += [i % len(artists) for i in range(len(mine))]",
        ("test_image_set.py",),
    ),
    Mutation(
        "a grey folder becomes a coloured one",
        "helpers/data/image_set.py",
        "cache, channels = grey, 1",
        "cache, channels = cache, 3",
        ("test_image_set.py",),
    ),
    Mutation(
        "digits are mirrored in training",
        "helpers/data/classics.py",
        '        mirror=False,\n    ),\n    "fashion',
        '        mirror=True,\n    ),\n    "fashion',
        ("test_classics.py",),
    ),
    Mutation(
        "hundreds and ones of stacked digits are exchanged",
        "helpers/data/classics.py",
        "np.array([100, 10, 1])",
        "np.array([1, 10, 100])",
        ("test_classics.py",),
    ),
    # ---- evaluation ----------------------------------------------------------------------------
    Mutation(
        "the classifier has seen what was held out",
        "helpers/evaluation/classifiers.py",
        "kept = np.setdiff1d(np.arange(len(labels)), held)",
        "kept = np.arange(len(labels))",
        ("test_classifiers.py",),
    ),
    Mutation(
        "the Fréchet distance looks at one side only",
        "helpers/evaluation/metrics.py",
        "for each in (real, fake)]",
        "for each in (real, real)]",
        METRICS,
    ),
    Mutation(
        "FD for N without end is the slope of the line, not its end",
        "helpers/evaluation/metrics.py",
        "np.polyfit(1 / counts, found, 1)[1]",
        "np.polyfit(1 / counts, found, 1)[0]",
        METRICS,
    ),
    Mutation(
        "KID looks at one side only",
        "helpers/evaluation/metrics.py",
        "torch.as_tensor(real),\n        torch.as_tensor(fake),",
        "torch.as_tensor(real),\n        torch.as_tensor(real),",
        METRICS,
    ),
    Mutation(
        "precision and recall are exchanged",
        "helpers/evaluation/metrics.py",
        "compute_prdc(real, fake, nearest_k",
        "compute_prdc(fake, real, nearest_k",
        METRICS,
    ),
    Mutation(
        "copies are looked for unmirrored",
        "helpers/evaluation/copies.py",
        "for view in (some, some.flip(3)):",
        "for view in (some, some):",
        METRICS,
    ),
    Mutation(
        "mirrored copies are looked for upside down",
        "helpers/evaluation/metrics.py",
        "(part, part.flip(3))",
        "(part, part.flip(2))",
        METRICS,
    ),
    # ---- prints --------------------------------------------------------------------------------
    Mutation(
        "a print is larger than its paper",
        "helpers/plotting/prints.py",
        "dot = dpi / 25.4",
        "dot = dpi / 25",
        ("test_prints.py",),
    ),
    Mutation(
        "the loop has a seam",
        "helpers/plotting/prints.py",
        "(2 * math.pi / steps)",
        "(math.pi / steps)",
        ("test_prints.py",),
    ),
    # ---- pictures, files, checks ---------------------------------------------------------------
    Mutation(
        "the gallery blurs what it hangs",
        "helpers/plotting/gallery_wall.py",
        "picture.resize((inner, inner), LANCZOS)",
        "picture.resize((inner, inner), LANCZOS).filter(ImageFilter.GaussianBlur(1))",
        ("test_plotting.py",),
    ),
    Mutation(
        "a folder that wraps another is taken for a class",
        "helpers/data/folders.py",
        "        folder = inside[0]\n",
        "        return folder\n",
        ("test_folders.py",),
    ),
    Mutation(
        "all processes translate their images alike",
        "helpers/training/distributed.py",
        "manual_seed(shared + self.rank)",
        "manual_seed(shared)",
        ("test_distributed.py",),
    ),
    Mutation(
        "a forgotten return is taken for an unanswered exercise",
        "helpers/checks/exercise.py",
        "if not is_stub(answer):",
        "if False:",
        ("test_checks.py",),
    ),
    Mutation(
        "an embedded colour profile is ignored",
        "helpers/data/reading.py",
        "picture = _to_rgb(_in_srgb(_upright(file)))",
        "picture = _to_rgb(_upright(file))",
        ("test_reading.py",),
    ),
    Mutation(
        "a change that makes scores higher is called better",
        "helpers/evaluation/ablation.py",
        "if self.high < 0:",
        "if self.low > 0:",
        ("test_ablation.py",),
    ),
    Mutation(
        "an older entry of the leaderboard is lost",
        "helpers/evaluation/ablation.py",
        "lines = [*self.lines(), dict(",
        "lines = [dict(",
        ("test_ablation.py",),
    ),
    # ---- translation and flow ------------------------------------------------------------------
    Mutation(
        "the translators want to be seen through",
        "helpers/training/translating.py",
        "adversarial = (self.d_b(fake_b) - 1).square().mean()",
        "adversarial = self.d_b(fake_b).square().mean()",
        ("test_translation.py",),
    ),
    Mutation(
        "the image buffer gives back only the newest",
        "helpers/training/translating.py",
        "image, self.kept[place] = self.kept[place], image",
        "self.kept[place] = image",
        ("test_translation.py",),
    ),
    Mutation(
        "the cycle loss is not blurred",
        "helpers/training/translating.py",
        "avg_pool2d(found.float(), self.blur), avg_pool2d(wanted, self.blur)",
        "found.float(), wanted",
        ("test_translation.py",),
    ),
    Mutation(
        "the flow goes back to the noise",
        "helpers/models/flow.py",
        "(network(between, t) - (images - noise))",
        "(network(between, t) - (noise - images))",
        ("test_flow.py",),
    ),
    Mutation(
        "the flow is asked for the end of each step",
        "helpers/models/flow.py",
        "torch.full((len(images),), i / steps",
        "torch.full((len(images),), (i + 1) / steps",
        ("test_flow.py",),
    ),
)
