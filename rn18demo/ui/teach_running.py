"""A lesson on a thread of its own: pages come and go, it goes on.

A page that is reloaded, or whose connection breaks for a moment, finds its lesson where it is by
then. One that nobody has looked at for a while stops, and keeps the best so far: others wait.
"""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace

from gradio.context import LocalContext

from rn18demo.errors import Cancelled, DemoError
from rn18demo.training.lesson import Report

log = logging.getLogger(__name__)

ALONE_SECONDS = 90.0
"""A lesson that no page has asked about for so long is stopped."""

NEWS_SECONDS = 0.3
"""So often whoever follows a lesson looks how far it is."""

Cancel = Callable[[], bool]


@dataclass(frozen=True)
class News:
    """How far a lesson is.

    Attributes:
        number: Grows with each news.
        report: The newest one; None before the first.
        seconds: Since it left the line, 0 while it waits there.
        trouble: Why it ended without a result; empty if it did not.
        stopping: Whether somebody asked it to end soon.
        stopped: Whether somebody stopped it before there was anything to keep.
        dropped: Whether nobody wants it any more: its project was thrown away.
        ended: Whether this is the last there is to hear.
    """

    number: int = 0
    report: Report | None = None
    seconds: float = 0.0
    trouble: str = ""
    stopping: bool = False
    stopped: bool = False
    dropped: bool = False
    ended: bool = False


class Running:
    """One lesson that is under way.

    Args:
        reports: Begins the lesson, given what it must ask whether to stop.
        finish: Takes the last report, the one with the lesson, before anybody hears of it.
        clock: Seconds; for tests.
    """

    def __init__(
        self,
        reports: Callable[[Cancel], Iterator[Report]],
        finish: Callable[[Report], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._news = News()
        self._asked = clock()
        self._begun: float | None = None
        self._request = LocalContext.request.get(None)
        # The thread alone holds these two, and with them the pictures, until it ends.
        arguments = (reports, finish)
        self._thread = threading.Thread(
            target=self._run, args=arguments, name="lesson", daemon=True
        )

    def start(self) -> "Running":
        """Begin."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ask it to end soon, with the best so far; whoever looks hears that, too."""
        self._stop.set()
        with self._lock:
            if not self._news.ended:
                number = self._news.number + 1
                self._news = replace(self._news, number=number, stopping=True)

    def drop(self) -> None:
        """Ask it to end soon, and tell whoever looks that it has ended already."""
        self._stop.set()
        self._tell(News(dropped=True, ended=True))

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to hear of it."""
        return self._news.ended

    def news(self) -> News:
        """What there is to hear at this moment; whoever asks keeps the lesson going."""
        with self._lock:
            self._asked = self._clock()
            return self._news

    async def follow(self) -> AsyncIterator[News]:
        """What there is to hear, as it comes, to the end; no thread waits for it meanwhile."""
        number = 0
        while True:
            news = self.news()
            if news.number > number:
                number = news.number
                yield news
            if news.ended:
                return
            await asyncio.sleep(NEWS_SECONDS)

    def _must_stop(self) -> bool:
        return self._stop.is_set() or self._clock() - self._asked > ALONE_SECONDS

    def _run(
        self, reports: Callable[[Cancel], Iterator[Report]], finish: Callable[[Report], None]
    ) -> None:
        # A host that lends a GPU looks here for the visitor whose it is. That is all of the event
        # that began the lesson: with the rest, the lesson would end where that event does.
        LocalContext.request.set(self._request)
        try:
            for report in reports(self._must_stop):
                if self._begun is None and report.phase != "waiting":
                    self._begun = self._clock()
                if report.lesson is not None:
                    finish(report)
                self._tell(News(report=report))
            self._tell(News(report=self._news.report, ended=True))
        except DemoError as error:
            stopped = isinstance(error, Cancelled)
            self._tell(News(trouble=str(error), stopped=stopped, ended=True))
        except Exception:  # a bug: it surfaces in the log, and the page does not wait for ever
            log.exception("A lesson broke off")
            trouble = "The training broke off. Please try it again."
            self._tell(News(trouble=trouble, ended=True))

    def _tell(self, news: News) -> None:
        """The next news, unless there was the last to hear."""
        seconds = 0.0 if self._begun is None else self._clock() - self._begun
        with self._lock:
            if not self._news.ended:
                number, stopping = self._news.number + 1, self._news.stopping
                self._news = replace(news, number=number, seconds=seconds, stopping=stopping)
