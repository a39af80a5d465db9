"""A real browser for the tests, and apps for it to open."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from rn18demo.ui.teach_projects import Projects
from tests.browser import find_chromium
from tests.e2e.parts_server import serving
from tests.e2e.teach_app import build, projects_in

PATIENCE = 60_000
"""Milliseconds before a missing element fails a test; a busy machine is slow."""
FLAGS = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
"""The camera is Chromium's own test film, and nobody is asked whether it may be used."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE / 3)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open addresses, each as a new visitor: `open(url, width, height, dark, script)`.

    `script` runs in the page before its own. Errors of the page's own scripts fail the test when
    the block ends.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_at(
        url: str, width: int = 1280, height: int = 900, dark: bool = False, script: str = ""
    ) -> Page:
        made = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(made)
        if script:
            made.add_init_script(script)
        page = made.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{url}?__theme={'dark' if dark else 'light'}")
        page.wait_for_selector(".gradio-container")
        return page

    yield open_at
    for made in contexts:
        made.close()
    assert not errors


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """See `visiting`."""
    with visiting(browser) as open_at:
        yield open_at


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Projects]:
    """What visitors of `teach_url` collect."""
    kept = projects_in(tmp_path_factory.mktemp("kept"))
    yield kept
    kept.close()


@pytest.fixture(scope="module")
def teach_url(projects: Projects) -> Iterator[str]:
    """The address of a page with the Teach cards alone."""
    with serving(build(projects)) as url:
        yield url


def open_tab(page: Page, name: str) -> None:
    """Click a tab until it is the open one: Gradio, while it mounts, may put the first back."""
    tab = page.get_by_role("tab", name=name, exact=True)
    for _ in range(20):
        tab.click()
        page.wait_for_timeout(100)
        if tab.get_attribute("aria-selected") == "true":
            return
    raise AssertionError(f"the tab {name!r} does not open")
