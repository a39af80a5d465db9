"""Saves notebooks some seconds after they have changed, on a thread of its own."""

import logging
import threading
from collections.abc import Callable

from rn18demo.core.background import start_background
from rn18demo.errors import DatasetError
from rn18demo.ui.teach_notebook import Notebook

log = logging.getLogger(__name__)

SWEEP_SECONDS = 60.0
"""So often the house is swept, and what could not be saved is tried again."""
SHORTEST_REST_SECONDS = 0.05


class Saver:
    """Keeps house; safe to use from several threads.

    Args:
        save: Writes a notebook; a DatasetError says why it could not.
        sweep: Deletes what is too old or too much.
        after: Seconds from the first unsaved change of a notebook until it is saved.
        clock: Seconds.
    """

    def __init__(
        self,
        save: Callable[[Notebook], None],
        sweep: Callable[[], None],
        after: float,
        clock: Callable[[], float],
    ) -> None:
        self._save, self._sweep, self._after, self._clock = save, sweep, after, clock
        self._due: dict[str, tuple[float, Notebook]] = {}
        self._saving: set[str] = set()
        self._lock = threading.Condition()
        self._closed = False

    def start(self) -> None:
        """Begin; what was collected in the last seconds is saved when the program ends."""
        start_background("projects", self._keep_house, (), stop=self.close)

    def changed(self, notebook: Notebook) -> None:
        """A notebook is to be saved."""
        with self._lock:
            if notebook.token not in self._due:
                self._due[notebook.token] = (self._clock() + self._after, notebook)
                self._lock.notify_all()

    def pending(self, token: str) -> bool:
        """Whether a notebook is not saved yet."""
        with self._lock:
            return token in self._due or token in self._saving

    def forget(self, token: str) -> None:
        """A notebook need not be saved any more."""
        with self._lock:
            self._due.pop(token, None)

    def save_all(self) -> None:
        """Write whatever is not saved yet, now; what is being written is, when this returns."""
        for _ in range(2):  # once more for what changed while another thread wrote it
            self._save_due(float("inf"))
            with self._lock:
                self._lock.wait_for(lambda: not self._saving)

    def close(self) -> None:
        """Save what is not saved, and stop keeping house."""
        self.save_all()
        with self._lock:
            self._closed = True
            self._lock.notify_all()

    def _save_due(self, now: float) -> None:
        """Save those whose time has come, one after the other, each once."""
        tried: set[str] = set()
        while (notebook := self._next(now, tried)) is not None:
            tried.add(notebook.token)
            saved = False
            try:
                self._save(notebook)
                saved = True
            except DatasetError as error:
                log.warning("A project was not saved: %s", error)
            except Exception:  # a bug in one notebook: the others are still saved
                log.exception("A project was not saved")
            with self._lock:
                self._saving.discard(notebook.token)
                self._lock.notify_all()
                if not saved:
                    again = self._clock() + SWEEP_SECONDS
                    self._due.setdefault(notebook.token, (again, notebook))

    def _next(self, now: float, tried: set[str]) -> Notebook | None:
        with self._lock:
            for token, (when, notebook) in self._due.items():
                if when <= now and token not in self._saving | tried:
                    del self._due[token]
                    self._saving.add(token)
                    return notebook
        return None

    def _keep_house(self) -> None:
        swept = 0.0
        while self._rest():
            try:
                self._save_due(self._clock())
                if abs(self._clock() - swept) >= SWEEP_SECONDS:
                    swept = self._clock()
                    self._sweep()
            except Exception:  # a bug, or a folder that cannot be read: the next round is due
                log.exception("What visitors collected could not be looked after")

    def _rest(self) -> bool:
        """Wait for something to do; False if the house is closed."""
        with self._lock:
            now = self._clock()
            wait = min([SWEEP_SECONDS, *(when - now for when, _ in self._due.values())])
            if not self._closed:
                self._lock.wait(max(wait, SHORTEST_REST_SECONDS))
            return not self._closed
