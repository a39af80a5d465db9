"""The Grad-CAM lens: where the network looked."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from rn18demo.core.analysis import Analysis
from rn18demo.core.cam_methods import GRAD_CAM, METHODS, find_method, map_title
from rn18demo.core.lenses import MapRequest
from rn18demo.core.stages import LAST, STAGES, find_stage
from rn18demo.core.wire import map_value, picture_uri
from rn18demo.errors import DemoError
from rn18demo.ui.canvas import map_canvas
from rn18demo.ui.feedback import sentence
from rn18demo.ui.progress import reported
from rn18demo.ui.road_panel import build_road_panel
from rn18demo.ui.session import Backend, Lens, Visit
from rn18demo.ui.source import class_choices
from rn18demo.ui.text import say

INSTANT = (LAST.name, GRAD_CAM)
"""Stage and method whose maps reach the browser for all classes at once."""


def canvas_value(
    backend: Backend, analysis: Analysis, request: MapRequest, compare: int | None, maps: Any
) -> dict[str, Any]:
    """What the canvas paints.

    Args:
        backend: Of the server.
        analysis: Of the picture.
        request: Which map is in front.
        compare: A class for the map beside it, or None.
        maps: (n, h, w): all classes, or the chosen one and the one beside it.
    """
    indices = None
    if len(maps) != len(analysis.labels):
        indices = [request.class_index] + ([compare] if compare is not None else [])
    shown = indices if indices is not None else range(len(analysis.labels))
    probabilities = analysis.logits.softmax(0)
    return map_value(
        picture_uri(analysis.image),
        analysis.image.size,
        maps,
        [analysis.labels[i] for i in shown],
        request.class_index,
        indices=indices,
        probabilities=[float(probabilities[i]) for i in shown],
        crop=analysis.crop_box,
        compare=compare,
        title=map_title(request.stage, request.method),
    )


def intro_words(analysis: Analysis, chosen: int, stage: str, method: str) -> str:
    """What the map shows; of the border only where there is one."""
    border = say("cam_border") if analysis.cropped else ""
    title = map_title(stage, method)
    return say("cam_intro", label=analysis.labels[chosen], title=title, border=border)


def build_cam_tab(backend: Backend, visit: Visit) -> tuple[Lens, Lens]:
    """Build the tab, and the panel that tests its map."""

    def paint(
        analysis: Analysis | None, chosen: int, stage: str, method: str, compare: int | None
    ) -> Iterator[Any]:
        """Yields (canvas, status, intro)."""
        if analysis is None:
            yield None, "", say("cam_intro_empty")
            return
        if compare == chosen:
            compare = None
        request = MapRequest(stage, method, chosen)
        intro = intro_words(analysis, chosen, stage, method)
        if (stage, method) == INSTANT:
            value = canvas_value(backend, analysis, request, compare, analysis.class_maps)
            yield value, "", intro
            return
        title = find_method(method).title
        try:
            maps = []
            for index in [chosen] if compare is None else [chosen, compare]:
                wanted = MapRequest(stage, method, index)
                work = lambda progress, cancelled, wanted=wanted: backend.lenses.map(  # noqa: E731
                    analysis, wanted, progress, cancelled
                )
                for news in reported(work):
                    if isinstance(news, float):
                        words = say("mapping", method=title, share=f"{100 * news:.0f} %")
                        yield gr.skip(), f'<p class="busy">{words}</p>', gr.skip()
                    else:
                        maps.append(news)
        except DemoError as error:
            yield gr.skip(), sentence(str(error)), gr.skip()
            return
        yield canvas_value(backend, analysis, request, compare, maps), "", intro

    def show(
        analysis: Analysis | None, chosen: int, stage: str, method: str, compare: int | None
    ) -> Iterator[Any]:
        """Yields (canvas, status, intro, choices of the second class)."""
        classes = []
        if analysis is not None:
            classes = class_choices(analysis)
            if compare is not None and compare >= len(classes):
                compare = None
        for canvas, status, intro in paint(analysis, chosen, stage, method, compare):
            yield canvas, status, intro, gr.update(choices=classes, value=compare)

    def choose(
        analysis: Analysis | None, chosen: int, stage: str, method: str, compare: int | None
    ) -> Iterator[Any]:
        if analysis is not None and (stage, method) == INSTANT and compare != chosen:
            # The browser has this map already and shows it by itself.
            intro = intro_words(analysis, chosen, stage, method)
            yield gr.skip(), "", intro, gr.skip()
            return
        yield from change(analysis, chosen, stage, method, compare)

    def change(
        analysis: Analysis | None, chosen: int, stage: str, method: str, compare: int | None
    ) -> Iterator[Any]:
        for canvas, status, intro in paint(analysis, chosen, stage, method, compare):
            yield canvas, status, intro, gr.skip()

    def describe_map(stage: str, method: str) -> str:
        found, way = find_stage(stage), find_method(method)
        return say(
            "cam_words",
            stage=found.title,
            stage_words=found.words,
            method=way.title,
            method_words=way.words,
            paper=way.paper,
            warning="" if way.comparable else say("not_comparable"),
        )

    intro = gr.Markdown(say("cam_intro_empty"), elem_classes="intro", elem_id="cam-intro")
    with gr.Row(elem_classes="pickers"):
        stage = gr.Dropdown(
            [(say("stage_choice", title=s.title, side=s.side), s.name) for s in STAGES],
            value=LAST.name,
            label=say("stage"),
            filterable=False,
            min_width=200,
            elem_id="cam-stage",
        )
        method = gr.Dropdown(
            [(say("method_slow", title=m.title) if m.slow else m.title, m.id) for m in METHODS],
            value=GRAD_CAM,
            label=say("method"),
            filterable=False,
            min_width=200,
            elem_id="cam-method",
        )
        compare = gr.Dropdown(
            [],
            value=None,
            label=say("compare"),
            filterable=True,
            min_width=200,
            elem_id="cam-compare",
        )
    with gr.Row(elem_id="cam-progress", elem_classes="progress-row", equal_height=True):
        status = gr.HTML(elem_id="cam-status")
        cancel = gr.Button(say("cancel"), size="sm", elem_id="cam-cancel", min_width=80, scale=0)
    canvas = map_canvas(elem_id="cam-canvas")
    words = gr.Markdown(describe_map(LAST.name, GRAD_CAM), elem_classes="help")
    inputs = [visit.analysis, visit.chosen, stage, method, compare]
    outputs = [canvas, status, intro, compare]
    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    changing = gr.on(
        [stage.input, method.input, compare.input],
        change,
        inputs,
        outputs,
        trigger_mode="always_last",
        concurrency_limit=4,
        **private,
    )
    gr.on([stage.input, method.input], describe_map, [stage, method], words, **private)

    def stopped() -> str:
        return sentence(say("stopped"))

    cancel.click(stopped, None, status, cancels=[changing], **private)
    road = build_road_panel(backend, visit, stage, method)
    return Lens(show, choose, inputs, outputs, canvas), road
