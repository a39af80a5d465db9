"""Checks of a dataset that only count."""

from collections.abc import Iterator, Sequence

from rn18demo.training.dataset_limits import LIMITS, MIN_CLASSES
from rn18demo.training.findings import Finding, Look

FEW = 5
"""Pictures of a class below which its results say little."""
UNEQUAL = 3
"""How many times as many pictures the largest class may have as the smallest."""
UNEQUAL_BY = 5
"""Differences of fewer pictures than this are not worth a word."""


def classes(look: Look) -> Iterator[Finding]:
    """Too few classes, or two of one name."""
    given = look.dataset.classes
    if len(given) < MIN_CLASSES:
        there = f"only one class, {look.name(0)}" if given else "no class yet"
        yield Finding(
            "one-class",
            "error",
            f"There is {there}. It takes at least {MIN_CLASSES} to tell apart.",
            "Add a class. It can be “something else”, with pictures of anything.",
        )
    first: dict[str, int] = {}
    for index, one in enumerate(given):
        if first.setdefault(one.name, index) != index:
            yield Finding(
                "same-name",
                "error",
                f"Two classes are called {look.name(index)}.",
                "Give one of them another name, or move its pictures to the other.",
            )


def empty(look: Look) -> Iterator[Finding]:
    """Classes without pictures."""
    bare = [index for index, one in enumerate(look.dataset.classes) if not one.shots]
    if bare:
        yield Finding(
            "no-pictures",
            "error",
            f"{look.names(bare)} {_has(bare)} no pictures.",
            "Add pictures, or remove the class.",
        )


def few(look: Look) -> Iterator[Finding]:
    """Classes with one picture, or with few."""
    remedy = "Add pictures from other sides, in other light and at other places; 10 are a start."
    alone = [index for index, count in enumerate(look.independent) if count == 1]
    filled = [index for index, count in enumerate(look.independent) if count]
    small = [index for index in filled if 1 < look.independent[index] < FEW]
    if alone and alone == filled:
        whose = "Every class has" if len(alone) > 1 else f"{look.names(alone)} has"
        yield Finding(
            "unmeasurable",
            "warning",
            f"{whose} only one picture ({_once(look, alone)} count once). That is enough to "
            "train, but nothing can be measured: no picture is left to try the network on.",
            remedy,
            look.shots(alone),
        )
    elif alone:
        yield Finding(
            "unmeasurable",
            "warning",
            f"{look.names(alone)} {_has(alone)} only one picture ({_once(look, alone)} count "
            "once). How well it is recognised cannot be measured.",
            remedy,
            look.shots(alone),
        )
    if small:
        yield Finding(
            "few",
            "warning",
            f"{look.names(small)} {_has(small)} fewer than {FEW} different pictures"
            f"{_counted(look, small)}. What is measured with so few can be far off.",
            remedy,
            look.shots(small),
        )


def unequal(look: Look) -> Iterator[Finding]:
    """One class far larger than another."""
    counts = {index: count for index, count in enumerate(look.independent) if count}
    if not counts:
        return
    largest = max(counts, key=counts.__getitem__)
    most = counts[largest]
    small = [
        index
        for index, count in counts.items()
        if most > UNEQUAL * count and most - count >= UNEQUAL_BY
    ]
    if small:
        smallest = min(small, key=counts.__getitem__)
        yield Finding(
            "unequal",
            "warning",
            f"{look.name(largest)} has {most} different pictures and {look.name(smallest)} has "
            f"{counts[smallest]}{_counted(look, [largest, smallest])}. All classes weigh the same, "
            "but of a smaller one less is learned, and how well it is recognised is less sure.",
            f"Add pictures to {look.names(small)}.",
        )


def too_many(look: Look) -> Iterator[Finding]:
    """More classes or pictures than a project can hold."""
    given = look.dataset.classes
    pictures = sum(len(one.shots) for one in given)
    for count, limit, what in (
        (len(given), LIMITS.classes, "classes"),
        (pictures, LIMITS.pictures, "pictures"),
    ):
        if count > limit:
            yield Finding(
                "too-many",
                "error",
                f"There are {count} {what}; at most {limit} can be used.",
                f"Remove {what}: some dozens of pictures of each class are plenty here.",
            )


def _once(look: Look, classes: Sequence[int]) -> str:
    """Which pictures of some classes count once."""
    held = any(look.independent[index] < len(look.distinct[index]) for index in classes)
    return "alike ones" + (f", and those of one {look.held}," if held else "")


def _counted(look: Look, classes: Sequence[int]) -> str:
    """Said where a class has more different pictures than count."""
    held = any(look.independent[index] < len(look.distinct[index]) for index in classes)
    return f" ({_once(look, classes)} count once)" if held else ""


def _has(classes: Sequence[int]) -> str:
    return "has" if len(classes) == 1 else "have"
