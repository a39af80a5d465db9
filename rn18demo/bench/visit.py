"""What a visit costs the network: thirty pupils open the page at the same moment.

Bytes are counted where they leave the network, packed as they travel; nothing is in a cache.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rn18demo.bench.browser import PATIENCE_MS, chromium
from rn18demo.bench.rows import NO_BOUND, Fact, Row, divide
from rn18demo.bench.serving import App, guide_app, our_app, serving, wait_for_rest
from rn18demo.bench.settings import Settings
from rn18demo.bench.timing import spread
from rn18demo.core.examples import read_examples

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

QUIET_MS = 3000
"""After so long nothing more is fetched."""


@dataclass(frozen=True)
class Traffic:
    """What came to a page.

    Attributes:
        requests: How many answers.
        kilobytes: Of a thousand bytes, as they travelled.
    """

    requests: int
    kilobytes: float


class Listening:
    """Counts what comes to a page from now on.

    Args:
        network: Of the page, enabled.
    """

    def __init__(self, network: "CDPSession") -> None:
        self._pieces: Counter[str] = Counter()
        self._whole: dict[str, float] = {}
        network.on("Network.dataReceived", self._piece)
        network.on("Network.loadingFinished", self._finished)

    def _piece(self, event: dict[str, Any]) -> None:
        self._pieces[event["requestId"]] += event["dataLength"]

    def _finished(self, event: dict[str, Any]) -> None:
        self._whole[event["requestId"]] = event["encodedDataLength"]

    def traffic(self) -> Traffic:
        """So far; a stream of events, which is still open, is not packed."""
        sizes = dict(self._pieces) | self._whole
        return Traffic(len(sizes), sum(sizes.values()) / 1000)


def rows(settings: Settings) -> list[Row]:
    """Kilobytes of a first visit over the guide's page, and of a click over its photograph."""
    ours, guide = our_app(settings.device), guide_app(settings.device)
    first, clicks = count(ours, settings.turns, click_example)
    peer, _ = count(guide, settings.turns, None)
    photograph = read_examples()[1].path.stat().st_size / 1000
    return [
        divide(
            f"a first visit, kB over the network: {ours.name} / {guide.name}",
            NO_BOUND,
            spread([one.kilobytes for one in first], "kB"),
            spread([one.kilobytes for one in peer], "kB"),
            _requests(ours, first) | _requests(guide, peer),
        ),
        divide(
            "another example with every tab that follows it, kB over the network / its photograph",
            NO_BOUND,
            spread([one.kilobytes for one in clicks], "kB"),
            spread([photograph], "kB"),
        ),
    ]


def _requests(app: App, visits: list[Traffic]) -> dict[str, Fact]:
    return {f"requests, {app.name}": visits[0].requests}


def count(
    app: App, turns: int, then: Callable[["Page"], None] | None
) -> tuple[list[Traffic], list[Traffic]]:
    """Visit a page some times, each time as somebody new.

    Args:
        app: Serves it.
        turns: How often.
        then: What is done in the opened page.

    Returns:
        What came until the page was there, and what came after `then`.
    """
    opened, done = [], []
    with serving(app) as served, chromium() as browser:
        wait_for_rest(served)
        for _ in range(turns):
            first, after = visit(browser, served.url, then)
            opened.append(first)
            done.append(after)
    return opened, done


def visit(
    browser: "Browser", url: str, then: Callable[["Page"], None] | None
) -> tuple[Traffic, Traffic]:
    """Come to a page as somebody new: what came until it was there, and what came after `then`."""
    context = browser.new_context()
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        opening = Listening(network)
        page.goto(url)
        page.wait_for_selector(".gradio-container")
        page.wait_for_timeout(QUIET_MS)
        first, using = opening.traffic(), Listening(network)
        if then is not None:
            then(page)
            page.wait_for_timeout(QUIET_MS)
        return first, using.traffic()
    finally:
        context.close()


def click_example(page: "Page") -> None:
    """Look at the second example."""
    page.locator("#examples button").nth(1).click()
    page.wait_for_selector("#answers li")
