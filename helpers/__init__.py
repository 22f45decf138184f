"""What the notebooks of GAN Atelier share: small files, one idea each, meant to be read.

A file imports only from files above it in this list:

    environment.py  where am I: device, profile, seed, folders
    files.py        files that are whole or not there
    painters/       the imaginary painters, a file each, and the brushes they share
    atelier.py      the built-in set: their works, written to disk once
    artworks.py     the layout of an art set on disk: artists.csv and folders of pictures
    download.py     fetching a set from Kaggle, safely and without prompts
    classics.py     MNIST, Fashion-MNIST, CIFAR-10 and CelebA, by torchvision
    finding.py      which set, and where it lies: a name, a folder, a zip file
    reading.py      one picture on disk becomes one square of bytes
    data.py         every dataset becomes one ImageSet: uint8 [N, C, H, W], labels, names
    models.py       the networks, each as short as its notebook tells it
    losses.py       objectives: a discriminator loss, a generator loss
    pictures.py     between a picture's bytes and a network's floats
    augment.py      pictures changed on their way to the discriminator
    recipes.py      all settings of a training, and the recipes that are compared
    stopping.py     Ctrl-C and the stop button wait for the end of a step
    distributed.py  several processes, GPUs or machines that train one model
    runs.py         a run folder: what a training leaves behind
    health.py       losses that exploded and weights that broke, in words
    resuming.py     a training's state, its checkpoints, and how it goes on
    training.py     Trainer: one step, a fit
    planner.py      how far so many minutes go on this device
    judges.py       a classifier that took no part, and what it says of fakes
    features.py     pictures as numbers that a trained network finds worth noting
    metrics.py      FD, KID, precision and recall, memorisation
    evaluate.py     a generator scored, with floors and spreads; also a shell command
    diagnose.py     what is wrong with my run?
    plotting.py     grids, curves, palettes, films; knows nothing of training
    standins.py     drawn digits and clothes, where the real sets are missing
    prints.py       a sheet at print size, a loop, a card of facts
    widgets.py      live progress, and the real-or-fake game
    checks.py       what an exercise's answer must show
    train.py, sample.py    the same from a shell: python -m helpers.train --help

Importing this package imports none of them: a worker process that only draws pictures
must not wait for torch.
"""
