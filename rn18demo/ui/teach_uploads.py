"""Zips and projects that a page has uploaded: opened once, then deleted."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gradio.utils import get_upload_folder

from rn18demo.errors import DatasetError, RequestError
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.text.en_teach import TEACH_MESSAGES as WORDS

MAX_PATH = 2_000
ARCHIVES = (".zip", ".rn18")
"""What the browser uploads, see `teach_drop.js`."""
READERS = 2
"""Files that are read at a time; others wait in line."""
READERS_WAIT_SECONDS = 60.0

_readers = threading.BoundedSemaphore(READERS)
_open: Counter[Path] = Counter()
_lock = threading.Lock()


@contextmanager
def uploaded(path: object) -> Iterator[Path]:
    """An uploaded file, deleted afterwards.

    The browser says where Gradio put it, and could say anything: only what lies in Gradio's
    folder for uploads, under a name that is a hash of its content, is opened. Two visitors who
    upload the same file share it, so it is deleted when the last one is done; but nothing that is
    no archive by its name is: pictures of the page itself lie there, too.

    Raises:
        RequestError: It is not there.
    """
    file = _inside_uploads(path)
    with _lock:
        if not file.is_file():
            raise RequestError(WORDS["not_uploaded"])
        _open[file] += 1
    try:
        yield file
    finally:
        with _lock:
            _open[file] -= 1
            if not _open[file]:
                del _open[file]
                if file.suffix.lower() in ARCHIVES:
                    with suppress(OSError):
                        file.unlink()


def _inside_uploads(path: object) -> Path:
    if not isinstance(path, str) or len(path) > MAX_PATH or "\0" in path:
        raise RequestError(WORDS["not_uploaded"])
    file = Path(path).resolve()
    if not file.is_relative_to(Path(get_upload_folder()).resolve()):
        raise RequestError(WORDS["not_uploaded"])
    return file


@contextmanager
def reader() -> Iterator[None]:
    """Wait in line to read a file; inside it, few others do.

    Raises:
        DatasetError: The line is too long.
    """
    if not _readers.acquire(timeout=READERS_WAIT_SECONDS):
        raise DatasetError(WORDS["busy_reading"])
    try:
        yield
    finally:
        _readers.release()


@contextmanager
def reading(notebook: Notebook) -> Iterator[None]:
    """Wait in line to read a file for a notebook.

    Raises:
        DatasetError: The line is too long.
    """
    try:
        with reader(), notebook.hold():
            yield
    finally:
        notebook.reading = None


def hear(notebook: Notebook, done: int, total: int) -> None:
    """Note how far it is."""
    notebook.reading = (done, total)
