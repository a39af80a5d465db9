"""The Live tab's camera: lent, chosen, taken away, given back."""

from collections.abc import Callable

import numpy as np
from playwright.sync_api import Page, Route, expect

from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from tests.e2e.conftest import open_tab
from tests.e2e.live.driving import (
    CLOCK,
    SERVER,
    SIZE,
    WATCHED,
    answers,
    asked,
    grey,
    in_state,
    message,
    more_answers,
    showing,
    start,
    stop,
)
from tests.e2e.waiting import Requests, wait_until

REFUSALS = {
    "NotAllowedError": "was refused",
    "NotFoundError": "No camera was found",
    "NotReadableError": "another program",
    "SomethingNewError": "SomethingNewError",
}
TRACKS_LIVE = "window.tracks.filter((track) => track.readyState === 'live').length"


def test_starting_again_shows_no_old_answer(open_live: Callable[..., Page]) -> None:
    page = open_live()
    expect(page.locator("#live .head")).to_have_text("Its answers appear here.")
    page.locator("#live button.start").press("Enter")
    in_state(page, "live")
    expect(page.locator("#live button.stop")).to_be_focused()
    stop(page)
    expect(page.locator("#live .head")).to_have_text("What it saw last")
    page.evaluate("() => { navigator.mediaDevices.getUserMedia = () => new Promise(() => {}); }")
    page.get_by_role("button", name="Start the camera").click()
    in_state(page, "starting")
    expect(page.locator("#live ol button")).to_have_count(0)
    expect(page.locator("#live .head")).to_have_text("Its answers appear here.")


def test_a_camera_that_stands_still_is_not_blamed_on_the_server(
    open_live: Callable[..., Page],
) -> None:
    page = open_live(showing(read_image(read_examples()[0].path).resize(SIZE)))
    start(page)
    page.evaluate("window.still = true")
    expect(message(page)).to_contain_text("no new pictures")
    counted = answers(page)
    page.wait_for_timeout(2500)
    assert answers(page) == counted, "the same frame was sent again"
    page.evaluate("window.still = false")
    in_state(page, "live")


def test_a_hidden_tab_sends_nothing_and_gives_the_camera_back(
    open_live: Callable[..., Page],
) -> None:
    page = open_live(CLOCK + WATCHED)
    frames_sent = Requests(page, SERVER)

    def hide() -> None:
        open_tab(page, "Predict")
        in_state(page, "paused")

    start(page)
    hide()
    wait_until(page, lambda: frames_sent.answered)  # that which was on its way
    counted = frames_sent.sent
    page.wait_for_timeout(1000)
    assert frames_sent.sent == counted
    open_tab(page, "Live")
    more_answers(page)

    # A phone takes it from a hidden page without a word.
    hide()
    page.evaluate("window.tracks.forEach((track) => track.stop())")
    open_tab(page, "Live")
    more_answers(page)

    # What comes first from a camera that was opened anew is not an empty picture.
    hide()
    page.evaluate("window.ahead += 16000")
    page.wait_for_function(f"{TRACKS_LIVE} === 0")
    frames: list[np.ndarray] = []

    def keep(route: Route) -> None:
        frames.append(grey(asked(route.request)["frame"]))
        route.continue_()

    page.route(SERVER, keep)
    open_tab(page, "Live")
    in_state(page, "live")
    assert all(frame.std() > 5 for frame in frames)
    page.unroute(SERVER)

    # One that is granted while nobody looks is given back, too.
    hide()
    page.evaluate("window.ahead += 16000")
    page.wait_for_function(f"{TRACKS_LIVE} === 0")
    page.evaluate("() => { window.gate = new Promise((grant) => { window.grant = grant; }); }")
    open_tab(page, "Live")
    in_state(page, "starting")
    open_tab(page, "Predict")
    lent = page.evaluate("window.tracks.length")
    page.evaluate("window.grant()")
    page.wait_for_function("lent => window.tracks.length > lent", arg=lent)
    in_state(page, "paused")
    page.evaluate("window.ahead += 16000")
    page.wait_for_function(f"{TRACKS_LIVE} === 0")
    open_tab(page, "Live")
    more_answers(page)
    assert page.evaluate("window.beside") == 0


def test_a_camera_that_cannot_be_had(open_live: Callable[..., Page]) -> None:
    page = open_live(
        "navigator.mediaDevices.getUserMedia = () => "
        "Promise.reject(Object.assign(new Error('no'), { name: window.refusal }))"
    )
    for name, words in REFUSALS.items():
        page.evaluate("name => { window.refusal = name; }", name)
        page.locator("#live button.start").click()
        in_state(page, "error")
        expect(message(page)).to_contain_text(words)
        expect(page.get_by_role("button", name="Start again")).to_be_visible()


def test_a_page_that_is_not_secure_says_what_to_do(open_live: Callable[..., Page]) -> None:
    page = open_live("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    page.locator("#live button.start").click()
    expect(message(page)).to_contain_text("--https")


def test_the_camera_is_chosen_shared_and_stopped_after_a_while(
    open_live: Callable[..., Page],
) -> None:
    page = open_live(CLOCK + WATCHED)
    start(page)
    choice = page.locator("#live .camera select")
    expect(choice.locator("option")).to_have_count(3)
    choice.select_option(index=2)
    in_state(page, "live")
    more_answers(page)
    assert page.evaluate(TRACKS_LIVE) == 1

    open_tab(page, "Teach")
    card = page.locator("#teach-cards .card").first
    card.locator(".hold").hover()
    page.mouse.down()
    expect(card.locator(".shot").nth(1)).to_be_attached()
    page.mouse.up()
    assert page.evaluate(TRACKS_LIVE) == 1
    open_tab(page, "Live")
    in_state(page, "live")
    more_answers(page)
    assert page.evaluate("window.beside") == 0, "asked for beside another one: many phones refuse"

    page.evaluate("window.ahead = 11 * 60 * 1000")
    in_state(page, "ended")
    expect(message(page)).to_contain_text("10 minutes")
    page.get_by_role("button", name="Start again").click()
    in_state(page, "live")


def test_only_the_front_camera_is_a_mirror(open_live: Callable[..., Page]) -> None:
    picture = read_image(read_examples()[0].path).resize(SIZE)
    page = open_live(showing(picture, side="localStorage.getItem('side')"))
    wish, film = page.get_by_label("Mirror what I see"), page.locator("#live .film.mirrored")

    def film_from(side: str, mirrors: bool) -> None:
        page.evaluate("side => localStorage.setItem('side', side)", side)
        start(page)
        expect(wish).to_be_checked(checked=mirrors)
        expect(film).to_have_count(int(mirrors))

    for side, mirrors in (("user", True), ("environment", False)):
        film_from(side, mirrors)
        wish.set_checked(not mirrors)
        stop(page)
    page.reload()
    open_tab(page, "Live")
    for side, mirrors in (("user", True), ("environment", False)):
        film_from(side, not mirrors)
        stop(page)


def test_the_camera_of_last_time_stands_in_the_menu(open_live: Callable[..., Page]) -> None:
    page = open_live(
        "localStorage.setItem('rn18demo-live', JSON.stringify("
        "{ camera: 'gone-for-now', label: 'Microscope' }));"
        "navigator.mediaDevices.enumerateDevices = async () => [];"
    )
    chosen = page.locator("#live .camera select option:checked")
    expect(chosen).to_have_text("Microscope")
