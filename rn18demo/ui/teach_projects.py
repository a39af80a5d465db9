"""The notebooks of all visitors: kept in memory, saved on disk, forgotten in time.

A notebook is saved shortly after each change, see `teach_saving` and `teach_disk`, so that a page
can go on with it after the server was restarted.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rn18demo.errors import DatasetError
from rn18demo.ui.teach_disk import Shelf
from rn18demo.ui.teach_notebook import Notebook, new_token
from rn18demo.ui.teach_saving import Saver
from rn18demo.ui.text.en_teach import TEACH_MESSAGES as WORDS

KEEP_SECONDS = 3600.0
"""A notebook that nobody asked for in this time is deleted."""
MOST_NOTEBOOKS = 64
"""Notebooks in memory at a time."""
MOST_ASLEEP = 2_000
"""Empty notebooks that were put away, at a time; one takes a few kB."""
MOST_PICTURES = 12_000
"""Pictures in memory at a time, all notebooks together, see `Notebook.size`."""
IDLE_SECONDS = 300.0
"""A notebook that was asked for within this time is in use and stays in memory."""
SAVE_AFTER_SECONDS = 4.0
"""From the first unsaved change until the notebook is saved."""
MAX_TOKEN = 100


def _nothing_more(token: str) -> None:
    """Nobody else keeps anything."""


@dataclass(eq=False)
class _Kept:
    """A notebook in memory.

    Attributes:
        notebook: The notebook.
        used: When it was last asked for.
    """

    notebook: Notebook
    used: float


class Projects:
    """Keeps notebooks by their tokens; safe to use from several threads.

    Attributes:
        on_drop: Called with the token of a notebook that its visitor has thrown away.
    """

    def __init__(
        self,
        folder: Path,
        seconds: float = KEEP_SECONDS,
        most: int = MOST_NOTEBOOKS,
        *,
        pictures: int = MOST_PICTURES,
        save_after: float = SAVE_AFTER_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Start keeping.

        Args:
            folder: Where notebooks are saved; made if it is not there.
            seconds: After this time without use, a notebook is deleted.
            most: Notebooks in memory at a time.
            pictures: Pictures in memory at a time, all notebooks together.
            save_after: Seconds from a change until it is saved.
            clock: Seconds since 1970, as files' dates are counted.
        """
        self.on_drop: Callable[[str], None] = _nothing_more
        self._shelf = Shelf(folder, seconds, clock)
        self._seconds = seconds
        self._most = most
        self._pictures = pictures
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._asleep: dict[str, _Kept] = {}  # empty ones that made way for others
        self._lock = threading.Lock()
        self._saver = Saver(self._save, self.sweep, save_after, clock)
        self._saver.start()

    def new(self) -> Notebook:
        """An empty notebook with a token of its own.

        Raises:
            DatasetError: Too many are in use.
        """
        notebook = self._notebook(new_token())
        with self._lock:
            self._enter(notebook)
        return notebook

    def get(self, token: object) -> Notebook | None:
        """The notebook of a token, from memory or from disk; None if there is none any more.

        Raises:
            DatasetError: It is on disk, and too many are in use.
        """
        if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN:
            return None
        with self._lock:
            self._expire()
            kept = self._kept.get(token)
            if kept is not None:
                kept.used = self._clock()
                return kept.notebook
            if token in self._asleep:
                return self._enter(self._asleep[token].notebook)
        notebook = self._shelf.load(token, self._notebook(token))
        if notebook is None:
            return None
        with self._lock:
            kept = self._kept.get(token)  # somebody may have been faster
            return kept.notebook if kept is not None else self._enter(notebook)

    def drop(self, token: str) -> None:
        """Forget a notebook, in memory and on disk, with what is being learned from it.

        A token of nobody is no error, and nobody hears of it.
        """
        with self._lock:
            kept = self._kept.pop(token, None) or self._asleep.pop(token, None)
        if kept is not None:
            kept.notebook.drop()
        self._saver.forget(token)
        saved = self._shelf.delete(token)
        if kept is not None or saved:
            self.on_drop(token)

    def save_all(self) -> None:
        """Write whatever is not saved yet, now."""
        self._saver.save_all()

    def close(self) -> None:
        """Save what is not saved, and stop keeping house."""
        self._saver.close()

    def sweep(self) -> None:
        """Delete what is too old or too much, on disk and in memory."""
        with self._lock:
            self._expire()
            used = {token: kept.used for token, kept in self._kept.items()}
        self._shelf.sweep(used)

    def __len__(self) -> int:
        """How many are in memory."""
        with self._lock:
            return len(self._kept)

    # ---- memory; the caller holds the lock ------------------------------------------------

    def _enter(self, notebook: Notebook) -> Notebook:
        self._expire()
        if len(self._kept) >= self._most and not (self._put_to_sleep() or self._put_away()):
            raise DatasetError(WORDS["full"])
        self._asleep.pop(notebook.token, None)
        self._kept[notebook.token] = _Kept(notebook, self._clock())
        return notebook

    def _expire(self) -> None:
        now = self._clock()
        for place in (self._kept, self._asleep):
            for token, kept in list(place.items()):
                if now - kept.used > self._seconds and not kept.notebook.held:
                    del place[token]
                    self._saver.forget(token)
                    self._shelf.delete(token)

    def _put_to_sleep(self) -> bool:
        """Let the longest unused notebook with nothing in it make way; it comes back when asked."""
        for kept in self._idle():
            if kept.notebook.blank:
                token = kept.notebook.token
                self._asleep[token] = self._kept.pop(token)
                if len(self._asleep) > MOST_ASLEEP:
                    del self._asleep[next(iter(self._asleep))]
                return True
        return False

    def _put_away(self) -> bool:
        """Take the longest unused notebook out of memory; what was in it stays on disk."""
        now = self._clock()
        for kept in self._idle():
            if now - kept.used > IDLE_SECONDS and not kept.notebook.blank:
                del self._kept[kept.notebook.token]
                return True
        return False

    def _idle(self) -> list[_Kept]:
        """Those that nobody works on and that are saved, the longest unused first."""
        idle = [
            kept
            for token, kept in self._kept.items()
            if not kept.notebook.held and not self._saver.pending(token)
        ]
        return sorted(idle, key=lambda kept: kept.used)

    # ---- called by notebooks --------------------------------------------------------------

    def _notebook(self, token: str) -> Notebook:
        return Notebook(token, on_change=self._changed, room=self._room)

    def _changed(self, notebook: Notebook) -> None:
        with self._lock:
            if notebook.token in self._asleep:  # somebody still had it when it was put away
                self._kept[notebook.token] = self._asleep.pop(notebook.token)
            kept = self._kept.get(notebook.token)
            if kept is not None and kept.notebook is notebook:
                kept.used = self._clock()
                self._saver.changed(notebook)

    def _room(self, count: int) -> None:
        with self._lock:
            while self._in_memory() + count > self._pictures:
                if not self._put_away():
                    raise DatasetError(WORDS["no_room"])

    def _in_memory(self) -> int:
        return sum(kept.notebook.size for kept in self._kept.values())

    # ---- called by the saver --------------------------------------------------------------

    def _save(self, notebook: Notebook) -> None:
        self._shelf.save(notebook)
        with self._lock:
            kept = self._kept.get(notebook.token)
        if kept is None or kept.notebook is not notebook:  # it was dropped meanwhile
            self._shelf.delete(notebook.token)
