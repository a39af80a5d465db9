"""What one visitor asks of one lens is answered in the order in which it was asked."""

import functools
import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

import gradio as gr
from gradio.context import LocalContext


class _Turn:
    """Held while a handler runs; gone when nobody holds it or waits for it.

    Attributes:
        lock: Of the turn.
        asked: How many came by `taking_newest`.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asked = 0


class Turns:
    """One turn for each visitor.

    A lens listens to several events, such as another picture and another class, and Gradio runs
    the handlers of different events side by side. Those of an earlier event could then end
    last, and the page would show what is no longer asked for.
    """

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[str, _Turn] = WeakValueDictionary()
        self._lock = threading.Lock()

    def taking(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """The handler, which waits until the visitor's earlier one has returned."""

        @functools.wraps(handler)
        def run(*args: Any, **kwargs: Any) -> Any:
            turn, _ = self._turn()
            with turn.lock:
                return handler(*args, **kwargs)

        return run

    def taking_newest(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """The same; but one that is outdated when its turn comes does nothing.

        It is, if the visitor has asked such a handler anew meanwhile: clicks of an impatient
        visitor would otherwise be computed all.
        """

        @functools.wraps(handler)
        def run(*args: Any, **kwargs: Any) -> Any:
            turn, number = self._turn(count=1)
            with turn.lock:
                return handler(*args, **kwargs) if number == turn.asked else gr.skip()

        return run

    def _turn(self, count: int = 0) -> tuple[_Turn, int]:
        """Of the visitor who asks, and how many came, `count` more with this one."""
        visitor = str(getattr(LocalContext.request.get(None), "session_hash", None))
        with self._lock:
            found = self._turns.get(visitor)
            if found is None:
                found = self._turns[visitor] = _Turn()
            found.asked += count
            return found, found.asked
