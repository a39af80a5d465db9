"""The gradient, ledger and hiding panels in a real browser."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.panels_app import backend, build
from tests.e2e.parts_server import serving
from tests.e2e.waiting import WATCH_EVENTS, Events

OpenPage = Callable[..., Page]
MINUTES = 180_000
SLIDE = """(slider, value) => {
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(build(backend())) as address:
        yield address


def unfold(page: Page, title: str) -> None:
    page.get_by_role("button", name=re.compile(title)).first.click()


def test_paths_disappear_when_branches_are_cut(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    unfold(page, "Gradients and paths")
    page.get_by_role("button", name="whole").click()
    expect(page.locator("#paths-words")).to_contain_text("256 of 256")
    expect(page.locator("#gradient-chart .js-plotly-plot")).to_be_visible()
    page.get_by_role("button", name="cut").click()
    expect(page.locator("#paths-words")).to_contain_text("64 of 256")


def test_the_ledger_sums_to_the_score_and_opens_a_channel(url: str, open_page: OpenPage) -> None:
    page = open_page(url, script=WATCH_EVENTS)
    page.get_by_role("button", name="whole").click()
    unfold(page, "The ledger of the score")
    words = page.locator("#ledger-words")
    expect(words).to_contain_text("the network's score is")
    total, logit = (float(text) for text in words.locator("strong").all_inner_texts()[1:])
    assert abs(total - logit) < 2e-4  # four digits each
    rows = page.locator("#ledger-bars .row")
    expect(rows).to_have_count(16)
    row = rows.nth(3)
    channel = row.get_attribute("data-channel")
    row.click()
    Events(page).settle()  # it is not shown again because the picture came while it opened
    expect(row).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#ledger-canvas")).to_contain_text(f"Channel {channel}, mean")
    page.locator("#ledger-second input").click()
    page.get_by_role("option").nth(1).click()
    expect(words).to_contain_text("rather than")


def test_the_slider_asks_the_server_nothing(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    page.get_by_role("button", name="whole").click()
    unfold(page, "Hide the hottest")
    left = page.locator("#hide-slider .left")
    expect(left).to_contain_text("hottest 0 %", timeout=MINUTES)  # some eighty forwards
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    canvas = page.locator("#hide-slider canvas")
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    page.locator("#hide-slider [type=range]").evaluate(SLIDE, 40)
    expect(left).to_contain_text("hottest 40 %")
    assert canvas.evaluate("canvas => canvas.toDataURL()") != before
    assert not [address for address in asked if "/queue/" in address or "/run/" in address]
