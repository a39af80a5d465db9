"""Taking turns at the clock, so that noise hits all sides alike."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Times of one candidate.

    Attributes:
        median: In milliseconds.
        low: First quartile, in milliseconds.
        high: Third quartile, in milliseconds.
    """

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.1f} ms ({self.low:.1f} to {self.high:.1f})"


def race(candidates: dict[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Run every candidate once a round, `rounds` times, after one round to warm up."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for number in range(rounds + 1):
        for name, run in candidates.items():
            start = time.perf_counter()
            run()
            if number:
                times[name].append((time.perf_counter() - start) * 1000)
    result = {}
    for name, values in times.items():
        low, median, high = statistics.quantiles(values, n=4)
        result[name] = Timing(median, low, high)
    return result
