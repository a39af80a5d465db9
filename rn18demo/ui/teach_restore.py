"""What was taught before comes back with its project: the network answers, the results are shown.

The network is a file of its own in the project. What is known about it stands in the settings,
with the ids of the cards and pictures that it is about:

    {"learned": see `lesson_json`, "network": its SHA-256, "cards": [id, ...],
     "shots": [[id, ...], ...]}

and so does the share that the visitor has set for "none of these".
"""

import logging
from typing import Any

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.errors import CheckpointError, DatasetError, DemoError
from rn18demo.training.dataset_limits import LIMITS
from rn18demo.training.dataset_types import ClassShots, Dataset
from rn18demo.training.lesson import Lesson
from rn18demo.training.lesson_file import lesson_json, read_lesson
from rn18demo.ui.session import Backend
from rn18demo.ui.taught import Taught, TaughtCheckpoints, restore_checkpoint
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_page import Page
from rn18demo.ui.text import say

log = logging.getLogger(__name__)

BASE, LESSON, THRESHOLD = "base", "lesson", "threshold"
"""In the settings of a project."""


def kept_with_project(
    lesson: Lesson, base: Checkpoint, cards: tuple[str, ...], ids: tuple[tuple[str, ...], ...]
) -> dict[str, Any]:
    """The settings that `bring_back` reads.

    Args:
        lesson: What was learned.
        base: What it began with.
        cards: By class, its id in the notebook.
        ids: By class, those of its pictures.
    """
    about = {
        "learned": lesson_json(lesson),
        "network": lesson.checkpoint.sha256,
        "cards": list(cards),
        "shots": [list(shots) for shots in ids],
    }
    return {BASE: base.id, LESSON: about}


def bring_back(notebook: Notebook, kept: TaughtCheckpoints, start: str) -> tuple[Checkpoint, ...]:
    """What was taught from a notebook; what was saved with it answers again.

    Args:
        notebook: Gets its lesson back, if all the pictures are there that it is about, or the
            reason why not.
        kept: Where taught networks answer from.
        start: Id of the weights that visitors begin with.

    Returns:
        The newest first.

    Raises:
        CheckpointError: The saved network cannot be used.
    """
    with notebook.lock:
        if notebook.dropped:
            return ()
        now, missing = notebook.now, ""
        base = now.settings.get(BASE)
        base = base if isinstance(base, str) else None
        if not kept.of(notebook.owner) and now.checkpoint is not None:
            kept.keep(notebook.owner, restore_checkpoint(now.checkpoint), base=base)
        found = kept.of(notebook.owner)
        # Also where the network is still there: the notebook may have been put away meanwhile, or
        # what it was taught from may have arrived since.
        if found and notebook.lesson is None and LESSON in now.settings:
            try:
                original = _original(kept, base, start)
                notebook.lesson = taught_before(now, found[0], original)
            except DemoError as error:  # its network answers all the same
                log.info("Of a saved training only the network came back: %s", error)
                missing = str(error)
        notebook.not_restored = missing
        return found


def answering(notebook: Notebook | None, backend: Backend) -> tuple[Checkpoint, ...]:
    """`bring_back` for a handler: a notebook may have been put away since the page last asked.

    With the network comes the share below which it names no class.

    Raises:
        CheckpointError: The saved network cannot be used.
    """
    if notebook is None:
        return ()
    found = bring_back(notebook, backend.taught, backend.start)
    if found and found[0].id not in backend.thresholds:
        share = _saved_threshold(notebook.now, found[0])
        if share is not None:
            backend.thresholds[found[0].id] = share
    return found


def note_threshold(notebook: Notebook, checkpoint: Checkpoint, share: float) -> None:
    """Save the share below which a network names no class with its project."""
    notebook.note({THRESHOLD: {"network": checkpoint.sha256, "share": share}})


def _saved_threshold(page: Page, checkpoint: Checkpoint) -> float | None:
    saved = page.settings.get(THRESHOLD)
    if not isinstance(saved, dict) or saved.get("network") != checkpoint.sha256:
        return None
    share = saved.get("share")
    return share if isinstance(share, float) and 0 <= share < 1 else None


def _original(kept: TaughtCheckpoints, base: str | None, start: str) -> Checkpoint:
    """What a lesson began with."""
    try:
        return kept.base_for(base or start, start)
    except DemoError as error:
        raise CheckpointError(say("result_needs_base", why=error)) from error


def taught_before(page: Page, checkpoint: Checkpoint, base: Checkpoint) -> Taught:
    """The lesson that was saved with a page.

    Args:
        page: With pictures and settings.
        checkpoint: The network that was saved with it.
        base: What the lesson began with.

    Raises:
        DatasetError: What was saved is no lesson about this network, or pictures have gone since.
    """
    saved = page.settings.get(LESSON)
    about = saved if isinstance(saved, dict) else {}
    cards, ids = _ids(about.get("cards")), about.get("shots")
    classes = tuple(map(_ids, ids)) if isinstance(ids, list) else ()
    if not len(cards) == len(classes) <= LIMITS.classes or not all(classes):
        raise DatasetError("It is not said which pictures it is about.")
    if about.get("network") != checkpoint.sha256:
        raise DatasetError("It is about another network.")
    there = {held.id: held.shot for card in page.classes for held in card.shots}
    every = [one for shots in classes for one in shots]
    if len(set(every)) != len(every) or not there.keys() >= set(every):
        raise DatasetError("Pictures that it is about are not in the project any more.")
    lesson = read_lesson(about.get("learned"), checkpoint, [len(shots) for shots in classes])
    dataset = Dataset(
        tuple(
            ClassShots(name, tuple(there[one] for one in shots))
            for name, shots in zip(checkpoint.labels, classes, strict=True)
        )
    )
    return Taught(lesson, dataset, classes, base, cards, restored=True)


def _ids(saved: object) -> tuple[str, ...]:
    if not isinstance(saved, list) or not all(isinstance(one, str) for one in saved):
        raise DatasetError("It is not said which pictures it is about.")
    return tuple(saved)
