"""Long computations as generators that report, and stop when they are closed."""

import functools
import queue
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any, ParamSpec, TypeVar

import gradio as gr

T = TypeVar("T")
P = ParamSpec("P")
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


def delivered_once(handler: Callable[P, Iterator[Any]]) -> Callable[P, Iterator[Any]]:
    """A generator handler whose last values reach the page a single time.

    When a generator ends, Gradio sends what it yielded last again. That would undo what the
    visitor did meanwhile, such as another class clicked on a canvas, and it doubles the bytes.
    So nothing new is yielded last, and all before it as updates: Gradio's browser makes the
    next message out of the last one in place, and would empty a bare dictionary that a
    component holds already.

    Not for endpoints: their callers read the result from the second delivery.
    """

    @functools.wraps(handler)
    def run(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
        for news in handler(*args, **kwargs):
            if isinstance(news, tuple):
                yield tuple(map(_as_update, news))
            elif isinstance(news, dict) and "__type__" not in news:  # by component
                yield {component: _as_update(value) for component, value in news.items()}
            else:
                yield _as_update(news)
        yield gr.skip()

    return run


def _as_update(value: Any) -> Any:
    is_update = isinstance(value, dict) and "__type__" in value
    return value if is_update else gr.update(value=value)
