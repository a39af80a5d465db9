"""What a lesson taught: how good it is, where it errs, and what changed."""

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from rn18demo.core.checkpoints import Checkpoint
from rn18demo.core.wire import map_value, picture_uri, predictions_value
from rn18demo.errors import DemoError
from rn18demo.training.dataset_types import Dataset
from rn18demo.training.words import percent
from rn18demo.ui.canvas import EVERY_CLICK, map_canvas
from rn18demo.ui.confusion import (
    MOST,
    Cell,
    answers_of,
    cell_shots,
    confusion_matrix,
    confusion_value,
    shots_value,
)
from rn18demo.ui.feedback import sentence
from rn18demo.ui.lesson_charts import moved_chart, scores_chart
from rn18demo.ui.lesson_words import (
    class_table,
    learned_words,
    restored_words,
    suggestion_words,
    threshold_words,
)
from rn18demo.ui.prediction_bars import prediction_bars
from rn18demo.ui.session import Backend, Visit
from rn18demo.ui.taught import Taught
from rn18demo.ui.teach_cards import TeachCards
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.text import say

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
        present: Makes the outputs' values from a notebook with its lesson, or from None. Without
            a lesson it may be given a taught checkpoint of which nothing else is known.
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
        return notebook.lesson if notebook is not None else None

    def present(notebook: Notebook | None, restored: Checkpoint | None = None) -> dict[Any, Any]:
        taught: Taught | None = notebook.lesson if notebook else None
        if taught is None:
            words = restored_words(restored) if restored else say("result_empty")
            return {learned: words, results: gr.update(visible=False), place: None}
        lesson = taught.lesson
        moved = any(lesson.moved.values())
        suggested = backend.thresholds.get(lesson.checkpoint.id, 0.0)
        evaluation = lesson.evaluation
        measured = evaluation is not None and bool(evaluation.answers)
        return {
            learned: learned_words(lesson, _held(taught.dataset)),
            results: gr.update(visible=True),
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
            threshold: suggested * 100,
            threshold_said: threshold_words(lesson, suggested),
            suggestion: suggestion_words(lesson),
            use_suggestion: gr.update(visible=lesson.thresholds.suggested is not None),
            matrix: confusion_value(evaluation),
            **open_cell(taught, None, notebook),
        }

    def open_cell(taught: Taught, cell: Cell | None, notebook: Notebook | None) -> dict[Any, Any]:
        """Show the pictures of a cell (or the surest mistakes), and the first of them large."""
        return {shots: shots_value(taught, cell, 0), **pick(taught, cell, 0, notebook)}

    def pick(
        taught: Taught, cell: Cell | None, shot: int, notebook: Notebook | None
    ) -> dict[Any, Any]:
        """Show one of the pictures of a cell large; the browser marks it by itself."""
        evaluation = taught.lesson.evaluation
        answers = answers_of(evaluation, cell) if evaluation else ()
        shown = shot if shot < len(answers) else None
        values: dict[Any, Any] = {
            place: (cell, shown),
            detail: gr.update(visible=shown is not None),
            changed: "",
        }
        if evaluation is None or shown is None:
            return values
        answer = answers[shown]
        picture = taught.shot(answer.label, answer.shot).picture
        after = backend.engine.analyze(taught.lesson.checkpoint, picture)
        before = backend.engine.analyze(taught.base, picture)
        probabilities = after.logits.softmax(0).tolist()
        names = evaluation.names
        return values | {
            pair: map_value(
                picture_uri(picture),
                picture.size,
                after.class_maps,
                names,
                answer.predicted,
                probabilities=probabilities,
                crop=after.crop_box,
                compare=answer.label if answer.label != answer.predicted else None,
                title=say("shot_map"),
            ),
            told: say(
                "shot_words",
                label=_plain(names[answer.label]),
                answer=_plain(names[answer.predicted]),
                share=percent(answer.probability),
            ),
            before_bars: predictions_value(before.top()),
            after_bars: predictions_value(after.top()),
            before_title: say("before", title=_plain(taught.base.title)),
            target: gr.update(choices=cards_now(notebook), value=None),
        }

    def choose_cell(token_now: str | None, event: gr.SelectData) -> dict[Any, Any]:
        taught = taught_of(token_now)
        if taught is None:
            return {changed: sentence(say("train_gone"))}
        row, column = event.index
        return open_cell(taught, (int(row), int(column)), projects.get(token_now))

    def choose_shot(token_now: str | None, now: Any, event: gr.EventData) -> dict[Any, Any]:
        taught = taught_of(token_now)
        if taught is None or now is None:
            return {changed: sentence(say("train_gone"))}
        return pick(taught, now[0], int(event.shot), projects.get(token_now))

    def show_more(token_now: str | None, now: Any) -> Any:
        """More pictures of the cell that is open."""
        taught = taught_of(token_now)
        if taught is None or now is None:
            return gr.skip()
        cell, shot = now
        return shots_value(taught, cell, shot, MOST)

    def shown_id(taught: Taught, now: Any) -> str | None:
        """The notebook's id of the picture that is shown."""
        evaluation = taught.lesson.evaluation
        if evaluation is None or now is None or now[1] is None or not taught.ids:
            return None
        answer = answers_of(evaluation, now[0])[now[1]]
        return taught.ids[answer.label][answer.shot]

    def change_shot(token_now: str | None, now: Any, card_id: str | None) -> tuple[str, Any]:
        """Move the picture that is shown to a class, or remove it if there is none."""
        notebook = projects.get(token_now) if token_now else None
        taught = taught_of(token_now)
        if notebook is None or taught is None:
            return sentence(say("train_gone")), gr.skip()
        found = shown_id(taught, now)
        if found is None or found not in notebook.now.ids:
            return sentence(say("shot_not_here")), gr.skip()
        try:
            if card_id is None:
                notebook.remove_shots([found])
            else:
                notebook.move_shots([found], card_id)
        except DemoError as error:
            return sentence(str(error)), gr.skip()
        said = f"<p class='ready'>{html.escape(say('shot_changed'))}</p>"
        return said, {"revision": notebook.revision}

    def remove_shot(token_now: str | None, now: Any) -> Any:
        return change_shot(token_now, now, None)

    def move_shot(token_now: str | None, now: Any, card_id: str | None) -> Any:
        if card_id is None:
            return sentence(say("shot_choose")), gr.skip()
        return change_shot(token_now, now, card_id)

    def set_threshold(token_now: str | None, value: float) -> tuple[str, Any]:
        """(words, share)."""
        taught = taught_of(token_now)
        if taught is None:
            return say("train_gone"), gr.skip()
        share = min(max(value / 100, 0.0), 0.99)
        backend.thresholds[taught.lesson.checkpoint.id] = share
        return threshold_words(taught.lesson, share), share

    def take_suggestion(token_now: str | None) -> Any:
        """Move the slider to what was suggested; what follows is as if it had been dragged."""
        taught = taught_of(token_now)
        found = taught.lesson.thresholds.suggested if taught is not None else None
        return gr.skip() if found is None else round(found * 100)

    learned = gr.HTML(say("result_empty"), elem_id="learned")
    place = gr.State(None)
    with gr.Column(visible=False, elem_id="results") as results:
        with gr.Column() as mistakes:
            gr.Markdown(f"### {say('result_confusion')}\n\n{say('result_confusion_help')}")
            matrix = confusion_matrix(elem_id="confusion")
            with gr.Row():
                with gr.Column(min_width=320):
                    shots = cell_shots(elem_id="cell-shots")
                with (
                    gr.Column(min_width=320, elem_id="shot-place"),
                    gr.Column(visible=False) as detail,
                ):
                    told = gr.Markdown(elem_id="shot-words")
                    pair = map_canvas(memory="lesson", view="side", elem_id="shot-canvas")
                    with gr.Row(elem_id="move-row", equal_height=False):
                        target = gr.Dropdown([], label=say("shot_relabel"), min_width=160)
                        move = gr.Button(
                            say("shot_move"), size="sm", min_width=120, elem_id="shot-move"
                        )
                        remove = gr.Button(
                            say("shot_remove"), size="sm", min_width=120, elem_id="shot-remove"
                        )
                    changed = gr.HTML(elem_id="shot-changed")
                    with gr.Accordion(say("before_after"), open=False), gr.Row():
                        with gr.Column(min_width=240):
                            before_title = gr.Markdown()
                            before_bars = prediction_bars(elem_id="before")
                        with gr.Column(min_width=240):
                            gr.Markdown(say("after"))
                            after_bars = prediction_bars(elem_id="after")
        with gr.Accordion(say("result_classes"), open=False) as class_fold:
            classes = gr.HTML(elem_id="class-table", apply_default_css=False, padding=False)
        with gr.Accordion(say("none_of_these"), open=False, elem_id="none-of-these"):
            threshold = gr.Slider(
                0, 99, value=0, step=1, label=say("threshold"), info=say("threshold_help")
            )
            threshold_said = gr.Markdown(elem_id="threshold-said")
            suggestion = gr.Markdown(elem_id="threshold-suggestion")
            use_suggestion = gr.Button(
                say("threshold_use"), size="sm", visible=False, elem_id="threshold-use"
            )
        with gr.Accordion(say("result_scores"), open=False) as score_fold:
            gr.Markdown(say("result_scores_help"), elem_classes="help")
            scores = gr.Plot(show_label=False)
        with gr.Accordion(say("result_moved"), open=False) as moved_fold:
            stages_still = gr.Markdown()
            stages = gr.Plot(show_label=False, visible=False)

    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    picked = [
        place,
        detail,
        told,
        pair,
        before_bars,
        after_bars,
        before_title,
        target,
        changed,
    ]
    matrix.select(choose_cell, token, [shots, *picked], trigger_mode=EVERY_CLICK, **private)
    clicked = shots.submit(choose_shot, [token, place], picked, trigger_mode=EVERY_CLICK, **private)
    clicked.then(None, js=BRING_INTO_VIEW_JS, **private)
    shots.expand(show_more, [token, place], shots, **private)
    gr.on([score_fold.expand, moved_fold.expand], None, js=FIT_CHARTS_JS, **private)
    remove.click(remove_shot, [token, place], [changed, cards.canvas], **private)
    move.click(move_shot, [token, place, target], [changed, cards.canvas], **private)
    # `input` may carry the value from before a key was pressed; `change` follows with the new one.
    gr.on(
        [threshold.input, threshold.change],
        set_threshold,
        [token, threshold],
        [threshold_said, visit.judged],
        trigger_mode="always_last",
        **private,
    )
    use_suggestion.click(take_suggestion, token, threshold, **private)
    outputs = [
        learned,
        results,
        mistakes,
        class_fold,
        score_fold,
        classes,
        scores,
        stages,
        stages_still,
        threshold,
        threshold_said,
        suggestion,
        use_suggestion,
        matrix,
        shots,
        *picked,
    ]
    return ResultPanel(present, outputs)


def cards_now(notebook: Notebook | None) -> list[tuple[str, str]]:
    """The classes that a picture can be moved to, as they are called now, with their ids."""
    return [(card.name, card.id) for card in notebook.classes] if notebook else []


def _held(dataset: Dataset) -> bool:
    """Whether some pictures were taken by holding the button."""
    return any(shot.moment for one in dataset.classes for shot in one.shots)


def _plain(text: str) -> str:
    """Text that people typed, so that markdown shows it as it is, also from right to left."""
    escaped = html.escape(" ".join(text.split()), quote=False)
    shown = "".join(f"\\{sign}" if sign in "\\`*_[]|#~" else sign for sign in escaped)
    return f"<bdi>{shown}</bdi>"
