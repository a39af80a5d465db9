"""What a newcomer does, in a real browser; RN18DEMO_SCREENSHOTS=DIR keeps the pictures."""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import open_tab

EXAMPLES = Path(__file__).resolve().parents[2] / "assets" / "examples"
SCREENSHOTS = os.environ.get("RN18DEMO_SCREENSHOTS")
WIDTHS = [(1280, False), (390, True)]
if SCREENSHOTS:  # for somebody who looks at them
    WIDTHS += [(1280, True), (390, False)]


@pytest.fixture
def shoot(tmp_path: Path) -> Callable[[Page, str], None]:
    folder = Path(SCREENSHOTS or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png", full_page=True, timeout=60_000)

    return take


def answers(page: Page) -> list[str]:
    """The labels of the bars, best first."""
    return [text.split("\n")[0] for text in page.locator("#answers button").all_inner_texts()]


@contextmanager
def new_answers(page: Page) -> Iterator[None]:
    """What happens inside brings other answers; wait until every lens shows them."""
    square = page.locator("#network-input img")
    before = square.get_attribute("src") if square.count() else None
    yield
    expect(page.locator("#answers button")).to_have_count(5)
    if before:
        expect(square).not_to_have_attribute("src", before)
    expect(square).to_have_attribute("src", re.compile("^data:image/png"))
    expect(page.locator("#chosen-class")).to_contain_text(f"{answers(page)[0]} is number 1 of")


def take_example(page: Page, number: int) -> None:
    """Click an example and wait for its answers."""
    with new_answers(page):
        page.locator("#examples button").nth(number).click()


def choose(page: Page, dropdown: str, option: str | re.Pattern[str]) -> None:
    """Pick an option of a dropdown."""
    page.locator(f"#{dropdown} input").click()
    page.get_by_role("option", name=option).first.click()


def no_sideways_scrolling(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"the page is {wide} px wider than the window"


def test_screen_readers_hear_words_and_not_the_keys_of_words(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    heard = (
        "window.heard = []; new MutationObserver((changes) => changes.forEach((change) => {"
        "  const live = change.target.parentElement?.closest('[aria-live]')"
        "    || change.target.closest?.('[aria-live]');"
        "  if (live) window.heard.push(live.textContent);"
        "})).observe(document, {subtree: true, childList: true, characterData: true});"
    )
    page = open_page(app_url, script=heard)
    example = page.get_by_role("button", name="Citrus fruits", exact=True)
    with new_answers(page):
        example.click()
    expect(example).to_have_count(1)  # also after Gradio has marked it as chosen
    page.wait_for_function("window.heard.some((words) => words.includes('Done'))")
    assert not [words for words in page.evaluate("window.heard") if "common." in words]


@pytest.mark.parametrize(("width", "dark"), WIDTHS)
def test_a_first_visit(
    app_url: str,
    open_page: Callable[..., Page],
    shoot: Callable[[Page, str], None],
    width: int,
    dark: bool,
) -> None:
    name = f"{width}-{'dark' if dark else 'light'}"
    page = open_page(app_url, width=width, height=900, dark=dark)
    expect(page.get_by_role("heading", name="ResNet-18, a glass box")).to_be_visible()
    expect(page.locator("#why")).to_contain_text("starter")
    shoot(page, f"1-open-{name}")

    take_example(page, 0)
    expect(page.locator("#facts")).to_contain_text("CPU")
    page.locator("#network-input").scroll_into_view_if_needed()
    expect(page.locator("#network-input img")).to_be_visible()
    no_sideways_scrolling(page)
    shoot(page, f"2-predict-{name}")

    with new_answers(page):
        page.locator("#picture input[type=file]").first.set_input_files(EXAMPLES / "cat.jpg")

    third = answers(page)[2]
    page.locator("#answers button").nth(2).click()
    expect(page.locator("#chosen-class")).to_contain_text(f"{third} is number 3 of 200")

    open_tab(page, "Grad-CAM")
    intro = page.locator("#cam-intro")
    expect(intro).to_contain_text(f"spoke for {third} (Grad-CAM · Stage 4")
    canvas = page.locator("#cam-canvas canvas").first
    expect(canvas).to_have_attribute("aria-label", re.compile(re.escape(third)))
    no_sideways_scrolling(page)
    shoot(page, f"3-cam-{name}")

    choose(page, "cam-stage", re.compile("Stage 3"))
    expect(intro).to_contain_text("Grad-CAM · Stage 3")
    choose(page, "cam-method", re.compile("^LayerCAM"))
    expect(intro).to_contain_text("LayerCAM · Stage 3")
    shoot(page, f"4-layer-cam-{name}")

    open_tab(page, "Feature maps")
    tiles = page.locator("#channel-grid button[aria-pressed]")
    expect(tiles).to_have_count(16)
    tiles.nth(4).click()
    expect(tiles.nth(4)).to_have_attribute("aria-pressed", "true")
    channel = re.search(r"\d+", tiles.nth(4).inner_text())
    assert channel
    expect(page.locator("#channel-words")).to_contain_text(f"Channel {channel[0]} of")
    expect(page.locator("#channel-histogram .js-plotly-plot").first).to_be_visible()
    no_sideways_scrolling(page)
    shoot(page, f"5-maps-{name}")

    page.locator("#stage-strip button").nth(4).click()
    expect(page.locator("#channel-words")).to_contain_text("layer4")


def test_another_class_needs_no_server_at_the_last_stage(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(app_url)
    open_tab(page, "Grad-CAM")
    take_example(page, 2)
    canvas = page.locator("#cam-canvas canvas").first
    expect(canvas).to_have_attribute("aria-label", re.compile(re.escape(answers(page)[0])))
    # Whatever goes to the server from here on never comes back.
    page.route("**/gradio_api/**", lambda route: None)
    page.locator("#answers button").nth(3).click()
    expect(canvas).to_have_attribute("aria-label", re.compile(re.escape(answers(page)[3])))


def test_a_class_clicked_before_the_lenses_show_is_shown(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(app_url)

    def slowly(route: Route) -> None:
        if answers(page):  # what comes after them are the lenses
            time.sleep(0.4)
        route.continue_()

    page.route("**/queue/join*", slowly)
    page.locator("#examples button").nth(2).click()
    page.evaluate("""() => {
      const click = () => {
        const row = document.querySelectorAll("#answers button")[3];
        row ? row.click() : setTimeout(click, 5);
      };
      click();
    }""")
    expect(page.locator("#answers button").nth(3)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#chosen-class")).to_contain_text(f"{answers(page)[3]} is number 4")
    open_tab(page, "Grad-CAM")
    canvas = page.locator("#cam-canvas canvas").first
    expect(canvas).to_have_attribute("aria-label", re.compile(re.escape(answers(page)[3])))


def test_of_two_quick_clicks_the_last_one_counts(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(app_url)
    take_example(page, 2)
    last = answers(page)[4]

    def slowly(route: Route) -> None:
        time.sleep(0.4)  # the second click comes before the first is answered
        route.continue_()

    page.route("**/queue/join*", slowly)
    page.evaluate("""() => {
      const click = (row) => document.querySelectorAll("#answers button")[row].click();
      click(2);
      setTimeout(click, 150, 4);
    }""")
    expect(page.locator("#chosen-class")).to_contain_text(f"{last} is number 5")


def test_what_is_said_of_a_channel_follows_the_class(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(app_url)
    open_tab(page, "Feature maps")
    take_example(page, 2)
    for row in (0, 3):
        page.locator("#answers button").nth(row).click()
        expect(page.locator("#channel-words")).to_contain_text(f"score of {answers(page)[row]} by")


def test_a_bad_file_gets_a_sentence_and_loses_nothing(
    app_url: str, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(app_url)
    take_example(page, 0)
    before = answers(page)
    bad = tmp_path / "picture.jpg"
    bad.write_bytes(b"%PDF-1.7 not a picture")
    page.locator("#picture input[type=file]").first.set_input_files(bad)
    expect(page.locator("#said")).to_contain_text("PDF")
    assert answers(page) == before
    page.wait_for_timeout(1000)  # the sentence and the last good picture are there to stay
    expect(page.locator("#said")).to_contain_text("PDF")
    assert answers(page) == before
    expect(page.locator("#picture img").first).to_have_attribute("src", re.compile("^data:image"))
    take_example(page, 1)
    expect(page.locator("#said")).to_be_hidden()


def test_a_bad_first_picture_gets_a_sentence_that_stays(
    app_url: str, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"this is no picture")
    page = open_page(app_url)
    expect(page.locator("#checkpoint input")).to_have_value(re.compile("Starter"))
    page.set_input_files("#picture input[type=file]", bad)
    expect(page.locator("#said")).to_contain_text("not a picture")
    page.wait_for_timeout(1500)
    expect(page.locator("#said")).to_contain_text("not a picture")


def test_a_refused_camera_is_said_in_words(app_url: str, open_page: Callable[..., Page]) -> None:
    refuse = """navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException("Permission denied", "NotAllowedError"); };
        navigator.mediaDevices.enumerateDevices = navigator.mediaDevices.getUserMedia;"""
    page = open_page(app_url, script=refuse)
    page.get_by_label("Capture from camera").click()
    page.get_by_text("Click to Access Webcam").click()
    expect(page.locator("#refused")).to_contain_text("does not lend the camera")


def test_how_many_channels_can_be_set_by_key(app_url: str, open_page: Callable[..., Page]) -> None:
    page = open_page(app_url)
    page.locator("#examples button").first.click()
    expect(page.locator("#answers button").first).to_be_visible()
    open_tab(page, "Feature maps")
    tiles = page.locator("#channel-grid .tiles button")
    expect(tiles).to_have_count(16)
    slider = page.locator("#channel-count input[type=range]")
    for _ in range(4):
        slider.press("ArrowRight")
    expect(tiles).to_have_count(int(slider.input_value()))
    assert int(slider.input_value()) > 16


def test_a_snapshot_from_the_camera(app_url: str, open_page: Callable[..., Page]) -> None:
    page = open_page(app_url)
    page.get_by_label("Capture from camera").click()
    page.get_by_text("Click to Access Webcam").click()
    # The button may be pressed before the film has begun.
    page.wait_for_function("document.querySelector('#picture video')?.currentTime > 0")
    with new_answers(page):
        page.get_by_label("capture photo").click()


def test_a_picture_from_the_clipboard(app_url: str, open_page: Callable[..., Page]) -> None:
    page = open_page(app_url)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(
        """async () => {
            const canvas = new OffscreenCanvas(320, 240);
            const context = canvas.getContext("2d");
            context.fillStyle = "orange";
            context.fillRect(0, 0, 320, 240);
            const blob = await canvas.convertToBlob({ type: "image/png" });
            await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
        }"""
    )
    with new_answers(page):
        page.get_by_label("Paste from clipboard").click()


def test_a_cleared_picture_leaves_no_answers(app_url: str, open_page: Callable[..., Page]) -> None:
    page = open_page(app_url)
    take_example(page, 0)
    page.get_by_label("Remove Image").first.click()
    expect(page.locator("#answers button")).to_have_count(0)
    expect(page.locator("#chosen-class")).to_contain_text("Give it a picture")


def test_two_classes_side_by_side(app_url: str, open_page: Callable[..., Page]) -> None:
    page = open_page(app_url)
    open_tab(page, "Grad-CAM")
    take_example(page, 0)
    first = answers(page)[0]
    expect(page.locator("#cam-intro")).to_contain_text(f"spoke for {first}")
    page.locator("#cam-compare input").click()
    page.keyboard.type("teapot")
    page.get_by_role("option", name="teapot").first.click()
    page.locator("#cam-canvas").get_by_label("Side by side").check()
    expect(page.locator("#cam-canvas")).to_contain_text(first)
    expect(page.locator("#cam-canvas")).to_contain_text("teapot")


def test_a_slow_map_of_the_class_that_is_chosen(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(app_url)
    open_tab(page, "Grad-CAM")
    take_example(page, 0)
    choose(page, "cam-stage", re.compile("Stage 1"))  # an eighth of the channels
    choose(page, "cam-method", re.compile("^Score-CAM"))
    page.locator("#answers button").nth(1).click()
    words = f"spoke for {answers(page)[1]} (Score-CAM"
    expect(page.locator("#cam-intro")).to_contain_text(words, timeout=120_000)


def test_a_map_is_put_to_the_test(app_url: str, open_page: Callable[..., Page]) -> None:
    page = open_page(app_url)
    open_tab(page, "Grad-CAM")
    take_example(page, 0)
    page.locator("#road button").first.click()
    page.locator("#road-start").click()
    expect(page.locator("#road-words")).to_contain_text("random maps", timeout=120_000)
    expect(page.locator("#road-chart .js-plotly-plot").first).to_be_visible()
    take_example(page, 3)
    expect(page.locator("#road-words")).to_be_empty()


def test_by_keyboard_alone(app_url: str, open_page: Callable[..., Page]) -> None:
    page = open_page(app_url)
    take_example(page, 0)
    page.locator("#answers button").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#answers button").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#chosen-class")).to_contain_text("is number 2 of 200")
    page.get_by_role("tab", name="Grad-CAM").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#cam-canvas canvas").first).to_be_visible()


def test_one_visit_never_sees_another(app_url: str, open_page: Callable[..., Page]) -> None:
    first, second = open_page(app_url), open_page(app_url)
    take_example(first, 0)
    take_example(second, 5)
    kept = answers(first)
    second.locator("#answers button").nth(4).click()
    expect(second.locator("#chosen-class")).to_contain_text("is number 5")
    assert answers(first) == kept
    expect(first.locator("#chosen-class")).to_contain_text("is number 1")
