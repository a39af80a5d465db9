"""Maps and channels drawn as pictures, for endpoints and downloads."""

import json
import math
from functools import cache

import numpy as np
from PIL import Image

from rn18demo.assets import ASSETS

RESAMPLE = Image.Resampling.BILINEAR


def unit_scale(values: np.ndarray) -> np.ndarray:
    """(h, w), 0 or more -> the same divided by its largest value; all zeros stay zeros."""
    peak = float(values.max())
    return values / peak if peak > 0 else np.zeros_like(values)


def grey(values: np.ndarray, side: int = 224) -> Image.Image:
    """A map as a grey picture.

    Args:
        values: (h, w), 0 or more.
        side: Height and width of the result, in pixels.

    Returns:
        Mode "L"; 255 is the map's largest value.
    """
    scaled = Image.fromarray((unit_scale(values) * 255).astype(np.float32))
    enlarged = scaled.resize((side, side), RESAMPLE)
    return Image.fromarray(np.asarray(enlarged).round().clip(0, 255).astype(np.uint8))


@cache
def _colour_table(colour_map: str) -> np.ndarray:
    """(n, 3) floats, from the file that the browser paints with as well."""
    tables = json.loads((ASSETS / "canvas" / "colour_maps.json").read_text())
    return np.array([list(bytes.fromhex(text)) for text in tables[colour_map].split()], float)


def colour(values: np.ndarray, colour_map: str = "turbo") -> np.ndarray:
    """(h, w) in 0 to 1 -> (h, w, 3) uint8."""
    table = _colour_table(colour_map)
    places = np.linspace(0, 1, len(table))
    channels = [np.interp(values, places, table[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def overlay(
    image: Image.Image,
    values: np.ndarray,
    crop_box: tuple[float, float, float, float],
    opacity: float = 0.5,
    colour_map: str = "turbo",
) -> Image.Image:
    """A map laid over the whole picture; what the network did not see is dimmed.

    Args:
        image: RGB, any size.
        values: (h, w), 0 or more, covering the part of the picture that the network saw.
        crop_box: That part: left, top, right, bottom, in shares 0 to 1.
        opacity: Of the map, 0 to 1.
        colour_map: A name from assets/canvas/colour_maps.json.

    Returns:
        RGB, of the size of `image`.
    """
    width, height = image.size
    left, top = round(crop_box[0] * width), round(crop_box[1] * height)
    right = max(round(crop_box[2] * width), left + 1)
    bottom = max(round(crop_box[3] * height), top + 1)
    scaled = Image.fromarray(unit_scale(values).astype(np.float32))
    enlarged = np.asarray(scaled.resize((right - left, bottom - top), RESAMPLE))
    painted = Image.fromarray(colour(enlarged, colour_map))

    seen = image.crop((left, top, right, bottom))
    result = Image.blend(image, Image.new("RGB", image.size), 0.6)
    result.paste(Image.blend(seen, painted, opacity), (left, top))
    return result


def channel_grid(maps: np.ndarray, tile: int = 112, gap: int = 4) -> Image.Image:
    """Channels as grey tiles in a near-square grid, each on its own scale.

    Args:
        maps: (n, h, w), 0 or more.
        tile: Side of a tile, in pixels.
        gap: Space between tiles, in pixels.

    Returns:
        Mode "L".
    """
    columns = math.ceil(math.sqrt(len(maps)))
    rows = math.ceil(len(maps) / columns)
    step = tile + gap
    sheet = Image.new("L", (columns * step - gap, rows * step - gap), 40)
    for index, values in enumerate(maps):
        row, column = divmod(index, columns)
        sheet.paste(grey(values, tile), (column * step, row * step))
    return sheet
