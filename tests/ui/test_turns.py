"""Handlers of one visitor take turns; those of different visitors do not wait."""

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio.context import LocalContext

from rn18demo.ui.turns import Turns

PATIENCE = 10


def started(handler: Callable[..., Any], visitor: str) -> threading.Thread:
    def run() -> None:
        LocalContext.request.set(SimpleNamespace(session_hash=visitor))  # type: ignore[arg-type]
        handler()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def arrived(turns: Turns, many: int) -> None:
    """Wait until so many have asked; each of them has its turn then, or stands in front of it."""
    deadline = time.monotonic() + PATIENCE
    while len(turns._lately) < many:
        assert time.monotonic() < deadline, "somebody never asked"
        time.sleep(0.002)


def test_an_earlier_answer_comes_first() -> None:
    turns, begun, gate, ended = Turns(), threading.Event(), threading.Event(), list[str]()

    def show() -> None:
        begun.set()
        gate.wait(PATIENCE)
        ended.append("show")

    earlier = started(turns.taking(show), "one")
    assert begun.wait(PATIENCE)
    later = started(turns.taking(lambda: ended.append("choose")), "one")
    arrived(turns, 2)
    later.join(0.1)
    assert ended == []
    gate.set()
    earlier.join(PATIENCE)
    later.join(PATIENCE)
    assert ended == ["show", "choose"]


def test_another_visitor_does_not_wait() -> None:
    turns, begun, gate = Turns(), threading.Event(), threading.Event()

    def show() -> None:
        begun.set()
        gate.wait(PATIENCE)

    earlier = started(turns.taking(show), "one")
    assert begun.wait(PATIENCE)
    other = started(turns.taking(lambda: None), "two")
    other.join(PATIENCE)
    assert not other.is_alive()
    assert earlier.is_alive()
    gate.set()
    earlier.join(PATIENCE)


def test_an_error_ends_the_turn() -> None:
    turns = Turns()

    def broken() -> None:
        raise ValueError

    failing = turns.taking(broken)
    for _ in range(2):
        try:
            failing()
        except ValueError:
            continue
        raise AssertionError


@pytest.mark.parametrize("kind", [Turns.showing, Turns.once])
def test_a_small_answer_does_not_overtake_a_large_one_that_is_being_sent(
    kind: Callable[..., Callable[..., Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, begun, gate, answers = Turns(), threading.Event(), threading.Event(), list[str]()

    def show() -> str:
        begun.set()
        gate.wait(PATIENCE)
        return "large"

    choose = turns.taking(lambda: "small", behind=lambda: "large, too")

    def ask() -> None:
        answers.append(choose())

    monkeypatch.setattr("rn18demo.ui.turns.SENDING_SECONDS", 1000)
    for _ in range(2):  # small ones do not hold each other up
        started(ask, "one").join(PATIENCE)
    assert answers == ["small", "small"]
    earlier = started(kind(turns, show), "one")
    assert begun.wait(PATIENCE)
    waits = started(ask, "one")
    arrived(turns, 4)
    started(ask, "two").join(PATIENCE)
    assert answers == ["small"] * 3, "nothing of this visitor's is on its way"
    gate.set()
    for thread in (earlier, waits):
        thread.join(PATIENCE)
    assert answers[3:] == ["large, too"]
    monkeypatch.setattr("rn18demo.ui.turns.SENDING_SECONDS", 0)
    started(ask, "one").join(PATIENCE)
    assert answers[4:] == ["small"], "all has been sent"


def test_what_is_shown_already_is_not_shown_again() -> None:
    class Held:
        """Stands for what a lens shows."""

    turns, first, second = Turns(), Held(), Held()
    show = turns.once(lambda *asked: asked)
    choose = turns.once(lambda *asked: ("chosen", *asked))
    answers: list[Any] = []

    def ask(visitor: str, handler: Callable[..., Any], *asked: object) -> Any:
        started(lambda: answers.append(handler(*asked)), visitor).join(PATIENCE)
        return answers[-1]

    assert ask("one", show, first, 3) == (first, 3)
    assert ask("one", show, first, 3) == gr.skip()
    assert ask("two", show, first, 3) == (first, 3)
    assert ask("one", show, first, 4) == (first, 4)
    assert ask("one", show, second, 4) == (second, 4)
    assert ask("one", choose, second, 4) == ("chosen", second, 4), "another handler"
    assert ask("one", show, second, 4) == (second, 4)
    ask("one", turns.again)
    assert ask("one", show, second, 4) == (second, 4)


def test_what_is_covered_while_it_is_made_is_shown_again() -> None:
    turns, begun, gate, made = Turns(), threading.Event(), threading.Event(), list[int]()

    def handler(value: int) -> int:
        begun.set()
        gate.wait(PATIENCE)
        made.append(value)
        return value

    show = turns.once(handler)
    earlier = started(lambda: show(7), "one")
    assert begun.wait(PATIENCE)
    started(turns.again, "one").join(PATIENCE)
    later = started(lambda: show(7), "one")
    gate.set()
    for thread in (earlier, later):
        thread.join(PATIENCE)
    assert made == [7, 7]


def test_what_failed_was_not_shown() -> None:
    turns, tries = Turns(), list[int]()

    @turns.once
    def show(value: int) -> int:
        tries.append(value)
        if len(tries) == 1:
            raise ValueError
        return value

    with pytest.raises(ValueError):
        show(7)
    assert [show(7), show(7)] == [7, gr.skip()]


def test_of_those_who_wait_only_the_newest_is_answered() -> None:
    turns, begun, gate, ended = Turns(), threading.Event(), threading.Event(), list[str]()
    skipped = list[Any]()

    def asking(name: str, asked: float, wait: bool = False) -> threading.Thread:
        def handler(_asked: float) -> None:
            if wait:
                begun.set()
                gate.wait(PATIENCE)
            ended.append(name)

        newest = turns.taking_newest(handler)
        return started(lambda: skipped.append(newest(asked)), "one")

    first = asking("first", 1.0, wait=True)
    assert begun.wait(PATIENCE)
    others = []
    # The last click is not the last to arrive.
    for name, asked in (("second", 2.0), ("fourth", 4.5), ("third", 4.25)):
        others.append(asking(name, asked))
        arrived(turns, 1 + len(others))
    again = started(turns.taking(lambda: ended.append("again")), "one")
    arrived(turns, 2 + len(others))
    gate.set()
    for thread in (first, *others, again):
        thread.join(PATIENCE)
    assert ended[0] == "first" and sorted(ended[1:]) == ["again", "fourth"]
    assert skipped.count(gr.skip()) == 2


def test_a_click_that_arrives_after_a_later_one_was_answered_is_outdated() -> None:
    turns, answers = Turns(), list[Any]()
    newest = turns.taking_newest(lambda asked: asked)
    for visitor, asked in (("one", 7.0), ("one", 6.0), ("two", 1.0), ("one", 8.0)):
        started(lambda asked=asked: answers.append(newest(asked)), visitor).join(PATIENCE)
    assert answers == [7.0, gr.skip(), 1.0, 8.0]


def test_a_handler_learns_that_something_later_was_asked() -> None:
    turns, gate, begun = Turns(), threading.Event(), threading.Event()
    found: list[bool] = []

    @turns.taking_newest
    def newest(asked: float) -> None:
        begun.set()
        assert gate.wait(PATIENCE)
        found.append(turns.outdated(asked))

    earlier = started(lambda: newest(1.0), "one")
    assert begun.wait(PATIENCE)
    later = started(lambda: newest(2.0), "one")
    other = started(lambda: newest(3.0), "another visitor")
    arrived(turns, 3)
    gate.set()
    for thread in (earlier, later, other):
        thread.join(PATIENCE)
    assert sorted(found) == [False, False, True]
