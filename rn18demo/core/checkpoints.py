"""The catalogue: which checkpoints there are, which one answers, and why."""

import threading
from pathlib import Path

from rn18demo.assets import STARTER
from rn18demo.core.checkpoint_files import (
    OFFICIAL_ID,
    OFFICIAL_TITLE,
    load_given,
    load_official,
    load_safetensors_folder,
    official_accuracy,
)
from rn18demo.core.checkpoint_types import (
    TAUGHT_PREFIX,
    Accuracy,
    Checkpoint,
    CheckpointEntry,
    FetchState,
)
from rn18demo.core.download import (
    OFFICIAL_SOURCES,
    STALL_SECONDS,
    Source,
    default_cache,
    fetch_first,
    find_cached,
)
from rn18demo.core.elsewhere import find_elsewhere, other_places
from rn18demo.core.operated import OperatedNetworks
from rn18demo.core.surgery import describe, operated_id, split_id
from rn18demo.errors import CheckpointError, DownloadError

__all__ = [
    "AUTO",
    "GIVEN_ID",
    "OFFICIAL_ID",
    "STARTER_ID",
    "Accuracy",
    "Catalogue",
    "Checkpoint",
    "CheckpointEntry",
    "FetchState",
]

AUTO = "auto"
STARTER_ID = "starter"
GIVEN_ID = "given"


class Catalogue:
    """Finds, loads and keeps checkpoints. Safe to use from several threads.

    Args:
        cache: Folder for fetched weights; this machine's own if None.
        sources: Where the official weights are, in the order to try.
        starter: Folder of the shipped checkpoint.
        given: A file or folder that the user pointed to, which `auto` then means.
        elsewhere: Files of other programs that may be the official weights; they are
            verified, used and left alone. torch's and huggingface_hub's caches if None.
        stall_seconds: How long a server may stay silent.
    """

    def __init__(
        self,
        cache: Path | None = None,
        sources: tuple[Source, ...] = OFFICIAL_SOURCES,
        starter: Path = STARTER,
        given: Path | None = None,
        elsewhere: tuple[Path, ...] | None = None,
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        self._cache = default_cache() if cache is None else cache
        self._sources, self._starter, self._given = sources, starter, given
        self._elsewhere = elsewhere
        self._stall_seconds = stall_seconds
        self._loaded: dict[str, Checkpoint] = {}
        self._failures: dict[str, str] = {}
        self._operated = OperatedNetworks()
        self._official: tuple[Path, Source] | None = None
        self._looked = False
        self._lock = threading.RLock()
        self._fetch_lock = threading.Lock()
        self._fetch_state = FetchState("idle")

    def resolve(self, checkpoint_id: str = AUTO) -> str:
        """The id that answers now: `auto` becomes a concrete one, others stay.

        Raises:
            RequestError: It says what was done to a checkpoint, and that cannot be read.
        """
        base, surgery = split_id(checkpoint_id)
        if surgery:
            return operated_id(self.resolve(base), surgery)
        if base != AUTO:
            return base
        if self._given is not None:
            return self._get(GIVEN_ID).id
        return OFFICIAL_ID if self._find_official() else STARTER_ID

    def get(self, checkpoint_id: str = AUTO) -> Checkpoint:
        """Load a checkpoint, once; later calls return the same one.

        Raises:
            CheckpointError: There is none of this id, it is not on this machine, or its
                files are damaged.
        """
        wanted = self.resolve(checkpoint_id)
        try:
            return self._get(wanted)
        except CheckpointError:
            if checkpoint_id == AUTO and wanted == OFFICIAL_ID:
                return self._get(STARTER_ID)  # damaged since it was verified
            raise

    def _get(self, wanted: str) -> Checkpoint:
        base, surgery = split_id(wanted)
        if surgery:
            return self._operated.get(self._get(base), surgery)
        with self._lock:
            if wanted not in self._loaded:
                checkpoint = self._load(wanted)
                self._loaded[wanted] = self._loaded[checkpoint.id] = checkpoint
            return self._loaded[wanted]

    def add(self, checkpoint: Checkpoint) -> None:
        """Let `get` answer for a checkpoint made here. `entries` does not list it."""
        with self._lock:
            self._loaded[checkpoint.id] = checkpoint

    def remove(self, checkpoint_id: str) -> None:
        """Forget a checkpoint that was added; unknown ids are no error."""
        with self._lock:
            self._loaded.pop(checkpoint_id, None)
        self._operated.forget(checkpoint_id)

    def entries(self) -> list[CheckpointEntry]:
        """The checkpoints that everybody may use, available or not."""
        rows = [self._official_entry(), self._starter_entry()]
        if self._given is not None:
            given = self._given_entry(self._given)
            rows = [given] + [row for row in rows if row.id != given.id]
        return rows

    def why(self, checkpoint_id: str = AUTO) -> str:
        """A sentence for the page: why this checkpoint answers."""
        concrete = self.resolve(checkpoint_id)
        base, surgery = split_id(concrete)
        if surgery:
            title = self.get(base).title
            return (
                f"An operated network answers: {title}, {describe(surgery)}. Cutting a trained "
                "network is not the same as training one without these parts."
            )
        if concrete != STARTER_ID:
            checkpoint = self.get(concrete)
            return f"{checkpoint.title} answers. {checkpoint.note}".strip()
        classes = self._starter_entry().classes
        answers = f"the starter, which knows {classes} classes, answers"
        state = self.fetch_state
        if self._find_official():
            return (
                f"{answers[0].upper()}{answers[1:]}. "
                "The official ImageNet weights are here too: you can switch to them."
            )
        if state.status == "fetching":
            return f"{state.sentence} Until they are here, {answers}."
        if state.status == "failed":
            return f"{state.sentence.rstrip('.')}, so {answers}."
        return f"The official ImageNet weights are not on this machine, so {answers}."

    @property
    def fetch_state(self) -> FetchState:
        """How far the background download is."""
        return self._fetch_state

    def start_background_fetch(self) -> None:
        """Begin to fetch the official weights, unless they are here or on their way."""
        with self._fetch_lock:
            if self._fetch_state.status == "fetching":
                return
            self._fetch_state = self._fetching(0, 0)
        threading.Thread(target=self._fetch, name="official-weights", daemon=True).start()

    def _fetching(self, received: int, total: int) -> FetchState:
        so_far = f" ({received / 1e6:.0f} of {total / 1e6:.0f} MB)" if total else ""
        sentence = f"The official ImageNet weights are being fetched{so_far}."
        return FetchState("fetching", received, total, sentence)

    def _fetch(self) -> None:
        def report(received: int, total: int) -> None:
            self._fetch_state = self._fetching(received, total)

        try:
            found = self._find_official()
            if found is None:
                found = fetch_first(self._sources, self._cache, report, self._stall_seconds)
                with self._lock:
                    self._official, self._looked = found, True
            size = found[1].size
            self._fetch_state = FetchState(
                "ready", size, size, "The official ImageNet weights are here."
            )
        except DownloadError as error:
            self._fetch_state = FetchState("failed", sentence=str(error))
        except Exception:  # a bug: it surfaces, and the page does not wait for ever
            sentence = "The official ImageNet weights could not be downloaded."
            self._fetch_state = FetchState("failed", sentence=sentence)
            raise

    def _find_official(self) -> tuple[Path, Source] | None:
        """The verified file. Its hash is computed once here, and again when it is read."""
        with self._lock:
            if not self._looked:
                self._official = find_cached(self._sources, self._cache)
                if self._official is None:
                    places = other_places() if self._elsewhere is None else self._elsewhere
                    self._official = find_elsewhere(self._sources, places)
                self._looked = True
            return self._official

    def _load(self, checkpoint_id: str) -> Checkpoint:
        if checkpoint_id == STARTER_ID:
            return load_safetensors_folder(self._starter)
        if checkpoint_id == GIVEN_ID and self._given is not None:
            return load_given(self._given, self._sources)
        if checkpoint_id == OFFICIAL_ID:
            return self._load_official()
        if checkpoint_id.startswith(TAUGHT_PREFIX):
            raise CheckpointError(
                "This taught network is not on the server any more: those taught are forgotten "
                "after some hours, or when many are taught. Teach it again, or open the project "
                "that you saved; or choose other weights."
            )
        raise CheckpointError(
            f"There is no checkpoint called '{checkpoint_id[:60]}'. "
            f"Choose one of {AUTO}, {OFFICIAL_ID} and {STARTER_ID}, or the id that fine_tune "
            "answered with, for as long as the server keeps what it taught."
        )

    def _load_official(self) -> Checkpoint:
        found = self._find_official()
        if found is None and self._given is not None:
            given = self._get(GIVEN_ID)
            if given.id == OFFICIAL_ID:
                return given
        if found is None:
            state = self._fetch_state
            raise CheckpointError(
                state.sentence or "The official ImageNet weights are not on this machine."
            )
        try:
            return load_official(*found)
        except CheckpointError:
            self._looked = False  # damaged since it was verified: look, and fetch, again
            raise

    def _official_entry(self) -> CheckpointEntry:
        available = self._find_official() is not None
        reason = "On this machine." if available else self._fetch_state.sentence
        reason = reason or "Not on this machine."
        accuracy = official_accuracy()
        return CheckpointEntry(OFFICIAL_ID, OFFICIAL_TITLE, 1000, available, reason, accuracy)

    def _starter_entry(self) -> CheckpointEntry:
        return self._entry(STARTER_ID, "Starter", "Shipped with this program.")

    def _given_entry(self, path: Path) -> CheckpointEntry:
        return self._entry(GIVEN_ID, path.name, f"Read from {path.name}.")

    def _entry(self, checkpoint_id: str, title: str, reason: str) -> CheckpointEntry:
        with self._lock:
            if checkpoint_id in self._failures:
                why = self._failures[checkpoint_id]
                return CheckpointEntry(checkpoint_id, title, 0, False, why, None)
        try:
            checkpoint = self.get(checkpoint_id)
        except CheckpointError as error:
            self._failures[checkpoint_id] = str(error)
            return CheckpointEntry(checkpoint_id, title, 0, False, str(error), None)
        return CheckpointEntry(
            checkpoint.id,
            checkpoint.title,
            len(checkpoint.labels),
            True,
            reason,
            checkpoint.accuracy,
        )
