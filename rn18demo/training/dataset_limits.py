"""How much a dataset may hold: every limit of the dataset's door, in one place."""

from dataclasses import dataclass

from rn18demo.core.images import MAX_BYTES

KEPT_SIDE = 512
"""Longest side of a shot, in pixels. The network sees 224; this leaves room for crops."""
MAX_NAME = 80
"""Longest name of a class or of a shot, in characters."""
MIN_CLASSES = 2


@dataclass(frozen=True)
class Limits:
    """What one dataset may cost the server.

    Attributes:
        zip_bytes: Largest zip, in bytes.
        entries: Most files in a zip or folder, whatever they are.
        directory_bytes: Largest table of contents of a zip, in bytes.
        streamed_bytes: Most bytes that are unpacked, all files together. What a zip declares
            is never believed: only what really streams out of it counts.
        picture_bytes: Most bytes of one picture, in bytes.
        pictures: Most shots that are kept; at 512 x 512 pixels one takes 0.8 MB of memory.
        classes: Most classes.
        seconds: Most processor time that reading may take. Pictures can be made so that
            each is small and takes long.
        manifest_bytes: Largest table of contents of a saved project, in bytes.
        checkpoint_bytes: Largest checkpoint in a saved project, in bytes.
        skipped: Files of a saved project that are listed as left out; the oldest go first.
    """

    zip_bytes: int = 2**30
    entries: int = 20_000
    directory_bytes: int = 8 * 2**20
    streamed_bytes: int = 2**30
    picture_bytes: int = MAX_BYTES
    pictures: int = 2_000
    classes: int = 100
    seconds: float = 300.0
    manifest_bytes: int = 4 * 2**20
    checkpoint_bytes: int = 128 * 2**20
    skipped: int = 200


LIMITS = Limits()
"""The limits of this app, as the README states them."""
