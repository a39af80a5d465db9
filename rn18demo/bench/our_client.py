"""One viewer of the Live tab, as its script behaves: one frame on its way, always the newest."""

import asyncio
import base64
import json
import time
from typing import Any

import httpx

from rn18demo.bench.crowd import Notebook, Page
from rn18demo.bench.film import film

ELEM_ID = "live"
SIDE = 256
"""Of the square that the page sends, in pixels."""
QUALITY = 80
"""Of its JPEG, in per cent."""
RETRY_SECONDS = 1.0
"""The page waits so long after an error."""
HEADERS = {"Content-Type": "application/json"}


class OurClient:
    """Asks about one frame after another.

    Args:
        fps: Frames a second of the camera: no frame is sent twice.
    """

    def __init__(self, fps: float) -> None:
        self._interval = 1 / fps
        self._frames = [base64.b64encode(frame).decode() for frame in film(SIDE, SIDE, QUALITY)]

    @property
    def frame_bytes(self) -> int:
        """Mean size of a frame as it travels."""
        return sum(map(len, self._frames)) // len(self._frames)

    async def __call__(self, page: Page, notebook: Notebook) -> None:
        """Watch until cancelled."""
        number = 0
        due = time.perf_counter()
        while True:
            await asyncio.sleep(max(0, due - time.perf_counter()))
            captured = time.perf_counter()
            due = captured + self._interval
            try:
                answer = await self.ask(page, number)
            except (httpx.HTTPError, ValueError) as error:
                notebook.error(f"{type(error).__name__}: {error}")
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if "predictions" in answer:
                notebook.answer(captured)
            else:
                notebook.error(str(answer.get("error", answer))[:200])
                await asyncio.sleep(RETRY_SECONDS)
            number += 1

    async def ask(self, page: Page, number: int) -> dict[str, Any]:
        """Send a frame of the film and wait for its answer.

        Raises:
            httpx.HTTPError: None came.
            ValueError: It is not JSON.
        """
        frame = self._frames[number % len(self._frames)]
        body = {
            "data": {"frame": frame, "checkpoint": None, "pinned": None, "strip": [-1] * 5},
            "component_id": page.component(ELEM_ID),
            "fn_name": "look",
            "session_hash": page.session,
        }
        answer = await page.client.post(
            f"{page.api}/component_server", content=json.dumps(body), headers=HEADERS
        )
        answer.raise_for_status()
        found = answer.json()
        return found if isinstance(found, dict) else {"error": "no JSON object came back"}
