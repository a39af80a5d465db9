"""The Live tab while it runs: what it says, what it sends, what may be pinned."""

import io
import re
import time
from collections.abc import Callable

import numpy as np
from PIL import Image
from playwright.sync_api import Page, Route, expect

from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from tests.e2e.live.driving import (
    SERVER,
    SIZE,
    asked,
    find_class,
    freeze,
    grey,
    message,
    more_answers,
    pinned,
    says_first,
    showing,
    start,
    stop,
    switch_scene,
)

NAME_SECONDS = 2


def colours(page: Page) -> int:
    """How many different colours the canvas shows."""
    shot = Image.open(io.BytesIO(page.locator("#live .film").screenshot()))
    small = np.asarray(shot.convert("RGB").resize((64, 48), Image.Resampling.NEAREST))
    return len(np.unique(small.reshape(-1, 3), axis=0))


def test_answers_follow_the_film(
    open_live: Callable[..., Page], scenes: list[tuple[Image.Image, str]]
) -> None:
    page = open_live(showing(*(scene for scene, _ in scenes)))
    start(page)
    (_, first), (_, second) = scenes
    says_first(page, first)
    for number, label in ((1, second), (0, first)):
        switch_scene(page, number)
        says_first(page, label)
    assert colours(page) > 200
    expect(page.locator("#live .status")).to_contain_text("answers/s")
    expect(page.locator("#live .live")).to_have_attribute("data-age", re.compile(r"^\d+$"))
    expect(page.locator("#live .strip figcaption", has_text="channel")).to_have_count(5)

    row = page.locator("#live ol button").first
    row.hover()
    page.mouse.down()
    row.focus()
    began = time.monotonic()
    row.evaluate(
        """(row) => {
          window.names = 0;
          new MutationObserver((all) => { window.names += all.length; })
            .observe(row, { attributeFilter: ["aria-label"] });
        }"""
    )
    for number, label in ((1, second), (0, first), (1, second)):
        switch_scene(page, number)
        says_first(page, label)
        more_answers(page)
    page.wait_for_function("window.names > 0")
    named, seconds = page.evaluate("window.names"), time.monotonic() - began
    assert named <= seconds / NAME_SECONDS + 2, "a screen reader is talked to without end"
    page.mouse.up()
    expect(pinned(page)).to_contain_text(first)  # the class that was pressed


def test_one_frame_is_on_its_way_while_the_film_runs_on(open_live: Callable[..., Page]) -> None:
    page = open_live()
    held: list[Route] = []
    holding, on_their_way, most = True, 0, 0

    def sent(route: Route) -> None:
        nonlocal on_their_way, most
        if holding:
            return held.append(route)
        on_their_way += 1
        most = max(most, on_their_way)
        route.fulfill(response=route.fetch())
        on_their_way -= 1
        return None

    page.route(SERVER, sent)
    page.locator("#live button.start").click()
    expect(message(page)).to_contain_text("the first answer is on its way")
    ground = message(page).evaluate("node => getComputedStyle(node).backgroundColor")
    assert ground.startswith("rgba(20, 20, 25"), "words over the film that nobody can read"
    shown = "Number(document.querySelector('#live .live').dataset.frames)"
    page.wait_for_function(f"before => {shown} >= before + 5", arg=page.evaluate(shown))
    assert len(held) == 1

    holding = False
    held[0].continue_()
    more_answers(page, 5)
    stop(page)
    page.unroute_all(behavior="wait")
    assert most == 1


def test_a_browser_that_never_tells_of_frames(open_live: Callable[..., Page]) -> None:
    page = open_live("HTMLVideoElement.prototype.requestVideoFrameCallback = () => 0;")
    start(page)
    page.wait_for_function("Number(document.querySelector('#live .live').dataset.frames) > 5")


def test_a_class_is_found_by_what_a_person_types_and_keeps_its_map(
    open_live: Callable[..., Page],
) -> None:
    page = open_live()
    start(page)
    field, said = page.locator("#live .find input"), page.locator("#live .find .none")
    whose = page.locator("#live .whose")
    find_class(page, "zebra crossing")
    expect(said).to_have_text("There is no class of that name.")
    find_class(page, "gold")
    expect(said).to_contain_text("classes begin like that")
    expect(pinned(page)).to_have_count(0)
    find_class(page, "KOAL")
    expect(pinned(page)).to_contain_text("koala")
    expect(field).to_have_value("koala")
    expect(said).to_have_text("")
    pinned(page).click()
    expect(pinned(page)).to_have_count(0)
    expect(field).to_have_value("")

    find_class(page, "goldfish")
    expect(pinned(page)).to_contain_text("goldfish")
    more_answers(page)
    expect(pinned(page)).to_have_count(1)
    pinned(page).press("Enter")
    expect(pinned(page)).to_have_count(0)
    expect(page.locator("#live ol button").last).to_be_focused()  # the row that had it is gone

    for colours, words in (("turbo", "Warm colours"), ("viridis", "Bright"), ("gray", "Bright")):
        page.locator("#live [name=colours]").select_option(colours)
        expect(whose).to_contain_text(words)
    page.get_by_role("checkbox", name="Map", exact=True).set_checked(False)
    expect(whose).to_have_text("")


def test_what_stands_below_the_film_keeps_its_place(open_live: Callable[..., Page]) -> None:
    page = open_live()

    def places() -> list[float]:
        found: list[float] = page.evaluate(
            """() => ["ol", ".strip", ".toolbar"].map((name) =>
              document.querySelector("#live " + name).getBoundingClientRect().top
              - document.querySelector("#live .film").getBoundingClientRect().top)"""
        )
        return found

    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 1000})
        start(page)
        before = places()
        find_class(page, "European fire salamander")
        expect(page.locator("#live ol button")).to_have_count(6)
        expect(page.locator("#live .whose")).to_contain_text("salamander")
        assert places() == before
        freeze(page)
        assert places() == before
        find_class(page, "")
        expect(page.locator("#live ol button")).to_have_count(5)


def test_a_second_viewer_is_served_at_once(open_live: Callable[..., Page]) -> None:
    first, second = open_live(), open_live()
    start(first)
    start(second)
    more_answers(first, 5)
    more_answers(second, 5)
    more_answers(first, 5)


def test_mirroring_turns_what_is_seen_and_not_what_is_sent(
    open_live: Callable[..., Page],
) -> None:
    page = open_live(showing(read_image(read_examples()[0].path).resize(SIZE)))
    frames: list[np.ndarray] = []

    def keep(route: Route) -> None:
        frames.append(grey(asked(route.request)["frame"]))
        route.continue_()

    def film(mirrored_view: bool, mirrored_frames: bool) -> list[np.ndarray]:
        page.get_by_label("Mirror what I see").set_checked(mirrored_view)
        page.get_by_label("Mirror what the network gets").set_checked(mirrored_frames)
        expect(page.locator("#live .film.mirrored")).to_have_count(int(mirrored_view))
        frames.clear()
        start(page)
        more_answers(page)
        stop(page)
        return list(frames)

    def distance(some: list[np.ndarray], others: list[np.ndarray]) -> float:
        """How far the farthest of `some` is from its nearest among `others`."""
        return max(float(min(np.abs(one - other).mean() for other in others)) for one in some)

    page.route(SERVER, keep)
    plain = film(mirrored_view=False, mirrored_frames=False)
    turned = [frame[:, ::-1] for frame in plain]
    assert distance(turned, plain) > 10, "the picture is its own mirror image"
    assert distance(film(mirrored_view=True, mirrored_frames=False), plain) < 3
    assert distance(film(mirrored_view=False, mirrored_frames=True), turned) < 3
