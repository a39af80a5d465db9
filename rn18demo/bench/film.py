"""What a camera would show: a short film over the example photographs."""

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image

from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image

FRAMES = 48
"""Different pictures in the film; no two have the same answer."""
CAMERA_FRAMES = 24
"""Of them in a camera's film, which is not compressed."""
ZOOM = 0.8
"""Share of a photograph's width or height that is in view."""
BROWSER_QUALITY = 92
"""Of a JPEG that a browser's `toDataURL("image/jpeg")` makes, in per cent."""


def pictures(width: int, height: int, number: int = FRAMES) -> Iterator[Image.Image]:
    """The film's RGB pictures, width x height pixels each, the same ones every time."""
    photographs = [read_image(example.path) for example in read_examples()]
    for index in range(number):
        photograph = photographs[index % len(photographs)]
        scale = ZOOM * min(photograph.width / width, photograph.height / height)
        across, down = scale * width, scale * height
        moved = index / max(number - 1, 1)  # the camera pans
        left = moved * (photograph.width - across)
        top = (1 - moved) * (photograph.height - down)
        box = (left, top, left + across, top + down)
        yield photograph.resize((width, height), Image.Resampling.BICUBIC, box=box)


@cache
def film(width: int, height: int, quality: int = BROWSER_QUALITY) -> tuple[bytes, ...]:
    """`FRAMES` JPEG files.

    Args:
        width: In pixels.
        height: In pixels.
        quality: Of the JPEG, in per cent.
    """
    files = []
    for picture in pictures(width, height):
        buffer = BytesIO()
        picture.save(buffer, "JPEG", quality=quality)
        files.append(buffer.getvalue())
    return tuple(files)


def write_camera_film(path: Path, width: int, height: int, fps: int) -> None:
    """Write the film as Y4M, which Chromium's test camera plays over and over.

    It is not compressed: the camera costs the browser as little as a camera can.

    Args:
        path: File to write.
        width: In pixels, even.
        height: In pixels, even.
        fps: Frames a second.
    """
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420jpeg\n".encode("ascii"))
        for picture in pictures(width, height, CAMERA_FRAMES):
            luma, *chroma = picture.convert("YCbCr").split()
            file.write(b"FRAME\n" + luma.tobytes())
            for plane in chroma:  # 4:2:0 keeps a quarter of the colours
                file.write(plane.reduce(2).tobytes())
