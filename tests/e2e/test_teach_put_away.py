"""A page whose notebook made way for others while it stood open."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from rn18demo.ui.teach_projects import Projects
from tests.e2e.teach_driving import ready


def test_it_shows_what_becomes_of_its_pictures(
    open_page: Callable[..., Page], teach_url: str, projects: Projects
) -> None:
    page = open_page(teach_url)
    ready(page)
    cards = page.locator("#teach-cards")
    cards.get_by_role("button", name="Try the sample pictures").click()
    expect(cards).to_contain_text("36 pictures")
    for number in (4, 5, 6):  # changes that the page has seen
        cards.locator("button.add").click()
        expect(cards.locator("ol.cards > li")).to_have_count(number)
    projects.save_all()
    (token,) = [token for token, kept in projects._kept.items() if kept.notebook.now.pictures == 36]
    del projects._kept[token]  # as when it is idle, and others need the memory

    pictures = cards.locator(".shot:not(.coming)")
    cards.locator("button.remove").nth(2).click()
    expect(pictures).to_have_count(24)
    cards.locator("button.undo").click()
    expect(pictures).to_have_count(36)
