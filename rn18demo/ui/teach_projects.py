"""The notebooks of all visitors: kept in memory, saved on disk, forgotten in time.

A notebook is saved shortly after each change under the hash of its token, so that a page can
go on with it after the server was restarted, and nobody who sees the files can open one.
"""

import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rn18demo.core.background import start_background
from rn18demo.errors import DatasetError, DemoError
from rn18demo.training.project import load_project, save_project
from rn18demo.ui.teach_notebook import Notebook, new_token
from rn18demo.ui.teach_page import page_of_project
from rn18demo.ui.text.en_teach import TEACH_MESSAGES as WORDS

log = logging.getLogger(__name__)

KEEP_SECONDS = 3600.0
"""A notebook that nobody asked for in this time is deleted."""
MOST_NOTEBOOKS = 64
"""Notebooks in memory at a time."""
MOST_FILES = 256
"""Notebooks on disk at a time."""
MOST_PICTURES = 12_000
"""Pictures in memory at a time, all notebooks together; one takes up to 0.8 MB."""
IDLE_SECONDS = 300.0
"""A notebook that was asked for within this time is in use and stays in memory."""
SAVE_AFTER_SECONDS = 4.0
"""From the first unsaved change until the notebook is saved."""
SWEEP_SECONDS = 60.0
MAX_TOKEN = 100


def _nothing_more(token: str) -> None:
    """Nobody else keeps anything."""


@dataclass(eq=False)
class _Kept:
    """A notebook in memory.

    Attributes:
        notebook: The notebook.
        used: When it was last asked for.
        due: When it is to be saved; None if it is saved.
        saving: Whether it is being written at this moment.
    """

    notebook: Notebook
    used: float
    due: float | None = None
    saving: bool = False


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
        self._folder = folder
        self._seconds = seconds
        self._most = most
        self._pictures = pictures
        self._save_after = save_after
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Condition()
        self._closed = False
        with suppress(OSError):  # saving then says why
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # What was collected in the last seconds is saved when the program ends.
        start_background("projects", self._keep_house, (), stop=self.close)

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
        notebook = self._load(token)
        if notebook is None:
            return None
        with self._lock:
            kept = self._kept.get(token)  # somebody may have been faster
            return kept.notebook if kept is not None else self._enter(notebook)

    def drop(self, token: str) -> None:
        """Forget a notebook, in memory and on disk."""
        with self._lock:
            self._kept.pop(token, None)
        self._path(token).unlink(missing_ok=True)
        self.on_drop(token)

    def save_all(self) -> None:
        """Write whatever is not saved yet, now."""
        for kept in list(self._due(float("inf"))):
            self._save(kept)

    def close(self) -> None:
        """Save what is not saved, and stop keeping house."""
        self.save_all()
        with self._lock:
            self._closed = True
            self._lock.notify_all()

    def __len__(self) -> int:
        """How many are in memory."""
        with self._lock:
            return len(self._kept)

    # ---- memory; the caller holds the lock ------------------------------------------------

    def _enter(self, notebook: Notebook) -> Notebook:
        self._expire()
        if len(self._kept) >= self._most and not self._put_away_one():
            raise DatasetError(WORDS["full"])
        self._kept[notebook.token] = _Kept(notebook, self._clock())
        return notebook

    def _expire(self) -> None:
        now = self._clock()
        for token, kept in list(self._kept.items()):
            if now - kept.used > self._seconds and not kept.notebook.held:
                del self._kept[token]
                self._path(token).unlink(missing_ok=True)

    def _put_away_one(self) -> bool:
        """Take the longest unused notebook out of memory; what was in it stays on disk."""
        now = self._clock()
        for token, kept in sorted(self._kept.items(), key=lambda item: item[1].used):
            saved = kept.due is None and not kept.saving
            idle = now - kept.used > IDLE_SECONDS and saved
            if not kept.notebook.held and idle:
                del self._kept[token]
                return True
        return False

    # ---- called by notebooks --------------------------------------------------------------

    def _notebook(self, token: str) -> Notebook:
        return Notebook(token, on_change=self._changed, room=self._room)

    def _changed(self, notebook: Notebook) -> None:
        with self._lock:
            kept = self._kept.get(notebook.token)
            if kept is not None and kept.notebook is notebook:
                kept.used = self._clock()
                if kept.due is None:
                    kept.due = kept.used + self._save_after
                    self._lock.notify_all()

    def _room(self, count: int) -> None:
        with self._lock:
            while self._in_memory() + count > self._pictures:
                if not self._put_away_one():
                    raise DatasetError(WORDS["no_room"])

    def _in_memory(self) -> int:
        return sum(kept.notebook.now.pictures for kept in self._kept.values())

    # ---- disk -----------------------------------------------------------------------------

    def _path(self, token: str) -> Path:
        name = hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
        return self._folder / f"{name}.rn18"

    def _load(self, token: str) -> Notebook | None:
        path = self._path(token)
        try:
            if self._clock() - path.stat().st_mtime > self._seconds:
                return None
            page = page_of_project(load_project(path))
        except OSError:
            return None
        except DemoError as error:
            log.warning("A saved project cannot be used: %s", error)
            return None
        notebook = self._notebook(token)
        notebook.now = page
        return notebook

    def _due(self, now: float) -> Iterator[_Kept]:
        """Notebooks whose time to be saved has come, one after the other."""
        while True:
            with self._lock:
                ready = (k for k in self._kept.values() if k.due is not None and k.due <= now)
                kept = next((k for k in ready if not k.saving), None)
                if kept is None:
                    return
                kept.due, kept.saving = None, True
            yield kept

    def _save(self, kept: _Kept) -> None:
        path = self._path(kept.notebook.token)
        again: float | None = None
        try:
            save_project(path, kept.notebook.project())
        except (DatasetError, TypeError) as error:
            log.warning("A project was not saved: %s", error)
            again = self._clock() + SWEEP_SECONDS
        with self._lock:
            kept.saving = False
            kept.due = kept.due or again
            if self._kept.get(kept.notebook.token) is not kept:
                path.unlink(missing_ok=True)  # it was dropped meanwhile

    def _keep_house(self) -> None:
        swept = 0.0
        while self._rest():
            for kept in self._due(self._clock()):
                self._save(kept)
            if abs(self._clock() - swept) >= SWEEP_SECONDS:
                swept = self._clock()
                with suppress(OSError):
                    self.sweep()

    def _rest(self) -> bool:
        """Wait for something to do; False if the house is closed."""
        with self._lock:
            due = [kept.due for kept in self._kept.values() if kept.due is not None]
            wait = min([SWEEP_SECONDS, *(one - self._clock() for one in due)])
            if not self._closed:
                self._lock.wait(max(wait, 0.05))
            return not self._closed

    def sweep(self) -> None:
        """Delete what is too old or too much, on disk and in memory."""
        with self._lock:
            self._expire()
            used = {self._path(token): kept.used for token, kept in self._kept.items()}
        dates: dict[Path, float] = {}
        for path in [*self._folder.glob("*.rn18"), *self._folder.glob("*.part")]:
            with suppress(OSError):
                dates[path] = max(path.stat().st_mtime, used.get(path, 0.0))
                if path in used:  # so that it is still young if the server is restarted
                    os.utime(path, (dates[path], dates[path]))
        now = self._clock()
        kept = sorted(dates, key=dates.__getitem__, reverse=True)
        for rank, path in enumerate(kept):
            if path not in used and (now - dates[path] > self._seconds or rank >= MOST_FILES):
                path.unlink(missing_ok=True)
