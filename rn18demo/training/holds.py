"""Pictures that a held button took: what of them a fair test must keep together.

Neighbouring frames of a film are alike, so the honest part to leave out is a whole hold. That
takes several holds of a class: of a single one nothing would be left to learn from.
"""

from collections.abc import Iterator
from typing import Literal, get_args

from rn18demo.training.dataset_types import Dataset, Shot, ShotPlace

HoldUnit = Literal["", "second", "hold"]
"""What is kept together: nothing was held, the pictures of a second, or those of a hold."""
HOLD_UNITS: tuple[HoldUnit, ...] = get_args(HoldUnit)
MIN_HOLDS = 3
"""Holds of each class that has any, from which on whole ones are left out."""


def hold_of(shot: Shot) -> str:
    """The hold that a shot is of, "" if it is of none: its moment without the second."""
    return shot.moment.rpartition("-")[0] or shot.moment


def hold_unit(dataset: Dataset) -> HoldUnit:
    """What is kept together in a data set; its held-out part is not looked at."""
    holds = [{hold_of(s) for s in one.shots if s.moment} for one in dataset.classes]
    counts = [len(names) for names in holds if names]
    if not counts:
        return ""
    return "hold" if min(counts) >= MIN_HOLDS else "second"


def moment_groups(dataset: Dataset) -> list[list[ShotPlace]]:
    """Groups of two or more pictures that a held button took within a `hold_unit`."""
    whole = hold_unit(dataset) == "hold"
    groups: dict[str, list[ShotPlace]] = {}
    for place, shot in _held(dataset):
        groups.setdefault(hold_of(shot) if whole else shot.moment, []).append(place)
    return [group for group in groups.values() if len(group) > 1]


def _held(dataset: Dataset) -> Iterator[tuple[ShotPlace, Shot]]:
    for c, one in enumerate(dataset.classes):
        for s, shot in enumerate(one.shots):
            if shot.moment:
                yield (c, s), shot
