"""What the tests do with the Live tab, and what they read off it."""

import base64
import io
import json
import re
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, Request, expect

from tests.e2e.conftest import PATIENCE

SIZE = (640, 480)
"""Of the film, in pixels."""
SERVER = re.compile("/component_server")
CLOCK = """
  const real = performance.now.bind(performance);
  window.ahead = 0;
  performance.now = () => real() + window.ahead;
"""
"""A script by which the page's clock runs ahead on demand: nobody waits for ten minutes."""
WATCHED = """
  const devices = navigator.mediaDevices, lend = devices.getUserMedia.bind(devices);
  Object.assign(window, { tracks: [], beside: 0, gate: null });
  devices.getUserMedia = async (wish) => {
    window.beside += window.tracks.filter((track) => track.readyState === "live").length;
    await window.gate;
    const stream = await lend(wish);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
"""
"""A script that keeps all tracks of the camera, and counts in `beside` how many were still open
when another one was asked for. `gate`, a promise, keeps the visitor from granting it."""


def showing(*scenes: Image.Image, side: str = "") -> str:
    """A script that puts pictures before the page's camera, larger or smaller than the film.

    Args:
        scenes: What the camera films, all of one size: the one whose number is `window.scene`,
            the first to begin with. It stands still, but new pictures of it keep coming.
        side: Script of "user" or "environment", if the camera tells where it looks.
    """
    sources = []
    for scene in scenes:
        buffer = io.BytesIO()
        scene.save(buffer, "PNG")
        sources.append("data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode())
    return f"""
    window.scene = 0;
    navigator.mediaDevices.getUserMedia = async () => {{
      const scenes = {json.dumps(sources)}.map((src) => Object.assign(new Image(), {{ src }}));
      await Promise.all(scenes.map((scene) => scene.decode()));
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [scenes[0].width, scenes[0].height];
      const context = canvas.getContext("2d");
      setInterval(() => window.still || context.drawImage(scenes[window.scene], 0, 0), 33);
      const stream = canvas.captureStream(30);
      const [track] = stream.getVideoTracks();
      const told = track.getSettings(), facingMode = {side or "undefined"};
      if (facingMode) track.getSettings = () => ({{ ...told, facingMode }});
      return stream;
    }};
    """


def start(page: Page) -> None:
    page.locator("#live button.start").click()
    in_state(page, "live")


def switch_scene(page: Page, number: int) -> None:
    """Put another one of the pictures given to `showing` before the camera."""
    page.evaluate("number => { window.scene = number; }", number)


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop", exact=True).click()


def in_state(page: Page, state: str) -> None:
    page.wait_for_selector(f"#live .live[data-state={state}]", state="attached", timeout=PATIENCE)


def message(page: Page) -> Locator:
    return page.locator("#live .message")


def answers(page: Page) -> int:
    return int(page.locator("#live .live").get_attribute("data-answers") or 0)


def more_answers(page: Page, more: int = 3) -> None:
    wanted = answers(page) + more
    page.wait_for_function(
        "n => Number(document.querySelector('#live .live').dataset.answers) >= n", arg=wanted
    )


def says_first(page: Page, label: str) -> None:
    expect(page.locator("#live ol .label").first).to_have_text(label)


def pinned(page: Page) -> Locator:
    return page.locator("#live ol button[aria-pressed=true]")


def find_class(page: Page, name: str) -> None:
    page.wait_for_selector("#live datalist option", state="attached")  # the classes are there
    page.locator("#live .find input").fill(name)
    page.locator("#live .find input").press("Enter")


def one_answer(page: Page) -> None:
    """Wait until Live and the left column give the same best five.

    They are two forwards, and a faster runtime may take over between them: then the last digit
    of a share may be another.
    """
    page.wait_for_function(
        """() => {
          const said = (list, part) => [...document.querySelectorAll(`${list} .${part}`)]
            .slice(0, 5).map((node) => node.textContent);
          const [live, left] = ["#live ol", "#answers ol"];
          const shares = (list) => said(list, "share").map((text) => Number(text.match(/[\\d.]+/)));
          const others = shares(left);
          return others.length === 5
            && said(live, "label").join("|") === said(left, "label").join("|")
            && shares(live).every((share, i) => Math.abs(share - others[i]) < 0.15);
        }"""
    )


def map_lies_over(page: Page) -> bool:
    """Whether anything is painted over the middle half of the film."""
    painted: int = page.evaluate(
        """() => {
          const { width, height } = document.querySelector("#live .film canvas");
          const { data } = document.querySelector("#live .film canvas").getContext("2d")
            .getImageData(width / 4, height / 4, width / 2, height / 2);
          return data.filter((value, i) => i % 4 === 3 && value > 0).length;
        }"""
    )
    return painted > 0


def freeze(page: Page) -> Any:
    """Freeze, and return what the page asked about the frozen moment."""
    # Only such a frame has no viewer's name.
    with page.expect_response(lambda got: asked(got.request).get("viewer", "") is None) as got:
        page.get_by_role("button", name="Freeze").click()
    in_state(page, "frozen")
    return asked(got.value.request)


def asked(request: Request) -> Any:
    """What a page wants to know of a frame; nothing of it if it asked for something else."""
    body = request.post_data_json if SERVER.search(request.url) else None
    return body["data"] if body else {"strip": None}


def grey(frame: str) -> np.ndarray:
    """A frame as it travels -> (16, 16), 0 to 255: enough to tell it from its mirror image."""
    picture = Image.open(io.BytesIO(base64.b64decode(frame)))
    return np.asarray(picture.convert("L").resize((16, 16)), np.float64)
