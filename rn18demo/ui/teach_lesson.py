"""Begin a lesson about what a notebook holds, and take in what was learned from it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.errors import Cancelled, RequestError
from rn18demo.training.dataset_types import Dataset
from rn18demo.training.export import safetensors_bytes
from rn18demo.training.lesson import Report
from rn18demo.ui.taught import Taught, TaughtCheckpoints
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_page import Page
from rn18demo.ui.teach_restore import kept_with_project
from rn18demo.ui.teach_running import Cancel, Running
from rn18demo.ui.text import say

Teach = Callable[[Dataset, Cancel], Iterator[Report]]
"""Teaches a data set, and asks whether to stop."""


def begin_lesson(
    notebook: Notebook, base: Checkpoint, teach: Teach, kept: TaughtCheckpoints
) -> Running:
    """Start a lesson about what is collected now, unless one is under way.

    Args:
        notebook: What to learn from; the lesson is kept in it.
        base: What `teach` begins with.
        teach: How it is taught.
        kept: Where the taught network answers from.

    Returns:
        The lesson that is under way.

    Raises:
        RequestError: The notebook was thrown away.
    """
    with notebook.lock:
        if notebook.dropped:
            raise RequestError(say("train_gone"))
        if notebook.running is None or notebook.running.ended:
            page = notebook.now

            def reports(cancelled: Cancel) -> Iterator[Report]:
                with notebook.hold():
                    notebook.mark_training(True)
                    try:
                        yield from teach(page.dataset, cancelled)
                    finally:
                        notebook.mark_training(False)

            def finish(report: Report) -> None:
                take_in(notebook, page, base, report, kept)

            notebook.running = Running(reports, finish).start()
        return notebook.running


def take_in(
    notebook: Notebook, page: Page, base: Checkpoint, report: Report, kept: TaughtCheckpoints
) -> None:
    """Keep what was taught, where it still belongs to what the visitor has.

    Args:
        notebook: Where it is kept.
        page: What it was taught from.
        base: What it began with.
        report: The last one, with the lesson.
        kept: Where the taught network answers from.

    Raises:
        Cancelled: It is not kept; says why.
    """
    lesson = report.lesson
    assert lesson is not None
    cards = tuple(card.id for card in page.classes)
    ids = tuple(tuple(shot.id for shot in card.shots) for card in page.classes)
    settings = {"recipe": asdict(lesson.recipe), **kept_with_project(lesson, base, cards, ids)}
    saved = safetensors_bytes(lesson.checkpoint)  # some 45 MB, so before others have to wait
    with notebook.lock:
        if notebook.dropped:
            raise Cancelled(say("train_gone"))
        if notebook.now.origin != page.origin:  # another project was opened meanwhile
            raise Cancelled(say("train_other_project"))
        if lesson.evaluation is None and notebook.lesson is not None:
            raise Cancelled(say("train_kept_before"))
        kept.keep(notebook.owner, lesson.checkpoint, base.id)
        notebook.lesson = Taught(lesson, page.dataset, ids, base, cards)
        notebook.keep(settings, saved)
