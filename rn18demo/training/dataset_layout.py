"""Which file belongs to which class: folders -> classes, judged by the paths alone."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from rn18demo.training.dataset_names import clean_name, shortened
from rn18demo.training.dataset_types import Skipped

TRAIN = {"train", "training"}
HELD_OUT = {"val", "valid", "validation", "test", "testing"}
_CLUTTER = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"}
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_WRAPPERS = 4
_PATH_SHOWN = 120


@dataclass(frozen=True)
class Entry:
    """A file that may be a picture.

    Attributes:
        path: With its folders; from outside, not to be trusted.
        source: Gives what `make_shot` takes, or raises an EntryError.
    """

    path: str
    source: Callable[[], bytes | Path]

    @property
    def shown(self) -> str:
        """The path for people."""
        return shortened(clean_name(self.path), _PATH_SHOWN)

    @property
    def name(self) -> str:
        """The last part of the path for people."""
        return clean_name(_parts(self.path)[-1])


Folders = dict[str, list[Entry]]
"""Cleaned class name -> its files, both in order of their names."""


@dataclass(frozen=True)
class Layout:
    """Files in their classes.

    Attributes:
        train: What to learn from.
        held_out: What lies in val and test folders; empty without such folders.
        skipped: Files outside of any class, and paths that point outside.
    """

    train: Folders
    held_out: Folders
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True)
class _Filed:
    """A file and the folders that it is still known to be in, the outermost first."""

    folders: tuple[str, ...]
    entry: Entry

    def inside(self) -> "_Filed":
        """Seen from within its outermost folder."""
        return _Filed(self.folders[1:], self.entry)


def arrange(entries: Iterable[Entry]) -> Layout:
    """Sort files into classes by their folders.

    A folder is a class, whatever folders are in it. Folders that only wrap all others are
    looked through. Train, val and test folders, where they hold folders themselves, are
    understood. System files and hidden files are passed over in silence.
    """
    filed: list[_Filed] = []
    skipped: list[Skipped] = []
    for entry in entries:
        parts = _parts(entry.path)
        if not parts or any(map(_is_clutter, parts)):
            continue
        if _points_outside(entry.path, parts):
            skipped.append(Skipped(entry.shown, "Its path points outside of the dataset."))
        elif len(parts) == 1:
            skipped.append(Skipped(entry.shown, "It is not in the folder of a class."))
        else:
            filed.append(_Filed(tuple(parts[:-1]), entry))
    filed = _unwrapped(filed, skipped)
    if not _has_splits(filed):
        return Layout(_classes(filed), {}, tuple(skipped))
    train = [f.inside() for f in filed if _split(f) in TRAIN]
    held_out = [f.inside() for f in filed if _split(f) in HELD_OUT]
    for which in (f for f in filed if _split(f) not in TRAIN | HELD_OUT):
        skipped.append(Skipped(which.entry.shown, "It is not in the train, val or test folder."))
    return Layout(
        _classes(_in_folders(train, skipped)),
        _classes(_in_folders(held_out, skipped)),
        tuple(skipped),
    )


def _parts(path: str) -> list[str]:
    # Some programs on Windows write backslashes, which the standard forbids.
    return [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]


def _is_clutter(part: str) -> bool:
    hidden = part.startswith(".") and part != ".."
    return hidden or part.casefold() in _CLUTTER


def _points_outside(path: str, parts: list[str]) -> bool:
    return path.startswith(("/", "\\")) or bool(_DRIVE.match(path)) or ".." in parts


def _unwrapped(filed: list[_Filed], skipped: list[Skipped]) -> list[_Filed]:
    """Take away folders that all others are in."""
    for _ in range(_WRAPPERS):
        if len({f.folders[0] for f in filed}) != 1 or all(len(f.folders) == 1 for f in filed):
            break
        filed = _in_folders([f.inside() for f in filed], skipped)
    return filed


def _in_folders(filed: list[_Filed], skipped: list[Skipped]) -> list[_Filed]:
    """Leave out what is in no folder any more."""
    loose = [f for f in filed if not f.folders]
    skipped += [Skipped(f.entry.shown, "It is not in the folder of a class.") for f in loose]
    return [f for f in filed if f.folders]


def _split(filed: _Filed) -> str:
    return clean_name(filed.folders[0]).casefold()


def _has_splits(filed: list[_Filed]) -> bool:
    """A train folder beside a val or test folder, both of folders.

    Classes may bear these names as well: a class "train" holds pictures, not folders.
    """
    deep: dict[str, bool] = {}
    for f in filed:
        deep[_split(f)] = deep.get(_split(f), False) or len(f.folders) > 1
    return any(deep.get(name) for name in TRAIN) and any(deep.get(name) for name in HELD_OUT)


def _classes(filed: list[_Filed]) -> Folders:
    """Folders whose names mean the same are one class; upper and lower case differ."""
    folders: Folders = {}
    for f in sorted(filed, key=lambda f: _natural(f.entry.path)):
        folders.setdefault(clean_name(f.folders[0]), []).append(f.entry)
    return dict(sorted(folders.items(), key=lambda item: (_natural(item[0]), item[0])))


def _natural(text: str) -> list[tuple[int, str]]:
    """A sort key by which picture 2 comes before picture 10."""
    pieces = re.split(r"([0-9]{1,18})", text.casefold())
    return [(int(piece), "") if i % 2 else (-1, piece) for i, piece in enumerate(pieces)]
