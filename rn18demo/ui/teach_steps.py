"""Steps from one page of a notebook to the next, as functions without memory.

Those that can be undone return the very page that they were given if they change nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from rn18demo.errors import DatasetError, RequestError
from rn18demo.training.dataset_limits import LIMITS, MAX_NAME
from rn18demo.training.dataset_names import clean_name, shortened
from rn18demo.training.dataset_types import Dataset, Shot, Skipped
from rn18demo.ui.teach_page import Card, HeldShot, Page, ids_of, new_id
from rn18demo.ui.text.en_teach import TEACH_MESSAGES as WORDS

MAX_SKIPPED = 200
"""Files that could not be read are listed up to this number; the oldest go first."""
FIRST_CLASSES = 2
"""Empty classes that a new notebook begins with."""


def first_page() -> Page:
    """What a new notebook begins with."""
    page = Page()
    for _ in range(FIRST_CLASSES):
        page = with_class(page, None)
    return page


def with_class(page: Page, name: str | None) -> Page:
    """Another empty class at the end; without a name it is numbered.

    Raises:
        RequestError: The name is empty.
    """
    if name is not None:
        return replace(page, classes=(*page.classes, Card(new_id(), class_name(name))))
    taken = {card.name for card in page.classes}
    numbered = (WORDS["class"].format(number=n) for n in range(1, len(taken) + 2))
    free = next(name for name in numbered if name not in taken)
    return replace(page, classes=(*page.classes, Card(new_id(), free, by_default=True)))


def renamed(page: Page, card_id: str, name: str) -> Page:
    """A class under another name.

    Raises:
        RequestError: The name is empty, or there is no such class.
    """
    card = replace(page.card(card_id), name=class_name(name), by_default=False)
    return replace(page, classes=page.with_card(card))


def without_class(page: Page, card_id: str) -> Page:
    """A class less.

    Raises:
        RequestError: There is no such class.
    """
    gone = page.card(card_id)
    return replace(page, classes=tuple(card for card in page.classes if card is not gone))


def with_shots(
    page: Page,
    card_id: str,
    shots: Sequence[tuple[str, Shot]],
    skipped: Sequence[Skipped],
    held_out: bool,
) -> Page:
    """More pictures in a class; ids that are there already are passed over.

    Raises:
        RequestError: There is no such class.
    """
    known = page.ids
    new = tuple(HeldShot(i, shot) for i, shot in dict(shots).items() if i not in known)
    card = page.card(card_id).with_shots(new, held_out)
    return with_skipped(replace(page, classes=page.with_card(card)), skipped)


def without_shots(page: Page, ids: Collection[str]) -> Page:
    """Some pictures less, wherever they are."""
    if page.ids.isdisjoint(ids):
        return page
    return replace(page, classes=tuple(card.without(ids) for card in page.classes))


def with_moved(page: Page, ids: Collection[str], card_id: str) -> Page:
    """Some pictures in another class; those for testing are for testing there, too.

    Raises:
        RequestError: There is no such class.
    """
    wanted = page.ids.intersection(ids) - ids_of([page.card(card_id)])
    if not wanted:
        return page
    shots = tuple(shot for card in page.classes for shot in card.shots if shot.id in wanted)
    tested = tuple(shot for card in page.classes for shot in card.held_out if shot.id in wanted)
    rest = without_shots(page, wanted)
    card = rest.card(card_id).with_shots(shots).with_shots(tested, held_out=True)
    return replace(rest, classes=rest.with_card(card))


def with_skipped(page: Page, skipped: Sequence[Skipped]) -> Page:
    """More files in the list of those that could not be read."""
    return replace(page, skipped=(*page.skipped, *skipped)[-MAX_SKIPPED:])


def with_classes(page: Page, names: Sequence[str]) -> Page:
    """All classes of these names; empty ones that nobody named make way for them."""
    kept = tuple(card for card in page.classes if card.all or not card.by_default)
    known = {card.name for card in kept}
    missing = dict.fromkeys(name for name in names if name not in known)
    return replace(page, classes=(*kept, *(Card(new_id(), name) for name in missing)))


def joined(page: Page, dataset: Dataset) -> Page:
    """A whole dataset more; classes of the same name are joined.

    Shots that are there already (the very same, not mere copies) are passed over.
    """
    there = {id(held.shot) for card in page.classes for held in card.all}
    held_out = dataset.held_out.classes if dataset.held_out else ()
    parts = [(one, False) for one in dataset.classes] + [(one, True) for one in held_out]
    known = {card.name for card in page.classes}.issuperset(one.name for one in dataset.classes)
    arrived = all(id(shot) in there for one, _ in parts for shot in one.shots)
    if known and arrived and not dataset.skipped:
        return page
    page = with_classes(page, [one.name for one in dataset.classes])
    for one, tested in parts:
        card = next(card for card in page.classes if card.name == one.name)
        new = tuple(HeldShot(new_id(), shot) for shot in one.shots if id(shot) not in there)
        page = replace(page, classes=page.with_card(card.with_shots(new, tested)))
    return with_skipped(page, dataset.skipped)


def check_limits(page: Page, before: Page) -> None:
    """Refuse a step that makes too much of it.

    Raises:
        DatasetError: There are too many classes or pictures, and more than before.
    """
    if len(page.classes) > max(LIMITS.classes, len(before.classes)):
        raise DatasetError(WORDS["many_classes"].format(limit=LIMITS.classes))
    if page.pictures > max(LIMITS.pictures, before.pictures):
        raise DatasetError(WORDS["many_pictures"].format(limit=LIMITS.pictures))


def class_name(name: str) -> str:
    """A name as it is kept.

    Raises:
        RequestError: Nothing of it is left.
    """
    cleaned = shortened(clean_name(name), MAX_NAME)
    if not cleaned:
        raise RequestError(WORDS["no_name"])
    return cleaned
