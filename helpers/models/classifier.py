"""A small classifier that scores generated images and is never trained against."""

from __future__ import annotations

from torch import Tensor, nn

from helpers.models.registry import register


@register
class Classifier(nn.Module):
    """A small convolutional classifier: images [N, channels, H, W] in [-1, 1] to logits [N, K].

    Its pooled last layer takes any size from 16 pixels on. It scores, it is never trained
    against: a generator that has seen its gradients could fool it.
    """

    def __init__(self, classes: int, channels: int = 3, filters: int = 32) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = channels
        for i in range(3):
            outputs = filters * 2**i
            layers += [
                nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(2),
            ]
            inputs = outputs
        self.layers = nn.Sequential(
            *layers,
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(inputs * 4, classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Pictures [N, C, H, W] in [-1, 1] to one logit a class, [N, K]."""
        return self.layers(images)
