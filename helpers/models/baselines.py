"""Networks to compare with: what came before DCGAN."""

from __future__ import annotations

from torch import Tensor, nn

from helpers.models.registry import register


@register
class FullyConnectedGenerator(nn.Module):
    """A generator without convolutions: two hidden layers that know nothing of neighbours.

    Latents [N, Z] to pictures [N, channels, size, size] in [-1, 1]. The first paper on GANs shows
    a generator of this kind beside one with convolutions (Goodfellow et al. 2014, figure 2).
    """

    def __init__(
        self, size: int = 32, latent: int = 100, hidden: int = 256, channels: int = 3
    ) -> None:
        super().__init__()
        self.latent = latent
        self.shape = (channels, size, size)
        self.layers = nn.Sequential(
            nn.Linear(latent, hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, 2 * hidden),
            nn.ReLU(inplace=True),
            nn.Linear(2 * hidden, channels * size * size),
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Latents [N, Z] to pictures [N, C, H, W] in [-1, 1]."""
        return self.layers(z).unflatten(1, self.shape)
