"""What one visitor asks of one lens is answered in the order in which it was asked."""

import functools
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

import gradio as gr
from gradio.context import LocalContext

ASKED_JS = "(asked, ...inputs) => [performance.now(), ...inputs]"
"""Of an event for `taking_newest`: its first input becomes the moment of the click."""
REMEMBERED = 1000
"""Askings of all visitors, after which a visitor's newest one may be forgotten."""
SENDING_SECONDS = 0.25
"""How long after its handler has returned an answer may still be made ready to be sent."""


class _Turn:
    """Held while a handler runs; gone when nobody holds it, waits for it or held it lately.

    Attributes:
        lock: Of the turn.
        newest: The latest moment of what came by `taking_newest`.
        shown: What `once` has shown last; None if that may be gone.
        large_at: When the last large answer was handed over to be sent.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.newest = 0.0
        self.shown: tuple[Any, ...] | None = None
        self.large_at = float("-inf")

    def show(self, handler: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a handler with a large answer, in its turn."""
        try:
            return handler(*args, **kwargs)
        finally:
            self.large_at = time.monotonic()


class Turns:
    """One turn for each visitor.

    A lens listens to several events, such as another picture and another class, and Gradio runs
    the handlers of different events side by side. Those of an earlier event could then end
    last, and the page would show what is no longer asked for.
    """

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[str, _Turn] = WeakValueDictionary()
        self._lately: deque[_Turn] = deque(maxlen=REMEMBERED)
        self._lock = threading.Lock()

    def taking(
        self, handler: Callable[..., Any], behind: Callable[..., Any] | None = None
    ) -> Callable[..., Any]:
        """The handler, which waits until the visitor's earlier one has returned.

        Args:
            handler: Is to be run.
            behind: Runs instead while a large answer, one of `showing`, may be on its way. Gradio
                makes answers ready after their turns, side by side: the handler's own, if it is a
                small one, would overtake that.
        """

        @functools.wraps(handler)
        def run(*args: Any, **kwargs: Any) -> Any:
            turn = self._turn()
            with turn.lock:
                if behind is not None and time.monotonic() - turn.large_at < SENDING_SECONDS:
                    return turn.show(behind, *args, **kwargs)
                return handler(*args, **kwargs)

        return run

    def showing(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """As `taking`, for a handler with a large answer."""

        @functools.wraps(handler)
        def run(*args: Any, **kwargs: Any) -> Any:
            turn = self._turn()
            with turn.lock:
                return turn.show(handler, *args, **kwargs)

        return run

    def once(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """As `showing`; but what it has shown last, it does not show again.

        What opens shows itself, and an answer that comes meanwhile asks it to do so, too: that
        would take back what was clicked in between.
        """

        @functools.wraps(handler)
        def run(*args: Any, **kwargs: Any) -> Any:
            turn, about = self._turn(), (handler, *map(_about, args))
            with turn.lock:
                if turn.shown == about:
                    return gr.skip()
                turn.shown = about  # at once, for `again` may be called while it runs
                try:
                    return turn.show(handler, *args, **kwargs)
                except BaseException:
                    turn.shown = None
                    raise

        return run

    def again(self) -> None:
        """What `once` showed the visitor is covered: whatever is next is shown."""
        self._turn().shown = None

    def taking_newest(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """The same; but one that is outdated when its turn comes does nothing.

        It is, if the visitor has asked such a handler later: clicks of an impatient visitor would
        otherwise be computed all. What is later, the visitor's browser says, whose requests may
        overtake each other, as may the server's threads.

        Args:
            handler: Its first argument is the moment of the click, in milliseconds, which
                `ASKED_JS` puts there.
        """

        @functools.wraps(handler)
        def run(asked: float, *args: Any, **kwargs: Any) -> Any:
            turn = self._turn(asked)
            with turn.lock:
                return handler(asked, *args, **kwargs) if asked >= turn.newest else gr.skip()

        return run

    def outdated(self, asked: float) -> bool:
        """Whether the visitor has asked a handler of `taking_newest` later than this one."""
        return self._turn().newest > asked

    def _turn(self, asked: float = 0.0) -> _Turn:
        """Of the visitor who asks."""
        visitor = str(getattr(LocalContext.request.get(None), "session_hash", None))
        with self._lock:
            found = self._turns.get(visitor)
            if found is None:
                found = self._turns[visitor] = _Turn()
            found.newest = max(found.newest, asked)
            self._lately.append(found)
            return found


def _about(value: Any) -> Any:
    """Equal for the same value, which it does not keep alive."""
    try:
        return weakref.ref(value)
    except TypeError:  # a number or text
        return value
