"""The official weights arrive while a visitor is on the page, which then offers them."""

import io
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Page, expect
from torchvision.models import resnet18

from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.download import Source
from rn18demo.core.engine import Engine
from rn18demo.core.lenses import Lenses
from rn18demo.ui.launch import LAUNCH
from rn18demo.ui.layout import build_page, warm_up
from rn18demo.ui.session import Backend
from tests.app_server import free_port
from tests.e2e.conftest import open_tab
from tests.e2e.live.driving import find_class, in_state, more_answers, pinned, start, stop
from tests.serving import Serving, serve


@pytest.fixture
def slow_server() -> Iterator[Serving]:
    buffer = io.BytesIO()
    torch.save(resnet18(num_classes=1000).state_dict(), buffer)
    with serve(buffer.getvalue(), "slow") as server:
        yield server


@pytest.fixture
def page_url(slow_server: Serving, tmp_path: Path) -> Iterator[str]:
    """Of an app that has tried to fetch them once, in vain."""
    slow_server.manner = "error"
    body = slow_server.body
    source = Source("official.pth", slow_server.url, sha256(body).hexdigest(), len(body))
    engine = Engine(torch.device("cpu"), "torch")
    catalogue = Catalogue(cache=tmp_path, sources=(source,), elsewhere=(), stall_seconds=60)
    backend = Backend(catalogue, engine, Lenses(engine))
    demo = build_page(backend)
    settings = LAUNCH | {"prevent_thread_lock": True, "quiet": True, "mcp_server": False}
    demo.launch(server_port=free_port(), **settings)
    warm_up(backend)
    yield str(demo.local_url).rstrip("/")
    demo.close()


def test_they_are_fetched_again_offered_and_taken(
    page_url: str, slow_server: Serving, open_page: Callable[..., Page]
) -> None:
    page = open_page(page_url)
    expect(page.locator("#why")).to_contain_text("could not be downloaded")
    page.locator("#examples button").first.click()
    expect(page.locator("#facts")).to_contain_text("Starter")
    slow_server.manner = "slow"
    page.locator("#retry").click()
    expect(page.locator("#why")).to_contain_text("being fetched")
    expect(page.locator("#retry")).to_be_hidden()
    expect(page.locator("#switch")).to_be_hidden()

    slow_server.release.set()
    expect(page.locator("#switch")).to_be_visible()
    open_tab(page, "Live")
    start(page)
    find_class(page, "goldfish")
    expect(pinned(page)).to_contain_text("goldfish")
    page.locator("#switch").click()
    expect(page.locator("#live .find input")).to_have_value("")  # that index is another class
    more_answers(page)
    expect(pinned(page)).to_have_count(0)
    open_tab(page, "Predict")
    expect(page.locator("#facts")).not_to_contain_text("Starter")
    expect(page.locator("#chosen-class")).to_contain_text("of 1,000")
    expect(page.locator("#switch")).to_be_hidden()

    open_tab(page, "Live")
    in_state(page, "live")
    stop(page)
    page.locator("#checkpoint input").click()
    page.get_by_role("option", name="Starter").first.click()
    expect(page.locator("#live ol button")).to_have_count(0)  # those are not its answers
    find_class(page, "goldfish")
    start(page)
    expect(pinned(page)).to_contain_text("goldfish")
