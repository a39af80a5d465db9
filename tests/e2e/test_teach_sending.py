"""How pictures come to the server in a real browser, and what becomes of those that do not."""

import base64
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, FilePayload, Locator, Page, expect

from rn18demo.training.dataset_limits import LIMITS
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.text.en_teach import TEACH_ENGLISH, TEACH_MESSAGES
from tests.e2e.parts_server import serving
from tests.e2e.teach_app import build
from tests.e2e.teach_driving import (
    DROP,
    SERVER,
    UPLOADS,
    SlowRoad,
    card,
    message,
    picture_file,
    ready,
    sent_by,
    shots,
)
from tests.e2e.waiting import wait_until

OpenCards = Callable[..., Page]
SENDING = TEACH_ENGLISH["teach_sending"].partition("{")[0]
ROOM = 15
"""Pictures that the small server keeps, more than go at a time."""
BROKEN_READER = (
    "FileReader.prototype.readAsDataURL = function () { setTimeout(() => this.onerror()); }"
)


@pytest.fixture
def open_cards(open_page: Callable[..., Page], teach_url: str) -> OpenCards:
    """Open the cards as a new visitor: `open_cards(script="", url=None)`."""

    def open_ready(script: str = "", url: str | None = None) -> Page:
        page = open_page(url or teach_url, 1280, 1000, script=script)
        ready(page)
        return page

    return open_ready


@pytest.fixture(scope="module")
def small_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Cards on a server with room for few pictures."""
    projects = Projects(tmp_path_factory.mktemp("small"), pictures=ROOM, save_after=0.1)
    with serving(build(projects)) as url:
        yield url
    projects.close()


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """More than can wait at a time."""
    return [picture_file(tmp_path / f"{n:02}.png", (40, 30), 5 * n + 20) for n in range(40)]


def choose(page: Page, number: int, files: list[Path] | list[FilePayload]) -> None:
    """Choose files for a class."""
    card(page, number).locator("input.files").set_input_files(files)


def left_out(page: Page, count: int) -> Locator:
    """The open list of files that were left out."""
    words = "teach_left_out_one" if count == 1 else "teach_left_out"
    details = page.locator("#teach-cards .left-out")
    expect(details.locator("summary")).to_have_text(TEACH_ENGLISH[words].format(count=count))
    details.locator("summary").click()
    return details.locator("li")


def test_what_the_browser_cannot_send_is_listed_and_the_rest_arrives(
    open_cards: OpenCards, tmp_path: Path, pictures: list[Path]
) -> None:
    page = open_cards()
    asked = sent_by(page)
    large = tmp_path / "large.heic"
    large.write_bytes(b"no picture")
    with large.open("r+b") as file:
        file.truncate(LIMITS.picture_bytes + 1)
    choose(page, 0, [pictures[0], large, *pictures[1:4]])
    expect(shots(page, 0)).to_have_count(4)
    listed = left_out(page, 1)
    expect(listed).to_contain_text("large.heic")
    expect(listed).to_contain_text(f"larger than {LIMITS.picture_bytes // 2**20} MB")
    expect(card(page, 0).locator(".coming")).to_have_count(0)
    expect(message(page)).to_have_text("")
    sent = [p for one in asked for p in one["data"].get("pictures", []) if "left_out" in p]
    assert [one["data"] for one in sent] == [""], "a file that is refused is sent all the same"
    page.reload()
    ready(page)
    left_out(page, 1)


def test_a_file_that_cannot_be_opened_is_listed(open_cards: OpenCards) -> None:
    page = open_cards(BROKEN_READER)
    text = FilePayload(name="notes.txt", mimeType="text/plain", buffer=b"words")
    choose(page, 0, [text])
    expect(left_out(page, 1)).to_contain_text(TEACH_MESSAGES["unreadable"])


def test_without_room_the_rest_is_given_up_and_counted(
    open_cards: OpenCards, small_url: str, pictures: list[Path]
) -> None:
    page = open_cards(url=small_url)
    choose(page, 0, pictures)
    expect(message(page)).to_contain_text(TEACH_MESSAGES["no_room"])
    expect(card(page, 0).locator(".coming")).to_have_count(0)
    words = message(page).text_content() or ""
    kept = shots(page, 0).count()
    assert 0 < kept <= ROOM
    assert words.endswith(f" {len(pictures) - kept} pictures were left out.")
    page.wait_for_timeout(1000)
    expect(message(page)).to_have_text(words)
    expect(shots(page, 0)).to_have_count(kept)


def test_of_a_refused_batch_only_its_own_pictures_are_left_out(
    open_cards: OpenCards, pictures: list[Path]
) -> None:
    page = open_cards()
    road = SlowRoad(page)
    choose(page, 0, pictures[:6])
    road.wait()
    asked = road.held[0].request.post_data_json or {}
    spoilt = asked["data"]["pictures"]
    for one in spoilt:
        one["moment"] = 7
    road.let_go(asked)
    expect(shots(page, 0)).to_have_count(6 - len(spoilt))
    listed = left_out(page, len(spoilt))
    expect(listed.first).to_contain_text(spoilt[0]["name"])
    expect(listed.first).to_contain_text(TEACH_MESSAGES["refused"])


def test_who_starts_over_hears_no_more_of_what_was_being_sent(
    open_cards: OpenCards, pictures: list[Path]
) -> None:
    page = open_cards()
    road = SlowRoad(page)
    choose(page, 0, pictures)
    road.wait()
    expect(message(page)).to_contain_text(SENDING)
    token = page.evaluate("sessionStorage.getItem('rn18demo-teach')")
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Delete everything").click()
    expect(page.locator("#teach-cards .shot")).to_have_count(0)
    expect(message(page)).to_have_text("")
    road.let_go()
    asked = sent_by(page)
    page.wait_for_timeout(1500)
    assert not asked, "pictures of the old class are still sent"
    expect(message(page)).to_have_text("")
    assert page.evaluate("sessionStorage.getItem('rn18demo-teach')") != token
    choose(page, 1, pictures[:2])
    expect(shots(page, 1)).to_have_count(2)


def test_who_removes_a_class_hears_no_more_of_its_pictures(
    open_cards: OpenCards, pictures: list[Path]
) -> None:
    page = open_cards()
    road = SlowRoad(page)
    choose(page, 0, pictures)
    road.wait()
    page.get_by_role("button", name="Remove the class Class 1").click()
    removed = TEACH_ENGLISH["teach_removed_class"].format(name="Class 1")
    expect(message(page)).to_have_text(removed)
    road.let_go()
    page.wait_for_timeout(1000)
    expect(message(page)).to_have_text(removed)
    choose(page, 0, pictures[:1])
    expect(shots(page, 0)).to_have_count(1)


def test_the_page_is_not_left_while_pictures_wait(
    open_cards: OpenCards, pictures: list[Path]
) -> None:
    page = open_cards()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    card(page, 0).locator(".name").click()  # a page that nobody has touched may not ask
    road = SlowRoad(page)
    choose(page, 0, pictures[:2])
    road.wait()
    page.evaluate("setTimeout(() => location.reload(), 0)")
    wait_until(page, lambda: bool(asked))
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    expect(card(page, 0).locator(".coming")).to_have_count(2)
    road.let_go()
    expect(shots(page, 0)).to_have_count(2)
    expect(card(page, 0).locator(".coming")).to_have_count(0)
    page.reload()
    ready(page)
    expect(shots(page, 0)).to_have_count(2)
    assert asked == ["beforeunload"]


@pytest.mark.parametrize(
    ("field", "road", "only"),
    [
        ("file", UPLOADS, None),
        ("file", SERVER, "add_file"),
        ("folder", SERVER, "arrange_folder"),
        ("drop", UPLOADS, None),
    ],
)
def test_what_a_zip_or_folder_brings_is_on_its_way_until_it_is_there(
    open_cards: OpenCards, tmp_path: Path, field: str, road: re.Pattern[str], only: str | None
) -> None:
    page = open_cards()
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as zipped:
        for cls in ("cup", "pen"):
            (tmp_path / "all" / cls).mkdir(parents=True)
            picture = picture_file(tmp_path / "all" / cls / "one.png", (60, 60))
            zipped.write(picture, f"{cls}/one.png")
    sending = page.locator("#teach-cards [data-sending]")
    expect(sending).to_have_count(0)
    slow = SlowRoad(page, road, only)
    if field == "drop":
        zipped_file = base64.b64encode((tmp_path / "all.zip").read_bytes()).decode()
        page.locator("#teach-cards .teach").evaluate(DROP, zipped_file)
    else:
        brought = tmp_path / ("all.zip" if field == "file" else "all")
        page.locator(f"#teach-cards .{field}-input").set_input_files(brought)
    slow.wait()
    expect(sending).to_have_count(1)
    slow.let_go()
    expect(page.locator("#teach-cards .shot:not(.coming)")).to_have_count(2)
    expect(sending).to_have_count(0)


def folders_with_tests(folder: Path, tests: int) -> None:
    """Two classes of one picture each, and some for testing."""
    for cls in ("cup", "pen"):
        for part, count in (("train", 1), ("val", tests)):
            (folder / part / cls).mkdir(parents=True)
            for n in range(count):
                picture_file(folder / part / cls / f"{n}.png", (60, 60), 200 * n // tests + 60)


def test_on_a_phone_the_bar_of_chosen_pictures_hides_none_for_good(
    open_cards: OpenCards, tmp_path: Path
) -> None:
    page = open_cards()
    page.set_viewport_size({"width": 390, "height": 900})
    folders_with_tests(tmp_path / "all", tests=9)
    page.locator("#teach-cards .folder-input").set_input_files(tmp_path / "all")
    tested, bar = card(page, 0).locator(".tested"), card(page, 0).locator(".choice")
    expect(tested.locator("summary")).to_have_text("9 for testing")
    tested.locator("summary").click()
    tested.locator(".tile").first.click()
    expect(bar).to_be_visible()
    tested.evaluate("list => list.scrollTo(0, list.scrollHeight)")
    last, over = tested.locator(".tile").last.bounding_box(), bar.bounding_box()
    assert last and over and last["y"] + last["height"] <= over["y"]


def test_pictures_for_testing_lie_folded_on_their_card(
    open_cards: OpenCards, tmp_path: Path
) -> None:
    page = open_cards()
    folders_with_tests(tmp_path / "all", tests=3)
    page.locator("#teach-cards .folder-input").set_input_files(tmp_path / "all")
    expect(shots(page, 1)).to_have_count(1)
    tested = card(page, 0).locator(".tested")
    summary = tested.locator("summary")
    expect(summary).to_have_text("3 for testing")
    expect(page.locator("#teach-cards [data-sending]")).to_have_count(0)  # all have arrived
    page.reload()
    ready(page)
    expect(shots(page, 0)).to_have_count(1)
    expect(tested.locator(".shot")).to_have_count(0)

    summary.click()
    expect(tested.locator(".shot")).to_have_count(3)
    expect(tested.locator("img").first).to_be_visible()
    tested.locator(".tile").first.focus()
    page.keyboard.press("Delete")
    expect(summary).to_have_text("2 for testing")
    expect(tested.locator(".tile").first).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(summary).to_have_text("3 for testing")
    tested.locator(".shot").last.hover()
    tested.locator(".delete").last.click()
    expect(summary).to_have_text("2 for testing")

    tested.locator(".tile").first.click()
    card(page, 0).locator(".choice select").select_option(label="pen")
    expect(summary).to_have_text("1 for testing")
    expect(card(page, 1).locator(".tested summary")).to_have_text("4 for testing")
    expect(card(page, 0).locator(".count")).to_have_text("1 + 1 for testing")
