"""The Live tab in a real browser, before a camera whose film is known."""

import base64
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.engine import Engine
from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from tests.browser import find_chromium
from tests.e2e.conftest import FLAGS, PATIENCE, open_tab

SIZE = (640, 480)
FRAMES_A_SECOND, SECONDS_A_SCENE = 30, 4
SERVER = re.compile("/component_server")


def scene_of(path: Path) -> Image.Image:
    """The middle of a photograph, as wide as the camera's film."""
    picture = read_image(path)
    wide = min(picture.width, picture.height * 4 / 3)
    high = wide * 3 / 4
    left, top = (picture.width - wide) / 2, (picture.height - high) / 2
    return picture.resize(SIZE, box=(left, top, left + wide, top + high))


@pytest.fixture(scope="module")
def scenes() -> list[tuple[Image.Image, str]]:
    """Two scenes that the starter is surest about, with different answers."""
    checkpoint, engine = Catalogue().get("starter"), Engine(torch.device("cpu"), "torch")
    found: dict[str, tuple[float, Image.Image]] = {}
    for example in read_examples():
        scene = scene_of(example.path)
        side = min(SIZE)
        square = scene.crop(((SIZE[0] - side) // 2, 0, (SIZE[0] + side) // 2, side))
        best = engine.analyze(checkpoint, square.resize((256, 256))).top(1)[0]
        if best.label not in found or best.probability > found[best.label][0]:
            found[best.label] = (best.probability, scene)
    surest = sorted(found.items(), key=lambda item: -item[1][0])[:2]
    return [(scene, label) for label, (_, scene) in surest]


@pytest.fixture(scope="module")
def film(scenes: list[tuple[Image.Image, str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two scenes in turns, for ever, as Chromium's fake camera plays it."""
    path = tmp_path_factory.mktemp("film") / "two-scenes.mjpeg"
    with path.open("wb") as file:
        for scene, _ in scenes:
            buffer = io.BytesIO()
            scene.save(buffer, "JPEG", quality=92)
            file.write(buffer.getvalue() * (FRAMES_A_SECOND * SECONDS_A_SCENE))
    return path


@pytest.fixture(scope="module")
def cinema(film: Path, browser: Browser) -> Iterator[Browser]:
    """A second Chromium whose camera plays the film; Playwright itself runs only once."""
    flags = [*FLAGS, f"--use-file-for-fake-video-capture={film}"]
    chromium = browser.browser_type.launch(executable_path=find_chromium(), args=flags)
    yield chromium
    chromium.close()


@pytest.fixture
def open_live(cinema: Browser, app_url: str) -> Iterator[Callable[..., Page]]:
    """Open the Live tab: `open_live(script="", width=1280)`; script errors fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_at(script: str = "", width: int = 1280, dark: bool = False) -> Page:
        context = cinema.new_context(viewport={"width": width, "height": 1000})
        contexts.append(context)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{app_url}?__theme={'dark' if dark else 'light'}")
        open_tab(page, "Live")
        expect(page.locator("#live .live")).to_be_visible()
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert not errors


def showing(picture: Image.Image, side: str = "") -> str:
    """A script that puts a picture before the page's camera, larger or smaller than the film.

    Args:
        picture: What the camera films; it stands still, but new pictures of it keep coming.
        side: "user" or "environment" if the camera tells where it looks.
    """
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    text = base64.b64encode(buffer.getvalue()).decode()
    return f"""
    navigator.mediaDevices.getUserMedia = async () => {{
      const picture = new Image();
      picture.src = "data:image/png;base64,{text}";
      await picture.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [picture.width, picture.height];
      const context = canvas.getContext("2d");
      setInterval(() => window.still || context.drawImage(picture, 0, 0), 33);
      const stream = canvas.captureStream(30);
      const [track] = stream.getVideoTracks();
      const told = track.getSettings();
      if ("{side}") track.getSettings = () => ({{ ...told, facingMode: "{side}" }});
      return stream;
    }};
    """


def start(page: Page) -> None:
    page.locator("#live button.start").click()
    in_state(page, "live")


def in_state(page: Page, state: str) -> None:
    page.wait_for_selector(f"#live .live[data-state={state}]", timeout=PATIENCE)


def answers(page: Page) -> int:
    return int(page.locator("#live .live").get_attribute("data-answers") or 0)


def more_answers(page: Page, more: int = 3) -> None:
    wanted = answers(page) + more
    page.wait_for_function(
        "n => Number(document.querySelector('#live .live').dataset.answers) >= n", arg=wanted
    )


def says_first(page: Page, label: str) -> None:
    expect(page.locator("#live ol .label").first).to_have_text(label)


def colours(page: Page) -> int:
    """How many different colours the canvas shows."""
    shot = Image.open(io.BytesIO(page.locator("#live .film").screenshot()))
    small = np.asarray(shot.convert("RGB").resize((64, 48), Image.Resampling.NEAREST))
    return len(np.unique(small.reshape(-1, 3), axis=0))


def grey(frame: bytes) -> np.ndarray:
    """(16, 16), 0 to 255: enough to tell a picture from its mirror image."""
    return np.asarray(Image.open(io.BytesIO(frame)).convert("L").resize((16, 16)), np.float64)


def test_answers_follow_the_film(
    open_live: Callable[..., Page], scenes: list[tuple[Image.Image, str]]
) -> None:
    page = open_live()
    start(page)
    for _, label in [*scenes, scenes[0]]:
        says_first(page, label)
    assert colours(page) > 200
    expect(page.locator("#live .status")).to_contain_text("answers/s")
    assert int(page.locator("#live .live").get_attribute("data-age") or -1) >= 0
    expect(page.locator("#live .strip figcaption", has_text="channel")).to_have_count(5)


def test_the_film_runs_on_between_answers(open_live: Callable[..., Page]) -> None:
    page = open_live()
    start(page)
    held: list[Route] = []
    page.route(SERVER, lambda route: held.append(route))
    shown = "() => Number(document.querySelector('#live .live').dataset.frames)"
    before = page.evaluate(shown)
    page.wait_for_timeout(1000)
    assert page.evaluate(shown) - before >= 5
    assert len(held) == 1
    held[0].continue_()


def test_what_is_old_is_not_shown_as_new(open_live: Callable[..., Page]) -> None:
    page = open_live()
    start(page)
    held: list[Route] = []
    slow = True
    page.route(SERVER, lambda route: held.append(route) if slow else route.continue_())
    in_state(page, "stale")
    expect(page.locator("#live .message")).to_have_text(re.compile(r"No new answer for \d+ s\."))
    expect(page.locator("#live ol .share").first).to_be_hidden()
    assert not map_lies_over(page)
    slow = False
    for route in held:
        route.continue_()
    in_state(page, "live")
    expect(page.locator("#live ol .share").first).to_be_visible()
    assert map_lies_over(page)


def map_lies_over(page: Page) -> bool:
    """Whether anything is painted over the middle half of the film."""
    painted: int = page.evaluate(
        """() => {
          const { width, height } = document.querySelector("#live .film canvas");
          const { data } = document.querySelector("#live .film canvas").getContext("2d")
            .getImageData(width / 4, height / 4, width / 2, height / 2);
          return data.filter((value, i) => i % 4 === 3 && value > 0).length;
        }"""
    )
    return painted > 0


CLOCK = """
  const real = performance.now.bind(performance);
  window.ahead = 0;
  performance.now = () => real() + window.ahead;
"""
"""A script by which the page's clock runs ahead on demand: nobody waits for ten minutes."""
LATE = """
  const fetched = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await fetched(...asked);
    const late = String(asked[0].url || asked[0]).includes("component_server") && window.late;
    if (late) await new Promise((then) => setTimeout(then, late));
    return answer;
  };
"""
"""A script that brings answers `window.late` milliseconds later."""


def test_a_slow_connection_is_said_and_does_not_blink(open_live: Callable[..., Page]) -> None:
    page = open_live(LATE + "window.late = 900;")
    start(page)
    more_answers(page, 3)
    expect(page.locator("#live .message")).to_contain_text("Slow connection")
    page.evaluate(
        """() => {
          const live = document.querySelector("#live .live");
          window.states = [];
          new MutationObserver(() => window.states.push(live.dataset.state))
            .observe(live, { attributeFilter: ["data-state"] });
        }"""
    )
    more_answers(page, 4)
    assert page.evaluate("window.states") == []
    expect(page.locator("#live ol .share").first).to_be_visible()
    page.evaluate("window.late = 0")
    expect(page.locator("#live .message")).to_be_hidden()


def test_starting_again_shows_no_old_answer(open_live: Callable[..., Page]) -> None:
    page = open_live()
    expect(page.locator("#live .head")).to_have_text("Its answers appear here.")
    start(page)
    page.get_by_role("button", name="Stop", exact=True).click()
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
    expect(page.locator("#live .message")).to_contain_text("no new pictures")
    counted = answers(page)
    page.wait_for_timeout(2500)
    assert answers(page) == counted, "the same frame was sent again"
    page.evaluate("window.still = false")
    in_state(page, "live")


def test_one_frame_is_on_its_way_at_a_time(open_live: Callable[..., Page]) -> None:
    page = open_live()
    on_their_way, most = 0, 0

    def sent(route: Route) -> None:
        nonlocal on_their_way, most
        on_their_way += 1
        most = max(most, on_their_way)
        route.fulfill(response=route.fetch())
        on_their_way -= 1

    page.route(SERVER, sent)
    start(page)
    more_answers(page, 5)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.unroute_all(behavior="wait")
    assert most == 1


def test_a_server_that_fails_is_said_and_asked_again(open_live: Callable[..., Page]) -> None:
    page = open_live()
    start(page)
    page.route(SERVER, lambda route: route.abort())
    expect(page.locator("#live .message")).to_contain_text("The server does not answer")
    page.unroute(SERVER)
    in_state(page, "live")


def test_a_frozen_moment_goes_to_the_other_lenses(
    open_live: Callable[..., Page], scenes: list[tuple[Image.Image, str]]
) -> None:
    page = open_live()
    start(page)
    says_first(page, scenes[0][1])
    page.get_by_role("button", name="Freeze").click()
    in_state(page, "frozen")
    counted = answers(page)
    first = page.locator("#answers button").first
    expect(first).to_contain_text(scenes[0][1])
    assert page.evaluate("document.querySelector('#live video').srcObject") is None
    page.wait_for_timeout(500)
    assert answers(page) == counted, "a frozen camera still sends"
    open_tab(page, "Grad-CAM")
    expect(page.locator("#cam-intro")).to_contain_text(scenes[0][1])
    open_tab(page, "Live")
    page.get_by_role("button", name="Back to live").click()
    more_answers(page)


def one_answer(page: Page) -> None:
    """Wait until Live and the left column give the same best five, to the digit."""
    page.wait_for_function(
        """() => {
          const said = (list) => JSON.stringify(["label", "share"].map((part) =>
            [...document.querySelectorAll(list + " ." + part)].slice(0, 5)
              .map((node) => node.textContent)));
          return said("#live ol") === said("#answers ol");
        }"""
    )


@pytest.mark.parametrize(
    ("number", "size", "flipped"),
    [(4, (1280, 720), False), (6, (480, 640), True)],
)
def test_a_frozen_moment_has_one_answer(
    open_live: Callable[..., Page], number: int, size: tuple[int, int], flipped: bool
) -> None:
    page = open_live(showing(read_image(read_examples()[number].path).resize(size)))
    page.get_by_label("Mirror what the network gets").set_checked(flipped)
    start(page)
    page.get_by_role("button", name="Freeze").click()
    expect(page.locator("#answers button")).to_have_count(5)
    one_answer(page)
    expect(page.locator("#live .head")).to_have_text("What it sees in this picture")


def strip(page: Page) -> list[str]:
    """The five tiles, as they are painted."""
    found: list[str] = page.evaluate(
        "() => [...document.querySelectorAll('#live .strip canvas')].map((c) => c.toDataURL())"
    )
    return found


def freeze(page: Page) -> Any:
    """Freeze, and return what the page asked about the frozen moment."""
    with page.expect_response(lambda answer: -1 in (asked(answer.request)["strip"] or [])) as got:
        page.get_by_role("button", name="Freeze").click()
    in_state(page, "frozen")
    return asked(got.value.request)


def asked(request: Request) -> Any:
    """What a page wants to know of a frame; nothing of it if it asked for something else."""
    body = request.post_data_json if SERVER.search(request.url) else None
    return body["data"] if body else {"strip": None}


def test_the_strip_of_a_frozen_moment_is_its_own(open_live: Callable[..., Page]) -> None:
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


def test_a_class_is_pinned_on_a_frozen_moment(open_live: Callable[..., Page]) -> None:
    page = open_live()
    start(page)
    freeze(page)
    pinned = page.locator("#live ol button[aria-pressed=true]")
    for name in ("goldfish", "koala"):
        find_class(page, name)
        expect(pinned).to_contain_text(name)
        expect(page.locator("#live .whose")).to_contain_text(name)
    in_state(page, "frozen")


def test_a_frozen_moment_is_shown_to_other_weights(open_live: Callable[..., Page]) -> None:
    page = open_live()
    start(page)
    frame = freeze(page)["frame"]
    open_tab(page, "Inside")
    ways = page.locator("[data-block='layer1.0'] .pass label")
    with page.expect_request(lambda request: asked(request).get("frame") == frame) as sent:
        ways.filter(has_text=re.compile("^F$")).click()
    assert "~" in asked(sent.value)["checkpoint"]
    expect(page.locator("#answers button")).to_have_count(6)
    open_tab(page, "Live")
    one_answer(page)


def test_a_browser_that_never_tells_of_frames(open_live: Callable[..., Page]) -> None:
    page = open_live("HTMLVideoElement.prototype.requestVideoFrameCallback = () => 0;")
    start(page)
    page.wait_for_function("Number(document.querySelector('#live .live').dataset.frames) > 5")


def test_a_hidden_tab_sends_nothing(open_live: Callable[..., Page]) -> None:
    page = open_live()
    start(page)
    open_tab(page, "Predict")
    page.wait_for_selector("#live .live[data-state=paused]", state="attached")
    page.wait_for_timeout(1000)  # the frame that was on its way is answered
    counted = answers(page)
    page.wait_for_timeout(1000)
    assert answers(page) == counted
    open_tab(page, "Live")
    more_answers(page)


def test_a_pinned_class_keeps_its_map(open_live: Callable[..., Page]) -> None:
    page = open_live()
    start(page)
    find_class(page, "goldfish")
    pinned = page.locator("#live ol button[aria-pressed=true]")
    expect(pinned).to_contain_text("goldfish")
    more_answers(page)
    expect(pinned).to_have_count(1)
    pinned.click()
    expect(pinned).to_have_count(0)


def find_class(page: Page, name: str) -> None:
    page.locator("#live .find input").fill(name)
    page.locator("#live .find input").press("Enter")


def test_a_camera_that_comes_back_sends_no_empty_picture(open_live: Callable[..., Page]) -> None:
    page = open_live(CLOCK)
    start(page)
    open_tab(page, "Predict")
    page.wait_for_selector("#live .live[data-state=paused]", state="attached")
    page.evaluate("window.ahead = 16000")
    page.wait_for_function("document.querySelector('#live video').srcObject === null")
    frames: list[np.ndarray] = []

    def keep(route: Route) -> None:
        frames.append(grey(base64.b64decode(asked(route.request)["frame"])))
        route.continue_()

    page.route(SERVER, keep)
    open_tab(page, "Live")
    in_state(page, "live")
    assert all(frame.std() > 5 for frame in frames)


def test_a_class_is_found_by_what_a_person_types(open_live: Callable[..., Page]) -> None:
    page = open_live()
    start(page)
    field, said = page.locator("#live .find input"), page.locator("#live .find .none")
    pinned = page.locator("#live ol button[aria-pressed=true]")
    find_class(page, "zebra crossing")
    expect(said).to_have_text("There is no class of that name.")
    find_class(page, "gold")
    expect(said).to_contain_text("classes begin like that")
    expect(pinned).to_have_count(0)
    find_class(page, "KOAL")
    expect(pinned).to_contain_text("koala")
    expect(field).to_have_value("koala")
    expect(said).to_have_text("")
    pinned.click()
    expect(field).to_have_value("")


@pytest.mark.parametrize("width", [390, 1280])
def test_what_stands_below_the_film_keeps_its_place(
    open_live: Callable[..., Page], width: int
) -> None:
    page = open_live(width=width)
    start(page)

    def places() -> list[float]:
        found: list[float] = page.evaluate(
            """() => ["ol", ".strip", ".toolbar"].map((name) =>
              document.querySelector("#live " + name).getBoundingClientRect().top
              - document.querySelector("#live .film").getBoundingClientRect().top)"""
        )
        return found

    before = places()
    find_class(page, "European fire salamander")
    expect(page.locator("#live ol button")).to_have_count(6)
    expect(page.locator("#live .whose")).to_contain_text("salamander")
    assert places() == before
    freeze(page)
    assert places() == before


def test_the_words_fit_the_colours(open_live: Callable[..., Page]) -> None:
    page = open_live()
    start(page)
    whose = page.locator("#live .whose")
    for colours, words in (("turbo", "Warm colours"), ("viridis", "Bright"), ("gray", "Bright")):
        page.locator("#live [name=colours]").select_option(colours)
        expect(whose).to_contain_text(words)
    page.get_by_role("checkbox", name="Map", exact=True).set_checked(False)
    expect(whose).to_have_text("")


def test_the_focus_stays_on_the_buttons(open_live: Callable[..., Page]) -> None:
    page = open_live()
    page.locator("#live button.start").press("Enter")
    in_state(page, "live")
    expect(page.locator("#live button.stop")).to_be_focused()
    page.locator("#live button.freeze").press("Enter")
    in_state(page, "frozen")
    expect(page.locator("#live button.start")).to_be_focused()


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
    page = open_live()
    frames: list[np.ndarray] = []

    def keep(route: Route) -> None:
        body = route.request.post_data_json or {}
        frames.append(grey(base64.b64decode(body["data"]["frame"])))
        route.continue_()

    def film(mirrored_view: bool, mirrored_frames: bool) -> list[np.ndarray]:
        page.get_by_label("Mirror what I see").set_checked(mirrored_view)
        page.get_by_label("Mirror what the network gets").set_checked(mirrored_frames)
        frames.clear()
        page.locator("#live button.start").click()
        in_state(page, "live")
        page.wait_for_timeout(1000 * (SECONDS_A_SCENE + 1))  # both scenes
        page.get_by_role("button", name="Stop", exact=True).click()
        return list(frames)

    def distance(some: list[np.ndarray], others: list[np.ndarray]) -> float:
        """How far the farthest of `some` is from its nearest among `others`."""
        return max(min(np.abs(one - other).mean() for other in others) for one in some)

    page.route(SERVER, keep)
    plain = film(mirrored_view=False, mirrored_frames=False)
    turned = [frame[:, ::-1] for frame in plain]
    assert distance(turned, plain) > 10, "the scenes are their own mirror images"
    assert distance(film(mirrored_view=True, mirrored_frames=False), plain) < 3
    assert distance(film(mirrored_view=False, mirrored_frames=True), turned) < 3


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NotAllowedError", "was refused"),
        ("NotFoundError", "No camera was found"),
        ("NotReadableError", "another program"),
        ("SomethingNewError", "SomethingNewError"),
    ],
)
def test_a_camera_that_cannot_be_had(open_live: Callable[..., Page], name: str, words: str) -> None:
    page = open_live(
        "navigator.mediaDevices.getUserMedia = () => "
        f"Promise.reject(Object.assign(new Error('no'), {{ name: '{name}' }}))"
    )
    page.locator("#live button.start").click()
    in_state(page, "error")
    expect(page.locator("#live .message")).to_contain_text(words)
    expect(page.get_by_role("button", name="Start again")).to_be_visible()


def test_a_page_that_is_not_secure_says_what_to_do(open_live: Callable[..., Page]) -> None:
    page = open_live("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    page.locator("#live button.start").click()
    expect(page.locator("#live .message")).to_contain_text("--https")


def test_a_stream_ends_and_starts_again_with_one_click(open_live: Callable[..., Page]) -> None:
    page = open_live(CLOCK)
    start(page)
    page.evaluate("window.ahead = 11 * 60 * 1000")
    in_state(page, "ended")
    expect(page.locator("#live .message")).to_contain_text("10 minutes")
    page.get_by_role("button", name="Start again").click()
    in_state(page, "live")


def test_the_camera_is_chosen(open_live: Callable[..., Page]) -> None:
    page = open_live()
    start(page)
    choice = page.locator("#live .camera select")
    expect(choice.locator("option")).to_have_count(3)
    choice.select_option(index=2)
    in_state(page, "live")
    more_answers(page)


@pytest.mark.parametrize(("side", "mirrors"), [("user", True), ("environment", False)])
def test_only_the_front_camera_is_a_mirror(
    open_live: Callable[..., Page], side: str, mirrors: bool
) -> None:
    picture = read_image(read_examples()[0].path).resize(SIZE)
    page = open_live(showing(picture, side))
    start(page)
    wish, film = page.get_by_label("Mirror what I see"), page.locator("#live .film.mirrored")
    expect(wish).to_be_checked(checked=mirrors)
    expect(film).to_have_count(int(mirrors))
    wish.set_checked(not mirrors)
    page.reload()
    open_tab(page, "Live")
    start(page)
    expect(wish).to_be_checked(checked=not mirrors)
    expect(film).to_have_count(int(not mirrors))


def test_the_camera_of_last_time_stands_in_the_menu(open_live: Callable[..., Page]) -> None:
    page = open_live(
        "localStorage.setItem('rn18demo-live', JSON.stringify("
        "{ camera: 'gone-for-now', label: 'Microscope' }));"
        "navigator.mediaDevices.enumerateDevices = async () => [];"
    )
    chosen = page.locator("#live .camera select option:checked")
    expect(chosen).to_have_text("Microscope")
