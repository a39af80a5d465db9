"""The Teach tab: collect, train, look at what was learned, take it along."""

import tempfile
from pathlib import Path
from typing import Any

import gradio as gr

from rn18demo.core.checkpoints import Checkpoint
from rn18demo.errors import CheckpointError
from rn18demo.training.export import model_card, safetensors_bytes
from rn18demo.ui.feedback import sentence
from rn18demo.ui.header import Header, checkpoint_choices
from rn18demo.ui.session import Backend, Visit
from rn18demo.ui.taught import Taught, restore_checkpoint
from rn18demo.ui.teach_cards import build_teach_cards
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_results import build_result_panel
from rn18demo.ui.teach_train import build_train_panel
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
        found = backend.taught.of(notebook.token)
        saved = notebook.now.checkpoint
        if found or saved is None:
            return found
        backend.taught.keep(notebook.token, restore_checkpoint(saved))
        return backend.taught.of(notebook.token)

    def show(token: str | None) -> dict[Any, Any]:
        """A lesson has ended, or a visitor came back: show what there is, and use it."""
        notebook = projects.get(token) if token else None
        ready = {train.start: gr.update(interactive=notebook is not None)}
        if notebook is None:
            return panel.present(None) | ready
        try:
            checkpoints = known(notebook)
        except CheckpointError as error:
            return panel.present(None) | ready | {files_said: sentence(str(error))}
        taught: Taught | None = notebook.lesson
        values = panel.present(taught) | ready | {files: gr.update(visible=bool(checkpoints))}
        if not checkpoints:
            return values
        choices = [(checkpoint.title, checkpoint.id) for checkpoint in checkpoints]
        return values | {
            header.taught: choices,
            header.checkpoint: gr.update(choices=checkpoint_choices(backend, choices)),
            weights: gr.update(visible=False),
            card: gr.update(visible=False),
        }

    def use(token: str | None) -> Any:
        """Let the newest taught network answer; it must be among the choices by now."""
        notebook = projects.get(token) if token else None
        found = backend.taught.of(notebook.token) if notebook else ()
        return found[0].id if found else gr.skip()

    def make_files(token: str | None) -> dict[Any, Any]:
        """Write weights and model card where the visitor can fetch them."""
        notebook = projects.get(token) if token else None
        checkpoints = known(notebook) if notebook else ()
        if notebook is None or not checkpoints:
            return {files_said: sentence(say("train_gone"))}
        taught: Taught | None = notebook.lesson
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder) / "taught-resnet18.safetensors"
            model.write_bytes(safetensors_bytes(checkpoints[0]))
            values: dict[Any, Any] = {weights: offer(weights, model)}
            if taught is not None:
                page = Path(folder) / "taught-resnet18.md"
                page.write_text(model_card(taught.lesson), encoding="utf-8")
                values[card] = offer(card, page)
        return values

    def offer(button: gr.DownloadButton, path: Path) -> Any:
        """Hand a file to a button; Gradio's copy of it is deleted with its other files."""
        return gr.update(value=button.move_resource_to_block_cache(path), visible=True)

    gr.Markdown(say("teach_intro"), elem_classes="intro")
    cards = build_teach_cards(projects)
    train = build_train_panel(backend, projects, header, cards.token)
    gr.Markdown(f"### {say('result_learned')}")
    panel = build_result_panel(backend, visit, projects, cards)
    with gr.Row(visible=False, elem_id="take-home") as files:
        make = gr.Button(say("prepare_weights"), size="sm", elem_id="make-files")
        weights = gr.DownloadButton(
            say("save_weights"), visible=False, size="sm", elem_id="save-weights"
        )
        card = gr.DownloadButton(say("save_card"), visible=False, size="sm", elem_id="save-card")
    files_said = gr.HTML(elem_id="files-said")

    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    outputs = [
        *panel.outputs,
        train.start,
        header.taught,
        header.checkpoint,
        files,
        weights,
        card,
        files_said,
    ]
    shown = gr.on([train.done.change, cards.token.change], show, cards.token, outputs, **private)
    shown.success(use, cards.token, header.checkpoint, **private)
    make.click(make_files, cards.token, [weights, card, files_said], **private)
