"""Choices that come faster than the server answers: the last one counts, and all that is marked."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from rn18demo.core.examples import read_examples
from rn18demo.ui.text import say
from tests.e2e.conftest import open_tab
from tests.e2e.teach_driving import EVENTS, SlowRoad
from tests.e2e.waiting import WATCH_EVENTS, Events


def open_example(open_page: Callable[..., Page], app_url: str) -> tuple[Page, Events]:
    page = open_page(app_url, script=WATCH_EVENTS)
    page.locator("#examples button").nth(3).click()
    expect(page.locator("#answers li")).to_have_count(5)
    return page, Events(page)


def test_a_stage_and_an_order_are_chosen_at_once(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page, events = open_example(open_page, app_url)
    open_tab(page, "Feature maps")
    strip, grid = page.locator("#stage-strip .tiles button"), page.locator("#channel-grid")
    expect(strip).to_have_count(5)
    events.settle()
    for number in (3, 2, 4):
        strip.nth(number).click()
    page.get_by_label(say("order_contribution")).check()
    events.settle()
    expect(strip.nth(4)).to_have_attribute("aria-pressed", "true")
    expect(grid.locator(".name")).to_contain_text("Stage 4")
    expect(grid.locator(".tiles button").first).to_contain_text(re.compile(r"· [+−-]"))
    grid.locator(".tiles button").nth(3).click()
    tile = grid.locator(".tiles button").nth(3)
    channel = (tile.get_attribute("title") or "").partition(" ")[0]
    expect(page.locator("#channel-words")).to_contain_text(f"hannel {channel}")
    expect(page.locator("#channel-words")).to_contain_text("tage 4")


@pytest.mark.parametrize(("tab", "field"), [("Grad-CAM", "#cam-compare"), ("Predict", "#search")])
def test_what_is_typed_stays_when_the_next_picture_is_answered(
    app_url: str, open_page: Callable[..., Page], tab: str, field: str
) -> None:
    page, events = open_example(open_page, app_url)
    open_tab(page, tab)
    events.settle()
    first = page.locator("#answers li").first.inner_text()
    road = SlowRoad(page, EVENTS, only=None)
    page.locator("#examples button").nth(5).click()
    road.wait()
    page.locator(f"{field} input").click()
    page.keyboard.type("teapot")
    expect(page.get_by_role("option", name="teapot")).to_be_visible()
    road.let_go()
    events.settle()
    expect(page.locator("#answers li").first).not_to_have_text(first)
    expect(page.get_by_role("option", name="teapot")).to_be_visible()


def test_another_class_is_clicked_while_blocks_are_cut(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page, events = open_example(open_page, app_url)
    open_tab(page, "Inside")
    expect(page.locator("#architecture .share")).to_have_count(8)
    second = page.locator("#answers li").nth(1)
    name = second.locator("button").inner_text().split("\n")[0]
    page.locator("#lesion").click()
    second.locator("button").click()
    expect(page.locator("#lesions .bars path").first).to_be_visible()
    events.settle()
    expect(page.locator("#lesions-help")).to_contain_text(name)
    share = float(second.locator("button").inner_text().split("\n")[-1].removesuffix("%"))
    drawn = page.evaluate("document.querySelector('#lesions .js-plotly-plot').layout.shapes[0].y0")
    assert drawn == pytest.approx(share, abs=0.6), "the chart is of the class before"


def test_a_picture_that_is_taken_away_at_once_stays_away(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page, events = open_example(open_page, app_url)
    shown = page.locator("#picture img")
    expect(shown).to_be_visible()
    page.locator("#examples button").nth(5).click()
    page.locator("#picture").get_by_label("Remove Image").click()
    events.settle()
    expect(page.locator("#answers li")).to_have_count(0)
    expect(shown).to_have_count(0)
    page.locator("#picture input[type=file]").set_input_files(read_examples()[5].path)
    expect(shown).to_be_visible()
    page.locator("#picture").get_by_label("Remove Image").click()
    events.settle()
    expect(shown).to_have_count(0)
    expect(page.locator("#answers li")).to_have_count(0)
