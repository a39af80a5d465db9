"""Long computations report, fail and stop."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import gradio as gr
import pytest

from rn18demo.errors import Cancelled
from rn18demo.ui.feedback import sentence
from rn18demo.ui.progress import Computations, reported

Progress = Callable[[float], None]
Stop = Callable[[], bool]


def test_shares_come_before_the_result() -> None:
    gate = threading.Event()

    def work(progress: Progress, cancelled: Stop) -> str:
        progress(0.5)
        gate.wait(10)
        return "done"

    news = reported(work)
    assert next(share for share in news if share) == 0.5  # 0 if the thread begins late
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


def visitor(name: str) -> gr.Request:
    return cast(gr.Request, SimpleNamespace(session_hash=name))


def test_a_visitor_ends_what_runs_for_this_visitor_alone() -> None:
    computations = Computations()
    computations.stop(visitor("one"))  # nothing runs
    with computations.begin(visitor("one")) as mine, computations.begin(visitor("two")) as other:
        assert not mine.over()
        computations.stop(visitor("one"))
        assert (mine.over(), mine.stopped, other.over()) == (True, True, False)
        computations.overtake(visitor("one"))  # and then something else is shown
        assert mine.over()
        assert not mine.stopped
    with computations.begin(visitor("one")) as later:
        assert not later.over()
    computations.stop(visitor("one"))
    assert not later.over()


def test_the_end_of_an_earlier_one_leaves_the_later_one_to_be_stopped() -> None:
    computations = Computations()
    earlier = computations.begin(visitor("one"))
    earlier.__enter__()
    with computations.begin(visitor("one")) as later:
        earlier.__exit__(None, None, None)
        computations.stop(visitor("one"))
        assert later.stopped


def test_what_is_announced_is_computed_once() -> None:
    computations, one = Computations(), visitor("one")
    assert computations.announce(one, "map")
    assert computations.announce(one, "map")  # who computes it may have come too early
    with computations.announced(one, "another map") as wrong:
        assert wrong is None
    with computations.announced(one, "map") as mine:
        assert mine is not None
        assert not computations.announce(one, "map")
        with computations.announced(one, "map") as again:
            assert again is None
        assert computations.announce(one, "another map")
        assert mine.over() and not mine.stopped
    with computations.announced(one, "another map") as later:
        assert later is not None
    assert computations.announce(one, "another map")  # once more, since it has ended


def test_what_was_announced_and_stopped_is_not_computed() -> None:
    computations, one = Computations(), visitor("one")
    computations.announce(one, "map")
    computations.stop(one)
    with computations.announced(one, "map") as mine:
        assert mine is None
    assert computations.announce(one, "map")


def test_sentences_are_safe_to_show() -> None:
    shown = sentence("Class '<img src=x onerror=alert(1)>' has no pictures.")
    assert "<img" not in shown
    assert 'role="alert"' in shown
    assert sentence("") == ""
