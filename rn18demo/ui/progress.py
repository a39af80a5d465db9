"""Long computations: generators that report, and stop when they are closed or not wanted."""

import queue
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar

import gradio as gr

T = TypeVar("T")
Work = Callable[[Callable[[float], None], Callable[[], bool]], T]
PATIENCE_SECONDS = 0.25
REMEMBERED = 1000
"""Computations of all visitors that are known at a time."""


def reported(work: Work[T]) -> Generator[float | T, None, None]:
    """Run `work(progress, cancelled)` in a thread.

    Yields the shares done, 0 to 1, and at last the result. Closing the generator, which Gradio
    does when the page goes, makes `cancelled()` true.

    Raises:
        Exception: Whatever `work` raised.
    """
    news: queue.Queue[float] = queue.Queue()
    stop = threading.Event()
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work(news.put, stop.is_set))
        except Exception as error:  # handed to the caller below
            failure.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        share = 0.0
        thread.join(PATIENCE_SECONDS)
        while thread.is_alive():
            while not news.empty():
                share = news.get()
            yield share
            thread.join(PATIENCE_SECONDS)
    finally:
        stop.set()
    if failure:
        raise failure[0]
    yield outcome[0]


def wish(held: object, *asked: object) -> tuple[object, ...]:
    """What a computation is about, to be compared with another; it does not keep `held` alive."""
    return (weakref.ref(held), *asked)


class Computation:
    """What one visitor has computed, until nobody wants its result any more.

    Attributes:
        about: What it computes; None if nobody asks.
        begun: Whether somebody computes it already, and not only announced it.
        stopped: Whether its visitor stopped it; if not, what it is about went away.
    """

    def __init__(self, about: object = None) -> None:
        self.about = about
        self.begun = False
        self.stopped = False
        self._over = threading.Event()

    def over(self) -> bool:
        """Whether its result is not wanted any more."""
        return self._over.is_set()

    def end(self, stopped: bool) -> None:
        """It need not go on."""
        self.stopped = stopped
        self._over.set()


class Computations:
    """Of all visitors, one each: a panel's way to end them, and what runs has the last word.

    Gradio's `cancels` ends a generator, too, but its request and that of the event which says so
    race: what the generator yields between them stays on the page as if it went on.
    """

    def __init__(self) -> None:
        self._newest: OrderedDict[str, Computation] = OrderedDict()
        self._lock = threading.Lock()

    def announce(self, request: gr.Request, about: object) -> bool:
        """Another event will compute something, see `announced`; what else runs is overtaken.

        Returns:
            False if the same is computed already: a choice may be told twice.
        """
        visitor = str(request.session_hash)
        with self._lock:
            earlier = self._newest.get(visitor)
            if earlier is not None and not earlier.over():
                if earlier.about == about:
                    return not earlier.begun
                earlier.end(stopped=False)
            self._enter(visitor, Computation(about))
            return True

    @contextmanager
    def announced(self, request: gr.Request, about: object) -> Iterator[Computation | None]:
        """What was announced, while the block runs.

        None if it has begun already or ended before, or if by now something else is announced.
        """
        with self._lock:
            found = self._newest.get(str(request.session_hash))
            known = found is not None and found.about == about
            mine = found if known and found and not found.begun and not found.over() else None
            if mine is not None:
                mine.begun = True
        try:
            yield mine
        finally:
            self._leave(request, mine)

    @contextmanager
    def begin(self, request: gr.Request, about: object = None) -> Iterator[Computation]:
        """One that nobody announced, while the block runs."""
        mine = Computation(about)
        mine.begun = True
        with self._lock:
            self._enter(str(request.session_hash), mine)
        try:
            yield mine
        finally:
            self._leave(request, mine)

    def stop(self, request: gr.Request) -> None:
        """The visitor wants the one that runs, if one does, to end."""
        self._end(request, stopped=True)

    def overtake(self, request: gr.Request) -> None:
        """The one that runs, if one does, is about something that is no longer shown."""
        self._end(request, stopped=False)

    def runs(self, request: gr.Request, about: object) -> bool:
        """Whether the visitor's one is about this, and wanted."""
        with self._lock:
            newest = self._newest.get(str(request.session_hash))
            return newest is not None and newest.about == about and not newest.over()

    def _enter(self, visitor: str, mine: Computation) -> None:
        self._newest[visitor] = mine
        self._newest.move_to_end(visitor)
        if len(self._newest) > REMEMBERED:  # of visitors who left after an announcement
            self._newest.popitem(last=False)

    def _leave(self, request: gr.Request, mine: Computation | None) -> None:
        visitor = str(request.session_hash)
        with self._lock:
            if mine is not None and self._newest.get(visitor) is mine:
                del self._newest[visitor]

    def _end(self, request: gr.Request, stopped: bool) -> None:
        with self._lock:
            newest = self._newest.get(str(request.session_hash))
            if newest is not None:
                newest.end(stopped)
