"""What the server remembers of a visit: its values, and nothing of what its page shows."""

import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import gradio as gr
from gradio.routes import App
from gradio.state_holder import SessionState, StateHolder

SESSIONS = 2000
"""Visits and programs that are remembered at once; the one not heard of for longest goes first."""
LOOK_SECONDS = 0.005
"""So often the queue looks for events that wait. Gradio's own millisecond keeps a server at which
nobody is busy for 6 % of a core."""


class _Nothing(dict[int, dict[str, Any]]):
    """Takes everything and keeps nothing."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: int) -> dict[str, Any]:
        return {}

    def __setitem__(self, key: int, value: dict[str, Any]) -> None:
        pass


class _WithoutParts:
    """A page that seems to have no components.

    Args:
        page: What it is otherwise.
    """

    def __init__(self, page: gr.Blocks) -> None:
        self._page = page
        self.blocks: dict[int, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._page, name)


class LeanSession(SessionState):
    """A visit without the copy of the page that Gradio 6.31 makes for each.

    That copy took 60 ms and 0.65 MB, held all pictures that the page had been sent, and was kept
    after the visit, until 10,000 others had come. It serves links to a page as it stands
    (`gr.DeepLinkButton`), which this one does not have.

    Args:
        page: Whose visit it is.
    """

    def __init__(self, page: gr.Blocks) -> None:
        super().__init__(_WithoutParts(page))  # type: ignore[arg-type]
        self.config_values = _Nothing()


class LeanSessions(StateHolder):
    """All visits of a server."""

    def __getitem__(self, session_id: str) -> SessionState:
        """A visit, from now on if it is a new one."""
        if session_id not in self.session_data:
            self.session_data[session_id] = LeanSession(self.blocks)
        return super().__getitem__(session_id)

    def delete_all_expired_state(self) -> None:
        """Forget values whose time has come, and visits that are over.

        Those are over whose page was left, if it has not been heard of again since: one that was
        left by a phone that fell asleep is used on when that wakes up.
        """
        super().delete_all_expired_state()
        now = datetime.datetime.now()
        for name, session in list(self.session_data.items()):
            used = self.time_last_used.get(name, now)
            kept = datetime.timedelta(seconds=session.STATE_TTL_WHEN_CLOSED)
            if session.is_closed and now - used > kept:
                self.session_data.pop(name, None)
                self.time_last_used.pop(name, None)


@asynccontextmanager
async def remember_little(app: App) -> AsyncIterator[None]:
    """The life of a server that keeps its visits this way, and rests between events."""
    sessions, page = LeanSessions(), app.get_blocks()
    sessions.set_blocks(page)
    app.state_holder = sessions
    page._queue.sleep_when_free = LOOK_SECONDS
    yield
