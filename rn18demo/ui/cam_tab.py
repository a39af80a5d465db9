"""The Grad-CAM lens: where the network looked."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr
import numpy as np

from rn18demo.core.analysis import Analysis
from rn18demo.core.cam_methods import GRAD_CAM, METHODS, find_method, map_title
from rn18demo.core.lenses import MapRequest
from rn18demo.core.stages import LAST, STAGES, find_stage
from rn18demo.core.wire import map_value, picture_uri
from rn18demo.errors import DemoError
from rn18demo.ui.canvas import map_canvas
from rn18demo.ui.events import QUIET
from rn18demo.ui.feedback import sentence
from rn18demo.ui.progress import Computation, Computations, reported, wish
from rn18demo.ui.road_panel import build_road_panel
from rn18demo.ui.session import Backend, Lens, Visit
from rn18demo.ui.source import class_choices
from rn18demo.ui.text import say
from rn18demo.ui.turns import Turns

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
    computations = Computations()

    def show(
        analysis: Analysis | None,
        chosen: int,
        stage: str,
        method: str,
        compare: int | None,
        request: gr.Request,
    ) -> dict[Any, Any]:
        """Another picture, or other weights."""
        labels = () if analysis is None else analysis.labels
        shown: dict[Any, Any] = {classes: f"{hash(labels)}"}
        if compare is not None and compare >= len(labels):
            compare = None
            shown[second] = None
        return shown | change(analysis, chosen, stage, method, compare, request)

    def choices_now(analysis: Analysis | None, compare: int | None) -> Any:
        """The classes to compare with; asked for when they are other ones than before.

        New choices, even equal ones, would undo how far a visitor has narrowed them down by typing.
        """
        choices = [] if analysis is None else class_choices(analysis)
        if compare is not None and compare >= len(choices):  # chosen in the last moment
            return gr.update(choices=choices, value=None)
        return gr.update(choices=choices)

    def choose(
        analysis: Analysis | None,
        chosen: int,
        stage: str,
        method: str,
        compare: int | None,
        request: gr.Request,
    ) -> dict[Any, Any]:
        """Another class."""
        if analysis is None or (stage, method) != INSTANT:
            return change(analysis, chosen, stage, method, compare, request)
        computations.overtake(request)
        # The browser has this map already and shows it by itself: none is packed and sent again.
        return {status: "", intro: intro_words(analysis, chosen, stage, method)}

    def change(
        analysis: Analysis | None,
        chosen: int,
        stage: str,
        method: str,
        compare: int | None,
        request: gr.Request,
    ) -> dict[Any, Any]:
        """Another kind of map: at once if it is there, and otherwise `compute` is asked for it."""
        if analysis is not None and (stage, method) != INSTANT:
            news = computations.announce(request, wish(analysis, chosen, stage, method, compare))
            return {slow: secrets.token_hex(8) if news else gr.skip()}
        computations.overtake(request)
        if analysis is None:
            return {canvas: None, status: "", intro: say("cam_intro_empty")}
        front = MapRequest(stage, method, chosen)
        return {
            canvas: canvas_value(backend, analysis, front, compare, analysis.class_maps),
            status: "",
            intro: intro_words(analysis, chosen, stage, method),
        }

    def compute(
        analysis: Analysis | None,
        chosen: int,
        stage: str,
        method: str,
        compare: int | None,
        request: gr.Request,
    ) -> Iterator[dict[Any, Any]]:
        """Compute the maps that are not there yet; gives up when others are wanted."""
        beside = None if compare == chosen else compare
        title = find_method(method).title
        front, maps = MapRequest(stage, method, chosen), []
        about = analysis and wish(analysis, chosen, stage, method, compare)
        with computations.announced(request, about) as mine:
            if mine is None or analysis is None:
                yield gr.skip()  # a generator without a value would empty its outputs
                return
            try:
                for news in computed(analysis, front, beside, mine):
                    if isinstance(news, float):
                        words = say("mapping", method=title, share=f"{100 * news:.0f} %")
                        yield {status: f'<p class="busy">{words}</p>'}
                    else:
                        maps.append(news)
            except DemoError as error:
                if not mine.over():
                    yield {status: sentence(str(error))}
            else:
                if not mine.over():
                    yield {
                        canvas: canvas_value(backend, analysis, front, beside, maps),
                        status: "",
                        intro: intro_words(analysis, chosen, stage, method),
                    }
        if mine.over():  # or Gradio would say at the end once more how far it was
            yield {status: sentence(say("stopped")) if mine.stopped else ""}

    def computed(
        analysis: Analysis, front: MapRequest, beside: int | None, mine: Computation
    ) -> Iterator[float | np.ndarray]:
        """The map of one class or of two, each after the shares done of it, 0 to 1."""
        for index in [front.class_index] if beside is None else [front.class_index, beside]:
            work = partial(one_map, analysis, replace(front, class_index=index), mine)
            for news in reported(work):
                if mine.over():
                    return
                yield news

    def one_map(
        analysis: Analysis,
        request: MapRequest,
        mine: Computation,
        progress: Callable[[float], None],
        left: Callable[[], bool],
    ) -> np.ndarray:
        return backend.lenses.map(analysis, request, progress, lambda: mine.over() or left())

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
        second = gr.Dropdown(
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
    slow = gr.State("")  # another value asks `compute`
    classes = gr.State("")  # another value asks `choices_now`
    inputs = [visit.analysis, visit.chosen, stage, method, second]
    outputs = [canvas, status, intro, second, slow, classes]
    many = QUIET | {"trigger_mode": "always_last", "concurrency_limit": 4}
    turns = Turns()
    picked = [stage.input, method.input, second.input]
    waits = many | {"concurrency_limit": None}  # for its own visitor's turn alone
    changed = gr.on(picked, turns.showing(change), inputs, outputs, **waits)
    # Maps that are there come from plain handlers: Gradio delivers what a generator yields last
    # a second time when it ends, which would undo a class clicked meanwhile.
    slow.change(compute, inputs, [canvas, status, intro], **many)
    classes.change(choices_now, [visit.analysis, second], second, **many)
    gr.on([stage.input, method.input], describe_map, [stage, method], words, **QUIET)

    cancel.click(computations.stop, None, None, queue=False, **QUIET)
    road = build_road_panel(backend, visit, stage, method)
    lens = Lens(
        show, choose, inputs, outputs, canvas, turns=turns, behind=change, repainted=changed
    )
    return lens, road
