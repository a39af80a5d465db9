"""Uploaded files go when the visit that brought them ends."""

import threading
from collections import defaultdict
from pathlib import Path

import gradio as gr


class Uploads:
    """Remembers which visit brought which file."""

    def __init__(self) -> None:
        self._files: dict[str, set[Path]] = defaultdict(set)
        self._lock = threading.Lock()

    def note(self, visit: str | None, upload: Path | bytes) -> None:
        """Remember a file; bytes never touch the disk and need no remembering."""
        if visit and isinstance(upload, Path):
            with self._lock:
                self._files[visit].add(upload)

    def forget(self, visit: str | None) -> None:
        """Delete the files of a visit, except those that another visit brought as well.

        Gradio names files by their content, so two visits can share one.
        """
        with self._lock:
            files = self._files.pop(visit or "", set())
            others = set().union(*self._files.values())
        for file in files - others:
            file.unlink(missing_ok=True)

    def leave(self, request: gr.Request) -> None:
        """The same, as the handler of a page that is left."""
        self.forget(request.session_hash)
