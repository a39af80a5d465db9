"""A small page with the three panels of the Inside tab alone, over an example picture."""

from typing import Any

import gradio as gr

from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.engine import Engine
from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from rn18demo.core.lenses import Lenses
from rn18demo.ui.following import follow
from rn18demo.ui.gradient_panel import build_gradient_panel
from rn18demo.ui.hide_panel import build_hide_panel
from rn18demo.ui.ledger_panel import build_ledger_panel
from rn18demo.ui.session import Backend, Visit

AS_WIDE_AS_THE_APP = "width: 1000px; max-width: calc(100vw - 120px)"
"""Gradio's page is as wide as its widest part."""
CUT = "starter~layer1.1-F,layer3.1-F"


def backend() -> Backend:
    """The starter, computed by PyTorch."""
    engine = Engine(runtime="torch")
    return Backend(Catalogue(), engine, Lenses(engine), "starter")


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
