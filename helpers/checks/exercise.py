"""How a check works: it tries an answer on known cases and prints one line."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable

import numpy as np
import torch


class NotAnswered(Exception):
    """The answer is still the stub, or returns nothing."""


def given(value: object) -> object:
    """Pass an answer on, or stop quietly where the function returns nothing."""
    if value is None or value is Ellipsis:
        raise NotAnswered
    return value


def exercise(number: str) -> Callable:
    """Turn a function that asserts into a check that prints one line, whatever it is given."""

    def decorate(check: Callable[[Callable], str]) -> Callable[[Callable], None]:
        @functools.wraps(check)
        def run(answer: Callable) -> None:
            try:
                verdict = f"right. {check(answer)}"
            except NotAnswered:
                verdict = "not answered yet."
                if not is_stub(answer):
                    verdict = "not yet. Your function returns nothing: is a `return` missing?"
            except AssertionError as wrong:
                verdict = f"not yet. {wrong}"
            except Exception as error:  # the reader's code may raise anything
                verdict = f"not yet. {place_of(error, answer)}"
            print(f"Exercise {number}: {verdict}")

        return run

    return decorate


def stub() -> None:
    """What every unanswered exercise does."""
    ...


def is_stub(answer: Callable) -> bool:
    """Whether a function's body is still `...`."""
    code = getattr(answer, "__code__", None)
    # every second byte is an argument: the place of None, after a docstring if there is one
    return code is not None and code.co_code[::2] == stub.__code__.co_code[::2]


def place_of(error: Exception, answer: Callable) -> str:
    """What the reader's own code raised, and in which line; or that its answer cannot be used."""
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    file = getattr(getattr(answer, "__code__", None), "co_filename", "")
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    if not own:
        return f"Your answer has another type or shape than the check expects ({said})."
    return f"Your code stops in line {own[-1].lineno}, `{own[-1].line}`, with {said}."


def same(got: object, wanted: object, tolerance: float = 1e-5) -> bool:
    """Equal shapes and, within `tolerance`, equal numbers."""
    got, wanted = np.asarray(got, dtype=float), np.asarray(wanted, dtype=float)
    return got.shape == wanted.shape and bool(np.allclose(got, wanted, atol=tolerance))


def same_network(yours: torch.nn.Module, ours: torch.nn.Module, example: torch.Tensor) -> None:
    """Assert that two networks are one: same weights in, same numbers out."""
    theirs = list(ours.state_dict().values())
    mine = yours.state_dict()
    assert [tuple(v.shape) for v in mine.values()] == [tuple(v.shape) for v in theirs], (
        "The two networks have different layers. Compare print(yours) with print(ours)."
    )
    yours.load_state_dict(dict(zip(mine, theirs, strict=True)))
    was = yours.training, ours.training
    yours.eval(), ours.eval()
    with torch.no_grad():
        difference = (yours(example).flatten() - ours(example).flatten()).abs().max().item()
    yours.train(was[0]), ours.train(was[1])
    assert difference < 1e-5, f"With equal weights the outputs differ by {difference:.2g}."
    print("The network built here and the one in helpers give the same numbers.")
