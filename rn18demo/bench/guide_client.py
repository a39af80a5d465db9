"""One viewer of the guide's app, as Gradio's own browser client behaves.

It joins the queue with its first frame and listens to the session's events. Once its event has
started, it posts a frame at every tick of the camera's timer, whether or not an answer has come;
the server computes the newest one. When the time limit of the stream has run out, it joins again.

Where a browser would do worse, the better is done: a tick is left out while the frame before is
still on its way up, instead of letting frames pile up on six connections.
"""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx

from rn18demo.bench.crowd import PATIENCE_SECONDS, Notebook, Page
from rn18demo.bench.film import film
from rn18demo.errors import BenchError

HEADERS = {"Content-Type": "application/json"}
RETRY_SECONDS = 1.0
Signature = tuple[tuple[str, float], ...]


class GuideClient:
    """Streams the film.

    Args:
        width: Of the camera's picture, in pixels.
        height: In pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self._frames = [
            "data:image/jpeg;base64," + base64.b64encode(frame).decode()
            for frame in film(width, height)
        ]
        self._numbers: dict[Signature, int] = {}

    @property
    def frame_bytes(self) -> int:
        """Mean size of a frame as it travels."""
        return sum(map(len, self._frames)) // len(self._frames)

    async def learn(self, page: Page) -> None:
        """Find out the answer to each frame, one at a time.

        An answer does not say which frame it is about; known answers do, so that its age can
        be told.

        Raises:
            BenchError: Frames cannot be told apart, or the app does not answer.
        """
        event = await self._join(page, 0)
        number = 0
        async for message in _events(page, event):
            output = _output(message)
            if output is None:
                continue
            self._numbers[_signature(output)] = number
            number += 1
            if number == len(self._frames):
                break
            await self._post(page, event, number)
        await page.client.post(f"{page.api}/stream/{event}/close", json={})
        if len(self._numbers) < len(self._frames):
            raise BenchError("The guide's app does not answer each frame of the film differently.")

    async def __call__(self, page: Page, notebook: Notebook) -> None:
        """Watch until cancelled."""
        while True:
            try:
                await self._watch_once(page, notebook)
            except httpx.HTTPError as error:
                notebook.error(f"{type(error).__name__}: {error}")
                await asyncio.sleep(RETRY_SECONDS)

    async def _watch_once(self, page: Page, notebook: Notebook) -> None:
        """Until the stream's time limit."""
        captured = {0: time.perf_counter()}
        event = await self._join(page, 0)
        sender: asyncio.Task[None] | None = None
        try:
            async for message in _events(page, event):
                if message["msg"] == "process_starts":
                    sender = asyncio.create_task(self._send(page, event, captured, notebook))
                if message.get("success") is False:
                    notebook.error(str(message.get("output"))[:200])
                output = _output(message)
                if output is not None:
                    number = self._numbers.get(_signature(output))
                    notebook.answer(None if number is None else captured.get(number))
        finally:
            if sender is not None:
                sender.cancel()

    async def _send(
        self, page: Page, event: str, captured: dict[int, float], notebook: Notebook
    ) -> None:
        """A frame at every tick; `captured` tells when each was last taken."""
        interval = float(page.config["dependencies"][0]["stream_every"])
        number = 0
        while True:
            number = (number + 1) % len(self._frames)
            captured[number] = time.perf_counter()
            due = captured[number] + interval
            try:
                await self._post(page, event, number)
            except httpx.HTTPStatusError as error:
                if error.response.status_code == httpx.codes.NOT_FOUND:
                    return  # the stream's time limit was faster
                notebook.error(f"{type(error).__name__}: {error}")
            except httpx.HTTPError as error:
                notebook.error(f"{type(error).__name__}: {error}")
            await asyncio.sleep(max(0, due - time.perf_counter()))

    async def _join(self, page: Page, number: int) -> str:
        body = self._body(page, number) | {"trigger_id": page.component("camera")}
        answer = await page.client.post(
            f"{page.api}/queue/join",
            content=json.dumps(body),
            headers=HEADERS | {"x-gradio-user": "app"},
        )
        answer.raise_for_status()
        return str(answer.json()["event_id"])

    async def _post(self, page: Page, event: str, number: int) -> None:
        answer = await page.client.post(
            f"{page.api}/stream/{event}",
            content=json.dumps(self._body(page, number)),
            headers=HEADERS,
        )
        answer.raise_for_status()

    def _body(self, page: Page, number: int) -> dict[str, Any]:
        frame = self._frames[number]
        return {
            "data": [{"url": frame}],
            "event_data": {"value": {"url": frame}, "is_value_data": True},
            "fn_index": 0,
            "session_hash": page.session,
        }


async def _events(page: Page, event: str) -> AsyncIterator[dict[str, Any]]:
    """What the server says about an event, until it is over."""
    address, session = f"{page.api}/queue/data", {"session_hash": page.session}
    patience = httpx.Timeout(PATIENCE_SECONDS, read=None)
    async with page.client.stream("GET", address, params=session, timeout=patience) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if not line.startswith("data:"):
                continue
            message = json.loads(line.removeprefix("data:"))
            if message["msg"] == "close_stream":
                return
            if message.get("event_id") == event:
                yield message
                if message["msg"] == "process_completed":
                    return


def _output(message: dict[str, Any]) -> dict[str, Any] | None:
    """The label in a message, if it brings one."""
    if message["msg"] not in {"process_streaming", "process_completed"}:
        return None
    data = (message.get("output") or {}).get("data")
    return data[0] if data else None


def _signature(output: dict[str, Any]) -> Signature:
    """What tells the answers to two frames apart: the classes and their probabilities."""
    return tuple(
        (line["label"], round(line["confidence"], 4)) for line in output.get("confidences") or ()
    )
