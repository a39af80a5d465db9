"""A saved project: pictures, names, settings and checkpoint in one zip, and back.

    rn18demo-project.json       classes, names, settings, in which file each picture is
    pictures/<class>/<n>.jpg    the shots, numbered; their names are in the manifest
    checkpoint.safetensors      what was taught, if anything was

A project file comes from outside like any other: it passes the door that zips of pictures
pass, and its checkpoint still has to pass the one for checkpoints.
"""

import io
import json
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from rn18demo.errors import DatasetError
from rn18demo.training.dataset_limits import LIMITS
from rn18demo.training.dataset_types import MANIFEST, Dataset, Shot
from rn18demo.training.project_reading import is_project, load_project
from rn18demo.training.project_types import CHECKPOINT, JPEG, VERSION, Project

__all__ = ["CHECKPOINT", "JPEG_QUALITY", "Project", "is_project", "load_project", "save_project"]

JPEG_QUALITY = 95
_DATE = (1980, 1, 1, 0, 0, 0)


def save_project(path: Path, project: Project) -> None:
    """Write a project as one file, whole or not at all.

    Shots that came from a project are written as they were read, byte for byte; others as
    JPEG of high quality.

    Raises:
        DatasetError: The file cannot be written, or exceeds the limits of loading.
        TypeError: The settings hold what JSON cannot.
    """
    _refuse_what_could_not_be_loaded(project)
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            temporary = Path(file.name)
            _write(file, project)
        temporary.replace(path)
        temporary = None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DatasetError(f"The project could not be saved: {reason}.") from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()


def _refuse_what_could_not_be_loaded(project: Project) -> None:
    parts = [project.dataset, *([project.dataset.held_out] if project.dataset.held_out else [])]
    pictures = sum(len(one.shots) for part in parts for one in part.classes)
    if pictures > LIMITS.pictures or len(project.dataset.classes) > LIMITS.classes:
        raise DatasetError(
            f"A project can hold {LIMITS.pictures} pictures in {LIMITS.classes} classes. Please "
            "remove some before saving."
        )
    if project.checkpoint is not None and len(project.checkpoint) > LIMITS.checkpoint_bytes:
        raise DatasetError("The checkpoint is too large to be saved with the project.")


def _write(file: Any, project: Project) -> None:
    dataset = project.dataset
    manifest: dict[str, Any] = {"version": VERSION, "settings": project.settings}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as zipped:
        manifest["classes"] = _write_classes(zipped, dataset, "pictures")
        if dataset.held_out is not None:
            manifest["held_out"] = _write_classes(zipped, dataset.held_out, "held-out")
        if project.checkpoint is not None:
            _add(zipped, CHECKPOINT, project.checkpoint)
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        _add(zipped, MANIFEST, text.encode("utf-8", "replace"))


def _write_classes(zipped: zipfile.ZipFile, dataset: Dataset, folder: str) -> list[dict[str, Any]]:
    classes = []
    for number, one in enumerate(dataset.classes, 1):
        shots = []
        for count, shot in enumerate(one.shots, 1):
            data = shot.stored or _encoded(shot)
            suffix = "jpg" if data.startswith(JPEG) else "png"
            name = f"{folder}/{number:03}/{count:04}.{suffix}"
            _add(zipped, name, data)
            shots.append({"file": name, "name": shot.name, "moment": shot.moment})
        classes.append({"name": one.name, "shots": shots})
    return classes


def _add(zipped: zipfile.ZipFile, name: str, data: bytes) -> None:
    zipped.writestr(zipfile.ZipInfo(name, _DATE), data)  # the same project, the same bytes


def _encoded(shot: Shot) -> bytes:
    buffer = io.BytesIO()
    shot.picture.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()
