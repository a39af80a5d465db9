"""Passing on what a part of a work tells, and what it found."""

from collections.abc import Callable, Generator
from typing import TypeVar

Told = TypeVar("Told")
Report = TypeVar("Report")
Result = TypeVar("Result")


def relay(
    part: Generator[Told, None, Result], report: Callable[[Told], Report]
) -> Generator[Report, None, Result]:
    """Run a part of a work; like `yield from`, but each thing that it tells is put differently.

    Args:
        part: Tells how far it is, and returns its result.
        report: Puts it into the terms of the whole; what it raises ends the part.

    Yields:
        What `report` makes of each.

    Returns:
        The part's result.
    """
    while True:
        try:
            told = next(part)
        except StopIteration as end:
            result: Result = end.value
            return result
        yield report(told)
