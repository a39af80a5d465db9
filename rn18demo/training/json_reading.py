"""Values from a JSON file that is not to be trusted, each checked where it is taken out."""

import math
import re
from collections.abc import Callable
from typing import TypeVar

R = TypeVar("R")

LARGEST = 2**31 - 1
"""Of whole numbers that have no other bound."""
MOST_NUMBER = 1e12
"""Of other numbers."""
_WORDS = re.compile(r"[\w ,.;:()’%-]{0,120}")
"""Plain text of this app's own: it may stand in a chart, which would take other signs for marks."""


class Damaged(Exception):
    """A value is missing or of another kind; the message says which, for people."""


def member(values: object, name: str) -> object:
    """What an object holds under a name; null stands for None, and only if it is there."""
    if not isinstance(values, dict) or name not in values:
        raise Damaged(f"“{name}” is missing.")
    return values[name]


def newer(values: object, name: str, default: object) -> object:
    """The same, or a default: older files do not have it."""
    return member(values, name) if isinstance(values, dict) and name in values else default


def optional(value: object, read: Callable[[object], R]) -> R | None:
    """None, or what `read` makes of anything else."""
    return None if value is None else read(value)


def list_of(value: object, most: int, least: int = 0) -> list[object]:
    """A list of `least` to `most` values."""
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise Damaged(f"a list is none, or has not {least} to {most} entries.")
    return value


def whole(value: object, most: int, least: int = 0) -> int:
    """A whole number from `least` to `most`."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Damaged(f"a value is no whole number from {least} to {most}.")
    return value


def number(value: object, most: float = MOST_NUMBER, above: float | None = None) -> float:
    """A finite number from 0 to `most`, or above a bound."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Damaged("a value is no number.")
    small = value < 0 if above is None else value <= above
    if small or value > most or not math.isfinite(value):
        raise Damaged(f"a number is outside 0 to {most:g}.")
    return float(value)


def switch(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Damaged("a switch is neither on nor off.")
    return value


def words(value: object) -> str:
    """A short text of letters, digits and a few signs."""
    if not isinstance(value, str) or not _WORDS.fullmatch(value):
        raise Damaged("a text is none, or has signs that do not belong there.")
    return value
