"""What the server remembers of a visit: its values, and nothing of what its page shows."""

from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder

SESSIONS = 2000
"""Visits and programs that are remembered at once; the one not heard of for longest goes first."""


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

    @property
    def over(self) -> bool:
        """Whether its page was left, and its values have gone since."""
        return self.is_closed and not self.state_data


class LeanSessions(StateHolder):
    """All visits of a server."""

    def __getitem__(self, session_id: str) -> SessionState:
        """A visit, from now on if it is a new one."""
        if session_id not in self.session_data:
            self.session_data[session_id] = LeanSession(self.blocks)
        return super().__getitem__(session_id)

    def delete_all_expired_state(self) -> None:
        """Forget values whose time has come, and visits of which nothing is left."""
        super().delete_all_expired_state()
        for name, session in list(self.session_data.items()):
            if isinstance(session, LeanSession) and session.over:
                self.session_data.pop(name, None)
                self.time_last_used.pop(name, None)


def remember_little(page: gr.Blocks) -> None:
    """Let a page that has been launched keep its visits this way."""
    sessions = LeanSessions()
    sessions.set_blocks(page)
    page.app.state_holder = sessions
