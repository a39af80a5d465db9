"""A lesson goes on without the page that began it, and not for ever without any."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest

from rn18demo.errors import Cancelled, DatasetError
from rn18demo.training.lesson import Lesson, Phase, Report
from rn18demo.ui.teach_running import ALONE_SECONDS, Cancel, News, Running
from tests.coroutines import run_apart

LONG = 30.0
WAITING = ("asyncio", "AnyIO", "Thread")
"""How threads are called that would wait for one listener each."""


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def report(phase: Phase, lesson: object = None) -> Report:
    return Report(phase, 0.5, None, (), phase, (), cast(Lesson, lesson))


def news_after(running: Running, number: int) -> News:
    """Ask, as a page does, until there are newer news."""
    deadline = time.monotonic() + LONG
    while (news := running.news()).number <= number:
        assert time.monotonic() < deadline, "nothing is heard any more"
        time.sleep(0.002)
    return news


def last_news(running: Running) -> News:
    news = news_after(running, 0)
    while not news.ended:
        news = news_after(running, news.number)
    return news


def test_whoever_asks_hears_the_newest_and_then_the_end() -> None:
    go_on = threading.Event()
    finished: list[Report] = []

    def reports(cancelled: Cancel) -> Iterator[Report]:
        yield report("features")
        assert go_on.wait(LONG)
        yield report("done", lesson="a lesson")

    running = Running(reports, finished.append).start()
    first = news_after(running, 0)
    assert first.report is not None and first.report.phase == "features"
    assert running.news() == first, "nothing new, and nobody waits for it"
    assert not running.ended and not finished
    go_on.set()
    last = last_news(running)
    assert last.ended
    assert finished == [last.report]


def test_what_finishes_it_is_done_before_anybody_hears_of_the_end() -> None:
    kept: list[Any] = []

    def reports(cancelled: Cancel) -> Iterator[Report]:
        yield report("done", lesson="a lesson")

    running = Running(reports, lambda last: kept.append(last.lesson)).start()
    news = news_after(running, 0)
    assert news.report is not None and news.report.lesson and kept == ["a lesson"]


@pytest.mark.parametrize(
    ("error", "words", "stopped"),
    [
        (DatasetError("No pictures."), "No pictures.", False),
        (Cancelled("You stopped."), "You stopped.", True),
        (ValueError("a bug"), "broke off", False),
    ],
)
def test_how_it_fails_is_said(error: Exception, words: str, stopped: bool) -> None:
    def reports(cancelled: Cancel) -> Iterator[Report]:
        yield report("features")
        raise error

    news = last_news(Running(reports, lambda last: None).start())
    assert words in news.trouble and news.stopped == stopped and news.report is None


def test_it_is_stopped_by_a_word_or_when_nobody_looks() -> None:
    for by_word in (True, False):
        clock, go_on = Clock(), threading.Event()
        answers: list[bool] = []

        def reports(
            cancelled: Cancel, go_on: threading.Event = go_on, answers: list[bool] = answers
        ) -> Iterator[Report]:
            answers.append(cancelled())
            yield report("features")
            assert go_on.wait(LONG)
            answers.append(cancelled())

        running = Running(reports, lambda last: None, clock).start()
        news_after(running, 0)
        if by_word:
            running.stop()
            asked = running.news()
            assert asked.stopping and asked.number == 2 and asked.report is not None
        else:
            clock.now = ALONE_SECONDS + 1
        go_on.set()
        running._thread.join(LONG)
        assert answers == [False, True]
        last = running.news()
        assert last.ended and last.report is not None and last.stopping == by_word
        running.stop()
        assert running.news() == last, "nothing comes after its last word"


def test_the_time_in_line_does_not_count() -> None:
    clock = Clock()

    def reports(cancelled: Cancel) -> Iterator[Report]:
        yield report("waiting")
        clock.now = 50.0
        yield report("features")
        clock.now = 53.0
        yield report("done", lesson="a lesson")

    running = Running(reports, lambda last: None, clock)
    running.start()._thread.join(LONG)
    assert running.news().seconds == 3.0


def test_one_that_nobody_wants_any_more_says_so_at_once_and_nothing_after() -> None:
    go_on = threading.Event()
    answers: list[bool] = []

    def reports(cancelled: Cancel) -> Iterator[Report]:
        yield report("features")
        assert go_on.wait(LONG)
        answers.append(cancelled())
        yield report("done", lesson="a lesson")

    running = Running(reports, lambda last: None).start()
    news_after(running, 0)
    running.drop()
    last = running.news()
    assert running.ended and last.dropped and last.ended
    assert last.report is None and not last.trouble
    go_on.set()
    running._thread.join(LONG)
    assert answers == [True] and running.news() == last


def test_many_follow_one_lesson_without_a_thread_for_each() -> None:
    go_on = threading.Event()

    def reports(cancelled: Cancel) -> Iterator[Report]:
        yield report("features")
        assert go_on.wait(LONG)
        yield report("done", lesson="a lesson")

    running = Running(reports, lambda last: None).start()
    news_after(running, 0)

    async def listen(before: set[threading.Thread]) -> list[News]:
        heard = []
        async for news in running.follow():
            heard.append(news)
            since = [one.name for one in threading.enumerate() if one not in before]
            assert not [name for name in since if name.startswith(WAITING)], since
            go_on.set()
        return heard

    async def crowd() -> list[list[News]]:
        before = set(threading.enumerate())
        return await asyncio.gather(*(listen(before) for _ in range(100)))

    for heard in run_apart(crowd()):
        assert [news.ended for news in heard][-1:] == [True]
        numbers = [news.number for news in heard]
        assert numbers == sorted(set(numbers)), "nothing is told twice"
