"""Training in the Teach tab: the knobs, the button, and how far it is."""

import html
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr
from PIL import Image

from rn18demo.core.checkpoints import Checkpoint
from rn18demo.core.surgery import base_id
from rn18demo.errors import Cancelled, DemoError
from rn18demo.training.augmentation import replica
from rn18demo.training.export import safetensors_bytes
from rn18demo.training.features import FeatureMemory
from rn18demo.training.lesson import Report
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.taught import PREFIX
from rn18demo.training.teach import teach
from rn18demo.ui.feedback import sentence
from rn18demo.ui.header import Header
from rn18demo.ui.lesson_charts import curves_chart, scores_chart
from rn18demo.ui.session import Backend
from rn18demo.ui.taught import Taught
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_recipe import Knobs, build_knobs, read_recipe
from rn18demo.ui.teach_running import News, Running
from rn18demo.ui.text import say

UNDER_WAY = "training"
"""In the settings of a notebook while a lesson runs, so that a restarted server knows of it."""
NEWS_SECONDS = 0.3
"""So often the page is told how far it is."""
PREVIEWS, PREVIEW_COLUMNS = 8, 4


@dataclass(frozen=True)
class TrainPanel:
    """What the rest of the tab needs.

    Attributes:
        done: State that changes whenever a lesson has ended; holds its checkpoint's id.
        start: The button; it cannot be pressed before the page knows its project.
        knobs: How it learns.
    """

    done: gr.State
    start: gr.Button
    knobs: Knobs


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

    def base_of(checkpoint_id: str | None) -> Checkpoint:
        """What to begin with: the chosen weights, or what these were taught from; never cut.

        A taught network of unknown origin is no base: the pictures that are to judge a lesson
        may be those that it was taught with.
        """
        wanted = base_id(checkpoint_id or backend.start)
        if wanted.startswith(PREFIX):
            wanted = backend.taught.base_of(wanted) or backend.start
        return backend.catalogue.get(wanted)

    def begin(notebook: Notebook, base: Checkpoint, recipe: TeachRecipe) -> Running:
        """Start a lesson about what is collected now."""
        page = notebook.now
        cards = tuple(card.id for card in page.classes)
        ids = tuple(tuple(shot.id for shot in card.shots) for card in page.classes)

        def reports(cancelled: Callable[[], bool]) -> Iterator[Report]:
            with notebook.hold():
                notebook.note(**{UNDER_WAY: True})
                try:
                    yield from teach(page.dataset, base, backend.engine, recipe, cancelled, memory)
                finally:
                    notebook.note(**{UNDER_WAY: False})

        def finish(report: Report) -> None:
            lesson = report.lesson
            assert lesson is not None
            if lesson.evaluation is None and notebook.lesson is not None:
                raise Cancelled(say("train_kept_before"))
            if notebook.now.origin != page.origin:  # another project was opened meanwhile
                raise Cancelled(say("train_other_project"))
            taught = Taught(lesson, page.dataset, ids, base, cards)
            backend.taught.keep(notebook.owner, lesson.checkpoint, taught)
            notebook.lesson = taught
            settings = {"recipe": asdict(lesson.recipe), "base": base.id}
            notebook.keep(notebook.now.settings | settings, safetensors_bytes(lesson.checkpoint))

        return Running(reports, finish).start()

    def train(
        token_now: str | None, checkpoint_id: str | None, *values: Any
    ) -> Iterator[dict[Any, Any]]:
        notebook = projects.get(token_now) if token_now else None
        if notebook is None:
            yield {status: sentence(say("train_gone"))}
            return
        try:
            with notebook.lock:
                if notebook.running is None or notebook.running.ended:
                    recipe = read_recipe(values)
                    notebook.running = begin(notebook, base_of(checkpoint_id), recipe)
        except DemoError as error:
            yield {status: sentence(str(error))}
            return
        yield from watch(notebook.running)

    def attach(token_now: str | None) -> Iterator[dict[Any, Any]]:
        """The page was opened again: go on with the lesson that is under way, or say it is lost."""
        notebook = projects.get(token_now) if token_now else None
        if notebook is None:
            yield {status: gr.skip()}
        elif notebook.running is not None and not notebook.running.ended:
            yield from watch(notebook.running)
        elif notebook.now.settings.get(UNDER_WAY):  # this server never began it
            notebook.note(**{UNDER_WAY: False})
            yield {status: sentence(say("train_lost"))}
        else:
            yield {status: gr.skip()}

    def watch(running: Running) -> Iterator[dict[Any, Any]]:
        """Tell the page how far a lesson is, until its end."""
        number = points = 0
        while True:
            news = running.news(number, NEWS_SECONDS)
            if news.number > number:
                number = news.number
                yield told(news, points)
                points = len(news.report.curves) if news.report else points
            if news.ended:
                return
            time.sleep(NEWS_SECONDS)

    def told(news: News, points: int) -> dict[Any, Any]:
        report = news.report
        if news.trouble:
            calm = f'<p class="ready" role="status">{html.escape(news.trouble)}</p>'
            return {status: calm if news.stopped else sentence(news.trouble)}
        if report is None:
            return {status: gr.skip()}
        values: dict[Any, Any] = {status: progress_bar(report)}
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

    def stop_training(token_now: str | None) -> Any:
        notebook = projects.get(token_now) if token_now else None
        if notebook is None or notebook.running is None or notebook.running.ended:
            return gr.skip()
        notebook.running.stop()
        return f'<p class="busy">{html.escape(say("train_stopping"))}</p>'

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
        pictures: list[tuple[Image.Image, str]] = [
            (
                replica(shots[0], transform, recipe.augmentation, number, recipe.seed),
                say("preview_variant" if number else "preview_original", number=number),
            )
            for number in range(shown)
        ]
        return gr.update(value=pictures, visible=True), gr.skip()

    knobs = build_knobs()
    with gr.Row():
        start = gr.Button(say("train"), variant="primary", interactive=False, elem_id="train")
        look = gr.Button(say("preview"), size="sm", elem_id="train-preview")
    with gr.Row(elem_classes="progress-row", equal_height=True):
        status = gr.HTML(elem_id="train-status")
        cancel = gr.Button(say("train_stop"), size="sm", elem_id="train-stop", scale=0)
    previews = gr.Gallery(
        visible=False,
        columns=PREVIEW_COLUMNS,
        height="auto",
        object_fit="cover",
        show_label=False,
        elem_id="replicas",
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
    token.change(attach, token, [status, chart, done], concurrency_limit=None, **private)
    look.click(preview, inputs, [previews, status], **private)
    return TrainPanel(done, start, knobs)
