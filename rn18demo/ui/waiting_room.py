"""How many frames of cameras may be on their way through the server at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from rn18demo.errors import RequestError
from rn18demo.ui.text import say


class WaitingRoom:
    """Lets so many in and turns the rest away with a sentence; for one event loop.

    A visitor has one frame on its way and one place in the engine's line. A script that makes up
    a new name for each frame has as many as it likes: this is what stops it.

    Args:
        seats: How many may be inside.
    """

    def __init__(self, seats: int) -> None:
        self._free = seats

    @contextmanager
    def seat(self) -> Iterator[None]:
        """A place inside for as long as the block runs.

        Raises:
            RequestError: All are taken.
        """
        if self._free < 1:
            raise RequestError(say("live_full"))
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
