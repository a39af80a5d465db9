"""Teaching in a real browser: from held button to a network that names what it was shown."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rn18demo.assets import ASSETS
from rn18demo.training.recipe import MOST_EPOCHS
from rn18demo.ui.text import say
from tests.e2e.conftest import open_tab
from tests.e2e.live.driving import more_answers
from tests.e2e.teach_driving import (
    TRAINING_MS,
    SlowRoad,
    card,
    open_teach,
    take_samples,
    train,
)
from tests.e2e.waiting import WATCH_EVENTS, Events

SAMPLES = ASSETS / "samples"
KINDS = ("bird", "flower", "fruit")

# A camera whose film is chosen by the test: `showing` names the things that are waved before
# it, one after the other, each a little elsewhere and turned a little.
CAMERA = """(() => {
  const films = %s;
  window.showing = %s;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [640, 480];
  const open = (source) => Object.assign(new Image(), { src: source });
  const pictures = {};
  for (const kind in films) pictures[kind] = films[kind].map(open);
  let turn = 0;
  const draw = () => {
    const context = canvas.getContext("2d");
    const list = pictures[window.showing];
    const image = list[turn %% list.length];
    const wave = (size) => size * Math.sin(1.7 * turn);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "white";
    context.fillRect(0, 0, 640, 480);
    context.translate(320 + wave(40), 240 + wave(25));
    context.rotate(wave(0.25));
    if (image.complete) context.drawImage(image, -200, -200, 400, 400);
    turn += 1;
  };
  setInterval(draw, 200);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(30);
})()"""


# Keeps in `said` what Live names first, answer by answer.
NAMED = """() => {
  const live = document.querySelector("#live .live");
  window.said = [];
  window.naming?.disconnect();
  window.naming = new MutationObserver(() =>
    window.said.push(live.querySelector("ol .label").textContent));
  window.naming.observe(live, { attributeFilter: ["data-answers"] });
}"""
ASKED, NAMED_RIGHTLY = 10, 7

# Keeps in `shares` how far the training is, each time that the page says so.
SHARES = """() => {
  window.shares = [];
  const note = () => {
    const bar = document.querySelector("#train-status progress");
    if (bar) window.shares.push(bar.value);
  };
  note();
  new MutationObserver(note).observe(document.body, { childList: true, subtree: true });
}"""


def camera() -> str:
    films = {}
    for kind in KINDS:
        files = sorted((SAMPLES / kind).glob("*.jpg"))
        encoded = [base64.b64encode(file.read_bytes()).decode() for file in files]
        films[kind] = ["data:image/jpeg;base64," + text for text in encoded]
    return CAMERA % (json.dumps(films), json.dumps(KINDS[0]))


def go_deeper(page: Page, learns: str, epochs: int) -> None:
    """Choose to fine-tune, what learns by that, and how long, whatever comes of it."""
    page.get_by_label("fine-tune deeper").check()
    page.get_by_text("Every knob of fine-tuning").click()
    page.get_by_label("What learns").click()
    page.get_by_role("option", name=learns, exact=True).click()
    for label, number in (("Epochs", epochs), ("Early stopping (patience)", 0)):
        field = page.get_by_label(label).first
        # Gradio mounts a slider when the accordion opens, and may set it a moment later.
        for _ in range(20):
            field.fill(str(number))
            page.wait_for_timeout(300)
            if field.input_value() == str(number):
                break
        expect(field).to_have_value(str(number))


def test_the_samples_are_taught_and_used_everywhere(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_teach(open_page, app_url, script=WATCH_EVENTS)
    take_samples(page)
    train(page)
    expect(page.locator("#learned")).to_contain_text(
        re.compile(r"of 36 pictures .* likely between")
    )
    expect(page.locator("#checkpoint input")).to_have_value("Taught: bird, flower, fruit")

    page.locator("#confusion td .right").first.click()
    expect(page.locator("#cell-shots .head")).to_contain_text("bird, answered “bird”")
    expect(page.locator("#shot-words")).to_contain_text("Left out of training, it was called bird")
    expect(page.locator("#shot-canvas figcaption").first).to_contain_text("bird")
    page.locator("#cell-shots .shots button").nth(1).click()
    expect(page.locator("#cell-shots .shots button").nth(1)).to_have_attribute(
        "aria-pressed", "true"
    )
    page.locator("#shot-move").click()
    expect(page.locator("#shot-changed .said")).to_contain_text("choose in the list")
    Events(page).settle()  # the answer to the click before comes later, and leaves that alone
    expect(page.locator("#shot-changed .said")).to_contain_text("choose in the list")
    page.locator("#shot-remove").click()
    expect(page.locator("#teach-cards")).to_contain_text("35 pictures")
    page.locator("#shot-undo").click()
    expect(page.locator("#teach-cards")).to_contain_text("36 pictures")
    expect(page.locator("#shot-undo")).to_be_hidden()
    page.locator("#shot-remove").click()
    expect(page.locator("#teach-cards")).to_contain_text("35 pictures")

    page.locator("#examples button").first.click()
    expect(page.locator("#answers button")).to_have_count(3)
    expect(page.locator("#answers .note")).to_be_empty()
    page.get_by_role("button", name="None of these").click()
    expect(page.locator("#threshold-said")).to_contain_text("At 0 %")
    slider = page.locator("#none-of-these input[type=range]")
    # Gradio mounts what an accordion hides when it opens, and sets its values a moment later: over
    # a key that is pressed too early.
    for _ in range(20):
        slider.press("End")
        page.wait_for_timeout(300)
        if slider.input_value() == "99":
            break
    expect(page.locator("#threshold-said")).to_contain_text("At 99 % it turns away")
    suggestion = page.locator("#threshold-suggestion").inner_text()
    suggested = re.search(r"Suggested: “none of these” below (\d+) %", suggestion)
    assert suggested, suggestion
    page.locator("#threshold-use").click()
    expect(slider).to_have_value(suggested[1])
    expect(page.locator("#threshold-said")).to_contain_text(f"At {suggested[1]} % it turns away")
    slider.press("End")
    expect(page.locator("#threshold-said")).to_contain_text("At 99 % it turns away")
    expect(page.locator("#answers .note")).to_contain_text("None of these")


def test_a_training_waits_for_the_pictures_that_are_on_their_way(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_teach(open_page, app_url)
    road = SlowRoad(page)
    for number, kind in enumerate(KINDS[:2]):
        files = sorted((SAMPLES / kind).glob("*.jpg"))
        card(page, number).locator("input.files").set_input_files(files)
    road.wait()
    page.locator("#train").click()
    expect(page.locator("#train")).to_have_attribute("data-waits", say("train_waits"))
    expect(page.locator("#train")).to_be_disabled()
    page.wait_for_timeout(500)
    expect(page.locator("#train-status")).to_be_empty()
    road.let_go()
    expect(page.locator("#train-status .ready")).to_be_visible(timeout=TRAINING_MS)
    expect(page.locator("#learned")).to_contain_text("of 24 pictures")
    expect(page.locator("#train[data-waits]")).to_have_count(0)
    expect(page.locator("#train")).to_be_enabled()
    expect(page.locator("#stale")).to_be_empty()


def test_a_training_waits_for_a_name_that_is_on_its_way(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_teach(open_page, app_url)
    take_samples(page)
    road = SlowRoad(page, only="rename_class")
    card(page, 0).get_by_role("textbox").fill("feathers")
    page.locator("#train").click()  # which takes the field's focus, so the name is sent
    road.wait()
    expect(page.locator("#train")).to_have_attribute("data-waits", say("train_waits"))
    road.let_go()
    expect(page.locator("#train-status .ready")).to_be_visible(timeout=TRAINING_MS)
    expect(page.locator("#checkpoint input")).to_have_value("Taught: feathers, flower, fruit")
    expect(page.locator("#train[data-waits]")).to_have_count(0)


def test_what_was_taught_is_taken_home(
    app_url: str, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_teach(open_page, app_url)
    take_samples(page)
    train(page)
    page.locator("#make-files").click()
    with page.expect_download() as download:
        page.locator("#save-weights").click()
    download.value.save_as(tmp_path / "taught.safetensors")
    from rn18demo.core.checkpoint_files import load_given

    assert load_given(tmp_path / "taught.safetensors").labels == KINDS
    with page.expect_download() as download:
        page.locator("#save-card").click()
    download.value.save_as(tmp_path / "card.md")
    assert "95 % interval" in (tmp_path / "card.md").read_text(encoding="utf-8")
    with page.expect_download() as download:
        page.locator("#save-labels").click()
    download.value.save_as(tmp_path / "labels.txt")
    assert tuple((tmp_path / "labels.txt").read_text(encoding="utf-8").split()) == KINDS

    page.reload()
    open_tab(page, "Teach")
    expect(page.locator("#learned")).to_contain_text("of 36 pictures")
    expect(page.locator("#checkpoint input")).to_have_value("Taught: bird, flower, fruit")


def test_three_classes_are_taught_by_holding_the_button(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_teach(open_page, app_url, script=camera())
    page.locator("#teach-cards button.add").click()
    cards = page.locator("#teach-cards ol.cards > li")
    expect(cards).to_have_count(3)
    for number, kind in enumerate(KINDS):
        page.evaluate("kind => { window.showing = kind; }", kind)
        card = cards.nth(number)
        card.get_by_role("textbox").fill(kind)
        card.get_by_role("textbox").press("Enter")
        hold = card.locator("button.hold")
        hold.hover()
        page.mouse.down()
        expect(card).to_contain_text(re.compile(r"\b([89]|\d\d) pictures"), timeout=30_000)
        page.mouse.move(5, 5)
        page.mouse.up()
    go_deeper(page, "only the head", epochs=2)
    train(page)
    expect(page.locator("#train-chart")).to_contain_text("Loss")
    expect(page.locator("#learned")).to_contain_text("within one second of holding the button")
    page.locator("#confusion td button").first.click()
    expect(page.locator("#shot-canvas canvas").first).to_be_visible()

    open_tab(page, "Live")
    page.locator("#live button.start").click()
    for kind in (KINDS[1], KINDS[0]):
        page.evaluate("kind => { window.showing = kind; }", kind)
        more_answers(page, 5)  # the film before it fades
        page.evaluate(NAMED)
        page.wait_for_function("many => window.said.length >= many", arg=ASKED)
        said = page.evaluate("window.said")[:ASKED]
        assert said.count(kind) >= NAMED_RIGHTLY, said
    expect(page.locator("#live .hint")).to_contain_text("Under Teach, “None of these”")
    expect(page.locator("#live .hint")).to_be_visible()


def slow_training(page: Page) -> None:
    """Start a training that goes on until it is stopped."""
    take_samples(page)
    go_deeper(page, "stage 4 and the head", epochs=MOST_EPOCHS)
    page.locator("#train").click()
    expect(page.locator("#train-status progress")).to_be_visible()


def test_a_training_goes_on_while_the_page_is_loaded_anew(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_teach(open_page, app_url)
    slow_training(page)
    page.reload()
    open_tab(page, "Teach")
    expect(page.locator("#train-status progress")).to_be_visible(timeout=TRAINING_MS)
    # Once it is fine-tuned, the head was measured, and that much is kept.
    expect(page.locator("#train-chart")).to_contain_text("Loss", timeout=TRAINING_MS)
    page.evaluate(SHARES)
    with page.expect_response(re.compile("/queue/join")):
        page.locator("#train").click()  # it does not begin a second one
    page.wait_for_function("new Set(window.shares).size > 2", timeout=TRAINING_MS)
    page.locator("#train-stop").click()
    expect(page.locator("#train-status .ready")).to_be_visible(timeout=TRAINING_MS)
    shares = page.evaluate("window.shares")
    assert min(shares) == shares[0] > 0, "a training began anew"
    expect(page.locator("#learned")).to_contain_text("of 36 pictures", timeout=TRAINING_MS)
    page.reload()
    open_tab(page, "Teach")
    expect(page.locator("#learned")).to_contain_text("of 36 pictures")
    expect(page.locator("#checkpoint input")).to_have_value("Taught: bird, flower, fruit")

    expect(page.get_by_label("fine-tune deeper")).to_be_checked()  # the knobs are back
    page.locator("#train").click()
    expect(page.locator("#train-status progress")).to_be_visible()
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Delete everything").click()
    expect(page.locator("#train-status progress")).to_have_count(0)
    expect(page.locator("#learned")).to_contain_text("After the training")
    page.locator("#train").click()
    expect(page.locator("#train-status .said")).to_contain_text("has no pictures")


def test_a_project_that_is_opened_brings_its_own_results(
    app_url: str, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_teach(open_page, app_url)
    take_samples(page)
    page.locator("#teach-cards button.remove").last.click()
    expect(page.locator("#teach-cards")).to_contain_text("24 pictures")
    train(page)
    expect(page.locator("#checkpoint input")).to_have_value("Taught: bird, flower")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save project").click()
    saved = tmp_path / "project.zip"
    download.value.save_as(saved)

    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Delete everything").click()
    expect(page.locator("#learned")).to_contain_text("After the training")
    expect(page.locator("#checkpoint input")).to_have_value(re.compile("Starter"))

    take_samples(page)
    train(page)
    expect(page.locator("#checkpoint input")).to_have_value("Taught: bird, flower, fruit")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open a zip or project").click()
    road = SlowRoad(page, only="add_file")
    chooser.value.set_files(saved)
    page.locator("#train").click()  # which is meant for what is on show
    road.wait()
    road.let_go()
    expect(page.locator("#train-status .said")).to_contain_text(say("train_other"))
    expect(page.locator("#learned")).to_contain_text("saved with the project")
    expect(page.locator("#learned")).to_contain_text("of 24 pictures")
    expect(page.locator("#checkpoint input")).to_have_value("Taught: bird, flower")
    expect(page.locator("#confusion tr")).to_have_count(3)
    page.locator("#confusion td .right").last.click()
    expect(page.locator("#cell-shots .head")).to_contain_text("flower, answered “flower”")
    expect(page.locator("#shot-canvas figcaption").first).to_contain_text("flower")
    page.get_by_role("button", name="None of these").click()
    expect(page.locator("#threshold-said")).to_contain_text("At 0 %")


@pytest.mark.parametrize("width", [1280, 390])
def test_training_without_pictures_says_what_to_do(
    app_url: str, open_page: Callable[..., Page], width: int
) -> None:
    page = open_teach(open_page, app_url, width=width)
    page.locator("#train").click()
    expect(page.locator("#train-status .said")).to_contain_text("has no pictures")
