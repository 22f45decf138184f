"""How a command meets a person: numbers that are checked, a message in place of a traceback."""

from __future__ import annotations

import argparse
import functools
import math
import os
import sys
from collections.abc import Callable, Sequence

LARGEST_SEED = 2**32 - 1  # what NumPy takes; torch would take more


def number(low: float = 0, whole: bool = False, high: float = math.inf) -> Callable[[str], float]:
    """An argument's type: a number above `low`, up to `high`; from `low` on, if it is whole."""

    def convert(text: str) -> float:
        value = int(text) if whole else float(text)
        if not math.isfinite(value):
            raise argparse.ArgumentTypeError(f"{text} is no finite number")
        if value < low or (value == low and not whole):
            least = f"at least {low:,}" if whole else f"more than {low:g}"
            raise argparse.ArgumentTypeError(f"{text} is not {least}")
        if value > high:
            raise argparse.ArgumentTypeError(f"{text} is more than {high:,}")
        return value

    convert.__name__ = "whole number" if whole else "number"  # argparse shows it
    return convert


def count(least: int = 1) -> Callable[[str], int]:
    """An argument's type: a whole number from `least` on."""
    return number(least, whole=True)


def seed() -> Callable[[str], int]:
    """An argument's type: a seed that every random generator takes."""
    return number(0, whole=True, high=LARGEST_SEED)


def spoken(main: Callable[[Sequence[str] | None], int]) -> Callable[..., int]:
    """Turn what a `main` raises about its input into a line on stderr and the exit status 1.

    A console that lacks a letter shows its code (`\\\\xe9`) instead; a reader that has read enough
    (`| head -1`) is no error; Ctrl-C is status 130.
    """

    @functools.wraps(main)
    def run(arguments: Sequence[str] | None = None) -> int:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        try:
            status = main(arguments)
            sys.stdout.flush()
            return status
        except BrokenPipeError:
            # what is still in the buffer goes nowhere, or Python complains once more at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except KeyboardInterrupt:
            return 130
        except (ValueError, ArithmeticError, OSError, ImportError, MemoryError) as error:
            said = str(error) or "more memory is needed than there is"
            print(f"{type(error).__name__}: {said}", file=sys.stderr)
        except RuntimeError as error:  # torch has no class of its own for a full memory
            if "memory" not in str(error):
                raise
            first = str(error).splitlines()[0]
            print(f"{first} Take fewer --filters, a smaller --batch or --n.", file=sys.stderr)
        return 1

    return run
