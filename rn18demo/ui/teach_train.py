"""Training in the Teach tab: the knobs, the button, and how far it is."""

import html
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr
from PIL import Image

from rn18demo.core.checkpoints import Checkpoint
from rn18demo.core.surgery import base_id
from rn18demo.errors import DemoError
from rn18demo.training.augmentation import replica
from rn18demo.training.export import safetensors_bytes
from rn18demo.training.features import FeatureMemory
from rn18demo.training.lesson import Report
from rn18demo.training.teach import teach
from rn18demo.ui.feedback import sentence
from rn18demo.ui.header import Header
from rn18demo.ui.lesson_charts import curves_chart, scores_chart
from rn18demo.ui.session import Backend
from rn18demo.ui.taught import Taught
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_recipe import NAMES, build_knobs, read_recipe
from rn18demo.ui.text import say

NEWS_SECONDS = 0.3
"""So often the page is told how far it is."""
PREVIEWS = 8


@dataclass(frozen=True)
class TrainPanel:
    """What the rest of the tab needs.

    Attributes:
        done: State that changes whenever a lesson has ended; holds its checkpoint's id.
        start: The button; it cannot be pressed before the page knows its project.
    """

    done: gr.State
    start: gr.Button


def progress_bar(report: Report) -> str:
    """How far a lesson is, as HTML."""
    words = html.escape(report.sentence)
    if report.seconds_left is not None and report.seconds_left >= 1:
        words += " · " + html.escape(say("train_left", seconds=round(report.seconds_left)))
    return (
        f'<div class="busy lesson"><progress value="{report.share:.3f}" max="1"></progress>'
        f"<span>{words}</span></div>"
    )


def build_train_panel(
    backend: Backend, projects: Projects, header: Header, token: gr.State
) -> TrainPanel:
    """Build the panel.

    Args:
        backend: Of the server.
        projects: Where the pictures are.
        header: Names the weights to begin with, and is told of the taught ones.
        token: State with the name of the visitor's project.
    """
    memory = FeatureMemory()
    stops: dict[str, threading.Event] = {}

    def base_of(checkpoint_id: str | None) -> Checkpoint:
        """What to begin with: the chosen weights, or what these were taught from; never cut."""
        wanted = base_id(checkpoint_id or backend.start)
        known = backend.taught.find(wanted)
        return known.base if known else backend.catalogue.get(wanted)

    def finish(notebook: Notebook, taught: Taught) -> None:
        lesson = taught.lesson
        notebook.lesson = taught
        backend.taught.keep(notebook.token, lesson.checkpoint, taught)
        settings = {"recipe": asdict(lesson.recipe)}
        notebook.keep(settings, safetensors_bytes(lesson.checkpoint))

    def train(
        token_now: str | None, checkpoint_id: str | None, *values: Any
    ) -> Iterator[dict[Any, Any]]:
        notebook = projects.get(token_now) if token_now else None
        if notebook is None:
            yield {status: sentence(say("train_gone"))}
            return
        stop = stops[notebook.token] = threading.Event()
        page = notebook.now
        ids = tuple(tuple(shot.id for shot in card.shots) for card in page.classes)
        told, points = 0.0, 0
        try:
            with notebook.hold():
                base = base_of(checkpoint_id)
                steps = teach(
                    page.dataset, base, backend.engine, read_recipe(values), stop.is_set, memory
                )
                for report in steps:
                    now = time.monotonic()
                    if report.lesson is None and now - told < NEWS_SECONDS:
                        continue
                    told = now
                    news: dict[Any, Any] = {status: progress_bar(report)}
                    if len(report.curves) > points:
                        points = len(report.curves)
                        news[chart] = gr.update(value=curves_chart(report.curves), visible=True)
                    elif report.scores and not points:
                        chosen = report.lesson.candidate if report.lesson else None
                        bars = scores_chart(report.scores, chosen)
                        news[chart] = gr.update(value=bars, visible=True)
                    if report.lesson is not None:
                        finish(notebook, Taught(report.lesson, page.dataset, ids, base))
                        words = say("trained_in", seconds=report.lesson.seconds)
                        news[status] = f'<p class="ready" role="status">{html.escape(words)}</p>'
                        news[done] = report.lesson.checkpoint.id
                    yield news
        except DemoError as error:
            yield {status: sentence(str(error))}
        finally:
            stops.pop(notebook.token, None)

    def stop_training(token_now: str | None) -> Any:
        found = stops.get(token_now or "")
        if found is None:
            return gr.skip()
        found.set()
        return f'<p class="busy">{html.escape(say("train_stopping"))}</p>'

    def preview(token_now: str | None, checkpoint_id: str | None, *values: Any) -> Any:
        """The first picture and replicas of it."""
        notebook = projects.get(token_now) if token_now else None
        classes = notebook.dataset().classes if notebook else ()
        shots = [shot for one in classes for shot in one.shots]
        if not shots:
            return gr.update(visible=False), sentence(say("preview_empty"))
        try:
            settings = dict(zip(NAMES, values, strict=True)) | {"mode": "deeper"}
            recipe = read_recipe(tuple(settings[name] for name in NAMES))
            transform = base_of(checkpoint_id).transform
        except DemoError as error:
            return gr.update(visible=False), sentence(str(error))
        pictures: list[Image.Image] = [
            replica(shots[0].picture, transform, recipe.augmentation, number, recipe.seed)
            for number in range(PREVIEWS)
        ]
        return gr.update(value=pictures, visible=True), ""

    knobs = build_knobs()
    with gr.Row():
        start = gr.Button(say("train"), variant="primary", interactive=False, elem_id="train")
        look = gr.Button(say("preview"), size="sm", elem_id="train-preview")
    with gr.Row(elem_classes="progress-row", equal_height=True):
        status = gr.HTML(elem_id="train-status")
        cancel = gr.Button(say("train_stop"), size="sm", elem_id="train-stop", scale=0)
    previews = gr.Gallery(
        visible=False, columns=PREVIEWS, height="auto", show_label=False, elem_id="replicas"
    )
    chart = gr.Plot(show_label=False, visible=False, elem_id="train-chart")
    done = gr.State(None)

    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    inputs = [token, header.checkpoint, *knobs.components]
    start.click(
        train,
        inputs,
        [status, chart, done],
        trigger_mode="once",
        concurrency_limit=None,  # the line of `teach` says who waits, and where
        **private,
    )
    cancel.click(stop_training, token, status, concurrency_limit=None, **private)
    look.click(preview, inputs, [previews, status], **private)
    return TrainPanel(done, start)
