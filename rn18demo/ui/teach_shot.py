"""One picture of a lesson, large: what it was called, where the network looks, and what to do."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from rn18demo.core.wire import map_value, picture_uri, predictions_value
from rn18demo.errors import DemoError, RequestError
from rn18demo.training.words import percent, plain
from rn18demo.ui.canvas import map_canvas
from rn18demo.ui.confusion import Cell, answers_of
from rn18demo.ui.events import QUIET
from rn18demo.ui.feedback import sentence
from rn18demo.ui.prediction_bars import prediction_bars
from rn18demo.ui.session import Backend
from rn18demo.ui.taught import Taught
from rn18demo.ui.teach_cards import TeachCards
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.text import say
from rn18demo.ui.text.en_teach import TEACH_MESSAGES as WORDS

MARKED_JS = """(marked, ...inputs) =>
  [document.querySelector("#cell-shots [aria-pressed=true]")?.dataset.id ?? null, ...inputs]"""
"""Of a step: its first input becomes the id of the picture that is marked in the browser. What is
shown here may still be an earlier one, or what the server thinks is shown a later one."""
SAID_NOTHING_JS = """() => ["", { __type__: "update", visible: false }, null]"""
"""Of a click on another picture: what was said of the last one goes, with its undo, and so does the
class that was chosen for it."""
NOTHING_MARKED_JS = """() => ["", { __type__: "update", visible: false }, null, null]"""
"""Of a click on another cell: so do its pictures, which nobody can then take for those of the new
one while they are on their way."""


@dataclass(frozen=True)
class Place:
    """Which picture is shown.

    Attributes:
        cell: Of the confusion matrix; None for the surest mistakes.
        number: Among the pictures of the cell; None if there is none.
    """

    cell: Cell | None = None
    number: int | None = None


@dataclass(frozen=True)
class ShotPanel:
    """How the results fill it.

    Attributes:
        place: State with the `Place`, or None before there is a lesson.
        said: What happened to the picture; also where to say what is wrong with a click.
        of_last: What is about the picture before, and goes at a click on another one, in the
            browser (`SAID_NOTHING_JS`): what is said, the undo beside it, and the class that was
            chosen. The server's answer comes later, and would take away what is new by then.
        pick: Makes the outputs' values from a lesson, a cell, the number of a picture in it, and
            the notebook. It leaves alone what is in `of_last`.
        forget: Makes the values of what is in `of_last`, for another lesson.
        outputs: What both fill.
    """

    place: gr.State
    said: gr.HTML
    of_last: list[Any]
    pick: Callable[[Taught, Cell | None, int, Notebook | None], dict[Any, Any]]
    forget: Callable[[Notebook | None], dict[Any, Any]]
    outputs: list[Any]


def shown_place(taught: Taught, cell: Cell | None, number: int) -> Place:
    """The picture of that number in a cell of the confusion matrix, or in the surest mistakes."""
    evaluation = taught.lesson.evaluation
    answers = answers_of(evaluation, cell) if evaluation else ()
    return Place(cell, number if 0 <= number < len(answers) else None)


def build_shot_panel(backend: Backend, projects: Projects, cards: TeachCards) -> ShotPanel:
    """Build the panel; pictures that it moves or removes are those of `cards`."""

    def pick(
        taught: Taught, cell: Cell | None, number: int, notebook: Notebook | None
    ) -> dict[Any, Any]:
        """Show one of the pictures of a cell large; the browser marks it by itself."""
        shown = shown_place(taught, cell, number)
        values: dict[Any, Any] = {
            place: shown,
            detail: gr.update(visible=shown.number is not None),
        }
        evaluation = taught.lesson.evaluation
        if evaluation is None or shown.number is None:
            return values
        answer = answers_of(evaluation, cell)[shown.number]
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
                label=_typed(names[answer.label]),
                answer=_typed(names[answer.predicted]),
                share=percent(answer.probability),
            ),
            before_bars: predictions_value(before.top()),
            after_bars: predictions_value(after.top()),
            before_title: say("before", title=_typed(taught.base.title)),
            classes: _cards_now(notebook),
        }

    def forget(notebook: Notebook | None) -> dict[Any, Any]:
        said = {changed: "", undo: gr.update(visible=False)}
        return said | {classes: _cards_now(notebook), target: None}

    def offer(cards_now: Sequence[tuple[str, str]]) -> Any:
        """The classes, where they are other ones: new choices would undo what is typed there."""
        return gr.update(choices=list(cards_now))

    def change(
        shot: str | None, token_now: str | None, step: Callable[[Notebook, str], None]
    ) -> dict[Any, Any]:
        """Take a step with a picture, and offer to take it back."""
        notebook = projects.get(token_now) if token_now else None
        if notebook is None:
            return {changed: sentence(say("train_gone"))}
        if not shot or shot not in notebook.now.ids:
            return {changed: sentence(say("shot_not_here" if shot else "shot_none"))}
        try:
            step(notebook, shot)
        except DemoError as error:
            return {changed: sentence(str(error))}
        return {
            changed: f"<p class='ready'>{html.escape(say('shot_changed'))}</p>",
            undo: gr.update(visible=True),
            done: notebook.revision,
            cards.canvas: {"revision": notebook.revision},
        }

    def remove_shot(shot: str | None, token_now: str | None) -> dict[Any, Any]:
        return change(shot, token_now, lambda notebook, shot: notebook.remove_shots([shot]))

    def move_shot(shot: str | None, token_now: str | None, card_id: str | None) -> dict[Any, Any]:
        if card_id is None:
            return {changed: sentence(say("shot_choose"))}
        return change(shot, token_now, lambda notebook, shot: notebook.move_shots([shot], card_id))

    def take_back(token_now: str | None, revision: int | None) -> dict[Any, Any]:
        """Undo what was done here, but nothing that was done after it."""
        hidden = {undo: gr.update(visible=False)}
        notebook = projects.get(token_now) if token_now else None
        if notebook is None:
            return hidden | {changed: sentence(say("train_gone"))}
        try:
            with notebook.lock:
                if notebook.revision != revision:
                    raise RequestError(WORDS["nothing_to_undo"])
                notebook.undo()
        except DemoError as error:
            return hidden | {changed: sentence(str(error))}
        return hidden | {changed: "", cards.canvas: {"revision": notebook.revision}}

    place = gr.State(None)
    marked = gr.Textbox(visible=False)
    done, classes = gr.State(None), gr.State(())
    with gr.Column(visible=False) as detail:
        told = gr.Markdown(elem_id="shot-words")
        pair = map_canvas(memory="lesson", view="side", elem_id="shot-canvas")
        with gr.Row(elem_id="move-row", equal_height=False):
            target = gr.Dropdown([], label=say("shot_relabel"), min_width=160)
            move = gr.Button(say("shot_move"), size="sm", min_width=120, elem_id="shot-move")
            remove = gr.Button(say("shot_remove"), size="sm", min_width=120, elem_id="shot-remove")
        with gr.Row(equal_height=False):
            changed = gr.HTML(elem_id="shot-changed")
            undo = gr.Button(
                WORDS["undo"],
                size="sm",
                visible=False,
                scale=0,
                min_width=100,
                elem_id="shot-undo",
            )
        with gr.Accordion(say("before_after"), open=False), gr.Row():
            with gr.Column(min_width=240):
                before_title = gr.Markdown()
                before_bars = prediction_bars(elem_id="before")
            with gr.Column(min_width=240):
                gr.Markdown(say("after"))
                after_bars = prediction_bars(elem_id="after")

    classes.change(offer, classes, target, trigger_mode="always_last", **QUIET)
    stepped = [changed, undo, done, cards.canvas]
    step = QUIET | {"js": MARKED_JS}
    remove.click(remove_shot, [marked, cards.token], stepped, **step)
    move.click(move_shot, [marked, cards.token, target], stepped, **step)
    undo.click(take_back, [cards.token, done], [changed, undo, cards.canvas], **QUIET)
    outputs = [
        place,
        detail,
        told,
        pair,
        before_bars,
        after_bars,
        before_title,
        classes,
        target,
        changed,
        undo,
    ]
    return ShotPanel(place, changed, [changed, undo, target], pick, forget, outputs)


def _cards_now(notebook: Notebook | None) -> tuple[tuple[str, str], ...]:
    """The classes that a picture can be moved to, as they are called now, with their ids."""
    return tuple((card.name, card.id) for card in notebook.classes) if notebook else ()


def _typed(text: str) -> str:
    """Text that people typed, so that markdown shows it as it is, also from right to left."""
    return f"<bdi>{plain(text)}</bdi>"
