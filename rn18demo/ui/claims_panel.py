"""Claims of articles, measured on this machine."""

import html
from collections.abc import Iterator
from typing import Any

import gradio as gr
import plotly.graph_objects as go

from rn18demo.core.articles import Quantity, figures
from rn18demo.core.claims import REPEATS, SIDE, Measured, measure
from rn18demo.core.machine import cpu_name
from rn18demo.errors import DemoError
from rn18demo.ui.charts import COLOURS, calm
from rn18demo.ui.feedback import sentence
from rn18demo.ui.progress import reported
from rn18demo.ui.session import Backend
from rn18demo.ui.text import say

PRIVATE: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def written(value: float) -> str:
    """A number with as many digits as help: 11.69, 138, 0.301."""
    if value >= 99.5:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 20 else f"{value:.2f}"


def claims_chart(found: tuple[Measured, ...], quantity: Quantity) -> go.Figure:
    """Ours beside what is written."""
    names = [m.candidate.title for m in found]
    ours = [quantity.of(m) or 0.0 for m in found]
    said = figures(quantity)
    theirs = [said[m.candidate.id].value if m.candidate.id in said else None for m in found]
    figure = go.Figure()
    spread = None
    if quantity is Quantity.MILLISECONDS:
        spread = {
            "type": "data",
            "symmetric": False,
            "array": [(m.slowest or 0) - y for m, y in zip(found, ours, strict=True)],
            "arrayminus": [y - (m.fastest or 0) for m, y in zip(found, ours, strict=True)],
            "color": COLOURS[1],
            "thickness": 1,
        }
    figure.add_bar(
        x=names, y=ours, name=say("claims_ours"), marker_color=COLOURS[0], error_y=spread
    )
    figure.add_bar(x=names, y=theirs, name=say("claims_theirs"), marker_color=COLOURS[1])
    figure.update_yaxes(title=say(f"quantity_{quantity.value}"), rangemode="tozero")
    return calm(figure, height=340)


def claims_table(found: tuple[Measured, ...], quantity: Quantity) -> str:
    """The same in numbers, with the source of each."""
    said = figures(quantity)
    rows = ""
    for m in found:
        value, figure = quantity.of(m), said.get(m.candidate.id)
        ours = say("claims_none") if value is None else written(value)
        if quantity is Quantity.MILLISECONDS and m.fastest is not None and m.slowest is not None:
            ours += f" ({written(m.fastest)} – {written(m.slowest)})"
        cells = [ours] + [say("claims_none")] * 2 + [""]
        if figure is not None:
            cells[1] = f"{figure.value:g}"
            cells[3] = say(figure.remark) if figure.remark else ""
        cells = [html.escape(cell) for cell in cells]
        if figure is not None:
            cells[2] = (
                f"<a href='{html.escape(figure.source.url, quote=True)}' target='_blank' "
                f"rel='noopener'>{html.escape(figure.source.title)}</a>"
            )
        columns = "".join(f"<td>{cell}</td>" for cell in cells)
        rows += f"<tr><th scope='row'>{html.escape(m.candidate.title)}</th>{columns}</tr>"
    head = "".join(
        f"<th scope='col'>{html.escape(say(f'claims_{key}'))}</th>"
        for key in ("network", "ours", "theirs", "source", "why")
    )
    return (
        "<div class='learn-scroll'><table class='learn-table claims'><caption>"
        f"{html.escape(say(f'quantity_{quantity.value}'))}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def claims_words(found: tuple[Measured, ...], device: str) -> str:
    """What the measurements say, in sentences."""
    by_id = {m.candidate.id: m for m in found}
    small, mobile, big = by_id["resnet18"], by_id["mobilenet_v2"], by_id["vgg16"]
    old, new = by_id["resnet50_v1"], by_id["resnet50"]

    def faster(one: Measured, other: Measured) -> float:
        return (one.fastest or 0.0) / (other.fastest or 1.0)

    lines = [
        say("claims_here", device=device, repeats=REPEATS),
        say(
            "claims_vgg",
            parameters=big.parameters / small.parameters,
            macs=big.macs / small.macs,
            time=faster(big, small),
        ),
        say("claims_mobile", macs=mobile.macs / small.macs, time=faster(mobile, small)),
        say("claims_versions", macs=new.macs / old.macs - 1, time=faster(new, old) - 1),
        say("claims_peak_words"),
    ]
    return "\n\n".join(lines)


def build_claims_panel(backend: Backend) -> None:
    """Build the panel."""
    engine = backend.engine
    device = engine.device_name if engine.device.type == "cuda" else cpu_name()

    def run(quantity: str) -> Iterator[Any]:
        """Yields (measurements, chart, table, words, status)."""
        same = [gr.skip()] * 4

        def work(progress: Any, cancelled: Any) -> tuple[Measured, ...]:
            return measure(device=engine.device, progress=progress, cancelled=cancelled)

        try:
            for news in reported(work):
                if isinstance(news, float):
                    share = say("claims_progress", share=f"{news:.0%}")
                    yield *same, f'<p class="busy">{share}</p>'
                else:
                    yield news, *show(news, quantity), claims_words(news, device), ""
        except DemoError as error:
            yield *same, sentence(str(error))

    def show(found: tuple[Measured, ...] | None, quantity: str) -> tuple[Any, Any]:
        if found is None:
            return gr.skip(), gr.skip()
        chosen = Quantity(quantity)
        return gr.update(value=claims_chart(found, chosen), visible=True), claims_table(
            found, chosen
        )

    def stopped() -> str:
        return sentence(say("claims_stopped"))

    found = gr.State(None)
    gr.Markdown(say("claims_intro", side=SIDE, repeats=REPEATS), elem_classes="help")
    start = gr.Button(say("claims_start"), variant="primary", elem_id="claims-start")
    with gr.Row(elem_id="claims-progress", elem_classes="progress-row", equal_height=True):
        status = gr.HTML(elem_id="claims-status")
        cancel = gr.Button(say("cancel"), size="sm", elem_id="claims-cancel", min_width=80, scale=0)
    quantity = gr.Radio(
        [(say(f"quantity_{q.value}"), q.value) for q in Quantity],
        value=Quantity.PARAMETERS.value,
        label=say("claims_quantity"),
        info=say("claims_quantity_help"),
        elem_id="claims-quantity",
    )
    chart = gr.Plot(show_label=False, visible=False, elem_id="claims-chart")
    numbers = gr.HTML(elem_id="claims-table", apply_default_css=False)
    words = gr.Markdown(elem_id="claims-words")
    outputs = [found, chart, numbers, words, status]
    running = start.click(
        run, quantity, outputs, trigger_mode="once", concurrency_limit=1, **PRIVATE
    )
    quantity.input(show, [found, quantity], [chart, numbers], **PRIVATE)
    cancel.click(stopped, None, status, cancels=[running], **PRIVATE)
