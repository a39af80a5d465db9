"""The Teach cards in a real browser, before a camera whose film is known."""

import base64
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from rn18demo.training.project import load_project
from rn18demo.training.samples import SAMPLES
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.text.en_teach import TEACH_ENGLISH
from tests.browser import find_chromium
from tests.e2e.conftest import FLAGS, visiting
from tests.e2e.live.driving import WATCHED
from tests.e2e.teach_driving import (
    DROP,
    SERVER,
    card,
    message,
    picture_file,
    ready,
    sent_by,
    shots,
)

EVIL = "<img src=x onerror=\"document.title='broken'\"> 杯子"
OpenTeach = Callable[..., Page]


@pytest.fixture(scope="module")
def cinema(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium whose camera shows a photograph that pans slowly, for ever."""
    path = tmp_path_factory.mktemp("film") / "pan.mjpeg"
    picture = read_image(read_examples()[0].path).resize((900, 480))
    with path.open("wb") as film:
        for left in [*range(0, 260, 2), *range(260, 0, -2)]:
            buffer = io.BytesIO()
            picture.crop((left, 0, left + 640, 480)).save(buffer, "JPEG", quality=85)
            film.write(buffer.getvalue())
    flags = [*FLAGS, f"--use-file-for-fake-video-capture={path}"]
    chromium = browser.browser_type.launch(executable_path=find_chromium(), args=flags)
    yield chromium
    chromium.close()


@pytest.fixture
def open_teach(cinema: Browser, teach_url: str) -> Iterator[OpenTeach]:
    """Open the page as a new visitor: `open_teach(script="", width=1280)`."""
    with visiting(cinema) as open_at:

        def open_ready(script: str = "", width: int = 1280, dark: bool = False) -> Page:
            page = open_at(teach_url, width, 1000, dark, script)
            ready(page)
            return page

        yield open_ready


def names(page: Page) -> list[str]:
    every = page.locator("#teach-cards .card .name").all()
    return [field.input_value() for field in every]


def hears(page: Page, words: str) -> None:
    expect(page.locator("#heard textarea")).to_have_value(words)


def hold(page: Page, number: int, at_least: int = 3) -> int:
    """Hold the button of a class, let go somewhere else; returns how many were taken."""
    card(page, number).locator(".hold").hover()
    page.mouse.down()
    expect(shots(page, number).nth(at_least - 1)).to_be_attached()
    page.mouse.move(5, 5)
    page.mouse.up()
    return settled(page, number)


def settled(page: Page, number: int) -> int:
    """How many pictures a class has once none is on its way."""
    page.wait_for_timeout(400)
    expect(card(page, number).locator(".coming")).to_have_count(0)
    return shots(page, number).count()


def test_two_classes_are_filled_by_holding_a_button_and_outlive_a_reload(
    open_teach: OpenTeach,
) -> None:
    page = open_teach()
    assert names(page) == ["Class 1", "Class 2"]
    hears(page, "Class 1:0 Class 2:0")
    asked = sent_by(page)
    first = hold(page, 0)
    page.wait_for_timeout(1000)
    assert shots(page, 0).count() == first, "the camera goes on after letting go"

    button = card(page, 1).locator(".hold")
    button.focus()
    page.keyboard.down(" ")
    expect(shots(page, 1).nth(2)).to_be_attached()
    page.keyboard.up(" ")
    second = settled(page, 1)
    hears(page, f"Class 1:{first} Class 2:{second}")
    expect(card(page, 0).locator(".count")).to_have_text(f"{first} pictures")
    assert not [one for one in asked if one["fn_name"] == "thumbs"], "thumbnails are sent back"

    tile = shots(page, 0).first.locator(".tile")
    tile.focus()
    page.keyboard.press("Delete")
    expect(shots(page, 0)).to_have_count(first - 1)
    expect(shots(page, 0).first.locator(".tile")).to_be_focused()
    shots(page, 1).first.hover()
    shots(page, 1).first.locator(".delete").click()
    expect(shots(page, 1)).to_have_count(second - 1)
    page.get_by_role("button", name="Undo").click()
    expect(shots(page, 1)).to_have_count(second)

    card(page, 0).locator(".name").fill(EVIL)
    card(page, 0).locator(".name").press("Enter")
    hears(page, f"{EVIL}:{first - 1} Class 2:{second}")

    page.reload()
    ready(page)
    assert names(page) == [EVIL, "Class 2"]
    expect(shots(page, 0)).to_have_count(first - 1)
    expect(shots(page, 1)).to_have_count(second)
    expect(shots(page, 1).first.locator("img")).to_be_visible()
    hears(page, f"{EVIL}:{first - 1} Class 2:{second}")
    assert page.title() != "broken"


def test_a_class_without_a_name_is_told_why_it_keeps_the_old_one(open_teach: OpenTeach) -> None:
    page = open_teach()
    card(page, 0).locator(".name").fill("  ")
    card(page, 0).locator(".name").press("Enter")
    expect(message(page)).to_have_text(TEACH_ENGLISH["teach_no_name"])
    assert names(page)[0] == "Class 1"


def test_who_has_done_nothing_yet_has_done_nothing_wrong(open_teach: OpenTeach) -> None:
    page = open_teach()
    expect(page.locator("#teach-cards .good")).to_have_text(TEACH_ENGLISH["teach_check_start"])
    expect(page.locator("#teach-cards .finding")).to_have_count(0)


def test_what_is_below_the_cards_stays_in_its_place(open_teach: OpenTeach) -> None:
    page = open_teach()
    place = """() => {
      const { top, height } = document.querySelector("#teach-cards .check").getBoundingClientRect();
      return [Math.round(top + window.scrollY), Math.round(height)];
    }"""
    before = page.evaluate(place)
    hold(page, 0)
    assert page.evaluate(place) == before


def test_a_hold_that_ends_before_the_camera_is_there_takes_nothing(open_teach: OpenTeach) -> None:
    page = open_teach(WATCHED)
    page.evaluate("() => { window.gate = new Promise((grant) => { window.grant = grant; }); }")
    card(page, 0).locator(".hold").click()
    expect(message(page)).to_have_text(TEACH_ENGLISH["teach_starting"])
    page.evaluate("window.grant()")
    expect(message(page)).to_have_text(TEACH_ENGLISH["teach_ready"])
    seen = page.evaluate("document.querySelector('#teach-cards video').currentTime")
    page.wait_for_function(
        "seen => document.querySelector('#teach-cards video').currentTime > seen + 0.5", arg=seen
    )
    assert card(page, 0).locator(".shot").count() == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [("NotAllowedError", "was refused"), ("NotFoundError", "upload pictures instead")],
)
def test_a_camera_that_cannot_be_had(open_teach: OpenTeach, name: str, words: str) -> None:
    page = open_teach(
        "navigator.mediaDevices.getUserMedia = () => "
        f"Promise.reject(Object.assign(new Error('no'), {{ name: '{name}' }}))"
    )
    card(page, 0).locator(".hold").click()
    expect(message(page)).to_contain_text(words)
    assert shots(page, 0).count() == 0


def test_pictures_wait_for_a_connection_that_comes_back(open_teach: OpenTeach) -> None:
    page = open_teach()
    hold(page, 0)
    page.route(SERVER, lambda route: route.abort())
    card(page, 1).locator(".hold").hover()
    page.mouse.down()
    expect(card(page, 1).locator(".coming").nth(2)).to_be_attached()
    page.mouse.up()
    expect(message(page)).to_contain_text("wait to be sent")
    waiting = card(page, 1).locator(".shot").count()
    page.unroute(SERVER)
    expect(shots(page, 1)).to_have_count(waiting)


def test_uploads_are_made_small_and_what_is_no_picture_is_listed(
    open_teach: OpenTeach, tmp_path: Path, projects: Projects
) -> None:
    page = open_teach()
    asked = sent_by(page)
    large = picture_file(tmp_path / "large.png")
    text = tmp_path / "notes.txt"
    text.write_text("not a picture")
    card(page, 0).locator("input.files").set_input_files([large, text])
    expect(shots(page, 0)).to_have_count(1)
    left_out = page.locator("#teach-cards .left-out")
    expect(left_out.locator("summary")).to_have_text("1 file was left out")
    left_out.locator("summary").click()
    expect(left_out.locator("li")).to_contain_text("notes.txt")
    sent = [p for one in asked for p in one["data"].get("pictures", []) if p["name"] == large.name]
    travelled = Image.open(io.BytesIO(base64.b64decode(sent[0]["data"])))
    assert travelled.size == (512, 384)
    token = page.evaluate("sessionStorage.getItem('rn18demo-teach')")
    notebook = projects.get(token)
    assert notebook is not None
    assert notebook.classes[0].shots[0].shot.picture.size == (512, 384)
    left_out.get_by_role("button").click()
    expect(left_out).to_be_hidden()


def test_pictures_are_dropped_on_a_class_and_moved_to_another(open_teach: OpenTeach) -> None:
    page = open_teach()
    card(page, 0).evaluate(DROP)
    expect(shots(page, 0)).to_have_count(1)
    page.locator("#teach-cards .teach").evaluate(DROP)
    expect(message(page)).to_have_text(TEACH_ENGLISH["teach_drop_where"])
    shots(page, 0).drag_to(card(page, 1))
    expect(shots(page, 1)).to_have_count(1)
    shots(page, 1).locator(".tile").click()
    choice = card(page, 1).locator(".choice")
    expect(choice).to_contain_text("1 chosen")
    choice.locator("select").select_option(label="Class 1")
    expect(shots(page, 0)).to_have_count(1)
    expect(choice).to_be_hidden()


def test_a_folder_of_folders_and_a_zip_fill_everything(
    open_teach: OpenTeach, tmp_path: Path
) -> None:
    page = open_teach()
    for cls in ("cup", "pen"):
        (tmp_path / "all" / cls).mkdir(parents=True)
        for number in range(2):
            picture_file(tmp_path / "all" / cls / f"{number}.jpg", (80, 60), 60 + 90 * number)
    page.locator("#teach-cards .folder-input").set_input_files(tmp_path / "all")
    expect(page.locator("#teach-cards .card")).to_have_count(2)
    expect(shots(page, 1)).to_have_count(2)
    expect(shots(page, 0)).to_have_count(2)
    assert names(page) == ["cup", "pen"]

    with zipfile.ZipFile(tmp_path / "more.zip", "w") as zipped:
        for cls in ("bird", "cup"):
            zipped.write(next((SAMPLES / "bird").iterdir()), f"{cls}/x.jpg")
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 and nothing else")
    page.locator("#teach-cards .file-input").set_input_files(tmp_path / "bad.zip")
    expect(message(page)).to_contain_text("damaged")
    assert names(page) == ["cup", "pen"]
    page.locator("#teach-cards .file-input").set_input_files(tmp_path / "more.zip")
    expect(message(page)).to_have_text("Opened: 3 classes, 6 pictures.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#teach-cards .card")).to_have_count(2)
    zipped_again = base64.b64encode((tmp_path / "more.zip").read_bytes()).decode()
    page.locator("#teach-cards .teach").evaluate(DROP, zipped_again)
    expect(message(page)).to_contain_text("Opened: 3 classes, 6 pictures. Zips and projects are")
    expect(message(page)).to_contain_text("only more.zip was taken")
    assert names(page) == ["cup", "pen", "bird"]
    twice = page.locator("#teach-cards .finding", has_text="2 pictures are in “cup” and “pen”")
    twice.get_by_role("button").click()
    expect(page.locator("#teach-cards .shot.lit")).to_have_count(4)


def test_the_project_is_saved_and_opened_again(open_teach: OpenTeach, tmp_path: Path) -> None:
    page = open_teach()
    page.get_by_role("button", name="Try the sample pictures").click()
    expect(shots(page, 2)).to_have_count(12)
    expect(page.locator("#teach-cards .good")).to_have_text(
        "No problem was found: 3 classes, 36 pictures."
    )
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save project").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    assert [one.name for one in load_project(path).dataset.classes] == ["bird", "flower", "fruit"]

    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Keep everything").click()
    expect(shots(page, 2)).to_have_count(12)
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Delete everything").click()
    expect(page.locator("#teach-cards .shot")).to_have_count(0)
    page.reload()
    ready(page)
    assert names(page) == ["Class 1", "Class 2"]

    page.locator("#teach-cards .file-input").set_input_files(path)
    expect(shots(page, 2)).to_have_count(12)
    shots(page, 2).first.scroll_into_view_if_needed()
    expect(shots(page, 2).first.locator("img")).to_be_visible()


def test_classes_come_and_go(open_teach: OpenTeach) -> None:
    page = open_teach()
    page.get_by_role("button", name="Add a class").click()
    expect(page.locator("#teach-cards .card")).to_have_count(3)
    expect(card(page, 2).locator(".name")).to_be_focused()
    page.get_by_role("button", name="Remove the class Class 1").click()
    expect(message(page)).to_have_text("The class Class 1 was removed.")
    assert names(page) == ["Class 2", "Class 3"]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#teach-cards .card")).to_have_count(3)
    assert names(page) == ["Class 1", "Class 2", "Class 3"]


def test_a_second_visitor_never_sees_the_first_ones(open_teach: OpenTeach) -> None:
    first = open_teach()
    first.get_by_role("button", name="Try the sample pictures").click()
    expect(shots(first, 0)).to_have_count(12)
    second = open_teach()
    assert names(second) == ["Class 1", "Class 2"]
    third = open_teach(
        "if (!sessionStorage.length) sessionStorage.setItem('rn18demo-teach', 'guess')"
    )
    assert names(third) == ["Class 1", "Class 2"]
    expect(message(third)).to_contain_text("no longer on the server")


def test_a_change_made_elsewhere_in_the_page_is_shown(open_teach: OpenTeach) -> None:
    page = open_teach()
    page.get_by_role("button", name="Try the sample pictures").click()
    hears(page, "bird:12 flower:12 fruit:12")
    page.get_by_role("button", name="drop first").click()
    expect(shots(page, 0)).to_have_count(11)
    hears(page, "bird:11 flower:12 fruit:12")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_fits_a_phone(open_teach: OpenTeach, dark: bool) -> None:
    page = open_teach(width=390, dark=dark)
    page.get_by_role("button", name="Try the sample pictures").click()
    expect(shots(page, 2)).to_have_count(12)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for box in page.locator("#teach-cards .fillers button").all():
        assert (box.bounding_box() or {"height": 0})["height"] >= 40
