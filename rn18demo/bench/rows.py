"""One line of the result: two sides measured in one run, their ratio, and what was promised."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from rn18demo.bench.timing import CALLS, Spread, race

NO_BOUND = "(no bound)"
SINGLE = "the same, single calls in turns, each side with what the other left in the caches"
_BOUND = re.compile(r"at (?P<side>most|least) (?P<value>\d+(?:\.\d+)?)")

Fact = str | int | float | None


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes:
        what: What is compared: what stands above the line / what stands below it.
        upper: What stands above the line.
        lower: What stands below it, in the same unit.
        ratio: Upper over lower.
        bound: "at most 1.2", "at least 10", or `NO_BOUND`.
        facts: More that was counted in the same run, by name.
        failures: Answers that were errors; with one of them, a bound is missed.

    Raises:
        ValueError: A bound in other words.
    """

    what: str
    upper: Spread
    lower: Spread
    ratio: float
    bound: str = NO_BOUND
    facts: Mapping[str, Fact] = field(default_factory=dict)
    failures: int = 0

    def __post_init__(self) -> None:
        if self.bound != NO_BOUND and not _BOUND.fullmatch(self.bound):
            raise ValueError(f"not a bound: {self.bound!r}")

    @property
    def verdict(self) -> Literal["met", "missed", ""]:
        """Whether the ratio keeps the bound; empty where there is none."""
        found = _BOUND.fullmatch(self.bound)
        if found is None:
            return ""
        limit = float(found["value"])
        kept = self.ratio <= limit if found["side"] == "most" else self.ratio >= limit
        return "met" if kept and not self.failures else "missed"


def divide(
    what: str,
    bound: str,
    upper: Spread,
    lower: Spread,
    facts: Mapping[str, Fact] | None = None,
    failures: int = 0,
) -> Row:
    """A row from two sides that are already measured: the ratio of their medians.

    A side that did nothing at all makes no ratio: 0 below the line is infinity, and 0 over 0
    is not a number, which keeps no bound.
    """
    if lower.median:
        ratio = upper.median / lower.median
    else:
        ratio = float("inf") if upper.median else float("nan")
    return Row(what, upper, lower, ratio, bound, facts or {}, failures)


def compare(
    what: str,
    bound: str,
    rounds: int,
    upper: Callable[[], object],
    lower: Callable[[], object],
    calls: int = CALLS,
) -> Row:
    """Time two sides in turns of some calls and divide their medians."""
    times = race({"upper": upper, "lower": lower}, rounds, calls)
    return divide(what, bound, times["upper"], times["lower"])
