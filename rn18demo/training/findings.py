"""What a check of a dataset looks at, and what it finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from rn18demo.training.dataset_types import Dataset, ShotPlace
from rn18demo.training.duplicates import duplicate_groups
from rn18demo.training.folds import group_numbers
from rn18demo.training.holds import HoldUnit, hold_unit, moment_groups

_NAMED = 3

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        kind: `one-class`, `same-name`, `too-many`, `no-pictures`, `unmeasurable`, `few`, `unequal`,
            `twice`, `two-classes`, `background` or `skipped`.
        level: With an error, training is not possible.
        sentence: What is wrong. It can hold names as plain text: escape it where it is shown.
        remedy: How to mend it.
        shots: The pictures meant, if it is about some.
    """

    kind: str
    level: Level
    sentence: str
    remedy: str
    shots: tuple[ShotPlace, ...] = ()


@dataclass(frozen=True)
class Look:
    """A dataset and what several checks need to know about it.

    Attributes:
        dataset: The dataset.
        groups: Near-identical pictures.
        distinct: For each class, places of its shots that are not near-identical to an
            earlier one of the same class.
        independent: For each class, how many of its shots a fair test can part: those that a
            held button took in one go belong together too.
        held: What is "in one go".
    """

    dataset: Dataset
    groups: list[list[ShotPlace]]
    distinct: list[list[ShotPlace]]
    independent: list[int]
    held: HoldUnit = ""

    def name(self, index: int) -> str:
        """A class's name in quotes."""
        return f"“{self.dataset.classes[index].name}”"

    def names(self, indices: Sequence[int]) -> str:
        """The names of some classes, at least one: “a”, “b” and 2 more."""
        shown = [self.name(index) for index in indices[:_NAMED]]
        if len(indices) > _NAMED:
            shown.append(f"{len(indices) - _NAMED} more")
        return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"

    def shots(self, indices: Sequence[int]) -> tuple[ShotPlace, ...]:
        """Places of all shots of some classes."""
        return tuple((c, s) for c in indices for s in range(len(self.dataset.classes[c].shots)))


def look_at(dataset: Dataset) -> Look:
    """Find what several checks need to know."""
    groups = duplicate_groups(dataset)
    related = [*groups, *moment_groups(dataset)]
    independent = _independent(dataset, related)
    return Look(dataset, groups, _distinct(dataset, groups), independent, hold_unit(dataset))


def _distinct(dataset: Dataset, groups: list[list[ShotPlace]]) -> list[list[ShotPlace]]:
    repeated: set[ShotPlace] = set()
    for group in groups:
        seen: set[int] = set()
        for place in group:
            if place[0] in seen:
                repeated.add(place)
            seen.add(place[0])
    return [
        [(c, s) for s in range(len(one.shots)) if (c, s) not in repeated]
        for c, one in enumerate(dataset.classes)
    ]


def _independent(dataset: Dataset, related: list[list[ShotPlace]]) -> list[int]:
    counts = [len(one.shots) for one in dataset.classes]
    numbers = iter(group_numbers(counts, related))
    return [len(set(islice(numbers, count))) for count in counts]
