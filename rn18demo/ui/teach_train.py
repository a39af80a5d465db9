"""Training in the Teach tab: the knobs, the button, and how far it is."""

import html
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr
from anyio import to_thread
from PIL import Image

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.wire import picture_uri
from rn18demo.errors import DemoError
from rn18demo.training.augmentation import replica
from rn18demo.training.dataset_types import Dataset
from rn18demo.training.features import FeatureMemory
from rn18demo.training.lesson import Report
from rn18demo.training.teach import teach
from rn18demo.ui.events import QUIET
from rn18demo.ui.feedback import sentence
from rn18demo.ui.header import Header
from rn18demo.ui.lesson_charts import curves_chart, scores_chart
from rn18demo.ui.session import Backend
from rn18demo.ui.taught import Taught
from rn18demo.ui.teach_lesson import begin_lesson
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_recipe import Knobs, build_knobs, read_recipe
from rn18demo.ui.teach_running import Cancel, News, Running
from rn18demo.ui.text import say

PREVIEWS = 8
ALL_ARRIVED_JS = f"""async (...inputs) => {{
  const sending = () => document.querySelector("#teach-cards [data-sending]");
  const button = document.getElementById("train");
  if (sending()) {{
    button.disabled = true;
    button.dataset.waits = {json.dumps(say("train_waits"))};
  }}
  while (sending()) await new Promise((done) => setTimeout(done, 100));
  delete button.dataset.waits;
  button.disabled = false;
  return inputs;
}}"""
"""Pictures stand on the page before the server has them, and so do names: a training begins when it
has all."""


@dataclass(frozen=True)
class TrainPanel:
    """What the rest of the tab needs.

    Attributes:
        done: State that changes whenever a lesson has ended; holds its checkpoint's id.
        start: The button; it cannot be pressed before the page knows its project.
        knobs: How it learns.
        chart: Its curves, see `lesson_chart`.
    """

    done: gr.State
    start: gr.Button
    knobs: Knobs
    chart: gr.Plot


def progress_bar(report: Report) -> str:
    """How far a lesson is, as HTML."""
    words = html.escape(report.sentence)
    if report.seconds_left is not None and report.seconds_left >= 1:
        words = (
            words.removesuffix(".")
            + " · "
            + html.escape(say("train_left", seconds=round(report.seconds_left)))
        )
    return (
        f'<div class="busy lesson"><progress value="{report.share:.3f}" max="1"></progress>'
        f"<span>{words}</span></div>"
    )


def lesson_chart(notebook: Notebook | None) -> Any:
    """A notebook's lesson, if it has one: its curves, else the heads that were compared."""
    taught: Taught | None = notebook.lesson if notebook is not None else None
    lesson = taught.lesson if taught is not None else None
    if lesson is not None and lesson.curves:
        return gr.update(value=curves_chart(lesson.curves), visible=True)
    if lesson is not None and lesson.scores:
        return gr.update(value=scores_chart(lesson.scores, lesson.candidate), visible=True)
    return gr.update(visible=False)


def preview_tiles(pictures: Sequence[Image.Image]) -> str:
    """A picture and its replicas as HTML; no file of them is left on the server."""

    def tile(number: int, picture: Image.Image) -> str:
        words = html.escape(say("preview_variant" if number else "preview_original", number=number))
        return (
            f'<figure><img src="{picture_uri(picture)}" alt="">'
            f"<figcaption>{words}</figcaption></figure>"
        )

    tiles = "".join(tile(number, picture) for number, picture in enumerate(pictures))
    return f'<div class="tiles">{tiles}</div>'


def build_train_panel(
    backend: Backend, projects: Projects, header: Header, token: gr.State, project: gr.State
) -> TrainPanel:
    """Build the panel.

    Args:
        backend: Of the server.
        projects: Where the pictures are.
        header: Names the weights to begin with, and is told of the taught ones.
        token: State with the name of the visitor's project.
        project: State with the owner of the project whose settings the page shows; "" before.
    """
    memory = FeatureMemory()

    def base_of(checkpoint_id: str | None) -> Checkpoint:
        return backend.taught.base_for(checkpoint_id or backend.start, backend.start)

    def begin(notebook: Notebook, checkpoint_id: str | None, values: tuple[Any, ...]) -> Running:
        """Start a lesson, or go on with the one that is under way."""
        if notebook.running is not None and not notebook.running.ended:
            return notebook.running
        recipe, base = read_recipe(values), base_of(checkpoint_id)
        notebook.note({"recipe": asdict(recipe)})

        def taught(dataset: Dataset, cancelled: Cancel) -> Iterator[Report]:
            return teach(dataset, base, backend.engine, recipe, cancelled, memory)

        return begin_lesson(notebook, base, taught, backend.taught)

    async def train(
        token_now: str | None, project_now: str, checkpoint_id: str | None, *values: Any
    ) -> AsyncIterator[dict[Any, Any]]:
        notebook = await to_thread.run_sync(projects.get, token_now) if token_now else None
        if notebook is None:
            yield {status: sentence(say("train_gone"))}
            return
        if project_now and project_now != notebook.owner:  # opened while the press was waiting
            yield {status: sentence(say("train_other"))}
            return
        try:
            running = await to_thread.run_sync(begin, notebook, checkpoint_id, values)
        except DemoError as error:
            yield {status: sentence(str(error))}
            return
        async for values_now in watch(notebook, running):
            yield values_now

    async def attach(token_now: str | None) -> AsyncIterator[dict[Any, Any]]:
        """Another project is here: go on with its lesson if one is under way, or say it is lost."""
        notebook = await to_thread.run_sync(projects.get, token_now) if token_now else None
        if notebook is None:
            yield {status: gr.skip()}
        elif notebook.running is not None and not notebook.running.ended:
            async for values in watch(notebook, notebook.running):
                yield values
        elif notebook.training:  # this server never began it
            notebook.mark_training(False)
            yield {status: sentence(say("train_lost"))}
        else:
            yield {status: ""}

    async def watch(notebook: Notebook, running: Running) -> AsyncIterator[dict[Any, Any]]:
        """Tell the page how far a lesson is, until its end."""
        points = 0
        async for news in running.follow():
            values = told(news, points)
            if news.trouble:  # what is shown below is the lesson before it, or none
                values[chart] = lesson_chart(notebook)
            yield values
            points = len(news.report.curves) if news.report else points

    def told(news: News, points: int) -> dict[Any, Any]:
        report = news.report
        if news.dropped:
            return {status: "", chart: lesson_chart(None)}
        if news.trouble:
            calm = f'<p class="ready" role="status">{html.escape(news.trouble)}</p>'
            return {status: calm if news.stopped else sentence(news.trouble)}
        ending = f'<p class="busy">{html.escape(say("train_stopping"))}</p>'
        if report is None:
            return {status: ending if news.stopping else gr.skip()}
        values: dict[Any, Any] = {status: ending if news.stopping else progress_bar(report)}
        if len(report.curves) > points:
            values[chart] = gr.update(value=curves_chart(report.curves), visible=True)
        elif report.scores and not report.curves:
            chosen = report.lesson.candidate if report.lesson else None
            values[chart] = gr.update(value=scores_chart(report.scores, chosen), visible=True)
        if report.lesson is not None:
            words = say("trained_in", seconds=news.seconds)
            values[status] = f'<p class="ready" role="status">{html.escape(words)}</p>'
            values[done] = report.lesson.checkpoint.id
        return values

    def note_knobs(token_now: str | None, *values: Any) -> None:
        """Keep how they are set with the project; what they cannot be is said by `train`."""
        notebook = projects.get(token_now) if token_now else None
        if notebook is not None:
            with suppress(DemoError):
                notebook.note({"recipe": asdict(read_recipe(values))})

    def stop_training(token_now: str | None) -> None:
        """Who watches it says so: what is said here could come after its last word."""
        notebook = projects.get(token_now) if token_now else None
        if notebook is not None and notebook.running is not None:
            notebook.running.stop()

    def preview(token_now: str | None, checkpoint_id: str | None, *values: Any) -> Any:
        """The first picture and replicas of it."""
        notebook = projects.get(token_now) if token_now else None
        classes = notebook.dataset().classes if notebook else ()
        shots = [shot for one in classes for shot in one.shots]
        if not shots:
            return gr.update(visible=False), sentence(say("preview_empty"))
        try:
            recipe = read_recipe(values)
            transform = base_of(checkpoint_id).transform
        except DemoError as error:
            return gr.update(visible=False), sentence(str(error))
        # "automatic" mirrors at most; more of the same would say nothing.
        shown = PREVIEWS if recipe.mode == "deeper" else 1 + recipe.augmentation.flip
        pictures = [
            replica(shots[0], transform, recipe.augmentation, number, recipe.seed)
            for number in range(shown)
        ]
        return gr.update(value=preview_tiles(pictures), visible=True), gr.skip()

    knobs = build_knobs()
    with gr.Row():
        start = gr.Button(say("train"), variant="primary", interactive=False, elem_id="train")
        look = gr.Button(say("preview"), size="sm", elem_id="train-preview")
    with gr.Row(elem_classes="progress-row", equal_height=True):
        status = gr.HTML(elem_id="train-status")
        cancel = gr.Button(say("train_stop"), size="sm", elem_id="train-stop", scale=0)
    previews = gr.HTML(visible=False, elem_id="replicas", apply_default_css=False, padding=False)
    chart = gr.Plot(show_label=False, visible=False, elem_id="train-chart")
    done = gr.State(None)

    inputs = [token, header.checkpoint, *knobs.components]
    start.click(
        train,
        [token, project, header.checkpoint, *knobs.components],
        [status, chart, done],
        js=ALL_ARRIVED_JS,
        trigger_mode="once",
        concurrency_limit=None,  # the line of `teach` says who waits, and where
        **QUIET,
    )
    cancel.click(stop_training, token, None, concurrency_limit=None, **QUIET)
    token.change(attach, token, [status, chart, done], concurrency_limit=None, **QUIET)
    gr.on(
        knobs.turned,
        note_knobs,
        [token, *knobs.components],
        trigger_mode="always_last",
        **QUIET,
    )
    look.click(preview, inputs, [previews, status], **QUIET)
    return TrainPanel(done, start, knobs, chart)
