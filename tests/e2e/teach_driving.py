"""What a visitor does with the Teach cards, and sees of them."""

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, Route

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
