"""VGG-19's maps, the features of Gatys et al., where its weights can be downloaded.

The weights, 548 MB, come from torchvision and stay in PyTorch's cache. What the weights of the
losses should be for it was not measured here: the ones for Lite2 are a start.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from helpers.models.neural_style import Look

# after the ReLU of conv1_1, 2_1, 3_1, 4_1, 4_2 and 5_1: torchvision's places in `features`
PLACES = (1, 6, 11, 20, 22, 29)
# style and content maps of Gatys et al. 2016, section 3
VGG_LOOK = Look(style_maps=(0, 1, 2, 3, 5), content_maps=(4,))
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, as VGG was trained


class VGGTaps(nn.Module):
    """In place of `neural_style.Taps`: [N, 3, H, W] in [-1, 1] to six maps. Use with VGG_LOOK.

    pretrained: False leaves the weights random, for tests. Raises OSError, with what to do, if
    they are neither in PyTorch's cache nor to be had.
    """

    def __init__(self, pretrained: bool = True) -> None:
        super().__init__()
        from torchvision.models import VGG19_Weights, vgg19

        try:
            network = vgg19(weights=VGG19_Weights.IMAGENET1K_V1 if pretrained else None)
        except (OSError, RuntimeError) as error:  # no network, or a download that broke off
            raise OSError(
                f"VGG-19's weights could not be downloaded ({error}). Use EfficientNet-Lite2, "
                "which comes with the course."
            ) from error
        self.layers = network.features[: PLACES[-1] + 1]
        for layer in self.layers:
            if isinstance(layer, nn.ReLU):
                layer.inplace = False  # or it would change the map before it
        self.register_buffer("mean", torch.tensor(MEAN).view(3, 1, 1))
        self.register_buffer("std", torch.tensor(STD).view(3, 1, 1))
        self.eval().requires_grad_(False)

    def forward(self, images: Tensor, last: int = len(PLACES) - 1) -> list[Tensor]:
        """The maps 0 to `last`, [N, C, H', W'] each."""
        maps, x = [], ((images + 1) / 2 - self.mean) / self.std
        for place, layer in enumerate(self.layers[: PLACES[last] + 1]):
            x = layer(x)
            if place in PLACES:
                maps.append(x)
        return maps
