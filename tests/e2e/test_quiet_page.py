"""What the page asks of a slow device: nothing at rest, and little for a click."""

import json
import re
from collections.abc import Callable

import httpx
from gradio_client import Client, handle_file
from playwright.sync_api import Page, Request, expect

from rn18demo.core.examples import read_examples
from tests.e2e.conftest import open_tab
from tests.e2e.waiting import WATCH_EVENTS, Events, wait_until

COUNT_FRAMES = """
const ask = window.requestAnimationFrame;
window.framesAsked = 0;
window.requestAnimationFrame = (callback) => {
  window.framesAsked += 1;
  return ask.call(window, callback);
};
"""
REST_MS = 1000
COPIES = """() => {
  const buffer = new ArrayBuffer(8), original = { list: [1, "two", null], self: null };
  original.self = original;
  const copied = structuredClone(original);
  const moved = structuredClone(buffer, { transfer: [buffer] });
  let refused = "";
  try { structuredClone(() => 0); } catch (error) { refused = error.name; }
  return [copied !== original && copied.self === copied, copied.list, moved.byteLength,
          buffer.byteLength, structuredClone(7), structuredClone(undefined) === undefined, refused];
}"""
OPENED, EXAMPLE, CLASS = 5, 5, 4
"""Events: what a page asks when it opens; an example: answer, Predict, Grad-CAM, one that
asks which others are awake, one that finds the picture in place; a class: choose it, the same."""


class Asking:
    """Counts the events that a page sends, but for its timers'."""

    def __init__(self, page: Page, url: str) -> None:
        self._page, self._count = page, 0
        self._news = Events(page)
        dependencies = httpx.get(f"{url}/config").json()["dependencies"]
        self._timers = {
            dependency["id"]
            for dependency in dependencies
            if any(event == "tick" for _, event in dependency["targets"])
        }
        page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        if "/queue/join" in request.url:
            self._count += json.loads(request.post_data or "{}")["fn_index"] not in self._timers

    def count(self, expected: int = 0) -> int:
        """Since the last time; once so many came, until all are answered and no more come."""

        def complete() -> bool:
            answered, before = self._news.answered, self._count
            self._page.wait_for_timeout(REST_MS)
            return answered and self._news.answered and expected <= self._count == before

        wait_until(self._page, complete)
        found, self._count = self._count, 0
        return found


def frames(page: Page) -> int:
    """Asked for in a second; while the first answer is on its way, a spinner turns."""
    page.evaluate("window.framesAsked = 0")
    page.wait_for_timeout(REST_MS)
    return int(page.evaluate("window.framesAsked"))


def test_a_page_at_rest_does_nothing_and_a_click_asks_for_what_is_seen(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(app_url, script=COUNT_FRAMES + WATCH_EVENTS)
    expect(page.locator("#examples button").first).to_be_visible()
    asking = Asking(page, app_url)
    assert asking.count() <= OPENED  # the first may be sent before anybody counts

    assert any(frames(page) == 0 for _ in range(20)), "it is painted anew without end"

    copied, values, moved, left, number, nothing, refused = page.evaluate(COPIES)
    assert copied and nothing and values == [1, "two", None] and number == 7
    assert (moved, left) == (8, 0)
    assert refused == "DataCloneError"

    tiles = page.locator("#examples button")
    tiles.nth(1).click()  # the first one also makes values that are kept from then on
    asking.count(EXAMPLE)
    tiles.nth(2).click()
    assert asking.count(EXAMPLE) == EXAMPLE
    page.locator("#answers li").nth(1).click()
    assert asking.count(CLASS) == CLASS

    open_tab(page, "Feature maps")
    expect(page.locator("#channel-grid canvas").first).to_be_visible()
    asking.count()
    page.locator("#answers li").nth(2).click()
    assert asking.count(CLASS + 1) == CLASS + 1


def test_of_quick_clicks_the_last_has_picture_and_answers(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    examples = read_examples()
    page = open_page(app_url, script=WATCH_EVENTS)
    asking = Asking(page, app_url)
    tiles, shown = page.locator("#examples button"), page.locator("#picture img")
    best = page.locator("#answers li").first
    for number in (3, 0, 5, 1, 2):
        tiles.nth(number).click()
    expect(shown).to_have_attribute("src", re.compile(re.escape(examples[2].path.name)))
    asking.count()
    expect(shown).to_have_attribute("src", re.compile(re.escape(examples[2].path.name)))
    answer = Client(app_url, verbose=False).predict(
        handle_file(examples[2].path), "starter", 1, api_name="/classify"
    )
    expect(best).to_contain_text(answer["predictions"][0]["label"])

    # The same file, brought by hand, is an upload like any other.
    page.locator("#picture").get_by_label("Remove Image").click()
    expect(page.locator("#answers li")).to_have_count(0)
    page.locator("#picture input[type=file]").set_input_files(examples[2].path)
    expect(best).to_contain_text(answer["predictions"][0]["label"])
