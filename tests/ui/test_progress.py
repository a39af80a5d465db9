"""Long computations report, fail and stop."""

import inspect
import threading
from collections.abc import Callable

import pytest

from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.engine import Engine, choose_device
from rn18demo.core.lenses import Lenses
from rn18demo.errors import Cancelled
from rn18demo.ui.feedback import sentence
from rn18demo.ui.layout import build_page
from rn18demo.ui.progress import delivered_once, reported
from rn18demo.ui.session import Backend

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


def test_every_report_of_the_page_is_delivered_once() -> None:
    engine = Engine(choose_device("cpu"))
    page = build_page(Backend(Catalogue(), engine, Lenses(engine), "starter"))
    handlers = [
        event.fn for event in page.fns.values() if event.fn and event.api_visibility == "private"
    ]
    reports = [fn for fn in handlers if inspect.isgeneratorfunction(inspect.unwrap(fn))]
    assert len(reports) >= 10
    wrapper = delivered_once(reported).__code__
    assert [fn.__qualname__ for fn in reports if fn.__code__ is not wrapper] == []
