"""The line before the network: together, in turns, and never for nothing."""

import gc
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import CancelledError, Future
from pathlib import Path

import pytest

from rn18demo.core.batching import COMPANY_SECONDS, Batcher

ROOT = Path(__file__).resolve().parents[2]
LONG = 60.0
"""Seconds that no test really waits: it only ends in time if nothing waits."""


class Kitchen:
    """Computes by noting what it is given; the first batch waits until it may go on."""

    def __init__(self, largest: int = 8) -> None:
        self.batches: list[tuple[str, list[str]]] = []
        self.size = largest
        self.busy, self.go_on = threading.Event(), threading.Event()

    def compute(self, group: str, items: list[str]) -> list[str]:
        self.batches.append((group, items))
        self.busy.set()
        assert self.go_on.wait(LONG)
        if "bad" in items:
            raise ValueError("bad")
        return [item.upper() for item in items[: None if "few" not in items else 1]]

    def largest(self, group: str) -> int:
        return self.size

    def open(self, patience: float = 0.0) -> Batcher[str, str, str]:
        """A batcher whose thread is busy with a first request, so that others must wait."""
        batcher = Batcher(self.compute, self.largest, patience)
        batcher.submit("first", "first")
        assert self.busy.wait(LONG)
        return batcher

    def served(self) -> list[list[str]]:
        return [items for _, items in self.batches[1:]]


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


def test_what_waits_together_is_computed_together(kitchen: Kitchen) -> None:
    batcher = kitchen.open()
    futures = [batcher.submit("a", name) for name in ("x", "y", "z")]
    kitchen.go_on.set()
    assert [future.result(LONG) for future in futures] == ["X", "Y", "Z"]
    assert kitchen.served() == [["x", "y", "z"]]


def test_no_batch_is_larger_than_is_worth_it(kitchen: Kitchen) -> None:
    kitchen.size = 2
    batcher = kitchen.open()
    futures = [batcher.submit("a", name) for name in "vwxyz"]
    kitchen.go_on.set()
    assert [future.result(LONG) for future in futures] == list("VWXYZ")
    assert kitchen.served() == [["v", "w"], ["x", "y"], ["z"]]


def test_groups_are_not_mixed_and_the_first_in_line_goes_first(kitchen: Kitchen) -> None:
    batcher = kitchen.open()
    futures = [batcher.submit(name[0], name) for name in ("a1", "b1", "a2", "b2", "a3")]
    kitchen.go_on.set()
    for future in futures:
        future.result(LONG)
    assert kitchen.batches[1:] == [("a", ["a1", "a2", "a3"]), ("b", ["b1", "b2"])]


def test_a_newer_request_of_a_client_replaces_the_one_that_waits(kitchen: Kitchen) -> None:
    kitchen.size = 1
    batcher = kitchen.open()
    old = batcher.submit("a", "old", client="ann")
    other = batcher.submit("a", "other", client="bob")
    new = batcher.submit("a", "new", client="ann")
    with pytest.raises(CancelledError):
        old.result(LONG)
    kitchen.go_on.set()
    assert (new.result(LONG), other.result(LONG)) == ("NEW", "OTHER")
    assert kitchen.served() == [["new"], ["other"]], "its place in the line is kept"


def test_a_client_may_switch_to_another_group(kitchen: Kitchen) -> None:
    batcher = kitchen.open()
    old = batcher.submit("a", "old", client="ann")
    new = batcher.submit("b", "new", client="ann")
    kitchen.go_on.set()
    assert new.result(LONG) == "NEW"
    assert old.cancelled()
    assert kitchen.batches[1:] == [("b", ["new"])]


def test_what_is_being_computed_is_not_replaced(kitchen: Kitchen) -> None:
    batcher = Batcher(kitchen.compute, kitchen.largest, 0.0)
    running = batcher.submit("a", "running", client="ann")
    assert kitchen.busy.wait(LONG)
    waiting = batcher.submit("a", "waiting", client="ann")
    kitchen.go_on.set()
    assert (running.result(LONG), waiting.result(LONG)) == ("RUNNING", "WAITING")


def test_cancelled_while_it_waits_it_is_never_computed(kitchen: Kitchen) -> None:
    batcher = kitchen.open()
    cancelled, kept = batcher.submit("a", "cancelled"), batcher.submit("a", "kept")
    assert cancelled.cancel()
    kitchen.go_on.set()
    assert kept.result(LONG) == "KEPT"
    assert kitchen.served() == [["kept"]]


def test_requests_without_a_client_do_not_replace_each_other(kitchen: Kitchen) -> None:
    batcher = kitchen.open()
    futures = [batcher.submit("a", f"{number}") for number in range(5)]
    kitchen.go_on.set()
    assert [future.result(LONG) for future in futures] == list("01234")


def test_a_fast_client_starves_nobody(kitchen: Kitchen) -> None:
    """It asks again as soon as it is answered; everybody else still comes between."""
    kitchen.size = 1
    batcher = kitchen.open()
    turns = 0
    done = threading.Event()

    def ask_again(_: Future[str] | None = None) -> None:
        nonlocal turns
        turns += 1
        if turns > 6:
            done.set()
            return
        for _again in range(3):  # and more often than it can be answered
            future = batcher.submit("a", "fast", client="fast")
        future.add_done_callback(ask_again)

    ask_again()
    slow = [batcher.submit("a", name, client=name) for name in ("ann", "bob", "cem")]
    kitchen.go_on.set()
    for future in slow:
        future.result(LONG)
    assert done.wait(LONG)
    assert kitchen.served()[:5] == [["fast"], ["ann"], ["bob"], ["cem"], ["fast"]]


def test_an_error_reaches_only_the_request_that_it_is_about(kitchen: Kitchen) -> None:
    batcher = kitchen.open()
    good, bad, fine = (batcher.submit("a", name) for name in ("good", "bad", "fine"))
    kitchen.go_on.set()
    assert (good.result(LONG), fine.result(LONG)) == ("GOOD", "FINE")
    with pytest.raises(ValueError, match="bad"):
        bad.result(LONG)
    assert batcher.submit("a", "later").result(LONG) == "LATER"


def test_too_few_results_leave_nobody_waiting(kitchen: Kitchen) -> None:
    batcher = kitchen.open()
    futures = [batcher.submit("a", name) for name in ("few", "x")]
    kitchen.go_on.set()
    assert [future.result(LONG) for future in futures] == ["FEW", "X"], "asked one by one"


def test_a_lone_request_waits_for_nobody(kitchen: Kitchen) -> None:
    kitchen.go_on.set()
    batcher = Batcher(kitchen.compute, kitchen.largest, patience=LONG)
    assert [batcher.submit("a", name).result(LONG / 2) for name in "xyz"] == ["X", "Y", "Z"]


def test_after_company_more_company_is_awaited(kitchen: Kitchen) -> None:
    batcher = kitchen.open(patience=LONG)
    one, two = batcher.submit("a", "one"), batcher.submit("a", "two")
    next_one: list[Future[str]] = []
    asked = threading.Event()

    def ask(_: Future[str]) -> None:
        next_one.append(batcher.submit("a", "three"))
        asked.set()

    two.add_done_callback(ask)
    kitchen.go_on.set()
    one.result(LONG)
    assert asked.wait(LONG)
    four = batcher.submit("a", "four")
    assert (next_one[0].result(LONG / 2), four.result(LONG / 2)) == ("THREE", "FOUR")
    assert kitchen.served() == [["one", "two"], ["three", "four"]]


def test_company_of_long_ago_is_not_awaited(kitchen: Kitchen) -> None:
    batcher = kitchen.open(patience=LONG)
    together = [batcher.submit("a", name) for name in ("one", "two")]
    kitchen.go_on.set()
    for future in together:
        future.result(LONG)
    time.sleep(2 * COMPANY_SECONDS)
    assert batcher.submit("a", "alone").result(LONG / 2) == "ALONE"


def test_where_nobody_waits_the_caller_computes(kitchen: Kitchen) -> None:
    by: list[threading.Thread] = []

    def compute(group: str, items: list[str]) -> list[str]:
        by.append(threading.current_thread())
        return items

    batcher = Batcher(compute, kitchen.largest)
    future = batcher.submit("a", "x", here=True)
    assert future.done(), "it was computed before the call returned"
    assert future.result() == "x"
    assert batcher.submit("a", "y").result(LONG) == "y"
    assert by == [threading.current_thread(), batcher._thread]


def test_the_caller_goes_to_the_line_where_somebody_is_computing(kitchen: Kitchen) -> None:
    batcher = kitchen.open()
    future = batcher.submit("a", "x", here=True)
    assert not future.done()
    kitchen.go_on.set()
    assert future.result(LONG) == "X"
    assert kitchen.served() == [["x"]]


def test_who_comes_while_a_caller_computes_waits_for_it(kitchen: Kitchen) -> None:
    batcher = Batcher(kitchen.compute, kitchen.largest)
    caller = threading.Thread(target=batcher.submit, args=("first", "first", None, True))
    caller.start()
    assert kitchen.busy.wait(LONG)
    futures = [batcher.submit("a", name, here=True) for name in ("x", "y")]
    assert not any(future.done() for future in futures)
    assert len(kitchen.batches) == 1, "one forward at a time"
    kitchen.go_on.set()
    assert [future.result(LONG) for future in futures] == ["X", "Y"]
    assert kitchen.served() == [["x", "y"]]
    caller.join(LONG)


def test_an_error_on_the_callers_thread_leaves_the_line_open(kitchen: Kitchen) -> None:
    kitchen.go_on.set()
    batcher = Batcher(kitchen.compute, kitchen.largest)
    with pytest.raises(ValueError, match="bad"):
        batcher.submit("a", "bad", here=True).result(LONG)
    assert batcher.submit("a", "x", here=True).result(LONG) == "X"
    assert batcher.submit("a", "y").result(LONG) == "Y"


def test_the_thread_ends_with_the_batcher(kitchen: Kitchen) -> None:
    kitchen.go_on.set()
    batcher = Batcher(kitchen.compute, kitchen.largest)
    batcher.submit("a", "x").result(LONG)
    thread = batcher._thread
    assert thread is not None
    gone = weakref.ref(batcher)
    del batcher
    gc.collect()
    thread.join(LONG)
    assert gone() is None
    assert not thread.is_alive()


def test_what_waits_when_the_batcher_is_dropped_is_still_answered(kitchen: Kitchen) -> None:
    future = kitchen.open().submit("a", "x")
    gc.collect()
    kitchen.go_on.set()
    assert future.result(LONG) == "X"


def test_no_thread_before_the_first_request(kitchen: Kitchen) -> None:
    before = set(threading.enumerate())
    Batcher(kitchen.compute, kitchen.largest)
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("here", [False, True])
def test_a_program_ends_while_something_is_computed_and_something_waits(here: bool) -> None:
    program = (
        "import atexit, threading\n"
        "computed = []\n"
        "atexit.register(lambda: print(len(computed)))  # the last thing that is done\n"
        "from rn18demo.core.batching import Batcher\n"
        "begun = threading.Event()\n"
        "def compute(group, items):\n"
        "    begun.set()\n"
        "    computed.extend(items)\n"
        "    threading.Event().wait(0.3)\n"
        "    return items\n"
        "batcher = Batcher(compute, lambda group: 1)\n"
        f"first = (batcher.submit, ('a', -1, None, {here}))\n"
        "threading.Thread(target=first[0], args=first[1], daemon=True).start()\n"
        "begun.wait()\n"
        "futures = [batcher.submit('a', number) for number in range(1000)]\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=LONG
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) <= 2, "what waits is given up"
