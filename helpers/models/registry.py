"""Networks on disk: a saved network is its class's name, its constructor's arguments, its weights.

    @register
    class MyGenerator(nn.Module): ...

is all that a network of your own needs, to be saved, loaded and told from another one.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import io
import json
import re
from pathlib import Path
from typing import Any

import torch
from torch import nn

from helpers.environment.files import write_atomically

PLAIN = (int, float, bool, str, type(None))  # what a file may hold beside weights
_CLASSES: dict[str, type[nn.Module]] = {}


def register(cls: type[nn.Module]) -> type[nn.Module]:
    """Class decorator: `save` and `load` know this network from now on, by its class's name.

    Every new object remembers its constructor's arguments, defaults included, as `.arguments`:
    numbers, strings, bools, None, or lists of these; else TypeError. To define a class again, as
    one does in a notebook, replaces the older one.
    """
    construct = cls.__init__
    signature = inspect.signature(construct)

    @functools.wraps(construct)
    def remembering(self: nn.Module, *args: Any, **kwargs: Any) -> None:
        construct(self, *args, **kwargs)
        if type(self) is cls:  # not for a subclass, which has arguments of its own
            bound = signature.bind(self, *args, **kwargs)
            bound.apply_defaults()
            self.arguments = {k: _plain(cls, k, v) for k, v in list(bound.arguments.items())[1:]}

    cls.__init__ = remembering
    _CLASSES[cls.__name__] = cls
    return cls


def _plain(cls: type, name: str, value: Any) -> Any:
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, list | tuple):
        return [_plain(cls, name, part) for part in value]
    raise TypeError(
        f"{cls.__name__}({name}=...) is a {type(value).__name__}: a registered network takes "
        "numbers, strings, True and False, or lists of these, so that a file can hold them."
    )


def identity(network: nn.Module) -> str:
    """What a network is, as text: 'Generator(size=32, latent=100, ...)'; other widths, other text.

    A class that is not registered goes by its name and a hash of its layers and shapes.
    """
    name = type(network).__name__
    if (arguments := arguments_of(network)) is not None:
        return f"{name}({', '.join(f'{k}={v!r}' for k, v in arguments.items())})"
    shapes = [(key, tuple(value.shape)) for key, value in network.state_dict().items()]
    return f"{name} {hashlib.sha256(f'{network!r}{shapes}'.encode()).hexdigest()[:16]}"


def classes_in(identity: str) -> int:
    """How many classes a network with this `identity` was made for; 0 without labels."""
    found = re.search(r"[(, ]classes=(\d+)", identity)
    return int(found[1]) if found else 0


def arguments_of(network: nn.Module) -> dict[str, Any] | None:
    """The constructor's arguments of a registered network, else None."""
    registered = _CLASSES.get(type(network).__name__) is type(network)
    return vars(network).get("arguments") if registered else None


def save(network: nn.Module, path: Path, half: bool = False) -> None:
    """Write a network, whole or not at all.

    half: store float16, for a file of half the size: three decimal digits of each weight. It is
    computed with in float32 again.
    """
    weights = {name: value.cpu() for name, value in network.state_dict().items()}
    if half:
        weights = {k: v.half() if v.is_floating_point() else v for k, v in weights.items()}
    saved = {"class": type(network).__name__, "arguments": arguments_of(network)}
    content = io.BytesIO()
    torch.save(saved | {"weights": weights}, content)
    write_atomically(path, content.getvalue())


def load(path: Path | str, network: nn.Module | None = None) -> nn.Module:
    """A network from its file alone, on the CPU, in evaluation mode.

    network: an untrained network of the right shape, for a class that is not registered.
    Raises FileNotFoundError or ValueError, each with what to do.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no {path.name} in {path.parent.name}/: train first.")
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a damaged or foreign file makes torch.load raise
        raise ValueError(
            f"{path.name} is damaged or was not written by this course ({type(error).__name__})."
        ) from error
    kinds = {"class": str, "arguments": dict | None, "config": dict | None, "weights": dict}
    whole = isinstance(saved, dict) and {"class", "weights"} <= saved.keys()
    if not whole or not all(isinstance(saved.get(name), kind) for name, kind in kinds.items()):
        checkpoint = isinstance(saved, dict) and "format" in saved
        raise ValueError(
            f"{path.name} is a checkpoint, from which a training goes on (Trainer.resume); the "
            "networks of a run are in its generator.pt and discriminator.pt."
            if checkpoint
            else f"{path.name} is not a network that this course saved."
        )
    kind, weights = saved["class"], saved["weights"]
    arguments = saved.get("arguments", saved.get("config"))  # "config": the first edition
    if network is None:
        network = build(kind, arguments, path.name, exact="arguments" in saved)
    try:
        network.load_state_dict(weights)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path.name} holds a {kind} of another shape: pass as network= an untrained one "
            "with the same layers as the one that was trained."
        ) from error
    # the memory layout of training: with another one the last bit may be rounded differently
    return network.to(memory_format=torch.channels_last).eval()


def load_generator(path: Path | str) -> nn.Module:
    """`load`, for a file that must hold a generator: it has a `latent` size, as all of them do.

    Its `names` say what the labels stand for, if a run's labels.json or a card says so beside it.
    Raises ValueError for a discriminator, a classifier or a checkpoint.
    """
    network = load(path)
    if not isinstance(getattr(network, "latent", None), int):
        raise ValueError(
            f"{Path(path).name} holds a {type(network).__name__}, and only a generator draws "
            "images: name the run's folder, or its generator.pt."
        )
    network.names = names_beside(Path(path))
    return network


def names_beside(path: Path) -> tuple[str, ...]:
    """The labels' names beside a generator's file: in labels.json, or in its card; else ()."""
    for file in (path.with_name("labels.json"), path.with_suffix(".json")):
        if file.is_file():
            known = json.loads(file.read_text(encoding="utf-8"))
            return tuple(known["labels"])
    return ()


def build(kind: str, arguments: dict[str, Any] | None, file: str, exact: bool = True) -> nn.Module:
    """An untrained network by its class's name and arguments; `file` is named in errors.

    exact: all arguments must be the constructor's; else those that it does not know are dropped.
    Raises ValueError for an unknown class, and for arguments that do not fit.
    """
    if kind not in _CLASSES or arguments is None:
        raise ValueError(
            f"{file} holds a {kind}, which is not registered: write @register above its class "
            "and run that cell first, or pass an untrained one as network=. "
            f"Registered are: {', '.join(sorted(_CLASSES))}."
        )
    cls = _CLASSES[kind]
    if not exact:
        known = inspect.signature(cls).parameters
        arguments = {name: value for name, value in arguments.items() if name in known}
    try:
        return cls(**arguments)
    except Exception as error:  # arguments come from a file: a constructor may raise anything
        raise ValueError(
            f"{file} cannot be built: {kind}(...) does not take what the file says "
            f"({type(error).__name__}: {error})."
        ) from error
