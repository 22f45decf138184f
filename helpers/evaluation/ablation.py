"""Did a change help? Scores of a few seeds with it and without it, and a list of what was tried.

Nothing is trained here: notebook 11 trains, and asks this module what the scores say.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from scipy import stats

from helpers.environment.files import writable, write_atomically

# one change of a recipe each, by the name under which it is listed
SWITCHES: dict[str, dict[str, float | str | bool]] = {
    "learning rate 2e-4": {"learning_rate": 2e-4},
    "learning rate 1e-3": {"learning_rate": 1e-3},
    "D at half the learning rate": {"learning_rate_d": 1e-3},
    "beta1 0": {"beta1": 0.0},
    "beta2 0.99": {"beta2": 0.99},
    "batch 16": {"batch": 16},
    "batch 64": {"batch": 64},
    "16 filters": {"filters": 16},
    "no EMA": {"ema": 0.0},
    "no mirroring": {"flip": False},
    "translation by 4 pixels": {"translation": 4},
    "hinge": {"objective": "hinge"},
    "spectral norm in D": {"norm": "spectral"},
    "R1, no norm in D": {"r1": 0.1, "norm": "none"},
}
COLUMNS = ("training", "change", "by", "scores", "minutes")


@dataclass(frozen=True)
class Comparison:
    """Scores of several seeds on both sides, of a measure where low is good.

    difference: mean with the change minus mean without. low, high: its 95 % interval.
    """

    baseline: tuple[float, ...]
    changed: tuple[float, ...]
    difference: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Better or worse if the interval does not hold 0."""
        if self.high < 0:
            return "better"
        return "worse" if self.low > 0 else "cannot be told"

    def __str__(self) -> str:
        sides = (" ".join(f"{score:.0f}" for score in side) for side in self.sides)
        without, with_it = sides
        return (
            f"{self.verdict}: {self.difference:+.0f} (95 % interval {self.low:+.0f} to "
            f"{self.high:+.0f}; without {without}, with {with_it})"
        )

    @property
    def sides(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Scores without the change and with it."""
        return self.baseline, self.changed


def compare(baseline: Sequence[float], changed: Sequence[float]) -> Comparison:
    """Compare the scores of some seeds without a change and with it.

    The interval is Welch's (1947): each side has its own variance, and the scores of each are taken
    to be normally distributed. With three seeds it is wide, and should be. Raises ValueError for
    fewer than two scores on a side.
    """
    if min(len(baseline), len(changed)) < 2:
        raise ValueError(
            f"{len(baseline)} and {len(changed)} scores cannot be compared: how much a score "
            "differs from seed to seed needs at least two on each side."
        )
    result = stats.ttest_ind(changed, baseline, equal_var=False)
    low, high = result.confidence_interval(0.95)
    difference = mean(changed) - mean(baseline)
    return Comparison(tuple(baseline), tuple(changed), difference, float(low), float(high))


class Leaderboard:
    """What was tried, in a CSV file that only grows: one line for each change that was measured.

    path: the file, made at the first `add`. training: what all entries of one table have in common,
    such as "atelier, 600 steps"; scores of other trainings are kept, and not shown beside them.
    """

    def __init__(self, path: Path, training: str) -> None:
        self.path, self.training = path, training

    def add(self, change: str, scores: Sequence[float], minutes: float, by: str = "you") -> None:
        """Append what was measured of a change."""
        said = " ".join(f"{score:.1f}" for score in scores)
        values = (self.training, change, by, said, f"{minutes:.1f}")
        lines = [*self.lines(), dict(zip(COLUMNS, values, strict=True))]
        text = io.StringIO()
        table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(lines)
        writable(self.path.parent)
        write_atomically(self.path, text.getvalue().encode())

    def lines(self) -> list[dict[str, str]]:
        """Every line of the file. Raises ValueError if it is another kind of file."""
        if not self.path.exists():
            return []
        with self.path.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file)
            if tuple(table.fieldnames or ()) != COLUMNS:
                raise ValueError(
                    f"{self.path} is no leaderboard: its first line should be {','.join(COLUMNS)}. "
                    "Rename it, and a new one will be begun."
                )
            return list(table)

    def entries(self) -> list[tuple[str, str, list[float], float]]:
        """(change, by, scores, minutes) of this training, the best first, the newest of each."""
        newest = {
            (line["change"], line["by"]): ([float(s) for s in line["scores"].split()], line)
            for line in self.lines()
            if line["training"] == self.training
        }
        found = [
            (change, by, scores, float(line["minutes"]))
            for (change, by), (scores, line) in newest.items()
        ]
        return sorted(found, key=lambda entry: mean(entry[2]))

    def __str__(self) -> str:
        lines = [f"{'':4}{'change':42}{'score':>6}  {'of each seed':20}{'minutes':>7}  by"]
        for place, (change, by, scores, minutes) in enumerate(self.entries(), 1):
            seeds = " ".join(f"{score:.0f}" for score in scores)
            lines.append(
                f"{place:2}. {change:42}{mean(scores):6.0f}  {seeds:20}{minutes:7.1f}  {by}"
            )
        return "\n".join(lines)
