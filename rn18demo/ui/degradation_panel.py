"""In the Inside tab: three small networks trained before the visitor's eyes."""

import html
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rn18demo.errors import DemoError
from rn18demo.training.degradation import (
    BATCH,
    LIMITS,
    SHALLOW_DEPTH,
    DegradationReport,
    DegradationSettings,
    run_degradation,
)
from rn18demo.training.line import Line
from rn18demo.ui.charts import BELOW, BETWEEN, COLOURS, calm
from rn18demo.ui.events import QUIET
from rn18demo.ui.feedback import sentence
from rn18demo.ui.progress import Computation, Computations
from rn18demo.ui.text import say

RUNS_AT_ONCE = 2
POLL_SECONDS = 0.3
CLEAR = 3.0
"""Errors closer than this, in per cent of the pictures, are called no clear difference."""
LINE = Line(RUNS_AT_ONCE)


def degradation_chart(reports: DegradationReport) -> go.Figure:
    """Errors of the three networks so far: training pictures left, held-out ones right."""
    titles = (say("degradation_training"), say("degradation_held_out"))
    figure = make_subplots(cols=2, subplot_titles=titles, horizontal_spacing=BETWEEN)
    colours = (COLOURS[1], COLOURS[2], COLOURS[0])
    for course, colour in zip(reports.courses, colours, strict=True):
        steps = [point.step for point in course.points]
        errors = (
            [100 * (1 - point.accuracy) for point in course.points],
            [100 * (1 - point.held_out_accuracy) for point in course.points],
        )
        for column, values in enumerate(errors, start=1):
            figure.add_scatter(
                x=steps,
                y=values,
                name=say(f"degradation_name_{course.name}", depth=course.depth),
                legendgroup=course.name,
                showlegend=column == 1,
                line={"color": colour, "width": 3},
                mode="lines+markers",
                row=1,
                col=column,
            )
    figure.update_xaxes(title=say("degradation_x"), range=[0, reports.settings.steps])
    figure.update_yaxes(range=[0, 102], ticksuffix=" %")
    figure.update_annotations(font_size=13)
    return calm(figure, height=320).update_layout(legend=BELOW, margin={"t": 32})


def outcome(report: DegradationReport) -> str:
    """What came out of a whole run, as Markdown, from its own numbers."""
    shallow, plain, residual = (100 * (1 - course.last.accuracy) for course in report.courses)
    held = [100 * (1 - course.last.held_out_accuracy) for course in report.courses]
    numbers = say(
        "degradation_numbers",
        steps=report.step,
        few=SHALLOW_DEPTH,
        depth=report.settings.depth,
        shallow=shallow,
        plain=plain,
        residual=residual,
        held_shallow=held[0],
        held_plain=held[1],
        held_residual=held[2],
    )
    seen = "degradation_seen" if plain - shallow > CLEAR else "degradation_not_seen"
    if abs(plain - residual) <= CLEAR:
        helped = "degradation_not_helped"
    else:
        helped = "degradation_helped" if residual < plain else "degradation_hurt"
    return f"{numbers} {say(seen)} {say(helped)}"


def build_degradation_panel() -> None:
    """Build the panel."""
    computations = Computations()

    def busy(words: str) -> str:
        return f'<p class="busy">{html.escape(words)}</p>'

    def run(
        depth: float, width: float, steps: float, seed: float | None, request: gr.Request
    ) -> Iterator[Any]:
        """Yields (chart, words, status)."""
        with computations.begin(request) as mine:
            try:
                number = -1 if seed is None or seed != int(seed) else int(seed)
                settings = DegradationSettings(int(depth), int(width), int(steps), number)
                yield from in_turn(settings, mine)
            except DemoError as error:
                said = say("degradation_stopped") if mine.over() else str(error)
                yield gr.skip(), gr.skip(), sentence(said)

    def in_turn(settings: DegradationSettings, mine: Computation) -> Iterator[Any]:
        """Wait in line, then compute; yields as `run` does."""
        with LINE.enter() as place:
            while (ahead := place.ahead) and not mine.over():
                yield gr.skip(), gr.skip(), busy(say("degradation_waiting", ahead=ahead))
                time.sleep(POLL_SECONDS)
            yield gr.skip(), gr.skip(), busy(say("degradation_drawing"))
            for report in run_degradation(settings, mine.over):
                yield gr.update(value=degradation_chart(report), visible=True), *told(report)

    def told(report: DegradationReport) -> tuple[str, str]:
        """The words below the chart, and the line of progress."""
        if report.done:
            done = say("degradation_done", seconds=report.seconds)
            return outcome(report), f'<p class="ready" role="status">{html.escape(done)}</p>'
        steps, seconds = report.settings.steps, report.seconds
        return "", busy(say("degradation_progress", step=report.step, steps=steps, seconds=seconds))

    def slider(name: str, step: int, **values: Any) -> gr.Slider:
        least, most = LIMITS[name]
        return gr.Slider(
            least,
            most,
            value=getattr(usual, name),
            step=step,
            label=say(f"degradation_{name}"),
            info=say(f"degradation_{name}_help", **values),
            elem_id=f"degradation-{name}",
            min_width=220,
        )

    usual = DegradationSettings()
    with gr.Accordion(say("degradation"), open=False, elem_id="degradation"):
        gr.Markdown(say("degradation_help"))
        with gr.Row():
            depth = slider("depth", 2, depth=SHALLOW_DEPTH)
            width = slider("width", 1)
            steps = slider("steps", 10, batch=BATCH)
            seed = gr.Number(
                usual.seed,
                precision=0,
                label=say("degradation_seed"),
                info=say("degradation_seed_help"),
                elem_id="degradation-seed",
                min_width=220,
            )
        start = gr.Button(say("degradation_run"), size="sm", elem_id="degradation-start")
        with gr.Row(elem_id="degradation-progress", elem_classes="progress-row"):
            status = gr.HTML(elem_id="degradation-status")
            cancel = gr.Button(
                say("cancel"), size="sm", elem_id="degradation-cancel", min_width=80, scale=0
            )
        chart = gr.Plot(show_label=False, visible=False, elem_id="degradation-chart")
        words = gr.Markdown(elem_id="degradation-words")
        gr.Markdown(say("degradation_limits"))
    start.click(
        run,
        [depth, width, steps, seed],
        [chart, words, status],
        trigger_mode="once",
        concurrency_limit=20,
        **QUIET,
    )
    cancel.click(computations.stop, None, None, queue=False, **QUIET)
