"""The catalogue: which checkpoints there are, which one answers, and why."""

import threading
from pathlib import Path

from rn18demo.assets import STARTER
from rn18demo.core.checkpoint_files import (
    OFFICIAL_ID,
    OFFICIAL_TITLE,
    load_given,
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
)
from rn18demo.core.official import OfficialWeights
from rn18demo.core.operated import OperatedNetworks
from rn18demo.core.surgery import describe, operated_id, split_id
from rn18demo.errors import CheckpointError

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
        folder = default_cache() if cache is None else cache
        self._official = OfficialWeights(folder, sources, elsewhere, stall_seconds)
        self._sources, self._starter, self._given = sources, starter, given
        self._loaded: dict[str, Checkpoint] = {}
        self._failures: dict[str, str] = {}
        self._operated = OperatedNetworks()
        self._lock = threading.RLock()

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
        return OFFICIAL_ID if self._official.find() else STARTER_ID

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
        if self._official.find():
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
        return self._official.state

    def start_background_fetch(self) -> None:
        """Begin to fetch the official weights, unless they are here or on their way."""
        self._official.start_background_fetch()

    def _load(self, checkpoint_id: str) -> Checkpoint:
        if checkpoint_id == STARTER_ID:
            return load_safetensors_folder(self._starter)
        if checkpoint_id == GIVEN_ID and self._given is not None:
            return load_given(self._given, self._sources)
        if checkpoint_id == OFFICIAL_ID:
            if self._given is not None and self._official.find() is None:
                given = self._get(GIVEN_ID)
                if given.id == OFFICIAL_ID:
                    return given
            return self._official.load()
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

    def _official_entry(self) -> CheckpointEntry:
        available = self._official.find() is not None
        reason = "On this machine." if available else self._official.state.sentence
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
