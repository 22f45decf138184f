"""Networks for images twice as wide, grown from trained ones: nothing that was learnt is lost.

Karras et al. 2018, "Progressive Growing of GANs", section 2, blend new layers in slowly. Here the
new layers first learn to do what the small networks do, which takes a minute; then all train on.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, l1_loss, mse_loss

from helpers.images import to_signed
from helpers.models import ConditionalGenerator, ProjectionDiscriminator

GROWING_STEPS = 400  # of 32 images, for each network
NEW = 4  # layers in front of a grown discriminator: two convolutions, each with its LeakyReLU


def grow_generator(
    small: ConditionalGenerator, steps: int = GROWING_STEPS, seed: int = 0
) -> ConditionalGenerator:
    """A generator of twice the size that begins with the small one's images, enlarged.

    It has half the `filters`, so all its layers but the last two have the small one's shapes and
    take over its weights; the last two learn from the small one's images for so many steps.
    """
    torch.manual_seed(seed)
    large = ConditionalGenerator(**_doubled(small))
    _take_over(large, dict(small.state_dict()))
    fresh = [*large.upward[-1].parameters(), *large.norms[-1].parameters()]
    optimizer = torch.optim.Adam([*fresh, *large.to_image.parameters()], lr=2e-3)
    for _ in range(steps):
        z, labels = torch.randn(32, large.latent), torch.randint(large.classes, (32,))
        with torch.no_grad():
            wanted = interpolate(small.eval()(z, labels), scale_factor=2, mode="bicubic")
        _update(optimizer, l1_loss(large(z, labels), wanted))
    return large


def grow_discriminator(
    small: ProjectionDiscriminator, images: Tensor, steps: int = GROWING_STEPS, seed: int = 0
) -> ProjectionDiscriminator:
    """A discriminator for twice the size that begins with what the small one says of half of it.

    images: uint8 [N, C, H, W] of the large size. Its first two convolutions stand in place of the
    small one's first, and learn to return the same maps.
    """
    torch.manual_seed(seed)
    large = ProjectionDiscriminator(**_doubled(small))
    later = {_two_layers_on(key): weight for key, weight in small.state_dict().items()}
    _take_over(large, later)
    front = large.layers[:NEW]
    optimizer = torch.optim.Adam(front.parameters(), lr=2e-3)
    for _ in range(steps):
        batch = to_signed(images[torch.randint(len(images), (32,))])
        with torch.no_grad():
            wanted = small.layers[: NEW // 2](avg_pool2d(batch, 2))
        _update(optimizer, mse_loss(front(batch), wanted))
    return large


def _doubled(small: nn.Module) -> dict[str, int | str]:
    old = small.arguments
    return old | {"size": 2 * old["size"], "filters": old["filters"] // 2}


def _two_layers_on(key: str) -> str:
    """The name of a weight in the large discriminator: "layers.2.bias" becomes "layers.4.bias"."""
    room, _, rest = key.partition(".")
    number, _, weight = rest.partition(".")
    return f"layers.{int(number) + NEW // 2}.{weight}" if room == "layers" else key


def _take_over(large: nn.Module, weights: dict[str, Tensor]) -> None:
    """Every weight that has the same name and shape in both."""
    own = large.state_dict()
    fitting = {k: v for k, v in weights.items() if k in own and own[k].shape == v.shape}
    large.load_state_dict(own | fitting)


def _update(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
