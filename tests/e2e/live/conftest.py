"""A camera whose film is known, and the Live tab before it."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.engine import Engine
from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from tests.browser import find_chromium
from tests.e2e.conftest import FLAGS, open_tab, visiting
from tests.e2e.live.driving import SIZE

FRAMES_A_SECOND, SECONDS_A_SCENE = 30, 4


def scene_of(path: Path) -> Image.Image:
    """The middle of a photograph, as wide as the camera's film."""
    picture = read_image(path)
    wide = min(picture.width, picture.height * 4 / 3)
    high = wide * 3 / 4
    left, top = (picture.width - wide) / 2, (picture.height - high) / 2
    return picture.resize(SIZE, box=(left, top, left + wide, top + high))


@pytest.fixture(scope="package")
def scenes() -> list[tuple[Image.Image, str]]:
    """Two scenes that the starter is surest about, with different answers."""
    checkpoint, engine = Catalogue().get("starter"), Engine(torch.device("cpu"), "torch")
    found: dict[str, tuple[float, Image.Image]] = {}
    for example in read_examples():
        scene = scene_of(example.path)
        side = min(SIZE)
        square = scene.crop(((SIZE[0] - side) // 2, 0, (SIZE[0] + side) // 2, side))
        best = engine.analyze(checkpoint, square.resize((256, 256))).top(1)[0]
        if best.label not in found or best.probability > found[best.label][0]:
            found[best.label] = (best.probability, scene)
    surest = sorted(found.items(), key=lambda item: -item[1][0])[:2]
    return [(scene, label) for label, (_, scene) in surest]


@pytest.fixture(scope="package")
def film(scenes: list[tuple[Image.Image, str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two scenes in turns, for ever, as Chromium's fake camera plays it."""
    path = tmp_path_factory.mktemp("film") / "two-scenes.mjpeg"
    with path.open("wb") as file:
        for scene, _ in scenes:
            buffer = io.BytesIO()
            scene.save(buffer, "JPEG", quality=92)
            file.write(buffer.getvalue() * (FRAMES_A_SECOND * SECONDS_A_SCENE))
    return path


@pytest.fixture(scope="package")
def cinema(film: Path, browser: Browser) -> Iterator[Browser]:
    """A second Chromium whose camera plays the film; Playwright itself runs only once."""
    flags = [*FLAGS, f"--use-file-for-fake-video-capture={film}"]
    chromium = browser.browser_type.launch(executable_path=find_chromium(), args=flags)
    yield chromium
    chromium.close()


@pytest.fixture
def open_live(cinema: Browser, app_url: str) -> Iterator[Callable[..., Page]]:
    """Open the Live tab: `open_live(script="", width=1280)`; script errors fail the test."""
    with visiting(cinema) as open_at:

        def open_tab_at(script: str = "", width: int = 1280) -> Page:
            page = open_at(app_url, width, 1000, script=script)
            open_tab(page, "Live")
            expect(page.locator("#live .live")).to_be_visible()
            return page

        yield open_tab_at
