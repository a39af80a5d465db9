"""The colours of pictures as files hold them, brought to plain sRGB."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

MAX_PROFILE_BYTES = 4 * 2**20
"""Largest colour profile that is applied, in bytes; printers' profiles have about 2 MB."""

_PROFILE_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}


def averageable(picture: Image.Image) -> Image.Image:
    """The same picture in a mode whose values can be averaged."""
    if picture.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.mode != "RGBA" and picture.has_transparency_data:
        return picture.convert("RGBA")  # of an RGBA picture it would be one more copy
    if picture.mode in ("P", "PA", "RGBX", "YCbCr", "HSV"):
        return picture.convert("RGB")
    if picture.mode == "1":
        return picture.convert("L")
    return picture


def to_rgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """RGB from any mode that `averageable` returns; transparent parts become white.

    Args:
        picture: The picture; its size stays as it is.
        profile: The embedded ICC profile, or nothing. It is applied if it is a sound one for
            the picture's mode, and left aside otherwise.
    """
    if picture.mode == "RGBA":
        white = Image.new("RGB", picture.size, "white")
        white.paste(_to_srgb(picture.convert("RGB"), profile), mask=picture.getchannel("A"))
        return white
    if picture.mode in ("I", "F"):
        return _stretched(picture).convert("RGB")
    if picture.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(picture, lab, srgb, outputMode="RGB")
        return converted or picture.convert("RGB")
    return _to_srgb(picture, profile)


def _to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """RGB from L, RGB or CMYK, by the embedded ICC profile if it fits."""
    if profile and len(profile) <= MAX_PROFILE_BYTES:
        try:
            embedded = ImageCms.ImageCmsProfile(BytesIO(profile))
            fits = embedded.profile.xcolor_space.strip() == _PROFILE_SPACES.get(picture.mode)
            if fits and "sRGB" not in ImageCms.getProfileDescription(embedded):
                srgb = ImageCms.createProfile("sRGB")
                converted = ImageCms.profileToProfile(picture, embedded, srgb, outputMode="RGB")
                if converted is not None:
                    return converted
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a picture with a broken profile is still a picture
    return picture.convert("RGB")


def _stretched(picture: Image.Image) -> Image.Image:
    """8-bit grey from 32-bit integers or floats, which have no agreed range.

    Values within 0 to 1 (floats), 0 to 255 or 0 to 65535 (integers) are taken as black to
    white of that range; any other range is stretched from its smallest to its largest.
    """
    values = np.nan_to_num(np.asarray(picture, dtype=np.float64), posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    tops = (1.0, 255.0) if picture.mode == "F" else (255.0, 65535.0)
    top = next((top for top in tops if low >= 0 and high <= top), None)
    if top is not None:
        low, high = 0.0, top
    grey = (values - low) * (255.0 / max(high - low, 1e-12))
    return Image.fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8))
