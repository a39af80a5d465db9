"""The Inside tab in a real browser; RN18DEMO_SCREENSHOTS=DIR keeps the pictures."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.conftest import open_tab

ANSWERS = "#answers button"
STILL_MS = 1500
"""What would undo a choice has come by then."""
COMPARED = 3
"""Best answers that are compared, by name: a faster runtime may take over between two looks, and
then the last digit of a probability may change."""
SAME_ANSWERS = f"""before => before === [...document.querySelectorAll("#answers button")]
  .slice(0, {COMPARED}).map((row) => row.innerText.split("\\n")[0]).join("\\n")"""


def open_inside(page: Page, example: int = 3) -> None:
    """Take an example and open the tab."""
    page.locator("#examples button").nth(example).click()
    expect(page.locator(ANSWERS)).to_have_count(5)
    open_tab(page, "Inside")
    expect(page.locator("#block-parts canvas")).to_have_count(4)
    expect(page.locator("#architecture .share")).to_have_count(8)


def way(page: Page, block: str, words: str) -> Locator:
    """The switch for what passes a block: "F + x", "F" or "x"."""
    return page.locator(f"[data-block='{block}'] .pass label").filter(
        has_text=re.compile(f"^{re.escape(words)}$")
    )


def passes(page: Page, block: str, words: str) -> None:
    """Choose what passes a block."""
    way(page, block, words).click()


def answers(page: Page) -> str:
    rows = page.locator(ANSWERS).all_inner_texts()[:COMPARED]
    return "\n".join(row.split("\n")[0] for row in rows)


def shoot(page: Page, name: str, tmp_path: Path) -> None:
    folder = Path(os.environ.get("RN18DEMO_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=True, timeout=60_000)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_open_cut_lesion_and_restore(
    app_url: str, open_page: Callable[..., Page], tmp_path: Path, width: int, dark: bool
) -> None:
    page = open_page(app_url, width=width, dark=dark)
    open_inside(page)
    whole = answers(page)
    best = whole.split("\n")[0]
    expect(page.locator("#restore")).to_be_disabled()
    expect(page.locator("#cut-words")).to_contain_text("Nothing is cut")

    page.get_by_role("button", name="Open block layer3.0").click()
    expect(page.locator("#block-words")).to_contain_text("919,040 learned numbers")
    expect(page.locator("#block-words")).to_contain_text("projection")
    page.locator("#lesion").click()
    expect(page.locator("#lesions .bars path").first).to_be_visible()
    expect(page.locator("#lesions-help")).to_contain_text(best)
    shoot(page, f"inside-{width}-{'dark' if dark else 'light'}", tmp_path)

    passes(page, "layer1.0", "F")  # nothing of the answer survives that
    expect(page.locator("#cut-words")).to_contain_text("layer1.0 without its shortcut")
    expect(page.locator("#why")).to_contain_text("layer1.0 without its shortcut")
    expect(page.locator(ANSWERS)).to_have_count(6)  # the class explained stays in sight
    expect(page.locator("#answers")).to_contain_text(best)
    expect(page.locator("#lesions")).to_be_hidden()

    page.locator("#restore").click()
    expect(page.locator("#cut-words")).to_contain_text("Nothing is cut")
    expect(page.locator(ANSWERS)).to_have_count(5)
    page.wait_for_function(SAME_ANSWERS, arg=whole)
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"the page is {wide} px wider than the window"


def test_a_cut_reaches_every_lens_and_nobody_else(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    mine, other = open_page(app_url), open_page(app_url)
    open_inside(mine)
    open_inside(other)
    whole = answers(other)
    passes(mine, "layer1.0", "x")  # faster than answers come: none is forgotten
    passes(mine, "layer2.0", "F")
    mine.get_by_label("scramble weights").nth(4).check()  # stage 4
    cut = "layer1.0 without its residual branch, layer2.0 without its shortcut and layer4 with"
    expect(mine.locator("#cut-words")).to_contain_text(cut)
    expect(mine.locator("#checkpoint input")).to_have_value(re.compile("3 parts cut"))
    mine.wait_for_function(SAME_ANSWERS.replace("===", "!=="), arg=whole)

    parts = "~layer1.0-F,layer2.0-x,layer4-scrambled"
    with mine.expect_request(
        lambda r: "component_server" in r.url and parts in (r.post_data or "")
    ):
        open_tab(mine, "Live")
        mine.locator("#live").get_by_role("button", name="Start").first.click()
    open_tab(mine, "Predict")
    expect(mine.locator("#facts")).to_contain_text("Starter")
    open_tab(mine, "Teach")  # which offers what was taught, and everything else
    expect(mine.get_by_role("button", name="Try the sample pictures")).to_be_visible()
    mine.wait_for_timeout(STILL_MS)
    expect(mine.locator("#checkpoint input")).to_have_value(re.compile("3 parts cut"))

    other.locator("#examples button").nth(5).click()
    other.wait_for_function(SAME_ANSWERS.replace("===", "!=="), arg=whole)
    other.locator("#examples button").nth(3).click()
    other.wait_for_function(SAME_ANSWERS, arg=whole)
    expect(other.locator("#cut-words")).to_contain_text("Nothing is cut")
    fresh = open_page(app_url)
    open_inside(fresh)
    fresh.wait_for_function(SAME_ANSWERS, arg=whole)


def test_two_switches_in_one_moment_both_count(
    app_url: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(app_url)
    open_inside(page)
    page.evaluate("""() => {
      const click = (block, way) =>
        document.querySelectorAll(`[data-block="${block}"] .pass input`)[way].click();
      click("layer1.0", 1);
      setTimeout(click, 150, "layer2.0", 2);
    }""")
    expect(page.locator("#checkpoint input")).to_have_value(re.compile("2 parts cut"))
    expect(page.locator("#cut-words")).to_contain_text(
        "layer1.0 without its shortcut and layer2.0 without its residual branch"
    )
    expect(page.locator("#cut-words")).to_contain_text("Best answer now")

    # Also if what was asked first comes to the server last.
    cuts: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if "surgery" in (route.request.post_data or ""):
            cuts.append(route)
        if cuts != [route]:
            route.continue_()

    page.route("**/queue/join*", hold_the_first)
    for block in ("layer2.1", "layer3.1"):
        passes(page, block, "F")
    expect(page.locator("#checkpoint input")).to_have_value(re.compile("4 parts cut"))
    cuts[0].continue_()
    page.wait_for_timeout(STILL_MS)
    expect(page.locator("#checkpoint input")).to_have_value(re.compile("4 parts cut"))

    # Pressed before an answer comes and let go after it, a switch is not made anew in between.
    passes(page, "layer3.0", "F")
    way(page, "layer4.0", "F").hover()
    page.mouse.down()
    expect(page.locator("#cut-words")).to_contain_text("layer3.0 without its shortcut")
    page.mouse.up()
    expect(page.locator("#cut-words")).to_contain_text("layer4.0 without its shortcut")


def test_switches_work_without_a_picture(app_url: str, open_page: Callable[..., Page]) -> None:
    page = open_page(app_url)
    open_tab(page, "Inside")
    expect(page.locator("#architecture .block")).to_have_count(8)
    expect(page.locator("#block-parts .placeholder")).to_be_visible()
    passes(page, "layer2.1", "F")
    expect(page.locator("#cut-words")).to_contain_text("layer2.1 without its shortcut")
    page.locator("#lesion").click()
    expect(page.locator("#lesions-help")).to_contain_text("Give it a picture first")
