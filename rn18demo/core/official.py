"""The official weights: where they are on this machine, and their way here."""

import threading
from pathlib import Path

from rn18demo.core.checkpoint_files import load_official
from rn18demo.core.checkpoint_types import Checkpoint, FetchState
from rn18demo.core.download import Source, fetch_first, find_cached
from rn18demo.core.elsewhere import find_elsewhere, other_places
from rn18demo.errors import CheckpointError, DownloadError


class OfficialWeights:
    """Finds, fetches and loads them. Safe to use from several threads.

    Args:
        cache: Folder for what is fetched.
        sources: Where they are to be had, in the order to try.
        elsewhere: Files of other programs that may be them; torch's and huggingface_hub's
            caches if None.
        stall_seconds: How long a server may stay silent.
    """

    def __init__(
        self,
        cache: Path,
        sources: tuple[Source, ...],
        elsewhere: tuple[Path, ...] | None,
        stall_seconds: float,
    ) -> None:
        self._cache, self._sources = cache, sources
        self._elsewhere = elsewhere
        self._stall_seconds = stall_seconds
        self._found: tuple[Path, Source] | None = None
        self._looked = False
        self._lock = threading.RLock()
        self._fetch_lock = threading.Lock()
        self._state = FetchState("idle")

    @property
    def state(self) -> FetchState:
        """How far the background download is."""
        return self._state

    def find(self) -> tuple[Path, Source] | None:
        """The verified file. Its hash is computed once here, and again when it is read."""
        with self._lock:
            if not self._looked:
                self._found = find_cached(self._sources, self._cache)
                if self._found is None:
                    places = other_places() if self._elsewhere is None else self._elsewhere
                    self._found = find_elsewhere(self._sources, places)
                self._looked = True
            return self._found

    def load(self) -> Checkpoint:
        """Read the file that was found.

        Raises:
            CheckpointError: There is none, or it is damaged.
        """
        found = self.find()
        if found is None:
            raise CheckpointError(
                self._state.sentence or "The official ImageNet weights are not on this machine."
            )
        try:
            return load_official(*found)
        except CheckpointError:
            self._looked = False  # damaged since it was verified: look, and fetch, again
            raise

    def start_background_fetch(self) -> None:
        """Begin to fetch them, unless they are here or on their way."""
        with self._fetch_lock:
            if self._state.status == "fetching":
                return
            self._state = _fetching(0, 0)
        threading.Thread(target=self._fetch, name="official-weights", daemon=True).start()

    def _fetch(self) -> None:
        def report(received: int, total: int) -> None:
            self._state = _fetching(received, total)

        try:
            found = self.find()
            if found is None:
                found = fetch_first(self._sources, self._cache, report, self._stall_seconds)
                with self._lock:
                    self._found, self._looked = found, True
            size = found[1].size
            sentence = "The official ImageNet weights are here."
            self._state = FetchState("ready", size, size, sentence)
        except DownloadError as error:
            self._state = FetchState("failed", sentence=str(error))
        except Exception:  # a bug: it surfaces, and the page does not wait for ever
            sentence = "The official ImageNet weights could not be downloaded."
            self._state = FetchState("failed", sentence=sentence)
            raise


def _fetching(received: int, total: int) -> FetchState:
    so_far = f" ({received / 1e6:.0f} of {total / 1e6:.0f} MB)" if total else ""
    sentence = f"The official ImageNet weights are being fetched{so_far}."
    return FetchState("fetching", received, total, sentence)
