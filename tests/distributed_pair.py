"""What test_distributed.py starts under torchrun: twenty steps without BatchNorm, in float32.

Arguments: the folder for what is saved, and changes of the configuration as JSON. With "labelled"
among them, the networks are those of a conditional training.
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from helpers.models import Discriminator, FullyConnectedGenerator
from helpers.training import distributed
from helpers.training.checkpoint import state_of
from helpers.training.config import Config
from helpers.training.trainer import Trainer

PICTURES = np.random.default_rng(0).integers(0, 256, (50, 3, 16, 16), dtype=np.uint8)
CONFIG = Config(size=16, latent=6, filters=4, batch=8, steps=20, learning_rate=2e-4)


def trained(dropout: float = 0.0, **changes) -> Trainer:
    torch.manual_seed(int(os.environ.get("RANK", 0)))  # other weights in each: one must follow
    if changes.pop("labelled", False):
        labels = np.arange(len(PICTURES)) % 3
        config = replace(CONFIG, norm="none", r1=0.1, **changes)
        trainer = Trainer(PICTURES, config, device="cpu", labels=labels)
        trainer.dtype = None
        trainer.fit()
        return trainer
    trainer = Trainer(
        PICTURES,
        replace(CONFIG, **changes),
        device="cpu",
        generator=FullyConnectedGenerator(16, latent=6, hidden=32),
        discriminator=Discriminator(16, filters=4, norm=False, dropout=dropout),
    )
    trainer.dtype = None
    trainer.fit()
    return trainer


if __name__ == "__main__":
    trainer = trained(**json.loads(sys.argv[2]))
    mine = {
        "state": {k: v for k, v in state_of(trainer).items() if k not in ("identity", "seconds")},
        "dropout": torch.rand(4) if trainer.group.world_size > 1 else None,
    }
    torch.save(mine, Path(sys.argv[1]) / f"rank_{trainer.group.rank}.pt")
    distributed.leave()
