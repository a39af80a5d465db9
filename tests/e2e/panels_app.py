"""Small pages with single panels over an example picture: those of the Inside tab, and the maps."""

import threading
from collections.abc import Callable
from typing import Any

import gradio as gr
import numpy as np

from rn18demo.core.analysis import Analysis
from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.engine import Engine
from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from rn18demo.core.lenses import Lenses, MapRequest
from rn18demo.ui.cam_tab import build_cam_tab
from rn18demo.ui.following import follow
from rn18demo.ui.gradient_panel import build_gradient_panel
from rn18demo.ui.hide_panel import build_hide_panel
from rn18demo.ui.ledger_panel import build_ledger_panel
from rn18demo.ui.session import Backend, Visit

AS_WIDE_AS_THE_APP = "width: 1000px; max-width: calc(100vw - 120px)"
"""Gradio's page is as wide as its widest part."""
CUT = "starter~layer1.1-F,layer3.1-F"


BEST, NEXT = "best class", "second best"
LONG = 60.0


class HeldLenses(Lenses):
    """A map is half done until it may go on, whether or not somebody still wants it.

    Attributes:
        go_on: Set it, and maps are finished.
        given_up: Whether nobody wants the last one any more.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.go_on = threading.Event()
        self.hold()

    def hold(self) -> None:
        """From now on, maps wait."""
        self.go_on.clear()
        self.given_up: Callable[[], bool] = lambda: False

    def map(
        self,
        analysis: Analysis,
        request: MapRequest,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> np.ndarray:
        """One of the maps that are there already, after a while."""
        self.given_up = cancelled or self.given_up
        if progress is not None:
            progress(0.5)
        assert self.go_on.wait(LONG)
        return analysis.class_maps[request.class_index]


def backend(lenses: Callable[[Engine], Lenses] = Lenses) -> Backend:
    """The starter, computed by PyTorch."""
    engine = Engine(runtime="torch")
    return Backend(Catalogue(), engine, lenses(engine), "starter")


def build(server: Backend) -> gr.Blocks:
    """The page; buttons bring a picture, and the same with two branches cut."""
    picture = read_image(read_examples()[0].path)

    def analyze(checkpoint_id: str) -> Any:
        analysis = server.engine.analyze(server.catalogue.get(checkpoint_id), picture)
        return analysis, analysis.top(1)[0].index

    def whole() -> Any:
        return analyze("starter")

    def cut() -> Any:
        return analyze(CUT)

    with gr.Blocks() as demo:
        gr.HTML(f"<hr style='{AS_WIDE_AS_THE_APP}'>")
        visit = Visit(gr.State(None), gr.State(""), gr.State(0), gr.State(0.0))
        buttons = gr.Button("whole"), gr.Button("cut")
        panels = (build_gradient_panel, build_ledger_panel, build_hide_panel)
        lenses = [build(server, visit) for build in panels]
        pressed = [
            button.click(act, None, [visit.analysis, visit.chosen]).success
            for button, act in zip(buttons, (whole, cut), strict=True)
        ]
        follow(lenses, lambda lens: lens.show, pressed)
    return demo


def build_maps(server: Backend) -> gr.Blocks:
    """The page with the Grad-CAM tab; buttons bring the picture with one or another class."""
    picture = read_image(read_examples()[0].path)
    analysis = server.engine.analyze(server.catalogue.get("starter"), picture)

    def best() -> Any:
        return analysis, analysis.top(1)[0].index

    def second_best() -> Any:
        return analysis, analysis.top(2)[1].index

    with gr.Blocks() as demo:
        gr.HTML(f"<hr style='{AS_WIDE_AS_THE_APP}'>")
        visit = Visit(gr.State(None), gr.State(""), gr.State(0), gr.State(0.0))
        buttons = gr.Button(BEST), gr.Button(NEXT)
        lenses = build_cam_tab(server, visit)
        pressed = [
            button.click(act, None, [visit.analysis, visit.chosen]).success
            for button, act in zip(buttons, (best, second_best), strict=True)
        ]
        follow(lenses, lambda lens: lens.show, pressed)
    return demo
