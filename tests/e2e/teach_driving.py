"""What a visitor does with the Teach cards, and sees of them."""

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, Route

from tests.e2e.waiting import wait_until

SERVER = re.compile("/component_server")


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
    """Pictures do not reach the server until they are let go."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.held: list[Route] = []
        self.closed = True
        page.route(SERVER, self._note)

    def _note(self, route: Route) -> None:
        asked = route.request.post_data_json or {}
        if self.closed and asked.get("fn_name") == "add_pictures":
            self.held.append(route)
        else:
            route.continue_()

    def wait(self) -> None:
        """Until some are on their way."""
        wait_until(self.page, lambda: bool(self.held))

    def let_go(self, instead: dict | None = None) -> None:
        """Let them go, or something else in their stead."""
        self.closed = False
        for route in self.held:
            route.continue_(post_data=instead)
