"""The Teach tab: collect, train, look at what was learned, take it along."""

import html
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import gradio as gr

from rn18demo.core.checkpoints import Checkpoint
from rn18demo.core.surgery import base_id
from rn18demo.errors import CheckpointError
from rn18demo.training.export import model_card, safetensors_bytes
from rn18demo.training.export_usage import WEIGHTS_FILE, labels_text
from rn18demo.training.taught import PREFIX
from rn18demo.ui.events import QUIET
from rn18demo.ui.feedback import sentence
from rn18demo.ui.header import Choices, Header, checkpoint_choices
from rn18demo.ui.session import Backend, Visit
from rn18demo.ui.taught import Taught
from rn18demo.ui.teach_cards import build_teach_cards
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_recipe import show_recipe
from rn18demo.ui.teach_restore import answering
from rn18demo.ui.teach_results import build_result_panel
from rn18demo.ui.teach_train import build_train_panel, lesson_chart
from rn18demo.ui.text import say


def build_teach_tab(backend: Backend, visit: Visit, header: Header, projects: Projects) -> None:
    """Build the tab.

    Args:
        backend: Of the server.
        visit: Is told when "none of these" was set anew.
        header: Names the weights that a lesson begins with, and offers those it ends with.
        projects: Where visitors' pictures are.
    """

    def known(notebook: Notebook) -> tuple[Checkpoint, ...]:
        """What was taught from a notebook; one that was saved with it answers again."""
        return answering(notebook, backend)

    def show(token: str | None, active: str | None) -> dict[Any, Any]:
        """A lesson has ended, or a project was opened: show what there is, and use it."""
        notebook = projects.get(token) if token else None
        ready = {train.start: gr.update(interactive=notebook is not None)}
        if notebook is None:
            return panel.present(None) | ready
        checkpoints: tuple[Checkpoint, ...] = ()
        trouble = ""
        try:
            checkpoints = known(notebook)
        except CheckpointError as error:
            trouble = sentence(str(error))
        choices = [(title, one.id) for title, one in numbered(checkpoints)]
        return (
            panel.present(notebook, checkpoints[0] if checkpoints else None)
            | ready
            | {
                files: gr.update(visible=bool(checkpoints)),
                files_said: trouble,
                stale: stale_words(notebook),
                header.taught: choices,
                header.checkpoint: gr.update(choices=menu(choices, active)),
                weights: gr.update(visible=False),
                card: gr.update(visible=False),
                labels: gr.update(visible=False),
            }
        )

    def menu(taught: Choices, active: str | None) -> Choices:
        """All weights; parts may be cut out of those that answer, which is a choice of its own."""
        try:
            return checkpoint_choices(backend, taught, active or "")
        except CheckpointError:  # cut out of what was taught from another project
            return checkpoint_choices(backend, taught)

    def numbered(checkpoints: Sequence[Checkpoint]) -> list[tuple[str, Checkpoint]]:
        """Titles that tell several lessons about the same classes apart; the newest is first."""
        if len(checkpoints) < 2:
            return [(one.title, one) for one in checkpoints]
        return [
            (say("lesson_title", title=one.title, number=len(checkpoints) - place), one)
            for place, one in enumerate(checkpoints)
        ]

    def use(token: str | None, active: str | None) -> Any:
        """Let the newest taught network answer; it must be among the choices by now.

        Where nothing was taught yet, one that was taught before answers no more.
        """
        notebook = projects.get(token) if token else None
        found = backend.taught.of(notebook.owner) if notebook else ()
        if found:
            return found[0].id
        gone = notebook is not None and base_id(active or "").startswith(PREFIX)
        return backend.catalogue.resolve(backend.start) if gone else gr.skip()

    def set_knobs(token: str | None) -> dict[Any, Any]:
        """A project was opened: as it was taught, if it was.

        Not after a training, for the visitor may have gone on to other settings.
        """
        notebook = projects.get(token) if token else None
        recipe = notebook.now.settings.get("recipe") if notebook else None
        return show_recipe(train.knobs, recipe) or {train.knobs.fold: gr.skip()}

    def draw_chart(token: str | None) -> Any:
        """A project was opened: its curves, if it was taught before."""
        notebook = projects.get(token) if token else None
        if notebook is not None and notebook.running is not None and not notebook.running.ended:
            return gr.skip()  # those that are being drawn stay
        with suppress(CheckpointError):  # `show` says it
            _ = known(notebook) if notebook is not None else ()
        return lesson_chart(notebook)

    def opened(token: str | None) -> str:
        """Which project is open: another value means that another one is."""
        notebook = projects.get(token) if token else None
        return notebook.owner if notebook else ""

    def say_stale(token: str | None) -> str:
        """Whether the pictures are still those that the lesson was about."""
        notebook = projects.get(token) if token else None
        return stale_words(notebook) if notebook else ""

    def stale_words(notebook: Notebook) -> str:
        taught: Taught | None = notebook.lesson
        if taught is None or taught.still_about(notebook.now):
            return ""
        return f"<p class='help' role='status'>{html.escape(say('result_stale'))}</p>"

    def make_files(token: str | None) -> dict[Any, Any]:
        """Write weights, labels and model card where the visitor can fetch them."""
        notebook = projects.get(token) if token else None
        checkpoints = known(notebook) if notebook else ()
        if notebook is None or not checkpoints:
            return {files_said: sentence(say("train_gone"))}
        taught: Taught | None = notebook.lesson
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder) / WEIGHTS_FILE
            model.write_bytes(safetensors_bytes(checkpoints[0]))
            names = model.with_suffix(".txt")
            names.write_text(labels_text(checkpoints[0]), encoding="utf-8")
            made = {weights: model, labels: names}
            if taught is not None:
                made[card] = model.with_suffix(".md")
                made[card].write_text(model_card(taught.lesson), encoding="utf-8")
            # Gradio's copies are deleted with its other files, and with the project.
            offered = {
                button: button.move_resource_to_block_cache(path) for button, path in made.items()
            }
        notebook.lend("weights", [Path(str(path)) for path in offered.values()])
        return {button: gr.update(value=path, visible=True) for button, path in offered.items()}

    gr.Markdown(say("teach_intro"), elem_classes="intro")
    cards = build_teach_cards(projects)
    project = gr.State("")
    train = build_train_panel(backend, projects, header, cards.token, project)
    gr.Markdown(f"### {say('result_learned')}")
    stale = gr.HTML(elem_id="stale")
    panel = build_result_panel(backend, visit, projects, cards)
    with gr.Row(visible=False, elem_id="take-home") as files:
        make = gr.Button(say("prepare_weights"), size="sm", elem_id="make-files")
        weights = gr.DownloadButton(
            say("save_weights"), visible=False, size="sm", elem_id="save-weights"
        )
        card = gr.DownloadButton(say("save_card"), visible=False, size="sm", elem_id="save-card")
        labels = gr.DownloadButton(
            say("save_labels"), visible=False, size="sm", elem_id="save-labels"
        )
    files_said = gr.HTML(elem_id="files-said")
    projects.on_drop = backend.taught.forget

    outputs = [
        *panel.outputs,
        stale,
        train.start,
        header.taught,
        header.checkpoint,
        files,
        weights,
        card,
        labels,
        files_said,
    ]
    inputs = [cards.token, header.checkpoint]
    shown = gr.on([train.done.change, project.change], show, inputs, outputs, **QUIET)
    shown.success(
        use,
        inputs,
        header.checkpoint,
        trigger_mode="always_last",
        **QUIET,
    )
    knobs = [train.knobs.fold, *train.knobs.components]
    project.change(set_knobs, cards.token, knobs, **QUIET)
    project.change(draw_chart, cards.token, train.chart, **QUIET)
    newest: dict[str, Any] = QUIET | {"trigger_mode": "always_last"}
    cards.changed(opened, cards.token, project, **newest)
    cards.changed(say_stale, cards.token, stale, **newest)
    make.click(make_files, cards.token, [weights, card, labels, files_said], **QUIET)
