"""Progress out of a long computation, and a way to stop it."""

from collections.abc import Callable

from rn18demo.errors import Cancelled

Progress = Callable[[float], None]
"""Told the share done, 0 to 1."""
Stop = Callable[[], bool]
"""Asked now and then; True stops the computation."""


class Watch:
    """Counts the steps of one computation."""

    def __init__(
        self, total: int, progress: Progress | None = None, cancelled: Stop | None = None
    ) -> None:
        """Start counting.

        Args:
            total: Number of steps, 1 or more.
            progress: Told the share done after each step; 1 comes once, at the end.
            cancelled: Asked before the first step and after each but the last.

        Raises:
            Cancelled: `cancelled` says so at once.
        """
        self._total, self._done = total, 0
        self._progress, self._cancelled = progress, cancelled
        self.check()

    def check(self) -> None:
        """Stop here if the visitor wants to.

        Raises:
            Cancelled: They do.
        """
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("You stopped this computation; start it again whenever you like.")

    def step(self, count: int = 1) -> None:
        """Note that `count` more steps are done.

        Raises:
            Cancelled: The visitor wants to stop and something is left to do.
        """
        self._done += count
        if self._done < self._total:
            self.check()
        if self._progress is not None:
            self._progress(self._done / self._total)
