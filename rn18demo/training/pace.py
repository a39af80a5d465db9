"""How long the rest of a work takes, judged by the part that is done."""

import time
from collections.abc import Callable

TELLING = 0.05
"""Before this share is done, nobody can tell."""


class Pace:
    """Measures from the first share that it is told.

    Args:
        clock: Seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._start: tuple[float, float] | None = None

    def seconds_left(self, share: float) -> float | None:
        """What the rest takes if it goes on as since the start.

        Args:
            share: That is done, 0 to 1; it never falls.

        Returns:
            Seconds; None while nobody can tell.
        """
        now = self._clock()
        if self._start is None:
            self._start = now, share
        since, begun = self._start
        done = share - begun
        return (now - since) / done * (1 - share) if done >= TELLING else None
