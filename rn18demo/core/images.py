"""The one door for pictures: bytes or a file in, a safe upright RGB picture out.

Everything behind this door may trust its picture. Everything in front of it may be empty,
cut off, mislabelled or made to exhaust the memory: it is refused with a `PictureError` whose
sentence says what is wrong and what to do. Sizes are judged by the header, before any pixel
is decoded.
"""

import os
import stat
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import ExifTags, Image, ImageFile

from rn18demo.core.colour import averageable, to_rgb
from rn18demo.errors import PictureError

MAX_BYTES = 25 * 2**20
"""Largest file, in bytes."""
MAX_PIXELS = 50_000_000
"""Most pixels that are decoded: 200 MB while it is read, twice that with transparency."""
MAX_JPEG_PIXELS = 120_000_000
"""Most pixels of a baseline JPEG, whose decoder can scale down while it reads."""
SMALL_PIXELS = 4_000_000
"""Pictures of more pixels are decoded by `DECODERS` only; live frames are far smaller."""
DECODERS = threading.BoundedSemaphore(2)
"""The largest pictures allowed take some 450 MB while they are decoded; more wait."""
MIN_SIDE = 8
"""Shortest side, in pixels. Below it, nothing is left that a network could look at."""
MAX_RATIO = 20
"""Longest side over shortest side. The network sees the middle square of a picture, which
is next to nothing of a thinner strip."""
MAX_SIDE = 2000
"""Longest side of the picture returned, in pixels; larger ones are scaled down. The decoder of
JPEG halves a 4,000 x 3,000 photograph, the usual size of a phone, to just this."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF")
READABLE = "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF"

# Other libraries of the app open pictures too, with Pillow's own and larger limit.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_image(
    source: bytes | str | os.PathLike[str],
    *,
    formats: Sequence[str] = FORMATS,
    longest: int | None = None,
) -> Image.Image:
    """Read a picture from its bytes, or from the file at a path.

    The format is told by the content, never by a file's name. The first frame of an
    animation is read, the camera's orientation and an embedded colour profile are applied,
    transparent parts become white, and 16-bit grey keeps its full range.

    Args:
        source: The encoded picture, at most `MAX_BYTES`, or the path of a regular file.
        formats: Those of `FORMATS` that are read here.
        longest: Longest side that is let in, in pixels; None lets the usual sizes in.

    Returns:
        A picture in mode RGB with its longest side at most `MAX_SIDE` pixels. It carries no
        metadata.

    Raises:
        PictureError: It is not a picture, not one of the formats, damaged, too large, too
            small or too thin, or the file cannot be read.
    """
    data = source if isinstance(source, bytes) else _file_bytes(source)
    _refuse_what_is_no_picture(data)
    opened = _open(data, formats)
    _refuse_by_size(opened, longest)
    with _place_for(opened):
        _decode(opened)
        profile = opened.info.get("icc_profile")
        turn = _TURNS.get(_orientation(opened))
        picture = _bounded(averageable(opened))
        del opened  # all of its pixels
    if turn is not None:
        picture = picture.transpose(turn)
    picture = to_rgb(picture, profile if isinstance(profile, bytes) else b"")
    picture.info.clear()
    return picture


def _file_bytes(path: str | os.PathLike[str]) -> bytes:
    try:
        file = Path(path)
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise PictureError("This is not a file. Please choose a picture file.")
        _refuse_too_many_bytes(status.st_size)
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)  # it may have grown since
    except (OSError, ValueError) as error:
        raise PictureError("The file could not be opened. Please choose it again.") from error


def _refuse_too_many_bytes(size: int) -> None:
    if size > MAX_BYTES:
        raise PictureError(
            f"This file is larger than {MAX_BYTES // 2**20} MB. "
            "Please save the picture in a smaller size and try again."
        )


def _refuse_what_is_no_picture(data: bytes) -> None:
    _refuse_too_many_bytes(len(data))
    if not data:
        raise PictureError("This file is empty. Please choose a picture.")
    if not data.strip(b"\0"):
        raise PictureError(
            "This file contains nothing but zeros; it was probably not copied completely. "
            "Please fetch it again from where it came from."
        )
    start = data[:4096].lower()
    if b"%pdf-" in start[:1024]:
        raise PictureError("This is a PDF. Please export the page as PNG or JPEG.")
    if b"<svg" in start and start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise PictureError(
            "This is an SVG drawing, which has no pixels. Please export it as PNG or JPEG."
        )


@cache
def _load_readers() -> None:
    """Make Pillow know all of `FORMATS`; HEIF comes from a package of its own."""
    from pillow_heif import register_heif_opener

    Image.init()
    register_heif_opener()


def _place_for(picture: ImageFile.ImageFile) -> AbstractContextManager[object]:
    """Where a picture may be decoded: a large one where there is room for it."""
    return DECODERS if picture.width * picture.height > SMALL_PIXELS else nullcontext()


def _decode(picture: ImageFile.ImageFile) -> None:
    """Load the first frame as the file has it: any mode, not turned; large JPEGs scaled down."""
    try:
        # JPEG's decoder can leave out detail while it reads: less memory, less time.
        share = min(1, MAX_SIDE / max(picture.size))
        wanted = (max(1, int(picture.width * share)), max(1, int(picture.height * share)))
        picture.draft(None, wanted)
        picture.load()
    except Exception as error:
        raise _damaged(picture.format) from error


def _open(data: bytes, formats: Sequence[str]) -> ImageFile.ImageFile:
    """Read the header.

    `Image.open` would do the same, but it warns about large sizes before they can be
    refused, and it does not say whether a picture is damaged or no picture at all.
    """
    _load_readers()
    failed: Exception | None = None
    name: str | None = None
    for name_tried in formats:
        if name_tried not in Image.OPEN:  # a Pillow built without AVIF
            continue
        reader, accepts = Image.OPEN[name_tried]
        try:
            # A string says that the format is known but its library is missing.
            if accepts is None or accepts(data[:16]) is not True:
                continue
            return reader(BytesIO(data), "")
        except Exception as error:  # decoders raise nearly anything on hostile bytes
            failed, name = error, name_tried
    if failed is not None:
        raise _damaged(name) from failed
    wanted = READABLE if formats is FORMATS else " or ".join(formats)
    raise PictureError(f"This is not a picture that can be read. Please choose a {wanted} file.")


def _damaged(name: str | None) -> PictureError:
    return PictureError(
        f"This {name or 'picture'} file is damaged or incomplete. "
        "Please fetch it again from where it came from, or save it anew."
    )


def _refuse_by_size(picture: ImageFile.ImageFile, longest: int | None) -> None:
    width, height = picture.size
    if longest is not None and max(width, height) > longest:
        raise PictureError(
            f"This picture has {width} x {height} pixels; here it may have "
            f"{longest} x {longest} at most."
        )
    scales = picture.format in ("JPEG", "MPO") and "progressive" not in picture.info
    limit = MAX_JPEG_PIXELS if scales else MAX_PIXELS
    if width * height > limit:
        raise PictureError(
            f"This picture has {width} x {height} pixels; at most "
            f"{limit // 1_000_000} million are read. Please make it smaller and try again."
        )
    if min(width, height) < MIN_SIDE:
        raise PictureError(
            f"This picture has {width} x {height} pixels, too few to see anything in it. "
            f"Please choose one with at least {MIN_SIDE} pixels on each side."
        )
    if max(width, height) > MAX_RATIO * min(width, height):
        raise PictureError(
            f"This picture is a strip of {width} x {height} pixels, and the network looks at "
            f"the square in the middle. Please cut out a part that is at most {MAX_RATIO} "
            "times as long as it is wide."
        )


def _orientation(picture: Image.Image) -> int:
    """How the camera was held, 1 to 8 as in EXIF; 1 if the picture does not say."""
    try:
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # a picture with broken metadata is still a picture
        return 1


def _bounded(picture: Image.Image) -> Image.Image:
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return picture
