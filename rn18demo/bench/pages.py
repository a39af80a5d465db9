"""Two pages in front of the same camera: how each is started, and how its answers are counted.

Both count in the page itself, what a person there would have seen change; nothing that is
measured passes through the program that drives the browser.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rn18demo.bench.browser import PATIENCE_MS
from rn18demo.bench.processor import processor_seconds
from rn18demo.errors import BenchError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WARM_UP_MS = 3000
"""From the first answer until counting begins."""
VIEW = {"width": 1280, "height": 900}

BEFORE = "performance.setResourceTimingBufferSize(20000);"
"""Browsers forget the times of requests after the first 250."""
TRIPS = """(since, part) => performance.getEntriesByType("resource")
    .filter((entry) => entry.name.includes(part) && entry.startTime >= since)
    .map((entry) => entry.duration)"""

OUR_COUNTERS = """() => {
    const root = document.querySelector("#live .live");
    const video = root.querySelector("video");
    return {
        now: performance.now(), answers: Number(root.dataset.answers),
        frames: Number(root.dataset.frames), state: root.dataset.state,
        message: root.querySelector(".message").textContent,
        size: `${video.videoWidth} x ${video.videoHeight}`,
    };
}"""

GUIDE_OBSERVER = """() => {
    const label = document.querySelector("#answer");
    const shown = () => [...label.querySelectorAll("meter")]
        .map((meter) => meter.getAttribute("aria-label") + meter.style.width).join();
    let last = shown();
    window.benchAnswers = 0;
    new MutationObserver(() => {
        const next = shown();
        if (next && next !== last) window.benchAnswers += 1;
        last = next;
    }).observe(label, { subtree: true, childList: true, attributes: true, characterData: true });
}"""
GUIDE_COUNTERS = """() => {
    const video = document.querySelector("#camera video");
    return {
        now: performance.now(), answers: window.benchAnswers,
        frames: video.getVideoPlaybackQuality().totalVideoFrames,
        state: "live", message: "", size: `${video.videoWidth} x ${video.videoHeight}`,
    };
}"""


@dataclass(frozen=True)
class Seen:
    """What a person in front of a page saw for a while.

    Attributes:
        answers: New answers a second.
        frames: Camera frames painted a second.
        trips: Round trips of frames, in milliseconds, sorted; empty where an answer does not
            come back on the way its frame went.
        camera: Size of the camera's picture.
        processor: Milliseconds that an answer cost all cores together, by who computed.
    """

    answers: float
    frames: float
    trips: tuple[float, ...]
    camera: str
    processor: dict[str, float] = field(default_factory=dict)


def start_ours(page: "Page") -> None:
    """Open the Live tab and press its button."""
    page.get_by_role("tab", name="Live").click()
    page.click("#live button.start")
    page.wait_for_function("document.querySelector('#live .live').dataset.answers > 0")


def start_guide(page: "Page") -> None:
    """Allow the camera, press Record and watch the label."""
    page.click("#camera [title='grant webcam access'] button")
    page.wait_for_function("document.querySelector('#camera video')?.videoWidth > 0")
    page.click("#camera .button-wrap button >> nth=0")
    page.wait_for_selector("#answer meter", state="attached")
    page.evaluate(GUIDE_OBSERVER)


@dataclass(frozen=True)
class Viewing:
    """How to use a page.

    Attributes:
        start: Does what a visitor does first.
        counters: Script that reads what has been counted so far.
        route: Part of the address that frames are sent to and that their answers come from.
    """

    start: Callable[["Page"], None]
    counters: str
    route: str | None


OURS = Viewing(start_ours, OUR_COUNTERS, "/component_server")
GUIDE = Viewing(start_guide, GUIDE_COUNTERS, None)


def watch(browser: "Browser", url: str, viewing: Viewing, seconds: float) -> Seen:
    """Sit in front of a page of one's own for a while.

    Raises:
        BenchError: The page did not start, or did not run to the end.
    """
    import playwright.sync_api

    context = browser.new_context(viewport={"width": VIEW["width"], "height": VIEW["height"]})
    try:
        context.add_init_script(BEFORE)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(url)
        viewing.start(page)
        page.wait_for_timeout(WARM_UP_MS)
        before, used = page.evaluate(viewing.counters), processor_seconds()
        page.wait_for_timeout(seconds * 1000)
        after, used = page.evaluate(viewing.counters), processor_seconds() - used
        trips = []
        if viewing.route is not None:
            find = f"(since) => ({TRIPS})(since, '{viewing.route}')"
            trips = sorted(page.evaluate(find, before["now"]))
    except playwright.sync_api.Error as error:
        raise BenchError(f"The page {url} could not be driven: {error}") from error
    finally:
        context.close()
    number = max(1, after["answers"] - before["answers"])
    cost = {part: 1000 * spent / number for part, spent in used.most_common()}
    return replace(difference(before, after, tuple(trips)), processor=cost)


def difference(before: dict[str, Any], after: dict[str, Any], trips: tuple[float, ...]) -> Seen:
    """What happened between two readings of the counters.

    Raises:
        BenchError: The page is no longer live.
    """
    if after["state"] != "live":
        raise BenchError(f"The page is not live but “{after['state']}”: {after['message']}")
    seconds = (after["now"] - before["now"]) / 1000
    return Seen(
        answers=(after["answers"] - before["answers"]) / seconds,
        frames=(after["frames"] - before["frames"]) / seconds,
        trips=trips,
        camera=after["size"],
    )
