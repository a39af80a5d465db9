"""Long computations as generators that report, and stop when they are closed."""

import queue
import threading
from collections.abc import Callable, Generator
from typing import TypeVar

T = TypeVar("T")
Work = Callable[[Callable[[float], None], Callable[[], bool]], T]
PATIENCE_SECONDS = 0.25


def reported(work: Work[T]) -> Generator[float | T, None, None]:
    """Run `work(progress, cancelled)` in a thread.

    Yields the shares done, 0 to 1, and at last the result. Closing the generator, which is
    what Gradio's `cancels` does, makes `cancelled()` true.

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
