"""One frame of a camera: the door it enters by, and the numbers that go back.

The browser keeps its video, sends a small JPEG and paints what it gets: the best classes,
a map for each of them and, if wanted, one channel of every stage.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from rn18demo.core.cam import layer4_maps
from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.images import read_image
from rn18demo.core.predictions import check_class, prediction_of, top_k
from rn18demo.core.stages import LAST, STAGES
from rn18demo.core.wire import encode_maps
from rn18demo.errors import PictureError, RequestError

MAX_FRAME_BYTES = 256 * 1024
"""Largest frame, in bytes; the page's own are about 10 kB."""
MAX_FRAME_SIDE = 640
"""Longest side of a frame, in pixels."""
FRAME_FORMATS = ("JPEG",)
"""What a frame is encoded as; the page sends nothing else."""
MAX_NAME = 300
"""Longest id of a checkpoint or a viewer, in characters."""
BEST = 10
"""Classes in an answer: more than are shown, so that the page can smooth over time."""
STRIP_SIDE = 28
"""Finer maps of the strip are averaged down to this, in cells."""
LOYALTY = 0.8
"""A channel stays in the strip while its mean is at least this share of the strongest one's;
the strip would flicker otherwise."""


@dataclass(frozen=True)
class LiveRequest:
    """What the browser asks about a frame.

    Attributes:
        frame: An encoded picture.
        checkpoint: Id of the weights, or None for those that visitors begin with.
        pinned: Class whose map is wanted even if it is not among the best, or None.
        strip: By stage, the channel that is shown now or -1; None if no strip is wanted.
        viewer: A name that the browser made up for itself: a newer frame of the same viewer
            takes the place of an older one that still waits. None lets every frame wait.
    """

    frame: bytes
    checkpoint: str | None = None
    pinned: int | None = None
    strip: tuple[int, ...] | None = None
    viewer: str | None = None


def read_request(payload: object) -> LiveRequest:
    """Check what came from a browser; nothing in it is trusted.

    Raises:
        RequestError: A part is missing or of another kind.
        PictureError: The frame is too large or not encoded as it should be.
    """
    if not isinstance(payload, dict):
        raise RequestError("A frame is asked about with a JSON object.")
    frame, checkpoint = payload.get("frame"), payload.get("checkpoint")
    pinned, strip = payload.get("pinned"), payload.get("strip")
    viewer = payload.get("viewer")
    if not isinstance(frame, str):
        raise RequestError("There is no frame: send a JPEG as base64.")
    if not _is_name(checkpoint):
        raise RequestError("The checkpoint is named by its id.")
    if not _is_name(viewer):
        raise RequestError("The viewer is named by a short text.")
    if not (pinned is None or _is_index(pinned)):
        raise RequestError("The pinned class is named by its index.")
    if strip is not None and not (
        isinstance(strip, list) and len(strip) == len(STAGES) and all(map(_is_index, strip))
    ):
        raise RequestError(f"The strip names one channel for each of the {len(STAGES)} stages.")
    shown = tuple(strip) if strip else None
    return LiveRequest(_decode(frame), checkpoint, pinned, shown, viewer)


def _is_name(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= MAX_NAME)


def _is_index(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -1 <= value < 2**31


def _decode(text: str) -> bytes:
    if len(text) > MAX_FRAME_BYTES * 4 // 3 + 4:
        raise PictureError(f"A frame may have {MAX_FRAME_BYTES // 1024} kB at most.")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PictureError("The frame is not base64.") from error


def open_frame(frame: bytes) -> Image.Image:
    """The frame as a safe RGB picture.

    Raises:
        PictureError: It is no JPEG, cannot be read, or is larger than `MAX_FRAME_SIDE`.
    """
    return read_image(frame, formats=FRAME_FORMATS, longest=MAX_FRAME_SIDE)


def live_value(
    checkpoint: Checkpoint,
    size: tuple[int, int],
    logits: Tensor,
    activations: Mapping[str, Tensor],
    request: LiveRequest,
) -> dict[str, Any]:
    """What the page paints.

    Args:
        checkpoint: Who answers.
        size: Width and height of the frame, in pixels.
        logits: (C,).
        activations: By stage, (K, h, w).
        request: What was asked.

    Returns:
        JSON: checkpoint, crop (shares of the frame), predictions (the `BEST` and the pinned
        one), maps (of these classes, see `encode_maps`) and strip (or None).

    Raises:
        RequestError: There is no class of the pinned index.
    """
    predictions = list(top_k(logits, checkpoint.labels, BEST))
    pinned = request.pinned
    if pinned is not None:
        check_class(pinned, len(checkpoint.labels))
        if all(prediction.index != pinned for prediction in predictions):
            predictions.append(prediction_of(logits, checkpoint.labels, pinned))
    indices = [prediction.index for prediction in predictions]
    head = checkpoint.head[indices]
    maps = layer4_maps(activations[LAST.name], head).numpy()
    return {
        "checkpoint": checkpoint.id,
        "crop": list(checkpoint.transform.crop_box(*size)),
        "predictions": [vars(prediction) for prediction in predictions],
        "maps": encode_maps(maps, indices=indices),
        "strip": None if request.strip is None else _strip(activations, request.strip),
    }


def _strip(activations: Mapping[str, Tensor], shown: tuple[int, ...]) -> list[dict[str, Any]]:
    """One channel of every stage: the one shown so far while it is strong, else the strongest."""
    tiles = []
    for stage, channel in zip(STAGES, shown, strict=True):
        # In numpy: torch would spread each of these small sums over all cores, and its threads
        # then wait for more while the next frame is computed.
        maps = activations[stage.name].numpy()
        means = maps.mean((1, 2))
        best = int(means.argmax())
        stays = 0 <= channel < len(means) and means[channel] >= LOYALTY * means[best]
        chosen = channel if stays else best
        packed = encode_maps(_coarser(maps[chosen])[None].clip(min=0), indices=[chosen])
        tiles.append({"title": stage.title, "channel": chosen, "maps": packed})
    return tiles


def _coarser(values: np.ndarray) -> np.ndarray:
    """(h, w) averaged down to at most `STRIP_SIDE` cells a side."""
    step = -(-len(values) // STRIP_SIDE)
    height, width = (side // step for side in values.shape)
    return values[: height * step, : width * step].reshape(height, step, width, step).mean((1, 3))
