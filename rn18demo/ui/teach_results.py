"""What a lesson taught: how good it is, where it errs, and what changed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.training.dataset_types import Dataset
from rn18demo.ui.canvas import EVERY_CLICK
from rn18demo.ui.confusion import (
    MOST,
    Cell,
    cell_shots,
    confusion_matrix,
    confusion_value,
    shots_value,
)
from rn18demo.ui.events import QUIET
from rn18demo.ui.feedback import sentence
from rn18demo.ui.lesson_charts import moved_chart, scores_chart
from rn18demo.ui.lesson_words import class_table, learned_words, restored_words
from rn18demo.ui.session import Backend, Visit
from rn18demo.ui.taught import Taught
from rn18demo.ui.teach_cards import TeachCards
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_restore import answering
from rn18demo.ui.teach_shot import NOTHING_MARKED_JS, SAID_NOTHING_JS, Place, build_shot_panel
from rn18demo.ui.teach_threshold import build_threshold_panel
from rn18demo.ui.text import say
from rn18demo.ui.turns import ASKED_JS, Turns

BRING_INTO_VIEW_JS = """() => {
  const place = document.getElementById("shot-place");
  const { top, bottom } = place.getBoundingClientRect();
  const away = top > 0.6 * innerHeight || bottom < 0.4 * innerHeight;
  if (away) place.scrollIntoView({ behavior: "smooth" });
}"""
"""On a narrow page the picture that was clicked is shown large far below."""
FIT_CHARTS_JS = "() => { setTimeout(() => window.dispatchEvent(new Event('resize')), 100); }"
"""A chart that was drawn while it was hidden is as wide as plotly likes, until it is told."""


@dataclass(frozen=True)
class ResultPanel:
    """How the rest of the tab fills it.

    Attributes:
        present: Makes the outputs' values from a notebook with its lesson, or from None, and from
            the taught checkpoint that answers. Without a lesson nothing else is known of it.
        outputs: What it fills.
    """

    present: Callable[..., dict[Any, Any]]
    outputs: list[Any]


def build_result_panel(
    backend: Backend, visit: Visit, projects: Projects, cards: TeachCards
) -> ResultPanel:
    """Build the panel; pictures that it moves or removes are those of `cards`."""
    token = cards.token

    def taught_of(token_now: str | None) -> Taught | None:
        notebook = projects.get(token_now) if token_now else None
        answering(notebook, backend)
        return notebook.lesson if notebook is not None else None

    def present(notebook: Notebook | None, active: Checkpoint | None = None) -> dict[Any, Any]:
        taught: Taught | None = notebook.lesson if notebook else None
        if taught is None:
            missing = notebook.not_restored if notebook else ""
            return {
                learned: restored_words(active, missing) if active else say("result_empty"),
                results: gr.update(visible=False),
                ways: gr.update(visible=False),
                large.place: None,
                **large.forget(notebook),
                **threshold.present(active, None),
            }
        lesson = taught.lesson
        moved = any(lesson.moved.values())
        evaluation = lesson.evaluation
        measured = evaluation is not None and bool(evaluation.answers)
        return {
            learned: learned_words(lesson, _held(taught.dataset), taught.restored),
            results: gr.update(visible=True),
            ways: gr.update(visible=True),
            mistakes: gr.update(visible=measured),
            class_fold: gr.update(visible=measured),
            score_fold: gr.update(visible=bool(lesson.scores)),
            classes: class_table(evaluation) if evaluation and evaluation.answers else "",
            scores: gr.update(
                value=scores_chart(lesson.scores, lesson.candidate) if lesson.scores else None,
                visible=bool(lesson.scores),
            ),
            stages: gr.update(value=moved_chart(lesson.moved), visible=moved),
            stages_still: "" if moved else say("result_moved_none"),
            matrix: confusion_value(evaluation),
            **threshold.present(active, lesson),
            **open_cell(taught, None, notebook),
            **large.forget(notebook),
        }

    def open_cell(taught: Taught, cell: Cell | None, notebook: Notebook | None) -> dict[Any, Any]:
        """Show the pictures of a cell (or the surest mistakes), and the first of them large."""
        return {shots: shots_value(taught, cell, 0), **large.pick(taught, cell, 0, notebook)}

    turns = Turns()

    @turns.taking_newest
    def choose_cell(asked: float, token_now: str | None, event: gr.SelectData) -> dict[Any, Any]:
        taught = taught_of(token_now)
        row, column = map(int, event.index)
        if taught is None or max(row, column) >= len(taught.ids):  # of an earlier lesson
            return {large.said: sentence(say("train_gone"))}
        return open_cell(taught, (row, column), projects.get(token_now))

    @turns.taking_newest
    def choose_shot(
        asked: float, token_now: str | None, now: Place | None, event: gr.EventData
    ) -> dict[Any, Any]:
        taught = taught_of(token_now)
        if taught is None or now is None:
            return {large.said: sentence(say("train_gone"))}
        return large.pick(taught, now.cell, int(event.shot), projects.get(token_now))

    def show_more(token_now: str | None, now: Place | None) -> Any:
        """More pictures of the cell that is open; the browser knows which is marked."""
        taught = taught_of(token_now)
        if taught is None or now is None:
            return gr.skip()
        return shots_value(taught, now.cell, None, MOST)

    learned = gr.HTML(say("result_empty"), elem_id="learned")
    with gr.Column(visible=False, elem_id="results") as results:
        with gr.Column() as mistakes:
            gr.Markdown(f"### {say('result_confusion')}\n\n{say('result_confusion_help')}")
            matrix = confusion_matrix(elem_id="confusion")
            with gr.Row():
                with gr.Column(min_width=320):
                    shots = cell_shots(elem_id="cell-shots")
                with gr.Column(min_width=320, elem_id="shot-place"):
                    large = build_shot_panel(backend, projects, cards)
        with gr.Accordion(say("result_classes"), open=False) as class_fold:
            classes = gr.HTML(elem_id="class-table", apply_default_css=False, padding=False)
    threshold = build_threshold_panel(backend, visit, projects, token)
    with gr.Column(visible=False) as ways:
        with gr.Accordion(say("result_scores"), open=False) as score_fold:
            gr.Markdown(say("result_scores_help"), elem_classes="help")
            scores = gr.Plot(show_label=False)
        with gr.Accordion(say("result_moved"), open=False) as moved_fold:
            stages_still = gr.Markdown()
            stages = gr.Plot(show_label=False, visible=False)

    asked = gr.Number(0, visible=False)
    click: dict[str, Any] = QUIET | {"trigger_mode": EVERY_CLICK}
    newest = click | {"js": ASKED_JS, "concurrency_limit": None}
    # First what is to be seen at once: listeners of an event wait for the answers of those before.
    shots.submit(None, None, large.of_last, js=SAID_NOTHING_JS, **click)
    matrix.select(None, None, [*large.of_last, shots], js=NOTHING_MARKED_JS, **click)
    matrix.select(choose_cell, [asked, token], [shots, *large.outputs], **newest)
    clicked = shots.submit(choose_shot, [asked, token, large.place], large.outputs, **newest)
    clicked.then(None, js=BRING_INTO_VIEW_JS, **QUIET)
    shots.expand(show_more, [token, large.place], shots, **QUIET)
    gr.on([score_fold.expand, moved_fold.expand], None, js=FIT_CHARTS_JS, **QUIET)
    outputs = [
        learned,
        results,
        ways,
        mistakes,
        class_fold,
        score_fold,
        classes,
        scores,
        stages,
        stages_still,
        *threshold.outputs,
        matrix,
        shots,
        *large.outputs,
    ]
    return ResultPanel(present, outputs)


def _held(dataset: Dataset) -> bool:
    """Whether some pictures were taken by holding the button."""
    return any(shot.moment for one in dataset.classes for shot in one.shots)
