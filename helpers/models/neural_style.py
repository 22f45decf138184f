"""Neural style transfer: an image is searched that has the content of one and the style of another.

    painted = stylise(photograph, painting)      # both uint8 [1, 3, H, W]

Nothing is trained: as in an inversion, the pixels learn and the network stays. The features are
those of EfficientNet-Lite2, which comes with the course; Gatys et al. 2016 used VGG-19 (vgg.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from helpers.images import to_signed, to_uint8
from helpers.models.lite2 import Lite2

STYLE_MAPS = (0, 1, 3, 6, 9)  # 1/2, 1/2, 1/4, 1/8 and 1/16 of the image's height
CONTENT_MAPS = (6,)


class Taps(nn.Module):
    """EfficientNet-Lite2's maps on the way: [N, 3, H, W] in [-1, 1] to a list of maps.

    Map 0 is that of the first convolution, map i that of block i, 1 to 21. Unlike `Lite2` it does
    not scale the image. Its weights are fixed; gradients pass to the image.
    """

    def __init__(self) -> None:
        super().__init__()
        self.network = Lite2().network
        self.eval().requires_grad_(False)

    def forward(self, images: Tensor, last: int = max(STYLE_MAPS)) -> list[Tensor]:
        """The maps 0 to `last`, [N, C, H', W'] each."""
        network = self.network
        maps = [network._swish(network._bn0(network._conv_stem(images)))]
        for block in network._blocks[:last]:
            maps.append(block(maps[-1]))
        return maps


def gram(maps: Tensor) -> Tensor:
    """How strongly each two channels of maps [N, C, H, W] occur together, [N, C, C].

    It says nothing of where: the mean over all places of the product of two channels. Source:
    Gatys et al. 2016, "Image Style Transfer Using Convolutional Neural Networks", section 2.2.
    """
    flat = maps.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def apart(found: Tensor, wanted: Tensor) -> Tensor:
    """The squared difference as a share of what is wanted, so that all maps count the same."""
    return (found - wanted).square().sum() / wanted.square().sum().clamp(min=1e-12)


@dataclass(frozen=True)
class Look:
    """What a stylised image shall have, and how much each counts.

    style, content: the weights of the two losses. smooth: that of the total variation, the mean
    difference of neighbouring pixels, which keeps stripes and specks out. style_maps,
    content_maps: which maps are compared, by their number.
    """

    style: float = 1.0
    content: float = 0.3
    smooth: float = 0.3
    style_maps: tuple[int, ...] = STYLE_MAPS
    content_maps: tuple[int, ...] = CONTENT_MAPS


def total_variation(images: Tensor) -> Tensor:
    """The mean absolute difference of neighbouring pixels. Source: Mahendran and Vedaldi 2015."""
    return images.diff(dim=2).abs().mean() + images.diff(dim=3).abs().mean()


def with_colours_of(photo: Tensor, painted: Tensor) -> Tensor:
    """The brightness of `painted` with the colours of `photo`, both float [N, 3, H, W].

    Luminance-only transfer. Source: Gatys et al. 2016, "Preserving Color in Neural Artistic Style
    Transfer", section 3.
    """
    weights = torch.tensor([0.299, 0.587, 0.114], device=photo.device).view(3, 1, 1)
    ours, theirs = ((x * weights).sum(1, keepdim=True) for x in (painted, photo))
    return photo + ours - theirs


def style_distance(a: Tensor, b: Tensor, taps: Taps, maps: tuple[int, ...] = STYLE_MAPS) -> Tensor:
    """How far the Gram matrices of a are from those of b, both [1, 3, H, W] in [-1, 1]."""
    ours, theirs = taps(a, max(maps)), taps(b, max(maps))
    return torch.stack([apart(gram(ours[i]), gram(theirs[i])) for i in maps]).mean()


def stylise(
    content: Tensor,
    style: Tensor,
    look: Look = Look(),
    steps: int = 200,
    rate: float = 0.03,
    taps: nn.Module | None = None,
    start: Tensor | None = None,
    watch: Callable[[int, Tensor, dict[str, float]], None] | None = None,
) -> Tensor:
    """The content image in the style of the other one, both uint8 [1, 3, H, W] of any size.

    start: uint8, what the search begins with; by default the content itself. watch(step, image,
    losses) is called after each step, with an image in [-1, 1]. Returns uint8 [1, 3, H, W] as
    large as the content. Adam in place of Gatys' L-BFGS. Raises ValueError for grey images and for
    an image of less than 32 pixels.
    """
    for name, image in (("content", content), ("style", style)):
        if image.dim() != 4 or image.shape[:2] != (1, 3) or min(image.shape[2:]) < 32:
            raise ValueError(
                f"The {name} image should be uint8 [1, 3, H, W] with at least 32 pixels a side, "
                f"but is {list(image.shape)}."
            )
    taps = (taps or Taps()).to(content.device)
    last = max(*look.style_maps, *look.content_maps)
    with torch.no_grad():
        kept = taps(to_signed(content), last)
        grams = [gram(maps) for maps in taps(to_signed(style), last)]
    image = to_signed(content if start is None else start).clone().requires_grad_(True)
    optimizer = torch.optim.Adam([image], lr=rate)
    for step in range(steps):
        maps = taps(image, last)
        losses = {
            "style": sum(apart(gram(maps[i]), grams[i]) for i in look.style_maps),
            "content": sum(apart(maps[i], kept[i]) for i in look.content_maps),
            "smooth": total_variation(image),
        }
        loss = sum(getattr(look, name) * value for name, value in losses.items())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            image.clamp_(-1, 1)
        if watch:
            watch(step, image.detach(), {name: float(v.detach()) for name, v in losses.items()})
    return to_uint8(image.detach())
