"""The Learn tab in a real browser: the walk from its first step to its last, claims measured."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from rn18demo.core.claims import CANDIDATES
from rn18demo.core.reference import architecture
from rn18demo.ui.learn_tab import STEPS, step_words
from rn18demo.ui.text import say
from tests.e2e.conftest import open_tab

MEASURING = 300_000
"""Milliseconds that six networks may take where other tests compute at the same time."""


@pytest.fixture
def learn(app_url: str, open_page: Callable[..., Page]) -> Page:
    """The page with the Learn tab in front."""
    page = open_page(app_url)
    open_tab(page, say("learn_tab"))
    expect(page.locator("#walk")).to_be_visible()
    return page


def part(page: Page, name: str) -> None:
    open_tab(page, name)


def seen(page: Page, words: str) -> None:
    """Some words of the catalogue are on the page, without their marks of emphasis."""
    plain = re.sub(r"\*|\[|\]\(.*?\)", "", words)
    expect(page.locator("#walk").get_by_text(plain[:60], exact=False)).to_be_visible()


def test_the_walk_goes_from_the_first_step_to_the_last(learn: Page) -> None:
    for number in range(1, len(STEPS) + 1):
        seen(learn, step_words(number, "todo"))
        answer = learn.locator("#walk").get_by_text(step_words(number, "answer")[:40])
        expect(answer).to_be_hidden()
        learn.locator("#walk").get_by_role("button", name=say("walk_answer")).locator(
            "visible=true"
        ).click()
        expect(answer).to_be_visible()
        if number < len(STEPS):
            learn.locator("#walk").get_by_role("button", name=say("walk_next")).locator(
                "visible=true"
            ).click()
    learn.get_by_role("button", name=say("walk_again")).click()
    seen(learn, step_words(1, "todo"))


def test_a_step_leads_to_its_tab_and_is_still_there_afterwards(learn: Page) -> None:
    visible = learn.locator("#walk button").locator("visible=true")
    visible.get_by_text(say("walk_next")).click()
    seen(learn, step_words(2, "todo"))
    learn.get_by_role("button", name=say("walk_go", tab=say("maps_tab"))).locator(
        "visible=true"
    ).click()
    tab = learn.get_by_role("tab", name=say("maps_tab"), exact=True)
    expect(tab).to_have_attribute("aria-selected", "true")
    open_tab(learn, say("learn_tab"))
    seen(learn, step_words(2, "todo"))


def test_the_reference_shows_what_the_model_counts(learn: Page) -> None:
    part(learn, say("reference"))
    table = learn.locator("#architecture-table")
    for layer in architecture().layers:
        row = table.get_by_role("row").filter(has=learn.get_by_role("rowheader", name=layer.name))
        expect(row).to_contain_text(f"{layer.parameters:,}")
    expect(table).to_contain_text(f"{architecture().parameters:,}")


def test_claims_are_measured_and_shown_beside_what_is_written(learn: Page) -> None:
    part(learn, say("claims"))
    learn.locator("#claims-start").click()
    learn.get_by_label(say("quantity_milliseconds")).check()  # while it measures
    table = learn.locator("#claims-table")
    expect(table.locator("tbody tr")).to_have_count(len(CANDIDATES), timeout=MEASURING)
    expect(table.locator("caption")).to_have_text(say("quantity_milliseconds"))
    expect(table.locator("tbody tr").first).to_contain_text(re.compile(r"\d+.*–.*\d+"))
    expect(learn.locator("#claims-chart .plot-container")).to_be_visible()
    expect(learn.locator("#claims-words")).to_contain_text("11.8 times")
    learn.get_by_label(say("quantity_parameters")).check()
    expect(table.locator("caption")).to_have_text(say("quantity_parameters"))
    expect(table).to_contain_text("138")


def test_measuring_can_be_stopped(learn: Page) -> None:
    part(learn, say("claims"))
    learn.locator("#claims-start").click()
    under_way = re.compile(r"[1-9]\d* %")
    expect(learn.locator("#claims-status")).to_contain_text(under_way, timeout=MEASURING)
    learn.locator("#claims-cancel").click()
    expect(learn.locator("#claims-status")).to_contain_text(say("claims_stopped"))
    expect(learn.locator("#claims-table table")).to_have_count(0)


def test_nothing_is_wider_than_a_phone(app_url: str, open_page: Callable[..., Page]) -> None:
    page = open_page(app_url, width=390, height=844)
    open_tab(page, say("learn_tab"))
    for name in ("walk", "words", "reference", "mistakes", "claims"):
        part(page, say(name))
        page.wait_for_timeout(500)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, f"{name} is {wide} px wide"
