"""What a visitor does with the results of a training, in a real browser."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from rn18demo.ui.text import say
from tests.e2e.teach_driving import EVENTS, SlowRoad, card, open_teach, take_samples, train
from tests.e2e.waiting import WATCH_EVENTS, Events

RENAMED = "have changed since this training"


def choose(page: Page, name: str) -> None:
    """Choose what the picture that is shown really is."""
    page.locator("#move-row input").click()
    page.get_by_role("option", name=name).click()


def test_a_renamed_class_is_still_the_one_that_a_picture_moves_to(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_teach(open_page, app_url)
    take_samples(page)
    train(page)
    first = card(page, 0)
    first.get_by_role("textbox").fill("feathers")
    first.get_by_role("textbox").press("Enter")
    expect(page.locator("#stale")).to_contain_text(RENAMED)
    page.locator("#confusion tr").nth(2).locator("button.right").click()
    expect(page.locator("#cell-shots .head")).to_contain_text("flower, answered “flower”")
    choose(page, "feathers")
    page.locator("#shot-move").click()
    expect(first).to_contain_text("13 pictures")


def test_a_class_that_is_chosen_before_the_picture_is_there_stays_chosen(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_teach(open_page, app_url, script=WATCH_EVENTS)
    take_samples(page)
    train(page)
    expect(page.locator("#cell-shots .head")).to_contain_text("Surest mistakes first")
    events = Events(page)
    events.settle()
    choose(page, "fruit")  # for the first mistake: it is not asked for with the next picture
    road = SlowRoad(page, EVENTS, only=None)
    page.locator("#confusion td .right").nth(1).click()
    road.wait()
    expect(page.locator("#move-row input")).to_have_value("")
    choose(page, "bird")
    page.locator("#shot-move").click()
    road.let_go()
    events.settle()
    expect(page.locator("#cell-shots .head")).to_contain_text("flower, answered “flower”")
    expect(page.locator("#shot-changed .said")).to_contain_text(say("shot_none"))
    page.locator("#shot-move").click()
    expect(card(page, 0)).to_contain_text("13 pictures")
    page.locator("#cell-shots .shots button").nth(1).click()
    expect(page.locator("#move-row input")).to_have_value("")
    expect(page.locator("#shot-changed")).to_be_empty()
