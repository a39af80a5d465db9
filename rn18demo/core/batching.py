"""Requests that arrive together are computed together, and nobody is passed over.

There is one line. A client has at most one place in it: a newer request takes the place of
one that still waits, which is then never computed. Who was served goes to the end. So a fast
client gets as many turns as any other, and no old frames pile up. A caller that would wait for
its answer anyway may compute it itself where the line is empty, which saves two switches of
threads.
"""

import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from rn18demo.core.background import FAREWELL_SECONDS, start_background

G = TypeVar("G", bound=Hashable)
T = TypeVar("T")
R = TypeVar("R")

PATIENCE_SECONDS = 0.003
"""How long a request may wait for company, and only if the last ones came in company."""
COMPANY_SECONDS = 0.1
"""For how long a batch of several lets one expect the next."""


@dataclass(eq=False)
class _Request(Generic[G, T, R]):
    """One item that waits."""

    group: G
    item: T
    future: Future[R] = field(default_factory=Future)


class _Line(Generic[G, T, R]):
    """Who waits, shared by those who submit and the one thread that serves."""

    def __init__(self, largest: Callable[[G], int], patience: float) -> None:
        self._largest, self._patience = largest, patience
        # Reentrant, because the garbage collector may call `close` inside any block below.
        self._changed = threading.Condition(threading.RLock())
        self._waiting: OrderedDict[Hashable, _Request[G, T, R]] = OrderedDict()
        self._closed = False
        self._busy = False  # the line's own thread computes
        self._lent = False  # the thread of a caller does
        self._last_size, self._last_end = 0, 0.0

    def put(self, request: _Request[G, T, R], client: Hashable | None) -> None:
        """Let a request wait, in the place of the client's older one if that still does."""
        place = object() if client is None else client
        with self._changed:
            if self._closed:
                raise RuntimeError("the program is ending; nothing is computed any more")
            older = self._waiting.get(place)
            self._waiting[place] = request
            self._changed.notify()
        if older is not None:
            _cancel(older)

    def take(self) -> list[_Request[G, T, R]]:
        """Wait for requests and take a batch of one group; nothing when the line is closed."""
        with self._changed:
            self._finish()  # the thread comes here from the batch before
            while True:
                while (self._lent or not self._waiting) and not self._closed:
                    self._changed.wait()
                if not self._waiting:
                    return []
                self._await_company()
                if taken := self._pick():
                    self._busy, self._last_size = True, len(taken)
                    return taken

    def _finish(self) -> None:
        self._busy = False
        self._last_end = time.monotonic()

    def borrow(self) -> bool:
        """Take the turn of the line's thread, if nobody waits and nothing is computed.

        Returns:
            Whether it was had; then it must be given back.
        """
        with self._changed:
            if self._closed or self._busy or self._lent or self._waiting:
                return False
            self._lent = True
            return True

    def give_back(self) -> None:
        """Let the line's thread go on with those who came meanwhile."""
        with self._changed:
            self._lent, self._last_size = False, 1
            self._finish()
            self._changed.notify_all()

    def _await_company(self) -> None:
        group = next(iter(self._waiting.values())).group
        expected = min(self._last_size, self._largest(group))
        now = time.monotonic()
        if expected < 2 or now - self._last_end > COMPANY_SECONDS:
            return
        until = now + self._patience
        while not self._closed and self._count(group) < expected and (left := until - now) > 0:
            self._changed.wait(left)
            now = time.monotonic()

    def _count(self, group: G) -> int:
        return sum(request.group == group for request in self._waiting.values())

    def _pick(self) -> list[_Request[G, T, R]]:
        """The first in line and those of its group, as many as are worth computing together."""
        taken: list[_Request[G, T, R]] = []
        for place, request in list(self._waiting.items()):
            if taken and request.group != taken[0].group:
                continue
            if taken and len(taken) >= self._largest(taken[0].group):
                break
            del self._waiting[place]
            if request.future.set_running_or_notify_cancel():
                taken.append(request)
        return taken

    def close(self) -> None:
        """Let the thread end when all that wait have been served."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def end(self) -> None:
        """Let the thread end after the batch that it is at, and a borrower finish."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            left = list(self._waiting.values())
            self._waiting.clear()
        for request in left:
            _cancel(request)
        with self._changed:
            self._changed.wait_for(lambda: not self._lent, FAREWELL_SECONDS)


class Batcher(Generic[G, T, R]):
    """Computes items on one thread, which starts with the first and ends with the batcher.

    Args:
        compute: Called with a group and some items of it; returns as many results, in order.
            It must not refer to the batcher, or that would never be collected.
        largest: How many items of a group are worth computing together.
        patience: How long a request may wait for company, in seconds.
    """

    def __init__(
        self,
        compute: Callable[[G, list[T]], list[R]],
        largest: Callable[[G], int],
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._compute = compute
        self._line: _Line[G, T, R] = _Line(largest, patience)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        weakref.finalize(self, self._line.close)

    def submit(
        self, group: G, item: T, client: Hashable | None = None, here: bool = False
    ) -> Future[R]:
        """Let an item wait for its turn.

        Args:
            group: Items of one group may be computed together.
            item: What to compute.
            client: Who asks. A later item of the same client replaces one that still waits:
                the older future is cancelled. Each request of None counts as its own client.
            here: Whether the calling thread may compute it at once where nobody waits, so that
                the future that is returned is done.

        Returns:
            Its result, or the exception that computing it raised. Cancelled while it waits, it
            is never computed.
        """
        self._start()
        request: _Request[G, T, R] = _Request(group, item)
        if here and self._line.borrow():
            try:
                request.future.set_running_or_notify_cancel()
                _answer([request], self._compute)
            finally:
                self._line.give_back()
            return request.future
        self._line.put(request, client)
        return request.future

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = start_background(
                    "engine", _serve, (self._line, self._compute), stop=self._line.end
                )


def _serve(line: _Line[G, T, R], compute: Callable[[G, list[T]], list[R]]) -> None:
    while requests := line.take():
        _answer(requests, compute)
        del requests  # or pictures and results would live until the next request


def _answer(requests: list[_Request[G, T, R]], compute: Callable[[G, list[T]], list[R]]) -> None:
    try:
        results = compute(requests[0].group, [request.item for request in requests])
        answered = list(zip(requests, results, strict=True))
    except BaseException as error:  # whatever it is, those who wait must hear of it
        if len(requests) == 1:
            requests[0].future.set_exception(error)
            return
        for request in requests:  # one by one, so that it reaches the one that it is about
            _answer([request], compute)
        return
    for request, result in answered:
        request.future.set_result(result)


def _cancel(request: _Request[G, T, R]) -> None:
    if request.future.cancel():
        request.future.set_running_or_notify_cancel()  # wakes those who wait for several
