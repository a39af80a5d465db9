"""The picture component: hands over uploads unread, and leaves no files of its own behind."""

import base64
import binascii
import io
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData
from PIL import Image

from rn18demo.core.images import MAX_BYTES, read_image
from rn18demo.core.wire import PICTURE_SIDE
from rn18demo.errors import PictureError

SHOWN = f"shown-{secrets.token_hex(8)}"
"""Name that a `Shown` file has in the browser: none that anybody else would give."""


@dataclass(frozen=True)
class Shown:
    """A file that the server shows, beside its answers; it comes back as what was given last."""

    path: Path


Upload = Path | bytes | Shown


class Picture(gr.Image):
    """A gr.Image that opens nothing itself and writes nothing to the disk.

    The stock component decodes uploads with Pillow's defaults before a handler runs, and
    skips its own checks for base64 payloads. Here the bytes reach `read_image` untouched.
    Pictures that handlers return travel inside the answer instead of through a folder.
    """

    def get_block_name(self) -> str:
        """The browser's part is the stock one."""
        return "image"

    def preprocess(self, payload: ImageData | None) -> Any:
        """What the visitor gave: a path in the upload folder, bytes, or None; else a `Shown`."""
        if payload is None:
            return None
        if payload.orig_name == SHOWN and payload.path:
            return Shown(Path(payload.path))
        if payload.url and payload.url.startswith("data:"):
            # Longer than any allowed picture: hand over just enough to be refused.
            text = payload.url.partition(",")[2][: (MAX_BYTES // 3 + 2) * 4]
            try:
                return base64.b64decode(text, validate=True)
            except binascii.Error:
                return text.encode()  # not a picture, and refused as such
        return Path(payload.path) if payload.path else None

    def postprocess(self, value: Any) -> Any:
        """A PIL picture becomes a PNG data URI; a `Shown` file is fetched by the browser."""
        if isinstance(value, Shown):
            return ImageData(path=str(value.path), orig_name=SHOWN)
        if not isinstance(value, Image.Image):
            return super().postprocess(value)
        small = value.copy()
        small.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
        buffer = io.BytesIO()
        small.save(buffer, "PNG", compress_level=2)  # in half the time, hardly larger
        text = base64.b64encode(buffer.getvalue()).decode()
        return ImageData(url="data:image/png;base64," + text, orig_name="picture.png")


def open_upload(upload: Upload | None) -> Image.Image:
    """The picture behind an upload, through the one door.

    Raises:
        PictureError: There is none, or it cannot be read.
    """
    if upload is None or isinstance(upload, Shown):
        raise PictureError("There is no picture: send one as a file or as a data URL.")
    return read_image(upload)
