"""The one door for datasets: a zip, or a folder's files, in; classes of safe pictures out.

What is read is kept in memory; nothing is written to disk. A file that cannot be read is left
out and listed, a whole that cannot be used is refused with a `DatasetError`.
"""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from rn18demo.errors import DatasetError
from rn18demo.training.archive import open_archive
from rn18demo.training.dataset_layout import Entry, Folders, arrange
from rn18demo.training.dataset_limits import LIMITS, MIN_CLASSES, Limits
from rn18demo.training.dataset_names import clean_name, distinct
from rn18demo.training.dataset_reading import (
    Budget,
    Progress,
    Reader,
    make_shot,
    too_many_pictures,
)
from rn18demo.training.dataset_types import (
    MANIFEST,
    ClassShots,
    Dataset,
    Shot,
    ShotPlace,
    Skipped,
)
from rn18demo.training.duplicates import duplicate_groups

__all__ = [
    "ClassShots",
    "Dataset",
    "Progress",
    "Shot",
    "ShotPlace",
    "Skipped",
    "clean_name",
    "dataset_from_files",
    "duplicate_groups",
    "make_shot",
    "read_dataset",
]

_PICTURE = re.compile(r"\.(jpe?g|png|webp|gif|bmp|tiff?|hei[cf]|avif)$", re.IGNORECASE)
_ADVICE = "Put the pictures of each class into a folder with the class's name"


def read_dataset(
    source: Path | BinaryIO, limits: Limits = LIMITS, on_progress: Progress | None = None
) -> Dataset:
    """Read a zip with a folder for each class.

    Folders that wrap all others are looked through. Of train, val and test folders, train is
    the dataset; the others become its `held_out`.

    Args:
        source: The zip's path, or a stream that can be searched.
        limits: What it may hold.
        on_progress: Hears about every file.

    Returns:
        At least two classes, each with at least one shot, in the order of their names.

    Raises:
        DatasetError: It cannot be read, exceeds a limit, or has fewer than two classes.
    """
    with open_archive(source, limits) as archive:
        if any(file.path == MANIFEST for file in archive.files):
            raise DatasetError("This is a saved project. Please open it as a project.")
        entries = [
            Entry(file.path, partial(archive.read, file, limits.picture_bytes))
            for file in archive.files
        ]
        return _read(entries, "zip", limits, on_progress)


def dataset_from_files(
    files: Sequence[tuple[str, bytes | Path]],
    limits: Limits = LIMITS,
    on_progress: Progress | None = None,
) -> Dataset:
    """The same for the files of a folder.

    Args:
        files: Path within the folder, with the classes' folders, and the file's content or
            where it lies.
        limits: What it may hold.
        on_progress: Hears about every file.

    Raises:
        DatasetError: As `read_dataset` does.
    """
    if len(files) > limits.entries:
        raise DatasetError(
            f"This folder has more than {limits.entries} files. Please take only the folders "
            "with the pictures, and fewer of them."
        )
    entries = [Entry(path, partial(_given, source)) for path, source in files]
    return _read(entries, "folder", limits, on_progress)


def _given(source: bytes | Path) -> bytes | Path:
    return source


def _read(
    entries: Iterable[Entry], container: str, limits: Limits, on_progress: Progress | None
) -> Dataset:
    layout = arrange(entries)
    _refuse_too_much(layout.train, layout.held_out, container, limits)
    if not layout.train:
        raise DatasetError(_no_class(layout.skipped, container))
    held_out = {name: files for name, files in layout.held_out.items() if name in layout.train}
    total = sum(len(files) for part in (layout.train, held_out) for files in part.values())
    reader = Reader(Budget(container, limits), total, on_progress)
    names = dict(zip(layout.train, distinct(layout.train), strict=True))
    classes = reader.classes(layout.train, names)
    if len(classes) < MIN_CLASSES:
        raise DatasetError(_too_few_classes(classes, list(names.values()), reader.skipped))
    known = {one.name for one in classes}
    tested = tuple(one for one in reader.classes(held_out, names) if one.name in known)
    for name in layout.held_out.keys() - held_out.keys():
        reader.leave_out(layout.held_out[name], "Its class is not in the train folder.")
    skipped = (*layout.skipped, *reader.skipped)
    return Dataset(classes, skipped, Dataset(tested) if tested else None)


def _refuse_too_much(train: Folders, held_out: Folders, container: str, limits: Limits) -> None:
    """By the names alone, before anything is read."""
    if len(train) > limits.classes:
        raise DatasetError(
            f"This {container} has {len(train)} folders, but at most {limits.classes} classes can "
            "be taught. Please use fewer."
        )
    files = [entry for part in (train, held_out) for some in part.values() for entry in some]
    named = sum(_PICTURE.search(entry.path) is not None for entry in files)
    if named > limits.pictures:
        raise too_many_pictures(container, limits)


def _no_class(skipped: Sequence[Skipped], container: str) -> str:
    if not skipped:
        return f"There are no pictures in this {container}. {_ADVICE}."
    return f"No folder with pictures was found in this {container}. {_ADVICE}, then try again."


def _too_few_classes(
    classes: Sequence[ClassShots], names: Sequence[str], skipped: Sequence[Skipped]
) -> str:
    if not classes:
        first = skipped[0]
        return (
            "None of the files in the classes' folders could be read as a picture. The first was "
            f"“{first.name}”: {first.reason}"
        )
    only = classes[0].name
    if len(names) > 1:
        broken = next(name for name in names if name != only)
        return (
            f"Only “{only}” has pictures that can be read; those of “{broken}” cannot. It takes "
            f"at least {MIN_CLASSES} classes to tell apart."
        )
    return (
        f"There is only one class, “{only}”. It takes at least {MIN_CLASSES} to tell apart. "
        f"{_ADVICE}."
    )
