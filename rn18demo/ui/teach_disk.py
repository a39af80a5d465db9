"""Notebooks on disk: a file each, under the hash of its token, and its taught network beside it.

Nobody who sees the files can open a notebook. A network has 45 MB and changes with a training
only, so it is a file of its own that is not written again with every picture:

    <hash of the token>.rn18                      the project without its network
    <hash of the token>.<hash of it>.network      the network, as a safetensors file
"""

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from rn18demo.errors import DatasetError, DemoError
from rn18demo.training.project import Project, load_project, save_project
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_page import TRAINING, page_of_project

log = logging.getLogger(__name__)

MOST_FILES = 256
"""Notebooks on disk at a time."""
_PROJECT, _NETWORK, _PART = ".rn18", ".network", ".part"
_SAVED_NETWORK = "network"
"""In the settings of a saved notebook: which file its network is in."""


class Shelf:
    """Saved notebooks.

    Args:
        folder: Where they are; made if it is not there.
        seconds: After this time without use, one is deleted.
        clock: Seconds since 1970, as files' dates are counted.
    """

    def __init__(self, folder: Path, seconds: float, clock: Callable[[], float]) -> None:
        self._folder, self._seconds, self._clock = folder, seconds, clock
        with suppress(OSError):  # saving then says why
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def save(self, notebook: Notebook) -> None:
        """Write what is collected now, whole or not at all.

        Raises:
            DatasetError: It cannot be written, or exceeds the limits of loading.
            TypeError: The settings hold what JSON cannot.
        """
        project, path = notebook.project(), self._path(notebook.token)
        settings = project.settings | ({TRAINING: True} if notebook.training else {})
        network: Path | None = None
        if project.checkpoint is not None:
            network = path.with_suffix(f".{_digest(project.checkpoint)}{_NETWORK}")
            if not network.exists():
                _write(network, project.checkpoint)
            settings |= {_SAVED_NETWORK: network.name}
        save_project(path, replace(project, settings=settings, checkpoint=None))
        for other in self._networks(path):
            if other != network:
                other.unlink(missing_ok=True)

    def load(self, token: str, empty: Notebook) -> Notebook | None:
        """Fill a notebook with what was saved; None if there is nothing that can be used."""
        path = self._path(token)
        try:
            if self._clock() - path.stat().st_mtime > self._seconds:
                return None
            project = self._with_network(path, load_project(path))
            # Later than any that an open page has seen: it passes over what is older.
            revision = int(self._clock() * 1000)
            empty.now = replace(page_of_project(project), revision=revision)
            empty.training = bool(project.settings.get(TRAINING))
        except OSError:
            return None
        except DemoError as error:
            log.warning("A saved project cannot be used: %s", error)
            return None
        return empty

    def delete(self, token: str) -> bool:
        """Delete what was saved of a notebook; whether there was something."""
        path = self._path(token)
        there = path.exists()
        self._delete(path)
        return there

    def sweep(self, used: Mapping[str, float]) -> None:
        """Delete what is too old or too much.

        Args:
            used: By token, when those in memory were last used; they stay.
        """
        in_use = {self._path(token): when for token, when in used.items()}
        dates: dict[Path, float] = {}
        for path in [*self._folder.glob(f"*{_PROJECT}"), *self._folder.glob(f"*{_PART}")]:
            with suppress(OSError):
                dates[path] = max(path.stat().st_mtime, in_use.get(path, 0.0))
                if path in in_use:  # so that it is still young if the server is restarted
                    os.utime(path, (dates[path], dates[path]))
        now = self._clock()
        for rank, path in enumerate(sorted(dates, key=dates.__getitem__, reverse=True)):
            old = now - dates[path] > self._seconds
            if path not in in_use and (old or rank >= MOST_FILES):
                self._delete(path)
        for network in self._folder.glob(f"*{_NETWORK}"):
            path = self._folder / f"{network.name.partition('.')[0]}{_PROJECT}"
            if path not in in_use and not path.exists():
                network.unlink(missing_ok=True)

    def _path(self, token: str) -> Path:
        name = hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
        return self._folder / f"{name}{_PROJECT}"

    def _networks(self, path: Path) -> list[Path]:
        return list(self._folder.glob(f"{path.stem}.*{_NETWORK}"))

    def _delete(self, path: Path) -> None:
        for one in (path, *self._networks(path)):
            one.unlink(missing_ok=True)

    def _with_network(self, path: Path, project: Project) -> Project:
        name = project.settings.pop(_SAVED_NETWORK, None)
        found = next((one for one in self._networks(path) if one.name == name), None)
        return replace(project, checkpoint=found.read_bytes()) if found else project


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _write(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all."""
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=_PART, delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
        temporary.replace(path)
        temporary = None
    except OSError as error:
        raise DatasetError(f"The network could not be saved: {error.strerror}.") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
