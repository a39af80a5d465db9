"""The painting components in a real browser, with maps whose hot cell is known."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from rn18demo.core.wire import decode_maps, describe_map, encode_maps
from rn18demo.ui.canvas import PAINT, WORDS, script
from rn18demo.ui.text.en_canvas import CANVAS_ENGLISH
from tests.app_server import free_port
from tests.e2e.canvas_app import CROP, EVIL, GREY, HOT, LABELS, SIZE, build, maps

OpenPage = Callable[..., Page]
Colour = tuple[int, int, int]

TURBO = {0.0: (48, 18, 59), 0.25: (40, 188, 235), 1.0: (122, 4, 3)}
"""Colours of the default colour map."""
COLD = (0.5, 0.9)
"""A place of the picture, in shares, where no class has a hot cell."""

PIXEL = """([x, y, panel]) => {
  const canvas = document.querySelectorAll('#canvas canvas')[panel];
  const [left, top, width, height] = canvas.dataset.box.split(' ').map(Number);
  const [px, py] = [Math.floor(left + x * width), Math.floor(top + y * height)];
  return [...canvas.getContext('2d').getImageData(px, py, 1, 1).data].slice(0, 3);
}"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    demo = build()
    _, address, _ = demo.launch(server_port=free_port(), prevent_thread_lock=True, quiet=True)
    yield address
    demo.close()


@pytest.fixture
def page(url: str, open_page: OpenPage) -> Page:
    return painted(open_page(url))


def painted(page: Page) -> Page:
    """The page, once the first map is painted and everything above it stands."""
    page.wait_for_selector("#canvas canvas[data-box]")
    expect(page.locator("#heard textarea, #heard input")).to_be_visible()
    return page


def hot_place(index: int) -> tuple[float, float]:
    """The centre of a class's hot cell, in shares of the whole picture."""
    row, column = HOT[index]
    left, top, right, bottom = CROP
    return left + (column + 0.5) / 4 * (right - left), top + (row + 0.5) / 4 * (bottom - top)


def pixel(page: Page, x: float, y: float, panel: int = 0) -> Colour:
    red, green, blue = page.evaluate(PIXEL, [x, y, panel])
    return red, green, blue


def over(colour: Colour, opacity: float, below: Colour = GREY) -> Colour:
    red, green, blue = (
        round(c * opacity + b * (1 - opacity)) for c, b in zip(colour, below, strict=True)
    )
    return red, green, blue


def near(one: Colour, other: Colour, tolerance: int = 16) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= tolerance


def await_pixel(
    page: Page, place: tuple[float, float], colour: Colour, panel: int = 0, tolerance: int = 16
) -> None:
    """Wait until a place has a colour."""
    for _ in range(400):
        if near(pixel(page, *place, panel), colour, tolerance):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{place} is {pixel(page, *place, panel)}, not {colour}")


def toolbar_place(page: Page) -> list[float]:
    """Where the toolbar begins and how high it is, in the document, however it is scrolled."""
    place = page.evaluate(
        """() => {
          const box = document.querySelector('#canvas .toolbar').getBoundingClientRect();
          return [box.left + scrollX, box.top + scrollY, box.width, box.height];
        }"""
    )
    return [round(number, 1) for number in place]


def view(page: Page, name: str) -> None:
    page.get_by_label(name, exact=True).check(force=True)


def set_opacity(page: Page, percent: int) -> None:
    page.locator("#canvas input[type=range]").fill(str(percent))


def bar(page: Page, index: int) -> Locator:
    return page.locator("#bars button").nth(index)


def test_a_class_is_switched_by_the_browser_alone(page: Page) -> None:
    await_pixel(page, hot_place(0), over(TURBO[1.0], 0.65))
    page.wait_for_load_state("networkidle")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for index in (1, 2, 0):
        bar(page, index).click()
        await_pixel(page, hot_place(index), over(TURBO[1.0], 0.65))
        others = set(HOT) - {index}
        assert all(near(pixel(page, *hot_place(other)), GREY) for other in others)
        expect(bar(page, index)).to_have_attribute("aria-pressed", "true")
        expect(page.locator("#bars [aria-pressed=true]")).to_have_count(1)
        expect(page.locator("#canvas figcaption b").first).to_have_text(LABELS[index])
    assert requests == []


def test_what_the_network_did_not_see_is_marked(page: Page) -> None:
    await_pixel(page, COLD, GREY)
    for x in (0.06, 0.94):
        outside = [pixel(page, x + step / 400, 0.5) for step in range(-10, 10)]
        assert len(set(outside)) > 1  # hatched
        assert np.mean(outside) < GREY[0] - 20  # dimmed
    expect(page.locator("#canvas .unseen")).to_be_visible()


def test_opacity_and_colours_only_redraw(page: Page) -> None:
    set_opacity(page, 100)
    await_pixel(page, hot_place(0), TURBO[1.0])
    set_opacity(page, 0)
    await_pixel(page, hot_place(0), GREY)
    set_opacity(page, 100)
    page.locator("#canvas select").select_option("gray")
    await_pixel(page, hot_place(0), (255, 255, 255))
    await_pixel(page, COLD, GREY)
    page.get_by_label("Fade low").uncheck()
    await_pixel(page, COLD, (0, 0, 0))


def test_smooth_blends_between_cells(page: Page) -> None:
    set_opacity(page, 100)
    page.locator("#canvas select").select_option("gray")
    page.get_by_label("Fade low").uncheck()
    x, y = hot_place(0)
    beside = (x + 0.75 / 4 * 0.45, y)  # still the hot cell, near its right edge
    await_pixel(page, beside, (140, 140, 140), tolerance=6)
    page.get_by_label("Smooth").uncheck()
    await_pixel(page, beside, (255, 255, 255))


def test_the_raw_map_has_flat_cells_that_can_be_read(page: Page) -> None:
    bar(page, 2).click()
    view(page, "Raw map")
    row, column = HOT[2]
    for dx, dy in ((0.1, 0.1), (0.5, 0.5), (0.9, 0.9)):
        await_pixel(page, ((column + dx) / 4, (row + dy) / 4), TURBO[1.0])
        await_pixel(page, ((column + dx) / 4, (row + 1 + dy) / 4), TURBO[0.0])
    readout = page.locator("#canvas .readout")
    page.locator("#canvas .cells").focus()
    expect(readout).to_have_text("Row 1, column 1: 0, 0 % of the peak")
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(readout).to_have_text("Row 2, column 3: 4, 100 % of the peak")
    area = page.locator("#canvas .cells").bounding_box()
    assert area
    page.mouse.move(area["x"] + area["width"] * 0.99, area["y"] + area["height"] * 0.99)
    expect(readout).to_have_text("Row 4, column 4: 0, 0 % of the peak")


def test_two_classes_share_one_scale(page: Page) -> None:
    side = page.get_by_label("Side by side", exact=True)
    expect(side).to_be_disabled()
    page.get_by_role("button", name="compare").click()
    expect(side).to_be_enabled()
    view(page, "Side by side")
    set_opacity(page, 100)
    page.get_by_label("Fade low").uncheck()
    await_pixel(page, hot_place(0), TURBO[0.25], panel=0)  # its peak is 1, the other's is 4
    await_pixel(page, hot_place(2), TURBO[1.0], panel=1)
    expect(page.locator("#canvas .high")).to_have_text("4")
    expect(page.locator("#canvas figcaption b")).to_have_text([LABELS[0], LABELS[2]])


@pytest.mark.parametrize(
    ("name", "compared", "size"),
    [
        ("Over the picture", False, SIZE),
        ("Raw map", False, (400, 400)),
        ("Side by side", True, (808, 300)),
    ],
)
def test_the_download_is_a_png_of_the_pictures_size(
    page: Page, tmp_path: Path, name: str, compared: bool, size: tuple[int, int]
) -> None:
    if compared:
        page.get_by_role("button", name="compare").click()
        expect(page.get_by_label("Side by side", exact=True)).to_be_enabled()
    set_opacity(page, 100)
    page.get_by_label("Smooth").uncheck()
    view(page, name)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").click()
    assert re.fullmatch(r"grad-cam-tabby-cat.*\.png", waiting.value.suggested_filename)
    path = tmp_path / "map.png"
    waiting.value.save_as(path)
    with Image.open(path) as image:
        assert (image.format, image.size) == ("PNG", size)
        if name == "Over the picture":
            x, y = hot_place(0)
            red, green, blue = np.asarray(image.convert("RGB"))[round(y * 300), round(x * 400)]
            assert near((int(red), int(green), int(blue)), TURBO[1.0])


def test_before_and_after_moves_by_key_and_by_pointer(page: Page) -> None:
    view(page, "Before | after")
    set_opacity(page, 100)
    bar(page, 2).click()
    await_pixel(page, hot_place(2), TURBO[1.0])  # at 59 % of the width, the divider is at 50
    divider = page.get_by_role("slider", name="Where the map begins")
    divider.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    expect(divider).to_have_attribute("aria-valuenow", "66")
    await_pixel(page, hot_place(2), GREY)
    handle = divider.bounding_box()
    assert handle
    page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(handle["x"] - 150, handle["y"] + 60, steps=3)
    page.mouse.up()
    await_pixel(page, hot_place(2), TURBO[1.0])


def test_a_new_value_keeps_what_the_visitor_chose(page: Page) -> None:
    set_opacity(page, 20)
    page.locator("#canvas select").select_option("gray")
    page.get_by_role("button", name="repaint").click()
    await_pixel(page, hot_place(1), over((255, 255, 255), 0.2, below=(10, 60, 200)))
    await_pixel(page, COLD, (10, 60, 200))
    expect(page.locator("#canvas output")).to_have_text("20 %")
    page.reload()
    painted(page)
    await_pixel(page, hot_place(0), over((255, 255, 255), 0.2))
    expect(page.locator("#canvas select")).to_have_value("gray")


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_jumps_when_results_arrive(url: str, open_page: OpenPage, width: int) -> None:
    page = painted(open_page(url, width=width))
    before = toolbar_place(page)
    page.get_by_role("button", name="clear").click()
    for part in ("#bars", "#canvas", "#grid"):
        expect(page.locator(f"{part} .placeholder")).to_be_visible()
    expect(page.get_by_role("button", name="Download")).to_be_disabled()
    empty = toolbar_place(page)
    page.get_by_role("button", name="fill").click()
    await_pixel(page, hot_place(0), over(TURBO[1.0], 0.65))
    after = toolbar_place(page)
    assert before == empty == after
    for part in ("#bars", "#canvas", "#grid"):
        expect(page.locator(f"{part} .placeholder")).to_be_hidden()


def test_labels_are_text(page: Page) -> None:
    third = bar(page, 2)
    expect(third.locator(".label")).to_have_text(EVIL)
    expect(third).to_have_attribute("title", EVIL)
    third.focus()
    page.keyboard.press("Enter")
    expect(third).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#canvas figcaption b").first).to_have_text(EVIL)
    assert page.locator("#bars img, #canvas img, #grid img").count() == 0
    assert page.title() != "broken"


def test_a_channel_is_chosen_by_click_and_by_keys(page: Page) -> None:
    tiles = page.locator("#grid .tiles button")
    heard = page.locator("#heard textarea, #heard input")
    tiles.nth(2).click()
    expect(heard).to_have_value("12 12 · mean 0.41")
    expect(tiles.nth(2)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(heard).to_have_value("13 13 · mean 0.41")
    expect(page.locator("#grid [aria-pressed=true]")).to_have_count(1)
    expect(page.locator("#grid .tiles button[tabindex='0']")).to_have_count(1)


def test_tiles_have_their_own_scale_or_one(page: Page) -> None:
    brightest = """() => [...document.querySelectorAll('#grid canvas')].map((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return Math.max(...data.filter((_, i) => i % 4 === 1));
    })"""
    own = page.evaluate(brightest)
    assert min(own) == max(own)
    page.get_by_label("One scale for all").check()
    one = page.evaluate(brightest)
    assert one == sorted(one) and one[0] < one[-1] / 2


def test_without_a_canvas_the_sentence_says_it(url: str, open_page: OpenPage) -> None:
    page = open_page(url, script="HTMLCanvasElement.prototype.getContext = () => null")
    expect(page.locator("#canvas .placeholder")).to_have_text(CANVAS_ENGLISH["no_canvas"])
    expect(page.locator("#canvas .sentence")).to_contain_text("upper left of the picture")


def test_the_picture_is_described_in_words(page: Page) -> None:
    shown = decode_maps(encode_maps(maps()))
    for index in (1, 2, 0):
        bar(page, index).click()
        sentence = describe_map(shown[index], LABELS[index], CROP)
        expect(page.locator("#canvas .sentence")).to_have_text(sentence)
        expect(page.get_by_role("img", name=sentence)).to_be_visible()


def in_page(page: Page, body: str, argument: object) -> Any:
    """Run code that sees the functions of paint.js."""
    code = f"{script(WORDS, PAINT)}\n{body}"
    return page.evaluate("([code, given]) => new Function('given', code)(given)", [code, argument])


def test_browser_and_server_describe_every_map_alike(page: Page) -> None:
    numbers = np.random.default_rng(3)
    some = numbers.random((40, 5, 7)) ** numbers.integers(1, 9, (40, 1, 1))
    some[7] = 0
    packed = encode_maps(some)
    crop = (0.1, 0.0, 0.8, 0.95)
    told = in_page(
        page,
        "const maps = decodeMaps(given.packed);"
        "return Array.from({ length: maps.count }, (_, i) =>"
        " describeMap(mapAt(maps, i), 'cat ' + i, given.crop, given.texts));",
        {"packed": packed, "crop": crop, "texts": CANVAS_ENGLISH},
    )
    unpacked = decode_maps(packed)
    assert told == [describe_map(unpacked[i], f"cat {i}", crop) for i in range(40)]


def test_signed_maps_arrive_with_their_signs(page: Page) -> None:
    given = np.array([[[-2.0, 0.0], [1.0, 2.0]]])
    values = in_page(
        page,
        "return [...mapAt(decodeMaps(given), 0).values]",
        encode_maps(given, signed=True),
    )
    assert np.allclose(values, given.ravel(), atol=2 / 127)


def test_any_source_can_be_painted_over(page: Page) -> None:
    """As Live does with a running video: here the source is another canvas."""
    pixels = in_page(
        page,
        """const [source, target] = [0, 1].map(() => document.createElement('canvas'));
        [source.width, source.height, target.width, target.height] = [8, 8, 80, 80];
        source.getContext('2d').fillStyle = 'rgb(0, 0, 255)';
        source.getContext('2d').fillRect(0, 0, 8, 8);
        const map = { rows: 2, columns: 2, signed: false, peak: 1, values: [0, 0, 0, 1] };
        const context = target.getContext('2d');
        paint(context, source, map, { box: [0, 0, 80, 80], crop: [0, 0, 1, 1], opacity: 1,
          colours: 'gray', scale: 1, smooth: false, fade: true });
        return [[20, 20], [60, 60]].map(([x, y]) =>
          [...context.getImageData(x, y, 1, 1).data].slice(0, 3));""",
        None,
    )
    assert pixels == [[0, 0, 255], [255, 255, 255]]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_telephone_shows_all_of_it(url: str, open_page: OpenPage, dark: bool) -> None:
    page = painted(open_page(url, width=390, height=844, dark=dark))
    await_pixel(page, hot_place(0), over(TURBO[1.0], 0.65))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wider = page.evaluate(
        """() => [...document.querySelectorAll('#canvas *, #bars *, #grid *')]
          .filter((node) => node.getBoundingClientRect().right > 391)
          .map((node) => node.className)"""
    )
    assert wider == []
    with Image.open(io.BytesIO(page.locator("#canvas").screenshot())) as picture:
        corner = np.asarray(picture.convert("L"))[-2, 1]
    assert (corner < 60) if dark else (corner > 200)
