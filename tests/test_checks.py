"""Every exercise's check: a stub is no failure, a right answer passes, a wrong one is explained."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d, softplus
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from helpers import checks
from helpers.models import Discriminator, Generator, generate


def latents_of(seeds):
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    return torch.stack([torch.randn(100, generator=generator) for generator in generators])


def weights_per_painter(labels):
    return np.bincount(labels) / len(labels)


def balanced(labels):
    counts = np.bincount(labels)
    return 1 / (counts[labels] * np.count_nonzero(counts))


def flip_each(batch):
    mirrored = torch.rand(len(batch)) < 0.5
    return torch.where(mirrored[:, None, None, None], batch.flip(3), batch)


def great_arc(a, b, t):
    angle = torch.arccos((a @ b) / (a.norm() * b.norm()))
    return (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)


def slopes(D, images, create_graph=True):
    images = images.clone().requires_grad_(True)
    (gradients,) = torch.autograd.grad(D(images).sum(), images, create_graph=create_graph)
    return gradients.square().sum((1, 2, 3)).sqrt()


def between(D, real, fake, share, create_graph=True):
    return slopes(D, share * real + (1 - share) * fake, create_graph)


def styled(maps, scale, shift):
    mean, std = maps.mean((2, 3), keepdim=True), maps.std((2, 3), correction=0, keepdim=True)
    return (maps - mean) / (std + 1e-5) * (1 + scale[:, :, None, None]) + shift[:, :, None, None]


def demodulated_kernels(weight, style):
    kernels = weight[None] * style[:, None, :, None, None]
    return kernels / kernels.square().sum((2, 3, 4), keepdim=True).sqrt()


def by_layer(a, b, crossover, layers):
    parts = [a[:, None].expand(-1, crossover, -1), b[:, None].expand(-1, layers - crossover, -1)]
    return torch.cat(parts, 1)


def moved_inside(photo, row, column, side):
    height, width = photo.shape[1:]
    top = max(0, min(row - side // 2, height - side))
    left = max(0, min(column - side // 2, width - side))
    return photo[:, top : top + side, left : left + side]


def nearest_by(target, candidates, cells):
    seen = adaptive_avg_pool2d(candidates, cells) - adaptive_avg_pool2d(target[None], cells)
    return seen.square().sum((1, 2, 3)).argsort()


def pairs_of(space, n, random, one=False):
    z = torch.randn(n, space.latent, generator=random)
    labels = torch.randint(space.classes, (n,), generator=random)
    points = space.points(z, 0 * labels if one else labels)
    with torch.no_grad():
        return space.paint(points), points


def luma(images):
    weights = torch.tensor([0.299, 0.587, 0.114])
    return (images * weights[:, None, None]).sum(1, keepdim=True)


def heun(network, x, t, h):
    """Heun's step, and two near misses."""
    v = network(x, torch.full((len(x),), t))
    w = network(x + h * v, torch.full((len(x),), t + h))
    return x + h * (v + w) / 2, x + h * v + h * (v + w) / 2, x + h * w


def over(network, image, noise, t0, steps, length=None):
    """A picture painted over; length: of all steps together."""
    x, h = (1 - t0) * noise + t0 * image, (1 - t0 if length is None else length) / steps
    for i in range(steps):
        x = x + h * network(x, torch.full((len(x),), t0 + i * h))
    return x


def inside(maps, mask):
    flat = (maps * mask).flatten(2)
    return flat @ flat.transpose(1, 2)


def balanced_draw(labels, n, random):
    drawn = []
    for label in torch.randint(int(labels.max()) + 1, (n,), generator=random):
        theirs = (labels == label).nonzero().flatten()
        drawn.append(theirs[torch.randint(len(theirs), (1,), generator=random)])
    return torch.cat(drawn)


def normalised_at_the_end():
    network = Generator(64)
    network.layers.insert(len(network.layers) - 1, nn.BatchNorm2d(3))
    return network


def without_tanh():
    network = Generator(64)
    network.layers[-1] = nn.Identity()
    with torch.no_grad():
        network.layers[-2].weight.mul_(10)
    return network


def softened(real, fake, smooth, other=0.0):
    real_labels = torch.full_like(real, 1 - smooth)
    return bce(real, real_labels) + bce(fake, torch.full_like(fake, other))


def box(width, height):
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side


def seen(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
    return field


def moving_average(values, keep):
    mean = values[0]
    for value in values[1:]:
        mean = keep * mean + (1 - keep) * value
    return mean


def pairwise(images, dtype=float):
    n = len(images)
    pairs = [(i, j) for i in range(n) for j in range(i)]
    return np.mean(
        [np.sqrt(np.mean((images[i].astype(dtype) - images[j]) ** 2.0)) for i, j in pairs]
    )


def renamed(path, parts):
    part = path.with_name("part")
    part.write_bytes(b"".join(parts))
    return part.replace(path)


def in_place(path, parts, returned=True):
    with path.open("wb") as file:
        for part in parts:
            file.write(part)
    return path if returned else "done"


def copied(path, parts):
    path.with_name("part").write_bytes(b"".join(parts))
    path.write_bytes(path.with_name("part").read_bytes())
    return path


def weighted(gradients, sizes):
    return sum(g * size for g, size in zip(gradients, sizes, strict=True)) / sum(sizes)


def circle(a, b, angles):
    return angles.cos()[:, None] * a + angles.sin()[:, None] * b


# check: (a right answer, [(a wrong answer, a word of the help it gets), ...])
ANSWERS = {
    "top_share": (
        lambda counts, k: sum(sorted(counts)[-k:]) / sum(counts),
        [
            (lambda counts, k: sum(sorted(counts)[-k:]), "divide by the sum"),
            (lambda counts, k: sum(counts[:k]) / sum(counts), "Sort the counts"),
            (lambda counts, k: sum(sorted(counts)[:k]) / sum(counts), "two largest counts"),
        ],
    ),
    "brightness": (
        lambda images: np.tensordot(images, [0.299, 0.587, 0.114], axes=(1, 0)).mean((1, 2)),
        [
            (lambda images: images.mean((1, 2, 3)), "people do not"),
            (lambda images: images.mean(), "One number per image"),
        ],
    ),
    "balanced_weights": (
        balanced,
        [
            (weights_per_painter, "not one per painter"),
            (lambda labels: 3 * balanced(labels), "must sum to 1"),
            (lambda labels: np.full(len(labels), 1 / len(labels)), "one third"),
        ],
    ),
    "there_and_back": (
        lambda images: images / 127.5 - 1,
        [
            (lambda images: images, "needs floats"),
            (lambda images: images / 255, "Divide by 127.5"),
            (lambda images: (images / 127.5 - 1) ** 3, "does not survive"),
        ],
    ),
    "crop_box": (
        box,
        [
            (lambda width, height: (0, 0, 60, 60), "cut at (20, 0, 80, 60)"),
            (lambda width, height: (20, 0, 20 + height, height), "A tall image"),
            (lambda width, height: (20, 20), "four numbers"),
        ],
    ),
    "random_flip": (
        flip_each,
        [
            (lambda batch: batch.flip(3), "one per image"),
            (lambda batch: batch, "one per image"),
            (lambda batch: batch.flip(3)[:10], "shape must stay"),
            (lambda batch: batch.transpose(2, 3), "Only columns"),
            (lambda batch: torch.where(torch.rand_like(batch) < 0.5, batch.flip(3), batch), "Only"),
            (lambda batch: torch.cat([batch[:900], batch[900:].flip(3)]), "About half"),
        ],
    ),
    "transposed_size": (
        lambda n, kernel, stride, padding: (n - 1) * stride - 2 * padding + kernel,
        [
            (lambda n, kernel, stride, padding: n * stride, "gives 4, not 1"),
            (lambda n, kernel, stride, padding: (n - 1) * stride + kernel, "padding trims"),
        ],
    ),
    "slerp": (
        great_arc,
        [
            (lambda a, b, t: (1 - t) * a + t * b, "straight line"),
            (lambda a, b, t: great_arc(b, a, t), "t=0 is a"),
            (lambda a, b, t: great_arc(a, b, t) * (1 + t * (1 - t)), "length must still be 1"),
        ],
    ),
    "generator_64": (
        lambda: Generator(64),
        [
            (lambda: Generator(32), "One more doubling block"),
            (normalised_at_the_end, "none after the last"),
            (without_tanh, "is the last layer a Tanh"),
        ],
    ),
    "layers_needed": (
        lambda size: round(math.log2(size)) - 2,
        [
            (lambda size: round(math.log2(size)), "8 pixels need 1 halvings"),
            (lambda size: size // 8, "32 pixels need 3"),
        ],
    ),
    "stable_bce": (
        lambda logits, labels: (softplus(logits) - logits * labels).mean(),
        [
            (
                lambda logits, labels: (
                    -(
                        labels * torch.log(torch.sigmoid(logits))
                        + (1 - labels) * torch.log(1 - torch.sigmoid(logits))
                    ).mean()
                ),
                "avoid log(sigmoid(x))",
            ),
            (lambda logits, labels: bce(logits, labels, reduction="sum"), "Expected the mean"),
            (
                lambda logits, labels: bce(logits.clamp(-20, 20), labels),
                "pays 1000 nats",
            ),
        ],
    ),
    "receptive_field": (
        seen,
        [
            (lambda layers: sum(kernel for kernel, _ in layers), "[(3, 1), (3, 1)] sees 5"),
            (lambda layers: 1 + sum(kernel - 1 for kernel, _ in layers), "strides before it"),
        ],
    ),
    "smoothed_loss": (
        softened,
        [
            (lambda real, fake, smooth: softened(real, fake, smooth, other=smooth), "real labels"),
            (lambda real, fake, smooth: softened(real, fake, smooth, other=1.0), "nothing changes"),
            (lambda real, fake, smooth: softened(real, fake, 0), "Expected"),
        ],
    ),
    "moving_average": (
        moving_average,
        [
            (lambda values, keep: np.mean(values), "0.81"),
            (lambda values, keep: moving_average(values, 1 - keep), "0.81"),
            (lambda values, keep: keep ** (len(values) - 1), "counts for 1 - decay"),
        ],
    ),
    "epochs_to_steps": (
        lambda epochs, n_images, batch: epochs * n_images // batch,
        [
            (lambda epochs, n_images, batch: epochs * -(-n_images // batch), "187 whole batches"),
            (lambda epochs, n_images, batch: epochs * (n_images // batch), "starts the next one"),
        ],
    ),
    "truncate": (
        lambda latents, limit: latents.clamp(-limit, limit),
        [
            (lambda latents, limit: latents, "is left"),
            (lambda latents, limit: latents * limit / latents.abs().max(), "must not change"),
            (lambda latents, limit: latents[:3].clamp(-limit, limit), "As many latents"),
        ],
    ),
    "diversity": (
        pairwise,
        [
            (lambda images: pairwise(images, np.uint8), "wraps around"),
            (
                lambda images: np.mean(
                    [[np.sqrt(((a.astype(float) - b) ** 2).mean()) for b in images] for a in images]
                ),
                "no pair with itself",
            ),
        ],
    ),
    "series": (
        lambda generator, label, n: generate(
            generator, latents_of(range(n)), torch.full((n,), label)
        ),
        [
            (
                lambda generator, label, n: generate(
                    generator, latents_of([0] * n), torch.full((n,), label)
                ),
                "each picture has its own seed",
            ),
            (
                lambda generator, label, n: generate(
                    generator, latents_of(range(1, n + 1)), torch.full((n,), label)
                ),
                "not that of seed 0",
            ),
            (
                lambda generator, label, n: generate(
                    generator,
                    torch.randn(n, 100, generator=torch.Generator().manual_seed(0)),
                    torch.full((n,), label),
                ),
                "a new random number generator for each seed",
            ),
            (
                lambda generator, label, n: generate(
                    generator, latents_of(range(n)), torch.zeros(n, dtype=torch.int64)
                ),
                "of label 0, not of label 1",
            ),
            (
                lambda generator, label, n: generate(
                    generator, latents_of([0]), torch.tensor([label])
                ),
                "not [1, 3, 16, 16]",
            ),
        ],
    ),
    "neighbours": (
        lambda latent, n, s: (1 - s**2) ** 0.5 * latent + s * torch.randn(n, 100),
        [
            (lambda latent, n, s: latent + s * torch.randn(n, 100), "multiplied by"),
            (
                lambda latent, n, s: (
                    (1 - s**2) ** 0.5 * latent + s * torch.randn(100).expand(n, -1)
                ),
                "needs its own noise",
            ),
            (
                lambda latent, n, s: (1 - s**2) ** 0.5 * latent + s**2 * torch.randn(n, 100),
                "size 0.6, not 0.36",
            ),
            (lambda latent, n, s: torch.randn(n, 100), "With s = 0"),
            (lambda latent, n, s: latent, "are [4, 100], not [100]"),
        ],
    ),
    "mixture": (
        lambda generator, latent, label, other: generator.decode(
            torch.cat([latent, generator.embedding.weight[[label, other]].mean(0)])[None]
        ),
        [
            (
                lambda generator, latent, label, other: generator(
                    latent.expand(2, -1), torch.tensor([label, other])
                ).mean(0, keepdim=True),
                "mean of two pictures",
            ),
            (
                lambda generator, latent, label, other: generator(
                    latent[None], torch.tensor([other])
                ),
                "one of the two subjects",
            ),
            (
                lambda generator, latent, label, other: generator.decode(
                    torch.cat([latent, generator.embedding.weight[[label, other]].sum(0)])[None]
                ),
                "Take the mean of embedding",
            ),
            (
                lambda generator, latent, label, other: generator(
                    latent.expand(2, -1), torch.tensor([label, other])
                ),
                "One picture is [1, 3, 16, 16]",
            ),
        ],
    ),
    "most_confident": (
        lambda probabilities, label: probabilities[:, label].argmax(),
        [
            (lambda probabilities, label: probabilities[label].argmax() + 5, "0.8 for label 1"),
            (lambda probabilities, label: 1, "Look down the label's column"),
        ],
    ),
    "frechet_1d": (
        lambda a, b: (a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2,
        [
            (lambda a, b: (a.mean() - b.mean()) ** 2, "standard deviations differ"),
            (
                lambda a, b: np.hypot(a.mean() - b.mean(), a.std() - b.std()),
                "squared distance was asked for",
            ),
            (
                lambda a, b: (a.mean() - b.mean()) ** 2 + (a.var() - b.var()) ** 2,
                "standard deviation",
            ),
            (lambda a, b: 40, "from itself"),
        ],
    ),
    "mean_of_pairs": (
        lambda table: (table.sum() - np.trace(table)) / (len(table) * (len(table) - 1)),
        [
            (lambda table: table.mean(), "the diagonal is still in it"),
            (lambda table: (table.sum() - np.trace(table)) / table.size, "n * n - n"),
            (lambda table: table.min(), "the mean is 2"),
        ],
    ),
    "recall": (
        lambda precision, real, fake: precision(fake, real),
        [
            (lambda precision, real, fake: precision(real, fake), "Swap the sides"),
            (lambda precision, real, fake: 0.5, "0.25"),
        ],
    ),
    "confident_rate": (
        lambda p, confidence: (p.max(1) >= confidence).mean(),
        [
            (lambda p, confidence: (p.max(1) >= confidence).sum(), "divide"),
            (lambda p, confidence: (p.max(1) > confidence).mean(), ">="),
            (lambda p, confidence: (p >= confidence).mean(), "largest of each row"),
        ],
    ),
    "stack_digits": (
        lambda digits, index: digits[index, 0],
        [
            (lambda digits, index: digits[index], "only channel"),
            (lambda digits, index: digits[index, 0].sum(1), "3 x 4 x 4"),
            (lambda digits, index: digits[index[:, ::-1], 0], "red"),
            (lambda digits, index: digits[index, 0].astype(float), "stay bytes"),
        ],
    ),
    "expected_modes": (
        lambda classes, n: classes * (1 - (1 - 1 / classes) ** n),
        [
            (lambda classes, n: classes * (1 - 1 / classes) ** n, "subtract"),
            (lambda classes, n: min(classes, n), "6.51"),
            (lambda classes, n: 10 * (1 - 0.9**10), "26,000"),
        ],
    ),
    "print_pixels": (
        lambda mm, dpi: round(mm / 25.4 * dpi),
        [
            (lambda mm, dpi: mm * dpi, "INCH"),
            (lambda mm, dpi: mm / 10 * dpi, "ten inches"),
            (lambda mm, dpi: mm / 25.4 * dpi, "whole pixels"),
        ],
    ),
    "steps_within": (
        lambda minutes, rate, batch: minutes * 60 * rate // batch,
        [
            (lambda minutes, rate, batch: minutes * rate // batch, "60 seconds"),
            (lambda minutes, rate, batch: minutes * 60 * rate, "batch"),
            (lambda minutes, rate, batch: 7, "1,875"),
            (lambda minutes, rate, batch: minutes * 60 * rate / batch, "round down"),
        ],
    ),
    "closed_loop": (
        lambda a, b, n: circle(a, b, torch.arange(n) * (2 * np.pi / n)),
        [
            (lambda a, b, n: circle(a, b, torch.zeros(n - 1)), "Eight"),
            (lambda a, b, n: circle(b, a, torch.arange(n) * (2 * np.pi / n)), "begins at a"),
            (lambda a, b, n: torch.lerp(a, b, torch.linspace(0, 1, n)[:, None]), "shell"),
            (lambda a, b, n: circle(a, b, torch.linspace(0, 2 * np.pi, n)), "twice"),
            (lambda a, b, n: circle(a, b, torch.linspace(0, 1.5, n)), "equally long"),
        ],
    ),
    "slopes_at": (
        lambda x: (torch.sigmoid(x), 1 - torch.sigmoid(x)),
        [
            (lambda x: (1 - torch.sigmoid(x), torch.sigmoid(x)), "in the other order"),
            (lambda x: (-torch.sigmoid(x), torch.sigmoid(x) - 1), "has no sign"),
            (lambda x: (torch.sigmoid(x),), "Two slopes were asked for, not 1"),
            (lambda x: (torch.sigmoid(x), torch.sigmoid(x)), "At a logit of -8"),
        ],
    ),
    "alternating_columns": (
        lambda images: (
            (images * (1 - 2 * (torch.arange(images.shape[3]) % 2)))
            .mean((2, 3))
            .square()
            .mean()
            .sqrt()
        ),
        [
            (lambda images: images.mean((2, 3)).square().mean().sqrt(), "multiply the columns"),
            (
                lambda images: (
                    (images * (1 - 2 * (torch.arange(images.shape[2]) % 2))[:, None])
                    .mean((2, 3))
                    .square()
                    .mean()
                    .sqrt()
                ),
                "alternate by 10, not 0",
            ),
            (
                lambda images: (images * (1 - 2 * (torch.arange(8) % 2))).mean().abs(),
                "must not cancel",
            ),
        ],
    ),
    "append_spread": (
        lambda maps: torch.cat(
            [maps, maps.std(0, unbiased=False).mean().expand(len(maps), 1, *maps.shape[2:])], 1
        ),
        [
            (
                lambda maps: torch.cat(
                    [maps, maps.std(0).mean().expand(len(maps), 1, *maps.shape[2:])], 1
                ),
                "not by n - 1",
            ),
            (lambda maps: maps, "not [2, 2, 4, 4]"),
            (
                lambda maps: torch.cat([maps, maps.std((0, 1), unbiased=False)[None, None]], 1),
                "Your",
            ),
            (
                lambda maps: torch.cat(
                    [maps, maps.std(unbiased=False).expand(len(maps), 1, *maps.shape[2:])], 1
                ),
                "0.5, not",
            ),
        ],
    ),
    "r1": (
        lambda D, real: slopes(D, real).square().mean() / 2,
        [
            (lambda D, real: slopes(D, real).square().mean(), "Half of it"),
            (lambda D, real: slopes(D, real).mean() / 2, "half the mean length"),
            (lambda D, real: slopes(D, real).square().mean() / 8, "mean over the pixels"),
            (lambda D, real: slopes(D, real).square().sum() / 2, "not the sum"),
            (lambda D, real: slopes(D, real, False).square().mean() / 2, "create_graph=True"),
            (lambda D, real: slopes(D, 0 * real).square().mean() / 2, "is 5"),
            (lambda D, real: slopes(D, real).mean(), "is 18, not 6"),
        ],
    ),
    "gradient_penalty": (
        lambda *given: (between(*given) - 1).square().mean(),
        [
            (lambda *given: 10 * (between(*given) - 1).square().mean(), "weight of 10"),
            (lambda *given: (between(*given).square() - 1).square().mean(), "take the root"),
            (
                lambda D, real, fake, share: (between(D, fake, real, share) - 1).square().mean(),
                "belongs to the real images",
            ),
            (lambda *given: (between(*given, False) - 1).square().mean(), "create_graph=True"),
            (lambda *given: between(*given).square().mean(), "not 1."),
            (lambda *given: (between(*given) - 1).mean(), "it is 9, not 3"),
        ],
    ),
    "least_squares": (
        lambda real, fake: (
            (real - 1).square().mean() + fake.square().mean(),
            (fake - 1).square().mean(),
        ),
        [
            (lambda real, fake: ((real - 1).square().sum() + fake.square().sum(), 2.0), "not sums"),
            (lambda real, fake: (1.0, 4.0), "First D's loss"),
            (lambda real, fake: (2.0, 0.5), "factors of one half"),
            (lambda real, fake: (4.0,), "Two losses"),
            (lambda real, fake: ((real - fake).square().mean(), 1.0), "D wants 1"),
            (lambda real, fake: (4.0, fake.square().mean()), "G wants 1"),
        ],
    ),
    "adaptive_instance_norm": (
        lambda maps, scale, shift: styled(maps, scale, shift),
        [
            (
                lambda maps, scale, shift: styled(maps, scale - 1, shift),
                "With a scale of 0",
            ),
            (
                lambda maps, scale, shift: styled(maps, scale, shift + 1),
                "With no shift",
            ),
            (lambda maps, scale, shift: styled(maps, scale, 0 * shift), "then add shift"),
            (lambda maps, scale, shift: maps.mean((2, 3)), "Maps stay"),
        ],
    ),
    "projection_logits": (
        lambda phi, labels, psi, vectors: phi @ psi + (vectors[labels] * phi).sum(1),
        [
            (lambda phi, labels, psi, vectors: phi @ psi, "The label has no effect"),
            (lambda phi, labels, psi, vectors: (vectors[labels] * phi).sum(1), "is missing"),
            (lambda phi, labels, psi, vectors: phi @ vectors.T, "One logit for each"),
            (
                lambda phi, labels, psi, vectors: phi @ psi + (vectors[labels] * phi).mean(1),
                "It should be",
            ),
        ],
    ),
    "balanced_indices": (
        lambda labels, n, random: balanced_draw(labels, n, random),
        [
            (
                lambda labels, n, random: torch.randint(len(labels), (n,), generator=random),
                "about 200 times",
            ),
            (
                lambda labels, n, random: torch.arange(n) % len(labels),
                "about 200 times",
            ),
            (
                lambda labels, n, random: balanced_draw(labels, n, random) * 1.0,
                "whole numbers",
            ),
            (
                lambda labels, n, random: torch.stack(
                    [(labels == i % 3).nonzero()[0, 0] for i in range(n)]
                ),
                "Only 1 of the 90",
            ),
            (
                lambda labels, n, random: balanced_draw(
                    labels, n, torch.Generator().manual_seed(0)
                ),
                "use `random`",
            ),
            (lambda labels, n, random: balanced_draw(labels, n, None), "The same seed"),
            (lambda labels, n, random: torch.zeros(3).long(), "600 indices"),
        ],
    ),
    "demodulated": (
        lambda weight, style: demodulated_kernels(weight, style),
        [
            (lambda weight, style: weight[None] * style[:, None, :, None, None], "not divided"),
            (lambda weight, style: demodulated_kernels(weight, style)[0], "its own kernel"),
            (
                lambda weight, style: demodulated_kernels(weight, style) / 3,
                "should sum to 1",
            ),
            (
                lambda weight, style: demodulated_kernels(weight, style.flip(1)),
                "belongs to the input channels",
            ),
        ],
    ),
    "mixed_styles": (
        lambda a, b, crossover, layers: by_layer(a, b, crossover, layers),
        [
            (lambda a, b, crossover, layers: by_layer(b, a, crossover, layers), "a comes first"),
            (
                lambda a, b, crossover, layers: by_layer(a, b, crossover + 1, layers),
                "Layers 2 and 3",
            ),
            (
                lambda a, b, crossover, layers: by_layer(a, b, crossover - 1, layers),
                "Layers 0 and 1",
            ),
            (lambda a, b, crossover, layers: by_layer(a, b, 2, layers), "With crossover 0"),
            (lambda a, b, crossover, layers: a, "w for 4 layers"),
            (lambda a, b, crossover, layers: by_layer(a, b, crossover, 4), "With 5 layers"),
        ],
    ),
    "strongest_direction": (
        lambda A: torch.linalg.eigh(A.T @ A).eigenvectors[:, -1],
        [
            (lambda A: torch.linalg.eigh(A.T @ A).eigenvectors[:, 0], "from small to large"),
            (lambda A: torch.linalg.eigh(A.T @ A).eigenvectors[-1], "from small to large"),
            (lambda A: 2 * torch.linalg.eigh(A.T @ A).eigenvectors[:, -1], "Its length"),
            (lambda A: torch.linalg.eigh(A.T @ A).eigenvectors, "One vector"),
        ],
    ),
    "square_inside": (
        lambda photo, row, column, side: moved_inside(photo, row, column, side),
        [
            (
                lambda photo, row, column, side: photo[
                    :,
                    max(0, row - side // 2) : row + side // 2,
                    max(0, column - side // 2) : column + side // 2,
                ],
                "above and to the left",
            ),
            (lambda photo, row, column, side: moved_inside(photo, 4, 4, side), "at the row"),
            (lambda photo, row, column, side: photo, "A square"),
            (
                lambda photo, row, column, side: moved_inside(
                    photo, row if row < 15 else 10, column, side
                ),
                "below and to the right",
            ),
        ],
    ),
    "best_starts": (
        lambda target, candidates, n, cells: nearest_by(target, candidates, cells)[:n],
        [
            (
                lambda target, candidates, n, cells: nearest_by(target, candidates, cells)[-n:],
                "the furthest",
            ),
            (
                lambda target, candidates, n, cells: nearest_by(target, candidates, 16)[:n],
                "not single pixels",
            ),
            (
                lambda target, candidates, n, cells: nearest_by(target, candidates, cells),
                "Five indices",
            ),
        ],
    ),
    "training_pairs": (
        lambda space, n, random: pairs_of(space, n, random),
        [
            (lambda space, n, random: pairs_of(space, n, random)[0], "Return two"),
            (lambda space, n, random: pairs_of(space, n, random)[::-1], "latent and label"),
            (lambda space, n, random: pairs_of(space, n, None), "The same seed"),
            (
                lambda space, n, random: pairs_of(space, n, torch.Generator().manual_seed(0)),
                "Another seed",
            ),
            (lambda space, n, random: pairs_of(space, n, random, one=True), "the same label"),
            (
                lambda space, n, random: (
                    pairs_of(space, n, random)[0].flip(0),
                    pairs_of(space, n, random.manual_seed(1))[1],
                ),
                "that of its point",
            ),
        ],
    ),
    "colours_kept": (
        lambda painted, photo: photo + luma(painted) - luma(photo),
        [
            (lambda painted, photo: painted + luma(photo) - luma(painted), "The other way"),
            (lambda painted, photo: luma(painted), "Images stay"),
            (
                lambda painted, photo: photo + painted.mean(1, True) - photo.mean(1, True),
                "pixel by pixel",
            ),
            (lambda painted, photo: painted, "Each channel's difference"),
        ],
    ),
    "blended": (
        lambda a, b, share: [(1 - share) * x + share * y for x, y in zip(a, b, strict=True)],
        [
            (
                lambda a, b, share: [
                    share * x + (1 - share) * y for x, y in zip(a, b, strict=True)
                ],
                "The other way",
            ),
            (
                lambda a, b, share: [x + share * y for x, y in zip(a, b, strict=True)],
                "(1 - share) a",
            ),
            (lambda a, b, share: a[:1], "one matrix for each map"),
        ],
    ),
    "gram_inside": (
        lambda maps, mask: inside(maps, mask) / mask.sum(),
        [
            (lambda maps, mask: inside(maps, mask) / 36, "Divide by the number"),
            (lambda maps, mask: inside(maps, 0 * mask + 1) / 36, "Only the places"),
            (lambda maps, mask: maps * mask, "[N, C, C]"),
        ],
    ),
    "paired_loss": (
        lambda scores, painted, truth, weight: (
            (scores - 1).square().mean() + weight * (painted - truth).abs().mean()
        ),
        [
            (
                lambda scores, painted, truth, weight: (
                    scores.square().mean() + weight * (painted - truth).abs().mean()
                ),
                "should be 1, not 0",
            ),
            (
                lambda scores, painted, truth, weight: (
                    (scores - 1).square().mean() + weight * (painted - truth).square().mean()
                ),
                "squares blur more",
            ),
            (
                lambda scores, painted, truth, weight: (
                    (scores - 1).square().mean() + (painted - truth).abs().mean()
                ),
                "`weight` times",
            ),
            (lambda scores, painted, truth, weight: (scores - 1).square(), "one number"),
            (lambda scores, painted, truth, weight: (scores - 1).square().mean(), "plus weight"),
        ],
    ),
    "heun_step": (
        lambda network, x, t, h: heun(network, x, t, h)[0],
        [
            (lambda network, x, t, h: x + h * network(x, torch.full((2,), t)), "Euler's step"),
            (lambda network, x, t, h: heun(network, x, t, h)[1], "from where you began"),
            (lambda network, x, t, h: heun(network, x, t, h)[2], "not the second"),
            (lambda network, x, t, h: heun(network, x, t, 2 * h)[0], "x + h (v + w) / 2"),
            (lambda network, x, t, h: x[0], "Images stay"),
            (
                lambda network, x, t, h: [heun(network, x, t, h)[0] for _ in range(2)][1],
                "Two passes are enough, not 4",
            ),
        ],
    ),
    "middle_times": (
        lambda n, random: torch.randn(n, generator=random).sigmoid(),
        [
            (lambda n, random: torch.rand(n, generator=random), "even times have 50 %"),
            (lambda n, random: torch.randn(n, generator=random), "between 0 and 1"),
            (lambda n, random: torch.randn(n, generator=random).div(3).sigmoid(), "should be 73 %"),
            (lambda n, random: torch.randn(n).sigmoid(), "Draw from `random`"),
            (lambda n, random: torch.randn(n, 1, generator=random).sigmoid(), "have the shape"),
        ],
    ),
    "painted_over": (
        lambda network, image, noise, t0, steps: over(network, image, noise, t0, steps),
        [
            (
                lambda network, image, noise, t0, steps: over(network, noise, image, t0, steps),
                "The other way",
            ),
            (lambda network, image, noise, t0, steps: image, "It should start at"),
            (
                lambda network, image, noise, t0, steps: over(network, image, noise, t0, 3),
                "5 passes for 5 steps, not 3",
            ),
            (
                lambda network, image, noise, t0, steps: over(network, image, noise, t0, 5, 1.0),
                "one step before the end, not 1.55",
            ),
            (
                lambda network, image, noise, t0, steps: over(
                    lambda x, t: network(x, t - t0), image, noise, t0, 5
                ),
                "The first time asked for is t0 = 0.75, not 0",
            ),
            (
                lambda network, image, noise, t0, steps: over(
                    lambda x, t: 4 * network(x, t), image, noise, t0, 5
                ),
                "steps long",
            ),
        ],
    ),
    "best_guess": (
        lambda values, loss: values.mean() if loss == "l2" else values.median(),
        [
            (lambda values, loss: values.mean(), "For l1 the best number is not 0.30"),
            (lambda values, loss: values.median(), "For l2 the best number is not 0.00"),
            (lambda values, loss: 0.3 if loss == "l2" else 0.0, "For 0.2, 0.4 and 0.9"),
            (
                lambda values, loss: values.mean() if loss == "l2" else values[len(values) // 2],
                "l1 answers 0.4",
            ),
        ],
    ),
    "pixel_shuffle": (
        lambda maps: torch.nn.functional.pixel_shuffle(maps, 2),
        [
            (
                lambda maps: (
                    torch.nn.functional.pixel_shuffle(maps, 2)
                    .unflatten(2, (-1, 2))
                    .unflatten(4, (-1, 2))
                    .transpose(3, 5)
                    .flatten(4, 5)
                    .flatten(2, 3)
                ),
                "rows and columns exchanged",
            ),
            (
                lambda maps: torch.nn.functional.pixel_shuffle(
                    maps.unflatten(1, (4, 3)).transpose(1, 2).flatten(1, 2), 2
                ),
                "Which channel is upper left",
            ),
            (lambda maps: maps, "not [2, 12, 3, 5]"),
        ],
    ),
    "charbonnier": (
        lambda enlarged, large: ((enlarged - large).square() + 1e-4).sqrt().mean(),
        [
            (
                lambda enlarged, large: ((enlarged - large).square() + 0.01).sqrt().mean(),
                "is ε squared under the root",
            ),
            (
                lambda enlarged, large: ((enlarged - large).square().mean() + 1e-4).sqrt(),
                "the mean comes last",
            ),
            (
                lambda enlarged, large: (enlarged - large).abs().clamp(min=0.01).mean(),
                "For d = ε",
            ),
            (
                lambda enlarged, large: ((enlarged - large).square() + 1e-4).sqrt().mean().detach(),
                "is there a `detach`",
            ),
            (
                lambda enlarged, large: (
                    ((enlarged - large).detach().square() + 1e-4).sqrt().mean() + 0 * enlarged.sum()
                ),
                "A gradient must reach",
            ),
        ],
    ),
    "lost_steps": (
        lambda killed_at, save_every: killed_at % save_every,
        [
            (lambda killed_at, save_every: save_every - killed_at % save_every, "37, not"),
            (lambda killed_at, save_every: (killed_at - 1) % save_every + 1, "just been saved"),
        ],
    ),
    "write_safely": (
        renamed,
        [
            (in_place, "older file is lost"),
            (lambda path, parts: in_place(path, parts, returned=False), "Return the path"),
            (lambda path, parts: path, "hold all parts"),
            (copied, "left behind"),
        ],
    ),
    "joint_gradient": (
        weighted,
        [
            (lambda gradients, sizes: sum(gradients) / len(gradients), "three times as much"),
            (lambda gradients, sizes: sum(gradients), "the mean of both"),
        ],
    ),
}
NUMBERED = [name for name, value in vars(checks).items() if hasattr(value, "__wrapped__")]
WRONG = [(name, *case) for name, (_, cases) in ANSWERS.items() for case in cases]


def test_every_check_is_tested_here():
    assert sorted(ANSWERS) == sorted(NUMBERED)


@pytest.mark.parametrize("name", NUMBERED)
def test_a_stub_is_not_answered_yet(name, capsys):
    def stub(*given): ...

    getattr(checks, name)(stub)
    assert capsys.readouterr().out.endswith(": not answered yet.\n")


@pytest.mark.parametrize("name", NUMBERED)
def test_a_forgotten_return_is_named(name, capsys):
    def forgotten(*given):
        answer = len(given)  # noqa: F841

    getattr(checks, name)(forgotten)
    said = capsys.readouterr().out
    assert said.endswith(": not yet. Your function returns nothing: is a `return` missing?\n")


@pytest.mark.parametrize("name", NUMBERED)
@pytest.mark.parametrize("answer", ["a text", {"a": 1}, object()])
def test_an_answer_of_an_odd_type_is_one_line_and_no_traceback(name, answer, capsys):
    getattr(checks, name)(lambda *given: answer)
    said = capsys.readouterr().out
    assert ": not yet. " in said and len(said) < 600


def test_an_error_in_the_readers_code_is_named_with_its_line(capsys):
    def broken(counts, k):
        share = counts[k] / 0
        return share

    checks.top_share(broken)
    said = capsys.readouterr().out
    assert "Exercise 1.1: not yet. Your code stops in line" in said
    assert "`share = counts[k] / 0`, with ZeroDivisionError: division by zero." in said


@pytest.mark.parametrize("name", NUMBERED)
def test_a_right_answer_passes_with_one_line(name, capsys):
    torch.manual_seed(0)
    getattr(checks, name)(ANSWERS[name][0])
    said = capsys.readouterr().out
    assert said.startswith("Exercise ") and ": right. " in said and said.count("\n") == 1


@pytest.mark.parametrize(("name", "answer", "word"), WRONG)
def test_a_wrong_answer_is_helped(name, answer, word, capsys):
    torch.manual_seed(0)
    getattr(checks, name)(answer)
    said = capsys.readouterr().out
    assert ": not yet. " in said and ": right. " not in said
    assert word in said, "another message than the one that fits this mistake"


def test_the_same_network_is_recognised_whatever_its_weights_and_names(capsys):
    checks.same_network(Generator(16).layers, Generator(16).layers, torch.randn(2, 100, 1, 1))
    assert "give the same numbers" in capsys.readouterr().out


def test_another_network_is_found_out():
    images = torch.randn(4, 3, 16, 16)
    with pytest.raises(AssertionError, match="different layers"):
        checks.same_network(Discriminator(16, norm=False), Discriminator(16), images)
    leaky = Discriminator(16)
    leaky.layers[1] = nn.LeakyReLU(0.01)  # same weights, another slope
    ours = Discriminator(16)
    for network in (leaky, ours):
        network.layers[0].weight.data.mul_(50)
    with pytest.raises(AssertionError, match="outputs differ"):
        checks.same_network(leaky, ours, images)
