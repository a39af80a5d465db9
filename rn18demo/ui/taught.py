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
    """

    lesson: Lesson
    dataset: Dataset
    ids: tuple[tuple[str, ...], ...]
    base: Checkpoint

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

    def keep(self, owner: str, checkpoint: Checkpoint, taught: Taught | None = None) -> None:
        """Let a checkpoint answer.

        Args:
            owner: A visit or a notebook, see `of`.
            checkpoint: What was taught.
            taught: What is known about it; None if it came from a file.
        """
        with self._lock:
            entry = _Entry(owner, checkpoint, taught, time.monotonic())
            self._entries[checkpoint.id] = entry
            self._catalogue.add(checkpoint)
            self._forget_old()

    def find(self, checkpoint_id: str) -> Taught | None:
        """What is known about a taught checkpoint, if it is one that still answers."""
        with self._lock:
            entry = self._entries.get(checkpoint_id)
        return entry.taught if entry else None

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
