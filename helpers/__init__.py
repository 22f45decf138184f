"""What the notebooks of GAN Atelier share: small files, one idea each, meant to be read.

    environment/  where am I: device, profile, seed, folders, threads, console
    images.py     between uint8 images and a network's floats; grids
    augment.py    differentiable augmentation
    losses.py     the objectives: BCE, hinge, relativistic
    models/       the networks, and how they are saved: dcgan.py first
    training/     settings (config.py), the loop (trainer.py), checkpoints, run folders
    data/         one ImageSet out of every source; atelier/ draws the built-in one
    evaluation/   features, metrics, classifiers, the test for copies, the diagnosis of a run
    plotting/     figures, the gallery, prints, widgets
    checks/       what an exercise's answer must show, a file a notebook
    commands/     python -m helpers.train, sample, evaluate, diagnose, stylize, translate, pretrain

A room imports only from rooms above it (the first four from `environment` and each other), and
tests/test_house.py holds it to that. Importing this package imports none of them: a worker
process that only draws paintings must not wait for torch.
"""

from pathlib import Path

# `python -m helpers.train` finds helpers/commands/train.py
__path__.append(str(Path(__file__).with_name("commands")))
