"""Long computations report, fail and stop."""

import threading
from collections.abc import Callable

import pytest

from rn18demo.errors import Cancelled
from rn18demo.ui.feedback import sentence
from rn18demo.ui.progress import reported

Progress = Callable[[float], None]
Stop = Callable[[], bool]


def test_shares_come_before_the_result() -> None:
    gate = threading.Event()

    def work(progress: Progress, cancelled: Stop) -> str:
        progress(0.5)
        gate.wait(10)
        return "done"

    news = reported(work)
    assert next(news) == 0.5
    gate.set()
    assert list(news)[-1] == "done"


def test_what_it_raises_reaches_the_caller() -> None:
    def work(progress: Progress, cancelled: Stop) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled, match="stopped"):
        list(reported(work))


def test_closing_it_stops_the_work() -> None:
    stopped = threading.Event()

    def work(progress: Progress, cancelled: Stop) -> None:
        while not cancelled():
            progress(0.1)
            threading.Event().wait(0.01)
        stopped.set()

    news = reported(work)
    next(news)
    news.close()
    assert stopped.wait(10)


def test_sentences_are_safe_to_show() -> None:
    shown = sentence("Class '<img src=x onerror=alert(1)>' has no pictures.")
    assert "<img" not in shown
    assert 'role="alert"' in shown
    assert sentence("") == ""
