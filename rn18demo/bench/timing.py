"""Taking turns at the clock, so that noise hits all sides alike."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """What one side took or did, over several rounds.

    Attributes:
        median: The middle of the rounds.
        low: First quartile.
        high: Third quartile.
        unit: What the three count: "ms", "s", "answers/s", "MB".
    """

    median: float
    low: float
    high: float
    unit: str = "ms"

    def __str__(self) -> str:
        if self.low == self.median == self.high:
            return f"{_number(self.median)} {self.unit}"
        return f"{_number(self.median)} {self.unit} ({_number(self.low)} to {_number(self.high)})"


def spread(values: Sequence[float], unit: str = "ms") -> Spread:
    """The median and quartiles of some rounds; of one round, three times its value.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("nothing was measured")
    if len(values) == 1:
        return Spread(values[0], values[0], values[0], unit)
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high, unit)


CALLS = 5
"""Calls of one side in a turn. The first is not timed: it pays for what the other side left
behind, such as threads that still wait busily and caches full of other numbers."""


def race(
    candidates: dict[str, Callable[[], object]], rounds: int, calls: int = CALLS
) -> dict[str, Spread]:
    """Let the candidates take turns, `rounds` times, after one round to warm up.

    Args:
        candidates: What is called, by name.
        rounds: Turns of each that count.
        calls: Calls in a turn. Of several, the first is not timed; a single one is.

    Returns:
        The time of one call of each, in milliseconds: the spread of the turns' medians.
    """
    turns: dict[str, list[float]] = {name: [] for name in candidates}
    for number in range(rounds + 1):
        for name, run in candidates.items():
            times = [_milliseconds(run) for _ in range(calls)]
            if number:
                turns[name].append(statistics.median(times[1:] or times))
    return {name: spread(values) for name, values in turns.items()}


def _milliseconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1000


def _number(value: float) -> str:
    """Three digits are as much as the noise leaves: 0.0123, 1.23, 12.3, 1,234."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
