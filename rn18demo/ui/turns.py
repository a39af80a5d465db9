"""What one visitor asks of one lens is answered in the order in which it was asked."""

import functools
import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from gradio.context import LocalContext


class _Turn:
    """Held while a handler runs; gone when nobody holds it or waits for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


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
            request = LocalContext.request.get(None)
            turn = self._turn(str(getattr(request, "session_hash", None)))
            with turn.lock:
                return handler(*args, **kwargs)

        return run

    def _turn(self, visitor: str) -> _Turn:
        with self._lock:
            found = self._turns.get(visitor)
            if found is None:
                found = self._turns[visitor] = _Turn()
            return found
