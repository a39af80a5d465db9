"""What a dataset is: classes, each with its shots."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray
from PIL import Image

THUMBNAIL = 16
"""Side of a shot's thumbnail, in pixels."""

MANIFEST = "rn18demo-project.json"
"""The file that tells a saved project from any other zip."""

_LONGEST_MOMENT = 40

ShotPlace = tuple[int, int]
"""Where a shot is: index of its class, index in that class."""


def is_moment(value: object) -> TypeGuard[str]:
    """Whether it can be the `moment` of a shot; it comes from browsers and files."""
    return isinstance(value, str) and len(value) <= _LONGEST_MOMENT and value.isascii()


@dataclass(frozen=True, eq=False)
class Shot:
    """One picture of a class; compared by identity.

    Attributes:
        picture: RGB, upright, longest side at most `KEPT_SIDE` pixels, without metadata.
        name: The file's name for people; any text, so escape it where it is shown.
        fingerprint: 64-bit perceptual hash; that of a resized or saved-again copy differs in
            few bits.
        moment: Of a picture from a held button, a name for the second in which it was taken,
            "hold-second"; see `holds`. Empty for all others.
        stored: The JPEG or PNG in a saved project that `picture` was read from, so that
            saving it again loses nothing; empty for all others.
    """

    picture: Image.Image
    name: str
    fingerprint: int
    moment: str = ""
    stored: bytes = field(default=b"", repr=False)

    @cached_property
    def thumbnail(self) -> NDArray[np.uint8]:
        """(16, 16, 3): the whole picture squeezed into a square, 0 to 255."""
        size = (THUMBNAIL, THUMBNAIL)
        return np.asarray(self.picture.resize(size, Image.Resampling.BOX), dtype=np.uint8)


@dataclass(frozen=True)
class ClassShots:
    """A class and its pictures.

    Attributes:
        name: Any script, cleaned; any text, so escape it where it is shown.
        shots: In the order of the files' names, or of arrival.
    """

    name: str
    shots: tuple[Shot, ...]


@dataclass(frozen=True)
class Skipped:
    """A file that was left out.

    Attributes:
        name: Its path for people; any text, so escape it where it is shown.
        reason: Why, in a sentence or two.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """What a network is taught from.

    Attributes:
        classes: In the order of the head's outputs.
        skipped: Files that could not be used.
        held_out: The pictures of val and test folders, which are not trained on: the same
            classes in the same order, as far as they have pictures there. None without such
            folders.
    """

    classes: tuple[ClassShots, ...]
    skipped: tuple[Skipped, ...] = ()
    held_out: "Dataset | None" = None

    def shot(self, place: ShotPlace) -> Shot:
        """The shot at a place."""
        return self.classes[place[0]].shots[place[1]]
