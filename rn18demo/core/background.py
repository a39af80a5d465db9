"""Threads that work behind the page and let the program end."""

import atexit
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

FAREWELL_SECONDS = 2.0
"""How long the end of the program waits for what a thread is at, after it was asked to stop."""
PAUSE_SECONDS = 0.001


class ProgramEnds(BaseException):
    """Stops long work in another thread; no error, so that no `except Exception` takes it."""


_ending = threading.Event()
_at_work: "weakref.WeakSet[threading.Thread]" = weakref.WeakSet()
_stops: "weakref.WeakKeyDictionary[threading.Thread, Callable[[], None]]" = (
    weakref.WeakKeyDictionary()
)


def start_background(
    name: str, target: Callable[..., None], arguments: tuple[Any, ...], stop: Callable[[], None]
) -> threading.Thread:
    """Start a thread that does not keep the program alive.

    Args:
        name: Of the thread.
        target: What it does.
        arguments: Of `target`.
        stop: Asks it to end soon; called when the program ends.
    """
    thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
    _stops[thread] = stop
    thread.start()
    return thread


@atexit.register
def _stop_all() -> None:
    """Stop before the interpreter takes itself apart under a thread that computes."""
    _ending.set()
    running = [(thread, stop) for thread, stop in list(_stops.items()) if thread.is_alive()]
    for _, stop in running:
        stop()
    for thread in {*_at_work, *(thread for thread, _ in running)}:
        thread.join(FAREWELL_SECONDS)


@contextmanager
def long_work() -> Iterator[None]:
    """Work that takes seconds, on whatever thread; it stops where the program ends.

    `behind_others` is where it stops.
    """
    thread = threading.current_thread()
    _at_work.add(thread)
    try:
        yield
    except ProgramEnds:
        return
    finally:
        _at_work.discard(thread)


@contextmanager
def behind_others(turn: threading.Lock) -> Iterator[None]:
    """Hold a lock that visitors wait for too, and let them go first.

    Locks are not fair: a loop that gives one back and takes it again at once keeps everybody
    else out.

    Raises:
        ProgramEnds: It does.
    """
    if _ending.is_set():
        raise ProgramEnds
    time.sleep(PAUSE_SECONDS)
    with turn:
        yield
