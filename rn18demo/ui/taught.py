"""What visitors taught: kept for a while, for those who know the id."""

import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, replace

from rn18demo.core.checkpoint_files import read_safetensors_checkpoint
from rn18demo.core.checkpoints import Catalogue, Checkpoint
from rn18demo.core.surgery import base_id
from rn18demo.training.dataset import Dataset, Shot
from rn18demo.training.lesson import Lesson
from rn18demo.training.taught import ID_BYTES, PREFIX
from rn18demo.ui.teach_page import Page

KEPT_SECONDS = 3600 * 4
"""A taught checkpoint that was made longer ago is forgotten: the length of a school morning."""
KEPT = 40
"""Most taught checkpoints on one server; each takes some 45 MB. Whoever has the most of them
loses the oldest one first."""


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
        restored: Whether it came back with a saved project.
    """

    lesson: Lesson
    dataset: Dataset
    ids: tuple[tuple[str, ...], ...]
    base: Checkpoint
    cards: tuple[str, ...] = ()
    restored: bool = False

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
    """What stays known of a taught checkpoint: none of the pictures that it was taught with.

    Attributes:
        owner: A visit or a notebook.
        checkpoint: What answers.
        base: Id of the weights that it was taught from; None if that is not known.
        made: When it was kept, in seconds.
    """

    owner: str
    checkpoint: Checkpoint
    base: str | None
    made: float

    @property
    def visitor(self) -> str:
        """Whoever it belongs to, of whichever project."""
        return self.owner.partition(":")[0]


class TaughtCheckpoints:
    """Hands taught checkpoints to the catalogue, and takes the old ones back.

    Args:
        catalogue: Where every lens finds them.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._entries: dict[str, _Entry] = {}  # in the order in which they were made
        self._lock = threading.Lock()

    def keep(self, owner: str, checkpoint: Checkpoint, base: str | None = None) -> None:
        """Let a checkpoint answer.

        Args:
            owner: A visit or a notebook, see `of`.
            checkpoint: What was taught.
            base: Id of the weights that it was taught from, if that is known. It may come from
                a file, and name what was taught itself.
        """
        with self._lock:
            base = base and base_id(base)
            if base and base.startswith(PREFIX):
                known = self._entries.get(base)
                base = known.base if known else None
            self._entries[checkpoint.id] = _Entry(owner, checkpoint, base, time.monotonic())
            self._catalogue.add(checkpoint)
            self._forget_old()

    def has(self, checkpoint_id: str) -> bool:
        """Whether it was taught here and still answers."""
        with self._lock:
            return checkpoint_id in self._entries

    def base_for(self, checkpoint_id: str, start: str) -> Checkpoint:
        """What a lesson begins with: the weights asked for, or what these were taught from.

        It is never cut. A taught network is no base, nor is anything of unknown origin: the
        pictures that are to judge a lesson may be those that it has already seen.

        Args:
            checkpoint_id: The weights asked for.
            start: Those to begin with where nothing better is known.

        Raises:
            CheckpointError: There are none of this id.
        """
        wanted = base_id(checkpoint_id)
        if wanted.startswith(PREFIX):
            with self._lock:
                entry = self._entries.get(wanted)
            wanted = (entry.base if entry else None) or start
        return self._catalogue.get(wanted)

    def forget(self, token: str) -> None:
        """Let nothing answer any more that was taught from a notebook."""
        with self._lock:
            for name in [name for name, one in self._entries.items() if one.visitor == token]:
                self._remove(name)

    def of(self, owner: str) -> tuple[Checkpoint, ...]:
        """Those of an owner that still answer, the newest first."""
        with self._lock:
            self._forget_old()
            mine = [e.checkpoint for e in self._entries.values() if e.owner == owner]
        return tuple(reversed(mine))

    def _forget_old(self) -> None:
        oldest = time.monotonic() - KEPT_SECONDS
        for name in [name for name, one in self._entries.items() if one.made < oldest]:
            self._remove(name)
        while len(self._entries) > KEPT:
            counts = Counter(one.visitor for one in self._entries.values())
            most = max(counts.values())
            self._remove(next(n for n, one in self._entries.items() if counts[one.visitor] == most))

    def _remove(self, name: str) -> None:
        del self._entries[name]
        self._catalogue.remove(name)
