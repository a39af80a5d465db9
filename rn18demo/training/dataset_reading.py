"""Files -> shots, one after the other, with an eye on what they cost."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from PIL import Image

from rn18demo.core.images import read_image
from rn18demo.errors import DatasetError, EntryError, PictureError
from rn18demo.training.dataset_layout import Entry, Folders
from rn18demo.training.dataset_limits import KEPT_SIDE, Limits
from rn18demo.training.dataset_names import clean_name, shortened
from rn18demo.training.dataset_types import ClassShots, Shot, Skipped
from rn18demo.training.duplicates import fingerprint

Progress = Callable[[int, int], None]
"""Called with the files read so far and the files there are. What it raises ends the reading."""

_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")


def make_shot(source: bytes | Path, name: str) -> Shot:
    """Read one picture of a class.

    Args:
        source: The encoded picture, or the path of its file.
        name: What to call it; cleaned here.

    Raises:
        PictureError: As `read_image` does.
    """
    return shot_of(read_image(source), name)


def shot_of(picture: Image.Image, name: str) -> Shot:
    """Make a shot of a picture that came through `read_image`, which is scaled down in place."""
    picture.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return Shot(picture, shortened(clean_name(name)) or "picture", fingerprint(picture))


def too_many_pictures(container: str, limits: Limits) -> DatasetError:
    """The refusal of a dataset with more pictures than are kept."""
    return DatasetError(
        f"This {container} has more than {limits.pictures} pictures. Please use fewer: some "
        "dozens of each class are plenty here."
    )


class Budget:
    """What reading one dataset may cost.

    Args:
        container: What is read, in a word: zip, folder or project.
        limits: What it may hold.
    """

    def __init__(self, container: str, limits: Limits) -> None:
        self._container = container
        self._limits = limits
        self._pictures = 0
        self._started = time.thread_time()

    def count_picture(self) -> None:
        """Note that one more is kept.

        Raises:
            DatasetError: It is one too many.
        """
        self._pictures += 1
        if self._pictures > self._limits.pictures:
            raise too_many_pictures(self._container, self._limits)

    def check_time(self) -> None:
        """Look at the clock.

        Raises:
            DatasetError: Reading takes too much processor time.
        """
        if time.thread_time() - self._started > self._limits.seconds:
            raise DatasetError(
                f"Reading this {self._container} takes too long. Please make the pictures "
                "smaller, or use fewer."
            )


class Reader:
    """Reads the files of a dataset.

    Attributes:
        skipped: What could not be read so far.
    """

    def __init__(self, budget: Budget, total: int, on_progress: Progress | None) -> None:
        self.skipped: list[Skipped] = []
        self._budget = budget
        self._total = total
        self._on_progress = on_progress
        self._done = 0

    def classes(self, folders: Folders, names: dict[str, str]) -> tuple[ClassShots, ...]:
        """Classes that have at least one shot.

        Args:
            folders: The files.
            names: Folder -> name of its class; its order is that of the result.

        Raises:
            DatasetError: The budget is spent.
        """
        read = ((names[f], self._shots(folders[f])) for f in names if f in folders)
        return tuple(ClassShots(name, shots) for name, shots in read if shots)

    def leave_out(self, entries: Iterable[Entry], reason: str) -> None:
        """List files as skipped."""
        self.skipped += [Skipped(entry.shown, reason) for entry in entries]

    def _shots(self, entries: list[Entry]) -> tuple[Shot, ...]:
        shots = []
        for entry in entries:
            try:
                shots.append(_shot(entry))
            except (PictureError, EntryError) as error:
                self.leave_out([entry], str(error))
            else:
                self._budget.count_picture()
            self._budget.check_time()
            self._done += 1
            if self._on_progress is not None:
                self._on_progress(self._done, self._total)
        return tuple(shots)


def _shot(entry: Entry) -> Shot:
    source = entry.source()
    try:
        return make_shot(source, entry.name)
    except PictureError as error:
        zipped = isinstance(source, bytes) and source.startswith(b"PK\x03\x04")
        if zipped or entry.path.casefold().endswith(_ARCHIVES):
            raise EntryError(
                "It is an archive inside the dataset. Please unpack it first and use its folders."
            ) from error
        raise
