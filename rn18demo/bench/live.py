"""One viewer in a real browser: this app's Live tab against the guide's app.

Both look at the same film. Each gets it in the size that a camera would give it: what it asks
for, or, where the guide's default asks for 1920 x 1440, the 1920 x 1080 of a full-HD camera.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rn18demo.bench.browser import chromium
from rn18demo.bench.film import write_camera_film
from rn18demo.bench.pages import GUIDE, OURS, Seen, Viewing, watch
from rn18demo.bench.rows import NO_BOUND, Fact, Row, divide
from rn18demo.bench.serving import App, Served, guide_app, our_app, serving_all, wait_for_rest
from rn18demo.bench.settings import Settings
from rn18demo.bench.timing import spread

SETTLE_SECONDS = 1.0
"""The first turn of each wakes everything up and is not counted."""


@dataclass(frozen=True)
class Side:
    """A page and the camera in front of it.

    Attributes:
        app: The program.
        viewing: How its page is used.
        camera: Width and height of the film, in pixels.
    """

    app: App
    viewing: Viewing
    camera: tuple[int, int]


def sides(device: str) -> tuple[Side, Side, Side, Side]:
    """This app; the guide's as it is, with a small camera picture, and with a map as well."""
    return (
        Side(our_app(device), OURS, (640, 480)),
        Side(guide_app(device), GUIDE, (1920, 1080)),
        Side(guide_app(device, "320x240"), GUIDE, (320, 240)),
        Side(guide_app(device, with_map=True), GUIDE, (1920, 1080)),
    )


def rows(settings: Settings) -> list[Row]:
    """New answers a second that were shown, over those of the guide's app in three forms."""
    chosen = sides(settings.device)
    ours, guide, small, mapped = (side.app.name for side in chosen)
    seen: dict[str, list[Seen]] = {side.app.name: [] for side in chosen}
    with (
        tempfile.TemporaryDirectory() as folder,
        serving_all([side.app for side in chosen]) as served,
    ):
        for turn in range(settings.turns + 1):
            for side in chosen:
                found = take_turn(side, served[side.app.name], Path(folder), settings, turn > 0)
                if turn:
                    seen[side.app.name].append(found)
    return [
        divide(
            f"live in Chromium, answers/s: {ours} with the map painted / {peer}{without}",
            bound,
            spread([turn.answers for turn in seen[ours]], "answers/s"),
            spread([turn.answers for turn in seen[peer]], "answers/s"),
            {"camera, frames/s": settings.fps}
            | summary(ours, seen[ours])
            | summary(peer, seen[peer]),
        )
        for peer, without, bound in (
            (guide, " without a map", "at least 8"),
            (small, " without a map", "at least 1.5"),
            (mapped, "", NO_BOUND),
        )
    ]


def take_turn(side: Side, served: Served, folder: Path, settings: Settings, counts: bool) -> Seen:
    """Open a fresh browser and watch the page for a while."""
    width, height = side.camera
    film = folder / f"{width}x{height}.y4m"
    if not film.exists():
        write_camera_film(film, width, height, settings.fps)
    wait_for_rest(served)
    with chromium(film) as browser:
        seconds = settings.live_seconds if counts else SETTLE_SECONDS
        return watch(browser, served.url, side.viewing, seconds)


def summary(name: str, turns: Sequence[Seen]) -> dict[str, Fact]:
    """What else a page's turns showed."""
    frames = spread([turn.frames for turn in turns], "frames/s")
    facts: dict[str, Fact] = {
        f"camera, {name}": turns[0].camera,
        f"camera frames painted, {name}": str(frames),
    }
    for part in turns[0].processor:
        cost = spread([turn.processor.get(part, 0.0) for turn in turns], "ms")
        facts[f"processor time an answer, {part}, {name}"] = str(cost)
    trips = sorted(trip for turn in turns for trip in turn.trips)
    if trips:
        facts[f"round trip p50, ms, {name}"] = round(trips[len(trips) // 2], 1)
        facts[f"round trip p95, ms, {name}"] = round(trips[int(len(trips) * 0.95)], 1)
    return facts
