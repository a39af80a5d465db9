"""Waiting for what cannot be seen on a page: what it has asked of its server."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Request

from tests.e2e.conftest import PATIENCE

STEP_MS, STILL_MS = 50, 500
EVENTS = re.compile("/queue/")
"""Gradio's events: each is sent, and a stream tells of them until there is nothing left to tell."""


def wait_until(page: Page, true: Callable[[], bool]) -> None:
    """Wait for something outside of the page, which goes on meanwhile."""
    for _ in range(PATIENCE // STEP_MS):
        if true():
            return
        page.wait_for_timeout(STEP_MS)
    raise AssertionError("it did not happen in time")


class Requests:
    """What a page asks of addresses like one, from now on.

    Attributes:
        sent: How often it did.
    """

    def __init__(self, page: Page, address: re.Pattern[str] = EVENTS) -> None:
        self._page, self._address = page, address
        self._open: set[Request] = set()
        self.sent = 0
        page.on("request", self._begin)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)

    def _begin(self, request: Request) -> None:
        if self._address.search(request.url):
            self.sent += 1
            self._open.add(request)

    def _end(self, request: Request) -> None:
        self._open.discard(request)

    @property
    def answered(self) -> bool:
        """Whether none is under way."""
        return not self._open

    def settle(self) -> None:
        """Wait until all is answered, and nothing more is asked because of that."""

        def settled() -> bool:
            answered, sent = self.answered, self.sent
            self._page.wait_for_timeout(STILL_MS)
            return answered and self.answered and self.sent == sent

        wait_until(self._page, settled)
