"""A frozen moment: one answer in every tab, and all of it is the moment's own."""

import re
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from tests.e2e.conftest import open_tab
from tests.e2e.live.driving import (
    answers,
    asked,
    find_class,
    freeze,
    in_state,
    more_answers,
    one_answer,
    pinned,
    says_first,
    showing,
    start,
    switch_scene,
)
from tests.e2e.waiting import WATCH_EVENTS, Events


def strip(page: Page) -> list[str]:
    """The five tiles, as they are painted."""
    found: list[str] = page.evaluate(
        "() => [...document.querySelectorAll('#live .strip canvas')].map((c) => c.toDataURL())"
    )
    return found


def test_it_goes_to_the_other_lenses_and_weights(
    open_live: Callable[..., Page], scenes: list[tuple[Image.Image, str]]
) -> None:
    page = open_live(showing(*(scene for scene, _ in scenes)) + WATCH_EVENTS)
    events = Events(page)
    start(page)
    says_first(page, scenes[0][1])
    page.locator("#live button.freeze").focus()
    frame = freeze(page)["frame"]
    switch_scene(page, 1)  # from here on, a frame of the camera would be another one
    expect(page.locator("#live button.start")).to_be_focused()
    counted = answers(page)
    first = page.locator("#answers button").first
    expect(first).to_contain_text(scenes[0][1])
    assert page.evaluate("document.querySelector('#live video').srcObject") is None
    page.wait_for_timeout(500)
    assert answers(page) == counted, "a frozen camera still sends"
    open_tab(page, "Grad-CAM")
    expect(page.locator("#cam-intro")).to_contain_text(scenes[0][1])

    open_tab(page, "Inside")
    events.settle()  # what the tab shows when it opens would come over a click
    ways = page.locator("[data-block='layer1.0'] .pass label")
    with page.expect_request(lambda request: asked(request).get("frame") == frame) as sent:
        ways.filter(has_text=re.compile("^F$")).click()
    assert "~" in asked(sent.value)["checkpoint"]
    assert asked(sent.value)["viewer"] is None, "a frame of the camera could take its place"
    expect(page.locator("#answers button")).to_have_count(6)
    open_tab(page, "Live")
    one_answer(page)
    page.get_by_role("button", name="Back to live").click()
    more_answers(page)


@pytest.mark.parametrize(
    ("number", "size", "flipped"),
    [(4, (1280, 720), False), (6, (480, 640), True)],
)
def test_it_has_one_answer(
    open_live: Callable[..., Page], number: int, size: tuple[int, int], flipped: bool
) -> None:
    page = open_live(showing(read_image(read_examples()[number].path).resize(size)))
    page.get_by_label("Mirror what the network gets").set_checked(flipped)
    start(page)
    page.get_by_role("button", name="Freeze").click()
    expect(page.locator("#answers button")).to_have_count(5)
    one_answer(page)
    expect(page.locator("#live .head")).to_have_text("What it sees in this picture")
    frame = page.locator("#live .frame").bounding_box()
    upright = size[1] > size[0]
    assert frame and frame["width"] / frame["height"] == pytest.approx(1 if upright else 4 / 3)


def test_its_strip_is_its_own_and_a_class_is_pinned_on_it(open_live: Callable[..., Page]) -> None:
    page = open_live()
    wish = page.get_by_role("checkbox", name="Strongest channel of every stage")
    wish.set_checked(False)
    start(page)
    freeze(page)
    wish.set_checked(True)
    expect(page.locator("#live .strip figcaption").last).to_contain_text("channel")
    before = strip(page)
    page.locator("#live [name=colours]").select_option("gray")
    after = strip(page)
    assert all(old != new for old, new in zip(before, after, strict=True))

    for name in ("goldfish", "koala"):
        find_class(page, name)
        expect(pinned(page)).to_contain_text(name)
        expect(page.locator("#live .whose")).to_contain_text(name)
    in_state(page, "frozen")
