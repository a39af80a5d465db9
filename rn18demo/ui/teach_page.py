"""A page: classes and pictures as they are at one moment, each with an id that stays."""

import io
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from PIL import Image

from rn18demo.errors import RequestError
from rn18demo.training.checks import Finding, check_dataset
from rn18demo.training.dataset_types import ClassShots, Dataset, Shot, Skipped
from rn18demo.training.project import JPEG_QUALITY, Project
from rn18demo.ui.text.en_teach import TEACH_MESSAGES as WORDS

THUMB_SIDE = 96
"""Side of the square in which a thumbnail fits, in pixels."""
THUMB_QUALITY = 75
_IDS, _ORIGIN = "ids", "origin"
TRAINING = "training"
"""In the settings of a notebook on disk while a lesson runs; no other file tells of it."""


def new_id() -> str:
    """An id of a class or a shot; no other will ever be the same."""
    return secrets.token_hex(8)


@dataclass(frozen=True, eq=False)
class HeldShot:
    """A picture in a notebook.

    Attributes:
        id: Stays when the picture is moved, saved and loaded.
        shot: The picture.
    """

    id: str
    shot: Shot

    @cached_property
    def encoded(self) -> bytes:
        """The picture as a file, made once however often the notebook is saved."""
        return self.shot.stored or _jpeg(self.shot.picture, JPEG_QUALITY, subsampling=0)

    def thumbnail(self) -> bytes:
        """A small JPEG."""
        small = self.shot.picture.copy()
        small.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
        return _jpeg(small, THUMB_QUALITY)

    def to_store(self) -> Shot:
        """The shot with its file, so that it is not encoded again."""
        return replace(self.shot, stored=self.encoded)


@dataclass(frozen=True, eq=False)
class Card:
    """A class.

    Attributes:
        id: Stays when it is renamed.
        name: Any text; escape it where it is shown.
        shots: To learn from.
        held_out: To be tested with, never learned from.
        by_default: Nobody named it yet.
    """

    id: str
    name: str
    shots: tuple[HeldShot, ...] = ()
    held_out: tuple[HeldShot, ...] = ()
    by_default: bool = False

    @property
    def all(self) -> tuple[HeldShot, ...]:
        """All pictures, those for testing last."""
        return self.shots + self.held_out

    def with_shots(self, new: tuple[HeldShot, ...], held_out: bool = False) -> "Card":
        """The class with more pictures."""
        if held_out:
            return replace(self, held_out=self.held_out + new)
        return replace(self, shots=self.shots + new)

    def without(self, ids: Collection[str]) -> "Card":
        """The class without some of its pictures."""
        if not any(shot.id in ids for shot in self.all):
            return self
        shots, held_out = (
            tuple(shot for shot in part if shot.id not in ids)
            for part in (self.shots, self.held_out)
        )
        return replace(self, shots=shots, held_out=held_out)


@dataclass(frozen=True, eq=False)
class Page:
    """All that a notebook holds at one moment.

    Attributes:
        revision: Grows with each change.
        classes: In the order of the head's outputs.
        skipped: Files that could not be read.
        settings: Whatever else belongs to the project, as JSON can hold it.
        checkpoint: What was taught, as a safetensors file, or None.
        origin: Of the project: stays through all changes, and another project has another.
    """

    revision: int = 0
    classes: tuple[Card, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    checkpoint: bytes | None = field(default=None, repr=False)
    origin: str = field(default_factory=new_id)

    @property
    def pictures(self) -> int:
        """How many there are, those for testing among them."""
        return sum(len(card.all) for card in self.classes)

    @property
    def empty(self) -> bool:
        """Whether nothing would be lost with it."""
        return not self.pictures and all(card.by_default for card in self.classes)

    @cached_property
    def ids(self) -> frozenset[str]:
        """Of all shots."""
        return ids_of(self.classes)

    @cached_property
    def dataset(self) -> Dataset:
        """What there is to learn from."""
        return self._dataset(lambda held: held.shot)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with it."""
        return check_dataset(self.dataset)

    def card(self, card_id: str) -> Card:
        """The class of that id.

        Raises:
            RequestError: There is none.
        """
        for card in self.classes:
            if card.id == card_id:
                return card
        raise RequestError(WORDS["no_class"])

    def with_card(self, changed: Card) -> tuple[Card, ...]:
        """The classes, one of them in another state."""
        return tuple(changed if card.id == changed.id else card for card in self.classes)

    def project(self) -> Project:
        """All that a project file keeps; ids stay the same through saving and loading."""
        ids = [[c.id, [s.id for s in c.shots], [s.id for s in c.held_out]] for c in self.classes]
        dataset = self._dataset(HeldShot.to_store)
        settings = self.settings | {_IDS: ids, _ORIGIN: self.origin}
        return Project(dataset, settings, self.checkpoint)

    def _dataset(self, shot_of: Any) -> Dataset:
        classes = tuple(ClassShots(c.name, tuple(map(shot_of, c.shots))) for c in self.classes)
        held = tuple(
            ClassShots(c.name, tuple(map(shot_of, c.held_out))) for c in self.classes if c.held_out
        )
        return Dataset(classes, self.skipped, Dataset(held) if held else None)


def ids_of(cards: Iterable[Card]) -> frozenset[str]:
    """The ids of all shots of some classes."""
    return frozenset(s.id for card in cards for s in card.all)


def page_of_project(project: Project) -> Page:
    """A page that holds what a project file held."""
    dataset = project.dataset
    own = (_IDS, _ORIGIN, TRAINING)
    settings = {key: value for key, value in project.settings.items() if key not in own}
    saved = project.settings.get(_ORIGIN)
    origin = str(saved) if is_id(saved) else new_id()
    held_out = {one.name: one.shots for one in dataset.held_out.classes} if dataset.held_out else {}
    counts = [(len(one.shots), len(held_out.get(one.name, ()))) for one in dataset.classes]
    known = _known_ids(project.settings.get(_IDS), counts)
    cards = []
    for index, one in enumerate(dataset.classes):
        tested = held_out.get(one.name, ())
        fresh = (new_id(), [new_id() for _ in range(sum(counts[index]))])
        card_id, ids = known[index] if known else fresh
        held = tuple(map(HeldShot, ids, (*one.shots, *tested)))
        cards.append(Card(card_id, one.name, held[: len(one.shots)], held[len(one.shots) :]))
    return Page(0, tuple(cards), dataset.skipped, settings, project.checkpoint, origin)


def _known_ids(value: Any, counts: list[tuple[int, int]]) -> list[tuple[str, list[str]]] | None:
    """The ids that a project was saved with; None if they do not fit what was loaded."""
    try:
        known = [(card, [*shots, *held]) for card, shots, held in value]
        fits = [(len(shots), len(held)) for _, shots, held in value] == counts
    except (TypeError, ValueError):
        return None
    every = [one for card, shots in known for one in (card, *shots)]
    if not fits or not all(map(is_id, every)) or len(set(every)) != len(every):
        return None
    return known


def is_id(value: object) -> bool:
    """Whether it looks like what `new_id` makes."""
    return isinstance(value, str) and len(value) == 16 and value.isascii() and value.isalnum()


def _jpeg(picture: Image.Image, quality: int, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, **options)
    return buffer.getvalue()
