"""A place in line for those who train while others train."""

import threading
from types import TracebackType

LESSONS_AT_ONCE = 2
"""Lessons that train at the same time on one server; further ones wait for their turn."""


class Line:
    """First come, first served.

    Args:
        at_once: How many are served at the same time.
    """

    def __init__(self, at_once: int = LESSONS_AT_ONCE) -> None:
        self._at_once = at_once
        self._places: list[Place] = []
        self._lock = threading.Lock()

    def enter(self) -> "Place":
        """Take the last place, to be used in a `with` block that gives it back."""
        place = Place(self)
        with self._lock:
            self._places.append(place)
        return place

    def ahead(self, place: "Place") -> int:
        """How many must leave before it is this place's turn; 0 if it is."""
        with self._lock:
            return max(0, self._places.index(place) - self._at_once + 1)

    def leave(self, place: "Place") -> None:
        """Give a place back; the next moves up."""
        with self._lock:
            if place in self._places:
                self._places.remove(place)


class Place:
    """Somebody's place in a line."""

    def __init__(self, line: Line) -> None:
        self._line = line

    @property
    def ahead(self) -> int:
        """How many must leave before it is this one's turn; 0 if it is."""
        return self._line.ahead(self)

    def __enter__(self) -> "Place":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.leave(self)
