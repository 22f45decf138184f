"""What an exercise's answer must show. A wrong answer gets a sentence that helps; none gets a hint.

Each check takes the reader's function, tries it on cases with known answers, and prints one line.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from helpers import judges, losses
from helpers.models import count_parameters
from helpers.pictures import to_uint8


class NotAnswered(Exception):
    """The stub of an exercise is still as it came."""


def given(value: object) -> object:
    """Pass an answer on, or stop quietly where the stub still returns nothing."""
    if value is None or value is Ellipsis:
        raise NotAnswered
    return value


def exercise(number: str) -> Callable:
    """Turn a function that asserts into a check that prints one line."""

    def decorate(check: Callable[[Callable], str]) -> Callable[[Callable], None]:
        @functools.wraps(check)
        def run(answer: Callable) -> None:
            try:
                print(f"Exercise {number}: right. {check(answer)}")
            except NotAnswered:
                print(f"Exercise {number}: not answered yet.")

        return run

    return decorate


def same(got: object, wanted: object, tolerance: float = 1e-5) -> bool:
    """Equal shapes and, within `tolerance`, equal numbers."""
    got, wanted = np.asarray(got, dtype=float), np.asarray(wanted, dtype=float)
    return got.shape == wanted.shape and bool(np.allclose(got, wanted, atol=tolerance))


# ---- 01 Dataset exploration --------------------------------------------------------------------


@exercise("1.1")
def top_share(answer: Callable) -> str:
    """`answer(counts, k)`: share of all works that the k most prolific painters made."""
    got = given(answer([10, 50, 20, 20], 2))
    assert got <= 1, "A share lies between 0 and 1: divide by the sum of all counts."
    assert not same(got, 0.6), "These are the FIRST two painters. Sort the counts first."
    assert same(got, 0.7), f"Of 100 works, the two largest counts are 50 and 20: 0.7, not {got}."
    assert same(answer([5, 5], 5), 1.0), "With more painters asked for than there are, it is 1."
    return "Imbalance in one number."


@exercise("1.2")
def brightness(answer: Callable) -> str:
    """`answer(images)`: mean luma of each picture, [N], by the weights of ITU-R BT.601."""
    images = np.zeros((4, 3, 2, 2), dtype=np.uint8)
    images[1] = 255
    images[2, 1] = 255  # pure green
    images[3, 2] = 255  # pure blue
    got = np.asarray(given(answer(images)), dtype=float)
    assert got.shape == (4,), f"One number per picture, shape (4,), not {got.shape}."
    assert not same(got[2], 85.0, 1), "A plain mean finds green and blue alike; eyes do not."
    assert same(got, [0, 255, 149.685, 29.07], 0.1), f"Expected 0, 255, 149.7, 29.1; got {got}."
    return "Now you can rank painters from dark to light."


@exercise("1.3")
def balanced_weights(answer: Callable) -> str:
    """`answer(labels)`: one weight per picture, so that every painter is drawn equally often."""
    labels = np.array([0, 0, 0, 1, 2, 2])
    got = np.asarray(given(answer(labels)), dtype=float)
    assert got.shape == labels.shape, "One weight per picture, not one per painter."
    assert same(got.sum(), 1.0), f"The weights must sum to 1; yours sum to {got.sum():.3f}."
    sums = [got[labels == label].sum() for label in range(3)]
    assert same(sums, [1 / 3] * 3), (
        f"Each painter must get one third; yours get {np.round(sums, 3)}."
    )
    return "Whether a GAN should see painters equally often is a question of taste, too."


# ---- 02 Preprocessing --------------------------------------------------------------------------


@exercise("2.1")
def there_and_back(answer: Callable) -> str:
    """`answer(images)`: uint8 to float in [-1, 1], without help from the notebook."""
    every = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    got = given(answer(every))
    assert got.is_floating_point(), "A network needs floats: convert before you divide."
    assert got.min() == -1 and got.max() == 1, (
        f"0 must become -1 and 255 must become 1; yours run from {got.min():.3f} to "
        f"{got.max():.3f}. Divide by 127.5 and subtract 1."
    )
    assert torch.equal(to_uint8(got), every), "Some grey level does not survive the way back."
    return "All 256 grey levels survive the way there and back."


@exercise("2.2")
def crop_box(answer: Callable) -> str:
    """`answer(width, height)`: the centred square (left, top, right, bottom)."""
    assert (got := given(answer(100, 60))) is not None and len(got) == 4, "Return four numbers."
    assert same(got, (20, 0, 80, 60)), f"A 100 x 60 picture is cut at (20, 0, 80, 60), not {got}."
    assert same(answer(60, 100), (0, 20, 60, 80)), "A tall picture loses its top and bottom."
    assert same(answer(50, 50), (0, 0, 50, 50)), "A square picture loses nothing."
    return "The same box for landscape and portrait."


@exercise("2.3")
def random_flip(answer: Callable) -> str:
    """`answer(batch)`: about half of the pictures mirrored, each decided for itself."""
    batch = torch.arange(2.0).repeat(1000, 1, 4, 2)  # left is 0, right is 1 everywhere
    got = given(answer(batch.clone()))
    assert got.shape == batch.shape, f"The shape must stay {list(batch.shape)}."
    assert torch.equal(got[:, :, 0], got[:, :, 1]), "Only columns swap: flip the last dimension."
    flipped = (got[:, 0, 0, 0] == 1).float().mean().item()
    assert flipped not in (0.0, 1.0), "All pictures got the same decision; draw one per picture."
    assert 0.4 < flipped < 0.6, f"About half should be mirrored, not {flipped:.0%}."
    return f"{round(flipped, 1):.0%} of 1,000 pictures were mirrored."


# ---- 03 Generator ------------------------------------------------------------------------------


@exercise("3.1")
def transposed_size(answer: Callable) -> str:
    """`answer(n, kernel, stride, padding)`: output size of a transposed convolution."""
    for case in ((1, 4, 1, 0), (4, 4, 2, 1), (5, 3, 2, 1), (7, 5, 3, 2)):
        n, kernel, stride, padding = case
        layer = torch.nn.ConvTranspose1d(1, 1, kernel, stride, padding)
        true = layer(torch.zeros(1, 1, n)).shape[-1]
        got = given(answer(*case))
        assert got == true, (
            f"n={n}, kernel={kernel}, stride={stride}, padding={padding} gives {true}, not {got}. "
            "Each of n inputs stamps a kernel; stamps are `stride` apart; padding trims both ends."
        )
    return "Four layers agree with PyTorch."


@exercise("3.2")
def slerp(answer: Callable) -> str:
    """`answer(a, b, t)`: the point at share t of the great arc from latent a to latent b."""
    a, b = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    half = given(answer(a, b, 0.5))
    assert same(answer(a, b, 0.0), a) and same(answer(a, b, 1.0), b), "t=0 is a, and t=1 is b."
    assert not same(half, (a + b) / 2), "This is the straight line: it cuts through the inside."
    assert same(half.norm(), 1.0), f"Half-way the length must still be 1, not {half.norm():.3f}."
    assert same(answer(a, b, 1 / 3), [np.cos(np.pi / 6), 0.5]), "A third of the way is 30 degrees."
    return "You stay on the shell where the latents live."


@exercise("3.3")
def generator_64(answer: Callable) -> str:
    """`answer()`: a DCGAN generator for 64 x 64 pixels."""
    network = given(answer())
    torch.manual_seed(0)
    with torch.no_grad():
        out = network(torch.randn(8, 100))
    assert out.shape == (8, 3, 64, 64), (
        f"8 latents must become [8, 3, 64, 64], not {list(out.shape)}. "
        "One more doubling block than for 32 pixels is enough."
    )
    assert out.abs().max() <= 1, "Pictures leave the range [-1, 1]: is the last layer a Tanh?"
    assert out.std() > 0.02, "All pictures are flat grey: is there a BatchNorm before the Tanh?"
    norms = sum(isinstance(m, torch.nn.BatchNorm2d) for m in network.modules())
    assert norms == 4, f"Four hidden layers, four BatchNorms, none after the last; found {norms}."
    return f"{count_parameters(network):,} parameters."


# ---- 04 Discriminator --------------------------------------------------------------------------


@exercise("4.1")
def layers_needed(answer: Callable) -> str:
    """`answer(size)`: how many halving convolutions bring a picture down to 4 pixels."""
    for size, true in ((8, 1), (32, 3), (64, 4), (256, 6)):
        got = given(answer(size))
        assert got == true, f"{size} pixels need {true} halvings to reach 4, not {got}."
    return "Depth grows with the logarithm of the size."


@exercise("4.2")
def stable_bce(answer: Callable) -> str:
    """`answer(logits, labels)`: binary cross-entropy that survives logits of +-1000."""
    logits, labels = torch.tensor([0.0, 2.0, -3.0]), torch.tensor([1.0, 0.0, 0.0])
    got = given(answer(logits, labels))
    assert same(got, binary_cross_entropy_with_logits(logits, labels)), (
        f"Expected the mean {binary_cross_entropy_with_logits(logits, labels):.4f}, got {got:.4f}."
    )
    far = answer(torch.tensor([1000.0, -1000.0]), torch.tensor([0.0, 1.0]))
    assert np.isfinite(float(far)), "Infinity at a logit of 1000: avoid log(sigmoid(x))."
    assert same(far, 1000.0), f"A sure and wrong judge pays 1000 nats here, not {far:.1f}."
    return "It equals PyTorch's, at the extremes too."


@exercise("4.3")
def receptive_field(answer: Callable) -> str:
    """`answer(layers)`: pixels seen by one output, layers = [(kernel, stride), ...]."""
    for layers, true in (([(3, 1)], 3), ([(3, 1), (3, 1)], 5), ([(4, 2)] * 3, 22)):
        got = given(answer(layers))
        assert got == true, (
            f"{layers} sees {true} pixels, not {got}. Each layer adds (kernel - 1) steps, and a "
            "step is as long as the strides before it multiplied."
        )
    return "Three halving layers see 22 pixels."


# ---- 05 Training -------------------------------------------------------------------------------


@exercise("5.1")
def smoothed_loss(answer: Callable) -> str:
    """`answer(real_logits, fake_logits, smooth)`: BCE with real labels of 1 - smooth."""
    real, fake = torch.tensor([3.0, 1.0]), torch.tensor([-2.0, 0.5])
    got = given(answer(real, fake, 0.0))
    assert same(got, losses.discriminator_loss(real, fake)), "Without smoothing nothing changes."
    got = answer(real, fake, 0.1)
    both = binary_cross_entropy_with_logits(fake, torch.full_like(fake, 0.1))
    right = binary_cross_entropy_with_logits(real, torch.full_like(real, 0.9))
    assert not same(got, right + both), "Smooth the real labels only: fakes keep their 0."
    plain = binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))
    assert same(got, right + plain), f"Expected {right + plain:.4f}, got {float(got):.4f}."
    return "One-sided label smoothing (Salimans et al. 2016)."


@exercise("5.2")
def moving_average(answer: Callable) -> str:
    """`answer(values, keep)`: the exponential moving average, starting at the first value."""
    got = given(answer([1.0, 0.0, 0.0], 0.9))
    assert same(got, 0.81), f"1, then twice 90 % of what was there: 0.81, not {got}."
    assert same(answer([0.0, 1.0], 0.9), 0.1), "A new value counts for 1 - keep."
    return "The painter of the samples is such an average, of all weights at once."


@exercise("5.3")
def epochs_to_steps(answer: Callable) -> str:
    """`answer(epochs, pictures, batch)`: how many steps that is; the last partial batch waits."""
    assert (got := given(answer(1, 6000, 32))) == 187, f"6,000 / 32 = 187 whole batches, not {got}."
    got = answer(10, 6000, 32)
    assert got == 1875, f"What is left of one epoch starts the next one: 1875, not {got}."
    return "Steps cost time, epochs count pictures."


# ---- 06 Results --------------------------------------------------------------------------------


@exercise("6.1")
def truncate(answer: Callable) -> str:
    """`answer(latents, limit)`: every number beyond +-limit brought inside, the rest untouched."""
    torch.manual_seed(0)
    latents = torch.randn(500, 100)
    got = given(answer(latents.clone(), 1.5))
    assert got.shape == latents.shape, "As many latents as before, and as long."
    assert got.abs().max() <= 1.5, f"A number of size {got.abs().max():.2f} is left."
    inside = latents.abs() <= 1.5
    assert torch.equal(got[inside], latents[inside]), "Numbers inside the limit must not change."
    return "Less variety, surer pictures: the truncation trick."


@exercise("6.2")
def diversity(answer: Callable) -> str:
    """`answer(images)`: mean root mean square difference over all pairs of pictures."""
    images = np.zeros((3, 3, 4, 4), dtype=np.uint8)
    images[0], images[2] = 10, 250  # not in order: uint8 wraps around whichever way they subtract
    got = given(answer(images))
    assert not same(got, 2 * (10 + 250 + 240) / 9, 0.1), "A picture is no pair with itself."
    assert same(got, (10 + 250 + 240) / 3, 0.1), (
        f"Pairs differ by 10, 250 and 240: the mean is 166.7, not {float(got):.1f}. "
        "Convert from uint8 first, or 10 - 250 wraps around."
    )
    return "A collapsed generator scores near zero."


@exercise("6.3")
def surest(answer: Callable) -> str:
    """`answer(probabilities, label)`: index of the picture surest to have that label."""
    chances = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    assert (got := given(answer(chances, 1))) == 1, f"Picture 1 has 0.8 for label 1, not {got}."
    assert answer(chances, 0) == 0, "Look down the label's column."
    return f"{len(judges.told_apart(chances))} labels can be told among these three."


# ---- 07 Measuring ------------------------------------------------------------------------------


@exercise("7.1")
def frechet_1d(answer: Callable) -> str:
    """`answer(a, b)`: squared Fréchet distance of two lists of numbers, as two bell curves."""
    a, b = np.array([0.0, 2.0]), np.array([4.0, 10.0])  # means 1 and 7, widths 1 and 3
    got = given(answer(a, b))
    assert not same(got, 36), "The widths differ as well: (s1 - s2) squared is missing."
    assert not same(got, np.sqrt(40)), "The squared distance was asked for: no root."
    assert same(got, 40, 1e-3), (
        f"Means 1 and 7, widths 1 and 3: 36 + 4 = 40, not {float(got):.4g}. "
        "Take the standard deviation of all numbers, np.std as it is."
    )
    assert same(answer(a, a), 0), "A cloud is at distance 0 from itself."
    return "FD does this for 1,280 dimensions at once."


@exercise("7.2")
def mean_of_pairs(answer: Callable) -> str:
    """`answer(table)`: mean over all pairs of a square table, no thing paired with itself."""
    table = np.array([[9.0, 1.0, 2.0], [1.0, 9.0, 3.0], [2.0, 3.0, 9.0]])
    got = given(answer(table))
    assert not same(got, table.mean()), "That is the mean of all: the diagonal is still in it."
    assert not same(got, 12 / 9), "There are n * n - n pairs left, not n * n."
    assert same(got, 2), f"Pairs are 1, 2 and 3, each twice: the mean is 2, not {float(got):.4g}."
    return "That is why KID is 0, not more, for real against real."


@exercise("7.3")
def recall(answer: Callable) -> str:
    """`answer(precision, real, fake)`: recall, by swapping the sides."""
    real, fake = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0])

    def precision(land: np.ndarray, points: np.ndarray) -> float:
        return float(np.isin(points, land).mean())

    got = given(answer(precision, real, fake))
    assert not same(got, 1), "That is precision: all fakes are real ones here. Swap the sides."
    assert same(got, 0.25), f"One real point of four is reached: 0.25, not {float(got):.4g}."
    return "One function, asked from both sides."


# ---- 08 Digits and fashion ---------------------------------------------------------------------


@exercise("8.1")
def legibility(answer: Callable) -> str:
    """`answer(probabilities, sure)`: share of pictures of which the judge is at least `sure`."""
    chances = np.array([[0.95, 0.05], [0.1, 0.9], [0.6, 0.4], [0.0, 1.0]])
    got = given(answer(chances, 0.9))
    assert not same(got, 3), "That is how many, not the share: divide by the number of pictures."
    assert not same(got, 0.5), "`At least` includes 0.9 itself: use >=."
    assert same(got, 0.75), (
        f"Three of four rows reach 0.9: 0.75, not {float(got):.3g}. Take the largest of each row."
    )
    return "What real digits reach is the yardstick of this number."


@exercise("8.2")
def stack_digits(answer: Callable) -> str:
    """`answer(digits, indices)`: pictures of three digits each, one in every colour channel."""
    digits = np.random.default_rng(0).integers(0, 256, (9, 1, 4, 4), dtype=np.uint8)
    indices = np.array([[0, 1, 2], [8, 8, 0]])
    got = np.asarray(given(answer(digits, indices)))
    assert got.shape != (2, 3, 1, 4, 4), "One dimension too many: take the digits' only channel."
    assert got.shape == (2, 3, 4, 4), f"Two pictures of 3 x 4 x 4, not {list(got.shape)}."
    wanted = [[digits[i, 0] for i in row] for row in indices]
    assert same(got, wanted), "The first index is red, the second green, the third blue."
    assert got.dtype == np.uint8, "Bytes stay bytes."
    return "60,000 digits make 216,000,000,000,000 such pictures."


@exercise("8.3")
def expected_modes(answer: Callable) -> str:
    """`answer(kinds, n)`: how many of equally likely kinds are expected among n pictures."""
    got = given(answer(10, 10))
    assert not same(got, 10 * 0.9**10, 1e-3), "Those are the kinds that lack: subtract from all."
    assert same(got, 10 * (1 - 0.9**10), 1e-3), (
        f"Ten draws from ten kinds show 6.51 on average, not {float(got):.3g}. A kind lacks with "
        "probability (1 - 1/kinds) to the power n."
    )
    assert same(answer(1000, 26_000), 1000, 0.01), "Of 1,000 kinds none should lack in 26,000."
    return "Why 26,000 samples are drawn to count 1,000 modes."


# ---- 09 Your own pictures ----------------------------------------------------------------------


@exercise("9.1")
def print_pixels(answer: Callable) -> str:
    """`answer(millimetres, dpi)`: pixels along an edge of a print."""
    got = given(answer(254, 300))
    assert not same(got, 254 * 300), "dpi are dots per INCH: an inch is 25.4 millimetres."
    assert same(got, 3000), f"254 mm are ten inches, so 3,000 dots at 300 dpi, not {got}."
    assert answer(100, 300) == 1181, "Round to whole pixels: 100 mm at 300 dpi are 1,181."
    return "A4 at 300 dpi is 2,480 x 3,508."


@exercise("9.2")
def steps_within(answer: Callable) -> str:
    """`answer(minutes, rate, batch)`: whole steps that fit, at `rate` pictures a second."""
    got = given(answer(10, 100, 32))
    assert not same(got, 31), "A minute has 60 seconds."
    assert not same(got, 60_000), "Those are pictures; each step takes a batch of them."
    assert got == 1875, f"10 minutes of 100 pictures a second make 1,875 steps of 32, not {got}."
    assert answer(1, 100, 64) == 93, "Only whole steps count: round down."
    return "The planner does this after ten seconds of trying."


@exercise("9.3")
def closed_loop(answer: Callable) -> str:
    """`answer(a, b, steps)`: latents [steps, Z] on the circle through a and b, and back to a."""
    a, b = torch.zeros(100), torch.zeros(100)
    a[0], b[1] = 10.0, 10.0
    got = given(answer(a, b, 8))
    assert got.shape == (8, 100), f"Eight latents of 100 numbers, not {list(got.shape)}."
    assert same(got[0], a, 1e-3), "The walk begins at a."
    lengths = got.norm(dim=1)
    assert same(lengths, torch.full((8,), 10.0), 1e-3), (
        f"All latents lie on the shell of radius 10; here lengths go from {lengths.min():.1f} to "
        f"{lengths.max():.1f}. Use cos(t) a + sin(t) b."
    )
    assert not same(got[-1], a, 1e-3), "The last step comes just before a, or a is shown twice."
    steps = (got - got.roll(1, 0)).norm(dim=1)
    assert float(steps.max() / steps.min()) < 1.01, "All steps should be equally long."
    return "A film without a seam."


# ---- what every notebook proves ----------------------------------------------------------------


def same_network(yours: torch.nn.Module, ours: torch.nn.Module, example: torch.Tensor) -> None:
    """Assert that two networks are one: same weights in, same numbers out."""
    theirs = list(ours.state_dict().values())
    mine = yours.state_dict()
    assert [tuple(v.shape) for v in mine.values()] == [tuple(v.shape) for v in theirs], (
        "The two networks have different layers. Compare print(yours) with print(ours)."
    )
    yours.load_state_dict(dict(zip(mine, theirs, strict=True)))
    was = yours.training, ours.training
    yours.eval(), ours.eval()
    with torch.no_grad():
        difference = (yours(example).flatten() - ours(example).flatten()).abs().max().item()
    yours.train(was[0]), ours.train(was[1])
    assert difference < 1e-5, f"With equal weights the outputs differ by {difference:.2g}."
    print("The network built here and the one in helpers draw the same numbers.")
