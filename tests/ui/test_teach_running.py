"""A lesson goes on without the page that began it, and not for ever without any."""

import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest

from rn18demo.errors import Cancelled, DatasetError
from rn18demo.training.lesson import Lesson, Phase, Report
from rn18demo.ui.teach_running import ALONE_SECONDS, Cancel, News, Running

LONG = 30.0


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def report(phase: Phase, lesson: object = None) -> Report:
    return Report(phase, 0.5, None, (), phase, (), cast(Lesson, lesson))


def last_news(running: Running) -> News:
    number = 0
    while True:
        news = running.news(number, LONG)
        assert news.number > number, "nothing is heard any more"
        number = news.number
        if news.ended:
            return news


def test_whoever_asks_hears_the_newest_and_then_the_end() -> None:
    go_on = threading.Event()
    finished: list[Report] = []

    def reports(cancelled: Cancel) -> Iterator[Report]:
        yield report("features")
        assert go_on.wait(LONG)
        yield report("done", lesson="a lesson")

    running = Running(reports, finished.append).start()
    first = running.news(0, LONG)
    assert first.report is not None and first.report.phase == "features"
    assert running.news(first.number, 0.01) == first, "nothing new"
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
    news = running.news(0, LONG)
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
        running.news(0, LONG)
        if by_word:
            running.stop()
        else:
            clock.now = ALONE_SECONDS + 1
        go_on.set()
        running._thread.join(LONG)
        assert answers == [False, True]


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
    assert running.news(0, 0).seconds == 3.0
