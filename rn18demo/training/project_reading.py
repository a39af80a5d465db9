"""Reading a saved project: a file from outside, of which nothing is believed."""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from rn18demo.core.images import read_image
from rn18demo.errors import DatasetError, EntryError, PictureError
from rn18demo.training.archive import Archive, ArchivedFile, open_archive
from rn18demo.training.dataset_limits import KEPT_SIDE, LIMITS, Limits
from rn18demo.training.dataset_names import clean_name, distinct, shortened
from rn18demo.training.dataset_reading import Budget, shot_of
from rn18demo.training.dataset_types import (
    MANIFEST,
    ClassShots,
    Dataset,
    Shot,
    Skipped,
    is_moment,
)
from rn18demo.training.project_network import LENGTH_BYTES, table_bytes, tensor_bytes
from rn18demo.training.project_types import CHECKPOINT, JPEG, PNG, VERSION, Project

_OF_NO_NETWORK = 1024
"""Bytes that are kept of a checkpoint that is none, so that whoever uses it says so."""
_DAMAGED = "This project file is damaged, or was not saved by this app."


def load_project(source: Path | BinaryIO, limits: Limits = LIMITS) -> Project:
    """Read a project file.

    Args:
        source: The file's path, or a stream that can be searched.
        limits: What it may hold.

    Returns:
        Pictures that cannot be read are missing, and listed as skipped. Of a checkpoint that is
        no network only the start is there.

    Raises:
        DatasetError: It is not a project, is damaged, or exceeds a limit.
    """
    with open_archive(source, limits) as archive:
        return _Loader(archive, limits).project()


def is_project(source: Path | BinaryIO) -> bool:
    """Whether a file is a zip that says it is a project."""
    try:
        with open_archive(source) as archive:
            return any(file.path == MANIFEST for file in archive.files)
    except DatasetError:
        return False


class _Loader:
    """Reads one project file."""

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self._files = {file.path: file for file in archive.files}
        self._skipped: deque[Skipped] = deque(maxlen=limits.skipped)
        self._budget = Budget("project", limits)

    def project(self) -> Project:
        manifest = self._manifest()
        classes = self._classes(manifest.get("classes"))
        held_out = None
        if manifest.get("held_out") is not None:
            held_out = Dataset(self._classes(manifest["held_out"]))
        settings = manifest.get("settings", {})
        if not isinstance(settings, dict):
            raise DatasetError(_DAMAGED)
        checkpoint = self._checkpoint() if CHECKPOINT in self._files else None
        return Project(Dataset(classes, tuple(self._skipped), held_out), settings, checkpoint)

    def _manifest(self) -> dict[str, Any]:
        if MANIFEST not in self._files:
            raise DatasetError(
                "This zip is not a saved project. If it holds a folder of pictures for each class, "
                "please open it as a dataset."
            )
        data = self._whole(MANIFEST, self._limits.manifest_bytes)
        try:
            manifest = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise DatasetError(_DAMAGED) from error
        if not isinstance(manifest, dict) or not isinstance(manifest.get("version"), int):
            raise DatasetError(_DAMAGED)
        if manifest["version"] > VERSION:
            raise DatasetError("This project was saved by a newer version of this app.")
        return manifest

    def _whole(self, name: str, limit: int) -> bytes:
        """A file without which the project cannot be used."""
        try:
            return self._archive.read(self._files[name], limit)
        except EntryError as error:
            raise DatasetError(f"{_DAMAGED} {name}: {error}") from error

    def _checkpoint(self) -> bytes:
        """The checkpoint; of a file that is none, the start, which is refused like the whole."""
        file = self._files[CHECKPOINT]
        try:
            size = self._network_bytes(file)
            if size is not None and size <= self._limits.checkpoint_bytes:
                with suppress(EntryError):  # it goes on behind its tensors, or is damaged
                    data = self._archive.read(file, size)
                    if len(data) == size:
                        return data
            return self._archive.start(file, _OF_NO_NETWORK)
        except EntryError as error:
            raise DatasetError(f"{_DAMAGED} {CHECKPOINT}: {error}") from error

    def _network_bytes(self, file: ArchivedFile) -> int | None:
        """How large a file must be to be a network, by its table; None if it is none."""
        length = table_bytes(self._archive.start(file, LENGTH_BYTES))
        if length is None:
            return None
        before = LENGTH_BYTES + length
        table = self._archive.start(file, before)[LENGTH_BYTES:]
        follow = tensor_bytes(table, self._limits.classes)
        return None if follow is None else before + follow

    def _classes(self, classes: object) -> tuple[ClassShots, ...]:
        listed = _objects(classes)
        if len(listed) > self._limits.classes:
            raise DatasetError(f"This project has more than {self._limits.classes} classes.")
        names = distinct(clean_name(_text(one, "name")) for one in listed)
        return tuple(
            ClassShots(name, tuple(self._read_shots(one.get("shots"))))
            for name, one in zip(names, listed, strict=True)
        )

    def _read_shots(self, shots: object) -> Iterator[Shot]:
        for listed in _objects(shots):
            file, name = _text(listed, "file"), _text(listed, "name")
            moment = listed.get("moment")  # older projects have none
            try:
                shot = self._shot(file, name)
                shot = replace(shot, moment=moment if is_moment(moment) else "")
            except (PictureError, EntryError) as error:
                self._skipped.append(Skipped(shortened(clean_name(name or file)), str(error)))
            else:
                self._budget.count_picture()
                yield shot
            self._budget.check_time()

    def _shot(self, file: str, name: str) -> Shot:
        if file not in self._files:
            raise EntryError("It is missing in the project file.")
        data = self._archive.read(self._files[file], self._limits.picture_bytes)
        picture = read_image(data)
        # Larger pictures are scaled down, other formats are not written: both are encoded anew.
        as_stored = data.startswith((JPEG, PNG)) and max(picture.size) <= KEPT_SIDE
        return replace(shot_of(picture, name), stored=data if as_stored else b"")


def _objects(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise DatasetError(_DAMAGED)
    return value


def _text(values: dict[str, Any], key: str) -> str:
    value = values.get(key)
    if not isinstance(value, str):
        raise DatasetError(_DAMAGED)
    return value
