"""Maps and tests of maps that take long: how far they are, and what becomes of them."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.panels_app import BEST, NEXT, HeldLenses, backend, build_maps
from tests.e2e.parts_server import serving
from tests.e2e.waiting import WATCH_EVENTS, Events, wait_until

HALF_WAY = "Score-CAM: 50 % done"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, HeldLenses]]:
    """The page's address, and what computes its maps."""
    made = backend(HeldLenses)
    assert isinstance(made.lenses, HeldLenses)
    with serving(build_maps(made)) as address:
        yield address, made.lenses
        made.lenses.go_on.set()


@pytest.fixture
def lenses(server: tuple[str, HeldLenses]) -> HeldLenses:
    held = server[1]
    held.hold()
    return held


@pytest.fixture
def page(server: tuple[str, HeldLenses], open_page: Callable[..., Page]) -> Page:
    opened = open_page(server[0], script=WATCH_EVENTS)
    opened.get_by_role("button", name=BEST).click()
    expect(opened.locator("#cam-intro")).to_contain_text("(Grad-CAM · Stage 4")
    return opened


def choose_method(page: Page, name: str) -> None:
    page.locator("#cam-method input").click()
    page.get_by_role("option", name=re.compile(f"^{name}")).first.click()


def come_after_all(page: Page, lenses: HeldLenses, events: Events) -> None:
    """Let what nobody wants any more be finished, and its news arrive if there are any."""
    wait_until(page, lambda: lenses.given_up())
    lenses.go_on.set()
    events.settle()


def test_a_slow_map_shows_progress_and_is_given_up(page: Page, lenses: HeldLenses) -> None:
    events = Events(page)
    status, canvas = page.locator("#cam-status"), page.locator("#cam-canvas canvas").first
    expect(canvas).to_have_attribute("aria-label", re.compile("^The map for"))  # it is painted
    label = canvas.get_attribute("aria-label")
    assert label
    choose_method(page, "Score-CAM")
    expect(status).to_contain_text(HALF_WAY)
    page.locator("#cam-cancel").click()
    expect(status).to_contain_text("Stopped")
    come_after_all(page, lenses, events)
    expect(status).to_contain_text("Stopped")
    expect(canvas).to_have_attribute("aria-label", label)


def test_a_slow_map_that_is_overtaken_never_shows(page: Page, lenses: HeldLenses) -> None:
    events = Events(page)
    intro, status = page.locator("#cam-intro"), page.locator("#cam-status")
    choose_method(page, "Score-CAM")
    expect(status).to_contain_text(HALF_WAY)
    choose_method(page, "Grad-CAM")
    expect(status).to_be_empty()
    come_after_all(page, lenses, events)
    expect(status).to_be_empty()
    expect(intro).to_contain_text("(Grad-CAM · Stage 4")
    expect(page.locator("#cam-canvas figcaption").first).not_to_contain_text("Score")


def test_a_slow_map_is_of_the_class_that_is_chosen_meanwhile(
    page: Page, lenses: HeldLenses
) -> None:
    intro, status = page.locator("#cam-intro"), page.locator("#cam-status")
    first = intro.inner_text()
    page.get_by_role("button", name=NEXT).click()
    expect(intro).not_to_have_text(first)
    second = intro.inner_text()
    page.get_by_role("button", name=BEST).click()
    expect(intro).to_have_text(first)
    choose_method(page, "Score-CAM")
    expect(status).to_contain_text(HALF_WAY)
    given_up = lenses.given_up  # of this map; the next one has its own
    page.get_by_role("button", name=NEXT).click()
    wait_until(page, given_up)
    lenses.go_on.set()
    expect(intro).to_have_text(second.replace("Grad-CAM", "Score-CAM"))
    expect(status).to_be_empty()


def test_a_test_of_a_map_ends_with_its_picture(page: Page, lenses: HeldLenses) -> None:
    events = Events(page)
    status, words = page.locator("#road-status"), page.locator("#road-words")
    page.locator("#road button").first.click()
    for other in (NEXT, BEST):  # and the next one runs
        lenses.hold()
        page.locator("#road-start").click()
        expect(status).to_contain_text(re.compile(r"\d+ % done"))
        page.get_by_role("button", name=other).click()
        expect(status).to_be_empty()
        come_after_all(page, lenses, events)
        expect(status).to_be_empty()
        expect(words).to_be_empty()
