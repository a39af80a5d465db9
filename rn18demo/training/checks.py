"""What is wrong with a dataset, in words, before anything is trained on it."""

from collections import defaultdict
from collections.abc import Iterator

from rn18demo.training import checks_counts as counts
from rn18demo.training.background import single_background
from rn18demo.training.dataset_types import Dataset, ShotPlace
from rn18demo.training.findings import Finding, Level, Look, look_at

__all__ = ["Finding", "Level", "check_dataset"]


def check_dataset(dataset: Dataset) -> tuple[Finding, ...]:
    """Look for what makes training impossible, or its result worth less than it seems.

    Args:
        dataset: Also one that is still being collected: classes may be empty.

    Returns:
        Errors first.
    """
    look = look_at(dataset)
    findings = [finding for check in _CHECKS for finding in check(look)]
    return tuple(sorted(findings, key=lambda finding: finding.level != "error"))


def _twice(look: Look) -> Iterator[Finding]:
    per_class: dict[int, list[ShotPlace]] = defaultdict(list)
    for group in look.groups:
        for index in dict.fromkeys(place[0] for place in group):
            inside = [place for place in group if place[0] == index]
            if len(inside) > 1:
                per_class[index] += inside
    for index, places in sorted(per_class.items()):
        total = len(look.dataset.classes[index].shots)
        yield Finding(
            "twice",
            "warning",
            f"{len(places)} of the {total} pictures of {look.name(index)} show nearly the same as "
            "another one. They teach hardly more than one would, and count as one when accuracy "
            "is measured.",
            "Delete the copies, or take pictures that differ: turn the thing, move it, change "
            "the light.",
            tuple(sorted(places)),
        )


def _two_classes(look: Look) -> Iterator[Finding]:
    shared: dict[tuple[int, ...], list[list[ShotPlace]]] = defaultdict(list)
    for group in look.groups:
        classes = tuple(sorted({place[0] for place in group}))
        if len(classes) > 1:
            shared[classes].append(group)
    for classes, groups in sorted(shared.items()):
        what = "One picture is" if len(groups) == 1 else f"{len(groups)} pictures are"
        yield Finding(
            "two-classes",
            "warning",
            f"{what} in {look.names(classes)} at once, or nearly the same there. A picture with "
            "two answers can only confuse the network.",
            "Delete it where it does not belong.",
            tuple(sorted(place for group in groups for place in group)),
        )


def _background(look: Look) -> Iterator[Finding]:
    thumbnails = [[look.dataset.shot(p).thumbnail for p in places] for places in look.distinct]
    for index in single_background(thumbnails):
        yield Finding(
            "background",
            "warning",
            f"All pictures of {look.name(index)} have the same background, and the other classes "
            "have another. The network may learn the background instead of the thing.",
            f"Take pictures of {look.name(index)} at other places too, or some of the other "
            "classes before the same background.",
            look.shots([index]),
        )


def _skipped(look: Look) -> Iterator[Finding]:
    skipped = look.dataset.skipped
    if skipped:
        first = skipped[0]
        what = "One file was" if len(skipped) == 1 else f"{len(skipped)} files were"
        other = "" if len(skipped) == 1 else " The first:"
        yield Finding(
            "skipped",
            "warning",
            f"{what} left out.{other} “{first.name}”: {first.reason}",
            "Look through the list. What belongs to a class can be saved as JPEG or PNG and "
            "added again.",
        )


_CHECKS = (
    counts.classes,
    counts.too_many,
    counts.empty,
    counts.few,
    counts.unequal,
    _twice,
    _two_classes,
    _background,
    _skipped,
)
