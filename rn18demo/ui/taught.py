"""What visitors taught: kept for a while, for those who know the id."""

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace

from rn18demo.core.checkpoint_files import read_safetensors_checkpoint
from rn18demo.core.checkpoints import Catalogue, Checkpoint
from rn18demo.training.dataset import Dataset, Shot
from rn18demo.training.lesson import Lesson
from rn18demo.training.taught import ID_BYTES, PREFIX
from rn18demo.ui.teach_page import Page

KEPT_SECONDS = 3600 * 4
"""A taught checkpoint that was made longer ago is forgotten: the length of a school morning."""
KEPT = 40
"""Most taught checkpoints on one server; the oldest go first. Each takes some 45 MB."""


@dataclass(frozen=True, eq=False)
class Taught:
    """A lesson with what it was taught from.

    Attributes:
        lesson: The result.
        dataset: The pictures as they were when the training began.
        ids: By class, the ids of its shots in the notebook they came from; nothing if they
            came from elsewhere.
        base: The checkpoint that the lesson began with.
        cards: By class, its id in that notebook, which stays when it is renamed.
    """

    lesson: Lesson
    dataset: Dataset
    ids: tuple[tuple[str, ...], ...]
    base: Checkpoint
    cards: tuple[str, ...] = ()

    def still_about(self, page: Page) -> bool:
        """Whether a notebook still holds the classes and pictures of this lesson."""
        names = tuple(card.name for card in page.classes)
        ids = tuple(tuple(shot.id for shot in card.shots) for card in page.classes)
        return ids == self.ids and names == self.lesson.checkpoint.labels

    def shot(self, label: int, number: int) -> Shot:
        """A picture by class and number."""
        return self.dataset.classes[label].shots[number]


def restore_checkpoint(data: bytes) -> Checkpoint:
    """A taught checkpoint from a project that was saved; nothing in it is trusted.

    Raises:
        CheckpointError: It is none.
    """
    found = read_safetensors_checkpoint(data, "The project's network")
    return replace(found, id=PREFIX + secrets.token_hex(ID_BYTES))


@dataclass(frozen=True)
class _Entry:
    owner: str
    checkpoint: Checkpoint
    base: str | None
    taught: Taught | None
    made: float


class TaughtCheckpoints:
    """Hands taught checkpoints to the catalogue, and takes the old ones back.

    Args:
        catalogue: Where every lens finds them.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def keep(
        self,
        owner: str,
        checkpoint: Checkpoint,
        taught: Taught | None = None,
        base: str | None = None,
    ) -> None:
        """Let a checkpoint answer.

        Args:
            owner: A visit or a notebook, see `of`.
            checkpoint: What was taught.
            taught: What is known about it; None if it came from a file.
            base: Id of the weights that it was taught from, where nothing else is known.
        """
        with self._lock:
            base = taught.base.id if taught else base
            entry = _Entry(owner, checkpoint, base, taught, time.monotonic())
            self._entries[checkpoint.id] = entry
            self._catalogue.add(checkpoint)
            self._forget_old()

    def find(self, checkpoint_id: str) -> Taught | None:
        """What is known about a taught checkpoint, if it is one that still answers."""
        with self._lock:
            entry = self._entries.get(checkpoint_id)
        return entry.taught if entry else None

    def base_of(self, checkpoint_id: str) -> str | None:
        """Id of the weights that a taught checkpoint began with; None if that is not known.

        Teaching from a taught network would be judged by pictures that it has already seen.
        """
        with self._lock:
            entry = self._entries.get(checkpoint_id)
        return entry.base if entry else None

    def forget(self, token: str) -> None:
        """Let nothing answer any more that was taught from a notebook."""
        with self._lock:
            for name, entry in list(self._entries.items()):
                if entry.owner.partition(":")[0] == token:
                    del self._entries[name]
                    self._catalogue.remove(name)

    def of(self, owner: str) -> tuple[Checkpoint, ...]:
        """Those of an owner that still answer, the newest first."""
        with self._lock:
            self._forget_old()
            mine = [e.checkpoint for e in self._entries.values() if e.owner == owner]
        return tuple(reversed(mine))

    def _forget_old(self) -> None:
        oldest = time.monotonic() - KEPT_SECONDS
        for name, entry in list(self._entries.items()):
            if entry.made < oldest or len(self._entries) > KEPT:
                del self._entries[name]
                self._catalogue.remove(name)
