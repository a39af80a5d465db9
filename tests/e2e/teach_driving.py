"""What a visitor does under Teach, and sees of it."""

import re
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.conftest import open_tab
from tests.e2e.waiting import wait_until

SERVER, EVENTS = re.compile("/component_server"), re.compile("/queue/join")
UPLOADS = re.compile("/upload")
TRAINING_MS = 120_000
DROP = """(place, zip) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const bytes = (data) => [Uint8Array.from(atob(data), (character) => character.charCodeAt(0))];
  const dataTransfer = new DataTransfer();
  const picture = bytes(canvas.toDataURL("image/png").split(",")[1]);
  dataTransfer.items.add(new File(picture, "a.png", { type: "image/png" }));
  if (zip) dataTransfer.items.add(new File(bytes(zip), "more.zip"));
  for (const name of ["dragover", "drop"]) {
    const event = new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true });
    place.dispatchEvent(event);
  }
}"""
"""Drops a picture on an element, as a visitor would, and a zip with it if one is given."""


def open_teach(open_page: Callable[..., Page], app_url: str, **options: object) -> Page:
    page = open_page(app_url, **options)
    open_tab(page, "Teach")
    expect(page.get_by_role("button", name="Try the sample pictures")).to_be_visible()
    expect(page.locator("#teach-cards ol.cards > li")).to_have_count(2)
    return page


def take_samples(page: Page) -> None:
    page.get_by_role("button", name="Try the sample pictures").click()
    expect(page.locator("#teach-cards")).to_contain_text("36 pictures")


def train(page: Page) -> None:
    page.locator("#train").click()
    expect(page.locator("#train-status .ready")).to_be_visible(timeout=TRAINING_MS)


def ready(page: Page) -> None:
    page.wait_for_selector("#teach-cards .teach[data-state=ready]")


def card(page: Page, number: int) -> Locator:
    return page.locator("#teach-cards .card").nth(number)


def shots(page: Page, number: int) -> Locator:
    return card(page, number).locator(".shot:not(.coming)")


def message(page: Page) -> Locator:
    return page.locator("#teach-cards .message")


def picture_file(path: Path, size: tuple[int, int] = (1600, 1200), grey: int = 200) -> Path:
    wide = Image.linear_gradient("L").resize(size).point(lambda v: v * grey // 255)
    wide.convert("RGB").save(path)
    return path


def sent_by(page: Page) -> list[dict]:
    """Collects what the page asks the server from now on."""
    asked: list[dict] = []

    def note(route: Route) -> None:
        asked.append(route.request.post_data_json or {})
        route.continue_()

    page.route(SERVER, note)
    return asked


class SlowRoad:
    """What a page asks does not reach the server until it is let go.

    Args:
        page: Whose road it is.
        address: Where it leads.
        only: The one function of a component that is held up; None: all that goes there.
    """

    def __init__(
        self, page: Page, address: re.Pattern[str] = SERVER, only: str | None = "add_pictures"
    ) -> None:
        self.page = page
        self.only = only
        self.held: list[Route] = []
        self.closed = True
        page.route(address, self._note)

    def _note(self, route: Route) -> None:
        if self.closed and (self.only is None or self.only == self._asked(route)):
            self.held.append(route)
        else:
            route.continue_()

    def _asked(self, route: Route) -> str | None:
        asked: str | None = (route.request.post_data_json or {}).get("fn_name")
        return asked

    def wait(self) -> None:
        """Until something is on its way."""
        wait_until(self.page, lambda: bool(self.held))

    def let_go(self, instead: dict | None = None) -> None:
        """Let it go, or something else in its stead."""
        self.closed = False
        for route in self.held:
            route.continue_(post_data=instead)
