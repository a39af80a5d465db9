"""From a JPEG to what the network receives: this project's door against other decoders."""

import warnings
from collections.abc import Callable
from io import BytesIO

import torch
import torchvision
from PIL import Image
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from rn18demo.bench.film import film
from rn18demo.bench.rows import Row, divide
from rn18demo.bench.settings import Settings
from rn18demo.bench.timing import race
from rn18demo.core.engine import choose_device
from rn18demo.core.images import read_image
from rn18demo.core.transform import InputTransform

SIZES = {"a camera's frame": (256, 256), "12 megapixels": (4000, 3000)}
"""Width and height in pixels."""
TRANSFORM = InputTransform()
Decoder = Callable[[bytes], object]


def rows(settings: Settings) -> list[Row]:
    """Every other decoder over ours, for each size."""
    device = choose_device(settings.device)
    found = []
    for size, (width, height) in SIZES.items():
        data = film(width, height)[0]
        sides: dict[str, Callable[[], object]] = {
            name: lambda decode=decode, data=data: decode(data)  # type: ignore[misc]
            for name, decode in decoders(device).items()
        }
        times = race(sides, settings.rounds)
        ours = times.pop("read_image")
        found += [
            divide(f"{name} / read_image, {size}, to 224 x 224", "(no bound)", time, ours)
            for name, time in times.items()
        ]
    return found


def decoders(device: torch.device) -> dict[str, Decoder]:
    """By name: from the file to a 224 x 224 picture, still in whole numbers."""
    found: dict[str, Decoder] = {
        "read_image": through_our_door,
        "PIL with draft": with_draft,
        "PIL": with_pil,
    }
    if not hasattr(torchvision.io, "decode_jpeg"):  # it is announced to go
        return found
    found["torchvision decode_jpeg"] = lambda data: with_torchvision(data, torch.device("cpu"))
    if device.type == "cuda":
        found["torchvision decode_jpeg on the GPU"] = lambda data: with_torchvision(data, device)
    return found


def through_our_door(data: bytes) -> Image.Image:
    """With all its checks."""
    return TRANSFORM.picture(read_image(data))


def with_draft(data: bytes) -> Image.Image:
    """Pillow, told to leave out detail that is not needed; no checks."""
    picture = Image.open(BytesIO(data))
    picture.draft("RGB", (TRANSFORM.resize, TRANSFORM.resize))
    return TRANSFORM.picture(picture.convert("RGB"))


def with_pil(data: bytes) -> Image.Image:
    """Pillow as tutorials use it."""
    return TRANSFORM.picture(Image.open(BytesIO(data)).convert("RGB"))


def with_torchvision(data: bytes, device: torch.device) -> Tensor:
    """(3, 224, 224) uint8 on `device`, by torchvision's own decoder."""
    file = torch.frombuffer(bytearray(data), dtype=torch.uint8)
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        decoded = torchvision.io.decode_jpeg(
            file, mode=torchvision.io.ImageReadMode.RGB, device=device
        )
    height, width = decoded.shape[-2:]
    left, top, right, bottom = TRANSFORM.crop_box(width, height)
    x, y = round(left * width), round(top * height)
    across, down = round((right - left) * width), round((bottom - top) * height)
    square = F.resized_crop(
        decoded, y, x, down, across, [TRANSFORM.crop, TRANSFORM.crop], antialias=True
    )
    if square.is_cuda:
        torch.cuda.synchronize()
    return square
