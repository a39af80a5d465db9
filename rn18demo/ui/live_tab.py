"""The Live tab: the camera through the network, painted by the browser.

The browser calls `look` for one frame at a time, past the queue: no slot is held, and thirty
viewers are answered as their frames come. A newer frame of a visitor replaces an older one
that still waits in the engine.
"""

import asyncio
import base64
import binascii
import time
from concurrent.futures import Future
from typing import Any, NamedTuple

import gradio as gr
from anyio import CapacityLimiter, to_thread
from PIL import Image

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.engine import Computed
from rn18demo.core.images import MAX_BYTES, read_image
from rn18demo.core.live import (
    MAX_FRAME_BYTES,
    MAX_FRAME_SIDE,
    LiveRequest,
    live_value,
    open_frame,
    read_request,
)
from rn18demo.errors import Cancelled, DemoError, PictureError
from rn18demo.ui.canvas import PAINT, painted
from rn18demo.ui.events import QUIET
from rn18demo.ui.header import Header
from rn18demo.ui.session import Backend
from rn18demo.ui.text import say
from rn18demo.ui.waiting_room import WaitingRoom

LIVE_SECONDS = 600
"""After this time a stream ends by itself; one click starts it again."""
THREADS = 8
"""Frames that are opened, or computed where nobody waits, at the same time. Threads of their own:
Gradio's are for the visitors who click."""
SEATS = 300
"""Frames on their way at once: ten times a classroom."""
FRAME_SIDE = 256
"""Side of the square that the browser sends, in pixels."""
SCRIPTS = (
    "camera.js",
    "live_camera.js",
    "live_answers.js",
    "live_paint.js",
    "live_ask.js",
    "live_stream.js",
    "live_frozen.js",
    "live_controls.js",
)


class Asked(NamedTuple):
    """A frame of a camera on its way through the network.

    Attributes:
        request: What the browser wants to know.
        checkpoint: Who answers.
        size: Width and height of the frame as it came, in pixels.
        computed: What the network will have said of it.
    """

    request: LiveRequest
    checkpoint: Checkpoint
    size: tuple[int, int]
    computed: Future[Computed]


def build_live_tab(
    backend: Backend, header: Header, seconds: float = LIVE_SECONDS, seats: int = SEATS
) -> gr.HTML:
    """Build the tab.

    Args:
        backend: Of the server.
        header: Names the weights that answer.
        seconds: How long a stream may run.
        seats: How many frames may be on their way at once.

    Returns:
        The component; its `submit` event carries a frozen picture, see `frozen_picture`.
    """
    room, threads = WaitingRoom(seats), CapacityLimiter(THREADS)

    def begin(payload: object) -> Asked:
        """Read a frame and have it computed: by this very thread, if nobody else waits."""
        request = read_request(payload)
        checkpoint = backend.catalogue.get(request.checkpoint or backend.start)
        picture = open_frame(request.frame)
        square = checkpoint.transform.picture(picture)
        computed = backend.engine.submit(checkpoint, square, request.viewer, here=True)
        return Asked(request, checkpoint, picture.size, computed)

    async def finish(waiting: Future[Computed]) -> Computed:
        try:
            return await asyncio.wrap_future(waiting)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # A newer frame of this visitor took the place of this one.
            raise Cancelled(say("live_replaced")) from None

    async def look(payload: Any) -> dict[str, Any]:
        """Answer one frame: numbers to paint, or {"error": sentence}."""
        start = time.perf_counter()
        try:
            with room.seat():
                asked = await to_thread.run_sync(begin, payload, limiter=threads)
                computed = await finish(asked.computed)
            logits, activations = computed.logits, computed.activations
            if asked.request.strip is not None and not isinstance(activations, dict):
                # What a GPU still holds is brought by a thread: everybody waits for this one.
                activations = await to_thread.run_sync(dict, activations, limiter=threads)
            value = live_value(asked.checkpoint, asked.size, logits, activations, asked.request)
        except DemoError as error:
            return {"error": str(error)}
        best = value["predictions"][0]["probability"]
        value["unknown"] = backend.unknown(asked.checkpoint.id, best)
        value["names_always"] = backend.names_always(asked.checkpoint.id)
        value["milliseconds"] = {
            "network": round(computed.network_milliseconds, 2),
            "server": round((time.perf_counter() - start) * 1000, 2),
        }
        return value

    def follow(checkpoint_id: str | None) -> Any:
        """The weights that answer, with their classes."""
        if checkpoint_id is None:
            return gr.skip()
        try:
            checkpoint = backend.catalogue.get(checkpoint_id)
        except DemoError:
            return gr.skip()  # the header says why
        return {"checkpoint": checkpoint.id, "labels": list(checkpoint.labels)}

    canvas = painted(
        "live",
        (PAINT, "bar_rows.js", *SCRIPTS),
        None,
        styles=("toolbar.css", "bar_rows.css"),
        memory="live",
        elem_id="live",
        limits={
            "seconds": seconds,
            "side": FRAME_SIDE,
            "kept": MAX_FRAME_SIDE,
            "bytes": MAX_FRAME_BYTES,
        },
        server_functions=[look],
    )
    header.checkpoint.change(follow, header.checkpoint, canvas, **QUIET)
    return canvas


def frozen_picture(event: gr.EventData) -> Image.Image:
    """The picture that a frozen camera hands over, through the one door.

    Raises:
        PictureError: It is none.
    """
    text = getattr(event, "picture", None)
    if not isinstance(text, str) or len(text) > MAX_BYTES:
        raise PictureError("The frozen picture did not arrive. Please freeze it again.")
    try:
        data = base64.b64decode(text.partition(",")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise PictureError("The frozen picture did not arrive. Please freeze it again.") from error
    return read_image(data)
