"""What the page asks of a slow device: nothing at rest, and little for a click."""

import re
from collections.abc import Callable

from gradio_client import Client, handle_file
from playwright.sync_api import Page, Request, expect

from rn18demo.core.examples import read_examples
from tests.e2e.conftest import open_tab

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
OPENED, EXAMPLE, CLASS = 6, 5, 4
"""Events: what a page asks when it opens; an example: take it, answer, Predict, Grad-CAM, and one
that asks which others are awake; a class: choose it, and the same."""


class Asking:
    """Counts the events that a page sends."""

    def __init__(self, page: Page) -> None:
        self._page, self._count = page, 0
        page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        self._count += "/queue/join" in request.url

    def count(self) -> int:
        """Since the last time, once no more come."""
        while True:
            before = self._count
            self._page.wait_for_timeout(REST_MS)
            if self._count == before:
                self._count = 0
                return before


def frames(page: Page) -> int:
    """Asked for in a second; while the first answer is on its way, a spinner turns."""
    page.evaluate("window.framesAsked = 0")
    page.wait_for_timeout(REST_MS)
    return int(page.evaluate("window.framesAsked"))


def test_a_page_at_rest_does_nothing_and_a_click_asks_for_what_is_seen(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(app_url, script=COUNT_FRAMES)
    expect(page.locator("#examples button").first).to_be_visible()
    asking = Asking(page)
    assert asking.count() <= OPENED  # the first may be sent before anybody counts

    assert any(frames(page) == 0 for _ in range(20)), "it is painted anew without end"

    copied, values, moved, left, number, nothing, refused = page.evaluate(COPIES)
    assert copied and nothing and values == [1, "two", None] and number == 7
    assert (moved, left) == (8, 0)
    assert refused == "DataCloneError"

    page.locator("#examples button").nth(1).click()
    expect(page.locator("#answers li").first).to_be_visible()
    assert asking.count() <= EXAMPLE + 1  # and one that looks whether something faster is ready
    page.locator("#answers li").nth(1).click()
    assert asking.count() == CLASS

    open_tab(page, "Feature maps")
    expect(page.locator("#channel-grid canvas").first).to_be_visible()
    asking.count()
    page.locator("#answers li").nth(2).click()
    assert asking.count() == CLASS + 1


def test_of_quick_clicks_the_last_has_picture_and_answers(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    examples = read_examples()
    page = open_page(app_url)
    tiles, shown = page.locator("#examples button"), page.locator("#picture img")
    best = page.locator("#answers li").first
    for number in (3, 0, 5, 1, 2):
        tiles.nth(number).click()
    expect(shown).to_have_attribute("src", re.compile(re.escape(examples[2].path.name)))
    Asking(page).count()
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
