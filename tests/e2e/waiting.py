"""Waiting for what cannot be seen on a page: what it has asked of its server."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, Request

from tests.e2e.conftest import PATIENCE

STEP_MS, STILL_MS = 50, 500
WATCH_EVENTS = """
(() => {
  window.events = { sent: 0, joining: 0, open: new Set(), done: new Set() };
  const seen = window.events, ask = window.fetch;
  async function listen(stream) {
    let text = "";
    for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (text + piece).split("\\n");
      text = lines.pop();
      for (const line of lines.filter((one) => one.startsWith("data:"))) {
        const news = JSON.parse(line.slice(5));
        if (news.msg !== "process_completed") continue;
        seen.done.add(news.event_id);
        seen.open.delete(news.event_id);
      }
    }
  }
  async function join(wish) {
    seen.sent += 1;
    seen.joining += 1;
    try {
      const answer = await wish, { event_id } = await answer.clone().json();
      if (event_id && !seen.done.has(event_id)) seen.open.add(event_id);
      return answer;
    } finally {
      seen.joining -= 1;
    }
  }
  window.fetch = async (input, init) => {
    const address = String(input?.url ?? input), wish = ask.call(window, input, init);
    if (address.includes("/queue/join")) return join(wish);
    const answer = await wish;
    if (address.includes("/queue/data")) listen(answer.clone().body).catch(() => {});
    return answer;
  };
})();
"""
"""A script that knows which of Gradio's events are answered. Whether the stream of their news is
open does not tell: where an answer is faster than the receipt of its question, Gradio opens another
one, in which nothing comes."""


def wait_until(page: Page, true: Callable[[], bool]) -> None:
    """Wait for something outside of the page, which goes on meanwhile."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        page.wait_for_timeout(STEP_MS)


class Requests:
    """What a page asks of addresses like one, from now on.

    Attributes:
        sent: How often it did.
    """

    def __init__(self, page: Page, address: re.Pattern[str]) -> None:
        self._address = address
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


class Events:
    """Those of a page that was opened with the script `WATCH_EVENTS`."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @property
    def sent(self) -> int:
        """How many, since the page was opened."""
        return int(self._page.evaluate("window.events.sent"))

    @property
    def answered(self) -> bool:
        """Whether none is under way."""
        return bool(self._page.evaluate("!window.events.joining && !window.events.open.size"))

    def settle(self) -> None:
        """Wait until all are answered, and nothing more is asked because of that."""

        def settled() -> bool:
            answered, sent = self.answered, self.sent
            self._page.wait_for_timeout(STILL_MS)
            return answered and self.answered and self.sent == sent

        wait_until(self._page, settled)
