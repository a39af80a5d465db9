"""The degradation panel alone on a page, in a real browser."""

from collections.abc import Callable, Iterator

import gradio as gr
import pytest
from playwright.sync_api import Page, expect

from rn18demo.ui.degradation_panel import build_degradation_panel
from tests.e2e.parts_server import serving
from tests.e2e.waiting import WATCH_EVENTS, Events

MINUTES = 180_000


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with gr.Blocks() as demo:
        gr.HTML("<hr style='width: 1000px; max-width: calc(100vw - 120px)'>")
        build_degradation_panel()
    with serving(demo) as address:
        yield address


def start(page: Page, depth: int, steps: int) -> None:
    page.locator("#degradation > button").first.click()
    # Gradio sets anew what it mounts; this waits for two frames of a page that keeps still.
    page.locator("#degradation-start").click(trial=True)
    for name, value in (("depth", depth), ("steps", steps)):
        box = page.locator(f"#degradation-{name} input[type=number]")
        box.fill(str(value))
        box.press("Tab")
        expect(box).to_have_value(str(value))
    page.locator("#degradation-start").click()


def test_curves_and_an_outcome_in_numbers(open_page: Callable[..., Page], url: str) -> None:
    page = open_page(url, script=WATCH_EVENTS)
    start(page, 10, 50)
    expect(page.locator("#degradation-status .ready")).to_be_visible(timeout=MINUTES)
    expect(page.locator("#degradation-words")).to_contain_text("after 50 steps")
    expect(page.locator("#degradation-chart .scatterlayer .trace")).to_have_count(6)
    Events(page).settle()  # a click while Gradio thinks that the run goes on is none
    page.locator("#degradation-seed input").fill("-4")
    page.locator("#degradation-start").click()
    expect(page.locator("#degradation-status")).to_contain_text("seed must be")
    expect(page.locator("#degradation-chart .scatterlayer .trace")).to_have_count(6)


def test_stop(open_page: Callable[..., Page], url: str) -> None:
    page = open_page(url, width=390, height=800)
    start(page, 44, 600)
    expect(page.locator("#degradation-chart .scatterlayer .trace")).to_have_count(
        6, timeout=MINUTES
    )
    page.locator("#degradation-cancel").click()
    expect(page.locator("#degradation-status")).to_contain_text("Stopped", timeout=MINUTES)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
