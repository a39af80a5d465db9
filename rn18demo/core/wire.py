"""Numbers on their way to the browser: small, plain JSON, and words for those who cannot see them.

The browser paints; the server only answers with numbers. A map travels as one byte per cell
and one float32 per map: `value = byte / 255 * peak`. A thousand maps of 7 x 7 are 72 kB.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from PIL import Image

from rn18demo.core.predictions import Prediction

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in shares 0 to 1 of a picture."""

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
PICTURE_SIDE = 1280
"""Longest side of a picture sent to the browser, in pixels."""
PICTURE_QUALITY = 82
"""Of its JPEG, in per cent: it lies under a map, and a class of thirty fetches thirty of them."""

ZERO = 128
"""The byte that means 0 in signed maps; they reach from 1 (-peak) to 255 (peak)."""


def encode_maps(
    maps: np.ndarray, *, indices: Sequence[int] | None = None, signed: bool = False
) -> dict[str, Any]:
    """Pack maps, each on its own scale.

    Args:
        maps: (C, h, w), finite; 0 or more unless `signed`.
        indices: C class or channel indices; None means 0 to C - 1.
        signed: Keep negative values, at half the resolution.

    Returns:
        rows, columns, count, signed, indices (or None), and as base64: data, C*h*w bytes, and
        peaks, C little-endian float32, the largest absolute value of each map.

    Raises:
        ValueError: Another shape, a value that is not finite, or negative without `signed`.
    """
    maps = np.asarray(maps, dtype=np.float32)
    if maps.ndim != 3 or 0 in maps.shape:
        raise ValueError(f"maps must be (count, rows, columns), not {maps.shape}")
    if not np.isfinite(maps).all():
        raise ValueError("maps must be finite")
    if not signed and maps.min() < 0:
        raise ValueError("maps must be 0 or more; pass signed=True for others")
    if indices is not None and len(indices) != len(maps):
        raise ValueError(f"{len(indices)} indices for {len(maps)} maps")
    peaks = np.abs(maps).max((1, 2))
    safe = np.where(peaks > 0, peaks, 1).astype(np.float64)[:, None, None]
    data = np.rint(maps / safe * 127) + ZERO if signed else np.rint(maps / safe * 255)
    count, rows, columns = maps.shape
    return {
        "rows": rows,
        "columns": columns,
        "count": count,
        "signed": signed,
        "indices": None if indices is None else [int(index) for index in indices],
        "data": _text(data.astype(np.uint8)),
        "peaks": _text(peaks.astype("<f4")),
    }


def decode_maps(packed: dict[str, Any]) -> np.ndarray:
    """The maps again, (C, h, w) float32, exact to 1/255 of each peak (signed: 1/127)."""
    shape = packed["count"], packed["rows"], packed["columns"]
    data = np.frombuffer(base64.b64decode(packed["data"]), np.uint8).reshape(shape)
    peaks = np.frombuffer(base64.b64decode(packed["peaks"]), "<f4")[:, None, None]
    if packed["signed"]:
        return ((data.astype(np.float32) - ZERO) / 127 * peaks).astype(np.float32)
    return (data.astype(np.float32) / 255 * peaks).astype(np.float32)


def map_value(
    picture: str | None,
    size: tuple[int, int],
    maps: np.ndarray,
    labels: Sequence[str],
    chosen: int,
    *,
    indices: Sequence[int] | None = None,
    probabilities: Sequence[float] | None = None,
    crop: Box = WHOLE,
    compare: int | None = None,
    title: str = "",
    sentence: str = "",
    signed: bool = False,
) -> dict[str, Any]:
    """What the map canvas shows.

    Args:
        picture: URL or data URI (see `picture_uri`), or None for maps alone.
        size: Width and height of the original picture, in pixels; downloads have this size.
        maps: (C, h, w) covering `crop`; see `encode_maps`.
        labels: C names, in the order of the maps.
        chosen: The class (or channel) index whose map is shown.
        indices: C class (or channel) indices; None means that map i belongs to index i.
        probabilities: C values, 0 to 1, shown beside the labels.
        crop: The part of the picture that the network saw.
        compare: A second index, for the side-by-side view.
        title: What the maps are, such as "Grad-CAM at layer4".
        sentence: A fixed description; empty lets the browser describe the shown map.
        signed: See `encode_maps`.

    Raises:
        ValueError: Numbers of labels, probabilities and maps differ, or see `encode_maps`.
    """
    packed = encode_maps(maps, indices=indices, signed=signed)
    if len(labels) != packed["count"]:
        raise ValueError(f"{len(labels)} labels for {packed['count']} maps")
    if probabilities is not None and len(probabilities) != packed["count"]:
        raise ValueError(f"{len(probabilities)} probabilities for {packed['count']} maps")
    return {
        "picture": picture,
        "width": int(size[0]),
        "height": int(size[1]),
        "crop": [float(share) for share in crop],
        "maps": packed,
        "labels": list(labels),
        "probabilities": None
        if probabilities is None
        else [round(float(probability), 6) for probability in probabilities],
        "chosen": int(chosen),
        "compare": None if compare is None else int(compare),
        "title": title,
        "sentence": sentence,
    }


def channels_value(
    stage: str,
    maps: np.ndarray,
    channels: Sequence[int],
    captions: Sequence[str],
    chosen: int | None = None,
) -> dict[str, Any]:
    """What the channel grid shows.

    Args:
        stage: Name of the stage, for people.
        maps: (n, h, w), 0 or more, one for each channel shown.
        channels: n channel indices, in the order of the tiles.
        captions: n short texts, such as "12 · mean 0.41".
        chosen: The channel marked as chosen.

    Raises:
        ValueError: The numbers differ, or see `encode_maps`.
    """
    packed = encode_maps(maps, indices=channels)
    if len(captions) != packed["count"]:
        raise ValueError(f"{len(captions)} captions for {packed['count']} maps")
    return {
        "stage": stage,
        "maps": packed,
        "captions": list(captions),
        "chosen": None if chosen is None else int(chosen),
    }


def predictions_value(
    predictions: Sequence[Prediction], chosen: int | None = None, note: str = ""
) -> dict[str, Any]:
    """What the prediction bars show; `chosen` is a class index, None the first one's."""
    if chosen is None and predictions:
        chosen = predictions[0].index
    return {
        "predictions": [asdict(prediction) for prediction in predictions],
        "chosen": chosen,
        "note": note,
    }


def picture_uri(image: Image.Image, longest: int = PICTURE_SIDE) -> str:
    """A picture as a JPEG data URI, its longest side at most `longest` pixels.

    It reaches the browser inside the answer, so that no file is left on the server.
    """
    small = image.convert("RGB")
    small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=PICTURE_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def describe_map(values: np.ndarray, label: str = "", crop: Box = WHOLE) -> str:
    """A map in one sentence, the same words that the browser gives to screen readers.

    Args:
        values: (h, w), 0 or more, covering `crop`.
        label: The class it belongs to.
        crop: The part of the picture that the network saw.
    """
    name = f'The map for "{label}"' if label else "The map"
    peak = float(values.max())
    if peak <= 0:
        return f"{name} is empty: nothing in the picture speaks for it."
    rows, columns = values.shape
    row, column = divmod(int(values.argmax()), columns)
    x = crop[0] + (column + 0.5) / columns * (crop[2] - crop[0])
    y = crop[1] + (row + 0.5) / rows * (crop[3] - crop[1])
    covered = int(100 * np.count_nonzero(values >= peak / 2) / values.size + 0.5)
    share = f"{covered} %" if covered else "less than 1 %"
    return (
        f"{name} is strongest in the {_place(x, y)} of the picture; values of at least half "
        f"its peak cover {share} of what the network saw."
    )


def _place(x: float, y: float) -> str:
    """Shares of width and height -> one of nine places, in words."""
    across = ("left", "middle", "right")[min(int(x * 3), 2)]
    down = ("upper", "", "lower")[min(int(y * 3), 2)]
    return f"{down} {across}".strip()


def _text(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode("ascii")
