"""Under the Inside lens: how strong the gradient is at each block, and the 256 paths."""

from typing import Any

import gradio as gr
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rn18demo.core.analysis import Analysis
from rn18demo.core.blocks import BLOCKS
from rn18demo.core.paths import PLACES, PathSplit, split_gradient
from rn18demo.ui.charts import ACCENT, COLOURS, calm
from rn18demo.ui.folding import shown_while_open
from rn18demo.ui.session import Backend, Lens, Visit
from rn18demo.ui.text import say

BINOMIAL = (1, 8, 28, 56, 70, 56, 28, 8, 1)
"""Paths of each length with nothing cut."""


def gradient_chart(split: PathSplit) -> go.Figure:
    """The norm at each block, with and without the ways back through shortcuts."""
    figure = go.Figure()
    curves = {"gradient_with": split.norms, "gradient_without": split.norms_through_f}
    for (name, norms), colour in zip(curves.items(), (ACCENT, COLOURS[2]), strict=True):
        figure.add_scatter(
            x=PLACES,
            y=[norm or None for norm in norms],  # 0 has no place on a scale of powers
            name=say(name),
            line={"color": colour, "width": 3},
            mode="lines+markers",
            hovertemplate="%{x}: %{y:.3g}",
        )
    figure.update_yaxes(title=say("gradient_y"), type="log", tickformat=".1g", nticks=6)
    return calm(figure, height=280)


def paths_chart(split: PathSplit) -> go.Figure:
    """Above, how many paths of each length are open; below, their weight."""
    lengths = list(range(len(BLOCKS) + 1))
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.1)
    figure.add_bar(
        x=lengths, y=BINOMIAL, name=say("paths_all"), marker={"color": "rgba(134,142,150,0.3)"}
    )
    figure.add_bar(
        x=lengths,
        y=split.counts,
        name=say("paths_count"),
        marker={"color": COLOURS[2]},
        texttemplate="%{y}",
        textposition="outside",
        cliponaxis=False,
    )
    figure.add_bar(
        x=lengths,
        y=split.weights,
        name=say("paths_weight"),
        marker={"color": ACCENT},
        hovertemplate="%{x}: %{y:.3g}",
        row=2,
        col=1,
    )
    figure.update_layout(barmode="overlay")
    figure.update_yaxes(title=say("paths_count_y"), range=[0, 84], row=1)
    figure.update_yaxes(title=say("paths_weight_y"), rangemode="tozero", row=2)
    figure.update_xaxes(dtick=1)
    figure.update_xaxes(title=say("paths_x"), row=2)
    return calm(figure, height=420)


def build_gradient_panel(backend: Backend, visit: Visit) -> Lens:
    """Build the panel; it computes only while it is open."""

    def show(analysis: Analysis | None, chosen: int) -> dict[Any, Any]:
        if analysis is None:
            hidden = gr.update(value=None, visible=False)
            return {words: say("panel_empty"), norms: hidden, counted: "", paths: hidden}
        network = backend.engine.network(analysis.checkpoint)
        split = split_gradient(network, backend.lenses.batch(analysis), chosen)
        return {
            words: say(
                "gradient_words",
                label=analysis.labels[chosen],
                whole=split.norms[0],
                closed=split.norms_through_f[0],
            ),
            norms: gr.update(value=gradient_chart(split), visible=True),
            counted: say("paths_help", open=sum(split.counts)),
            paths: gr.update(value=paths_chart(split), visible=True),
        }

    with gr.Accordion(say("gradient"), open=False, elem_id="gradient") as panel:
        gr.Markdown(say("gradient_help"))
        words = gr.Markdown(say("panel_empty"), elem_id="gradient-words")
        norms = gr.Plot(show_label=False, visible=False, elem_id="gradient-chart")
        counted = gr.Markdown(elem_id="paths-words")
        paths = gr.Plot(show_label=False, visible=False, elem_id="paths-chart")
        gr.Markdown(say("paths_caution"), elem_classes="help")
    outputs = [words, norms, counted, paths]
    lens = Lens(show, show, [visit.analysis, visit.chosen], outputs)
    return shown_while_open(panel, visit, lens, working=(words, say("gradient_working")))
