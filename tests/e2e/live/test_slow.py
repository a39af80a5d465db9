"""The Live tab when answers come late, or none: what is said, and that nothing old looks new."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import PATIENCE
from tests.e2e.live.driving import SERVER, in_state, map_lies_over, message, more_answers, start
from tests.e2e.waiting import wait_until

QUICK_TIMEOUT = """
  const later = window.setTimeout;
  window.setTimeout = (then, ms, ...rest) => later(then, ms === 8000 ? 6000 : ms, ...rest);
"""
"""A script by which an answer counts as missing after 6 instead of 8 seconds."""
LATE = """
  const fetched = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await fetched(...asked);
    const late = String(asked[0].url || asked[0]).includes("component_server") && window.late;
    if (!late) return answer;
    await new Promise((then) => setTimeout(then, late));
    if (!window.busy) return answer;
    const value = await answer.json();
    value.milliseconds.server = late;
    return new Response(JSON.stringify(value), { headers: answer.headers });
  };
"""
"""A script that brings answers `window.late` milliseconds later; with `window.busy` they say that
the server took that long."""


def test_what_is_old_is_not_shown_as_new(open_live: Callable[..., Page]) -> None:
    page = open_live(QUICK_TIMEOUT)
    start(page)
    more_answers(page, 6)  # the first ones of a page are slow, and what is usual waits longer
    held: list[Route] = []
    slow = True
    page.route(SERVER, lambda route: held.append(route) if slow else route.continue_())
    in_state(page, "stale")
    expect(message(page)).to_have_text(re.compile(r"No new answer for over [\d.]+ s\."))
    expect(page.locator("#live ol .share").first).to_be_hidden()
    assert not map_lies_over(page)
    expect(message(page)).to_contain_text("The server has not answered for 8 s.")
    page.wait_for_timeout(2000)
    assert len(held) == 1, "asked again beside the old question"
    slow = False
    held[0].continue_()
    in_state(page, "live")
    expect(page.locator("#live ol .share").first).to_be_visible()
    wait_until(page, lambda: map_lies_over(page))


def test_a_slow_connection_is_said_and_does_not_blink(open_live: Callable[..., Page]) -> None:
    page = open_live(LATE + "window.late = 1500;")
    start(page)
    more_answers(page, 3)
    expect(message(page)).to_contain_text("Slow connection")
    page.evaluate(
        """() => {
          const live = document.querySelector("#live .live");
          window.states = [];
          new MutationObserver(() => window.states.push(live.dataset.state))
            .observe(live, { attributeFilter: ["data-state"] });
          window.busy = true;
        }"""
    )
    more_answers(page, 4)
    assert page.evaluate("window.states") == []
    expect(page.locator("#live ol .share").first).to_be_visible()
    expect(message(page)).to_contain_text("Busy server")
    page.evaluate("window.late = 0")
    expect(message(page)).to_be_hidden(timeout=PATIENCE)


def test_a_server_that_fails_is_said_and_asked_again(open_live: Callable[..., Page]) -> None:
    page = open_live()
    start(page)
    page.route(SERVER, lambda route: route.abort())
    expect(message(page)).to_contain_text("The server does not answer")
    page.unroute(SERVER)
    in_state(page, "live")
    page.route(SERVER, lambda route: route.abort())
    in_state(page, "stale")
    page.get_by_role("button", name="Freeze").click()
    in_state(page, "frozen")
    expect(message(page)).to_contain_text("The server does not answer")
    expect(page.locator("#live ol button")).to_have_count(0)
    expect(page.locator("#live .whose")).to_have_text("")  # no map of an older moment
    page.unroute(SERVER)
    expect(message(page)).to_contain_text("Frozen.")
    expect(page.locator("#live ol button").first).to_be_visible()
