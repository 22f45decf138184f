"""What the notebooks of GAN Atelier share: small files, one idea each, meant to be read.

A file imports only from files above it in this list:

    environment.py  where am I: device, profile, seed, folders
    painters/       the imaginary painters, a file each, and the brushes they share
    atelier.py      the built-in set: their works, written to disk once
    artworks.py     the layout of an art set on disk: artists.csv and folders of pictures
    download.py     fetching a set from Kaggle, safely and without prompts
    data.py         every dataset becomes one ImageSet: uint8 [N, C, H, W], labels, names
    models.py       the networks, each as short as its notebook tells it
    losses.py       objectives: a discriminator loss, a generator loss
    pictures.py     between a picture's bytes and a network's floats
    runs.py         a run folder: what a training leaves behind
    training.py     Trainer: one step, a fit, a run folder, save and resume
    metrics.py      what a set of generated pictures is worth
    plotting.py     grids, curves, palettes, films; knows nothing of training
    widgets.py      live progress, and the real-or-fake game
    checks.py       what an exercise's answer must show

Importing this package imports none of them: a worker process that only draws pictures
must not wait for torch.
"""
