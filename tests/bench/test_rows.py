"""Ratios, bounds and their verdicts."""

import itertools
import math
from types import SimpleNamespace

import pytest

from rn18demo.bench import timing
from rn18demo.bench.rows import NO_BOUND, Row, compare, divide
from rn18demo.bench.timing import Spread, race, spread


def row(ratio: float, bound: str, failures: int = 0) -> Row:
    side = Spread(1, 1, 1)
    return Row("a / b", side, side, ratio, bound, failures=failures)


@pytest.mark.parametrize(
    ("ratio", "bound", "verdict"),
    [
        (1.2, "at most 1.2", "met"),
        (1.21, "at most 1.2", "missed"),
        (10, "at least 10", "met"),
        (9.99, "at least 10", "missed"),
        (math.inf, "at least 3", "met"),
        (math.nan, "at least 3", "missed"),
        (math.nan, "at most 3", "missed"),
        (0, NO_BOUND, ""),
    ],
)
def test_a_bound_is_met_or_missed(ratio: float, bound: str, verdict: str) -> None:
    assert row(ratio, bound).verdict == verdict


def test_an_error_misses_the_bound() -> None:
    assert row(100, "at least 3", failures=1).verdict == "missed"
    assert row(100, NO_BOUND, failures=1).verdict == ""


@pytest.mark.parametrize("bound", ["", "at last 10", "at least ten", "at least 10 or so", "10"])
def test_a_bound_in_other_words_is_refused(bound: str) -> None:
    with pytest.raises(ValueError, match="not a bound"):
        row(1, bound)


def test_the_ratio_is_that_of_the_medians() -> None:
    made = divide("a / b", "at least 2", Spread(30, 1, 90), Spread(10, 9, 60), {"errors": 0})
    assert made.ratio == 3
    assert made.facts == {"errors": 0}


def test_a_side_that_did_nothing_makes_no_number() -> None:
    nothing, something = Spread(0, 0, 0), Spread(5, 5, 5)
    assert divide("", NO_BOUND, something, nothing).ratio == math.inf
    assert math.isnan(divide("", NO_BOUND, nothing, nothing).ratio)


@pytest.mark.parametrize("calls", [1, 3])
def test_both_sides_take_turns_of_some_calls_and_one_turn_before(calls: int) -> None:
    made: list[str] = []
    row = compare(
        "a / b", NO_BOUND, 3, lambda: made.append("upper"), lambda: made.append("lower"), calls
    )
    assert made == (["upper"] * calls + ["lower"] * calls) * 4
    assert row.upper.unit == "ms"


def test_the_first_call_of_a_turn_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    now, seconds = 0, itertools.cycle([5, 1])

    def run() -> None:
        nonlocal now
        now += next(seconds)

    monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda: now))
    assert race({"only": run}, 2, calls=2)["only"] == Spread(1000, 1000, 1000)
    seconds = itertools.cycle([5])
    assert race({"only": run}, 2, calls=1)["only"] == Spread(5000, 5000, 5000)


def test_a_race_of_one_round_has_a_result() -> None:
    time = race({"only": lambda: None}, 1)["only"]
    assert time.low == time.median == time.high


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([4.0], Spread(4, 4, 4, "s")),
        ([1.0, 3.0], Spread(2, 1.5, 2.5, "s")),
        ([5.0, 1.0, 2.0, 4.0, 3.0], Spread(3, 2, 4, "s")),
    ],
)
def test_median_and_quartiles(values: list[float], expected: Spread) -> None:
    assert spread(values, "s") == expected


def test_nothing_measured_is_no_result() -> None:
    with pytest.raises(ValueError, match="nothing"):
        spread([])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Spread(1234.5, 900, 2000, "MB"), "1,234 MB (900 to 2,000)"),
        (Spread(12.34, 1.234, 0.1234), "12.3 ms (1.23 to 0.123)"),
        (Spread(7, 7, 7, "s"), "7 s"),
        (Spread(0, 0, 1, "answers/s"), "0 answers/s (0 to 1)"),
    ],
)
def test_numbers_are_as_exact_as_they_are_known(value: Spread, text: str) -> None:
    assert str(value) == text
