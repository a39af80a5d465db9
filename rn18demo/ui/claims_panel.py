"""Claims of articles, measured on this machine."""

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from rn18demo.core.articles import Quantity
from rn18demo.core.claims import REPEATS, SIDE, Measured, measure
from rn18demo.core.machine import cpu_name
from rn18demo.errors import DemoError
from rn18demo.ui.claims_charts import claims_chart, claims_table, claims_words
from rn18demo.ui.events import QUIET
from rn18demo.ui.feedback import sentence
from rn18demo.ui.progress import Computations, reported
from rn18demo.ui.session import Backend
from rn18demo.ui.text import say


def build_claims_panel(backend: Backend) -> None:
    """Build the panel."""
    engine = backend.engine
    device = engine.device_name if engine.device.type == "cuda" else cpu_name()
    computations = Computations()

    def run(request: gr.Request) -> Iterator[Any]:
        """Yields (measurements, words, status)."""
        same = [gr.skip()] * 2

        def work(progress: Any, left: Callable[[], bool]) -> tuple[Measured, ...]:
            def cancelled() -> bool:
                return mine.over() or left()

            return measure(device=engine.device, progress=progress, cancelled=cancelled)

        with computations.begin(request) as mine:
            try:
                for news in reported(work):
                    if isinstance(news, float):
                        share = say("claims_progress", share=f"{100 * news:.0f} %")
                        yield *same, f'<p class="busy">{share}</p>'
                    else:
                        yield news, claims_words(news, device), ""
            except DemoError as error:
                yield *same, sentence(say("claims_stopped") if mine.over() else str(error))

    def show(found: tuple[Measured, ...] | None, quantity: str) -> tuple[Any, Any]:
        if found is None:
            return gr.skip(), gr.skip()
        chosen = Quantity(quantity)
        return gr.update(value=claims_chart(found, chosen), visible=True), claims_table(
            found, chosen
        )

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
    outputs = [found, words, status]
    start.click(run, None, outputs, trigger_mode="once", concurrency_limit=1, **QUIET)
    newest: dict[str, Any] = QUIET | {"trigger_mode": "always_last"}
    gr.on([found.change, quantity.input], show, [found, quantity], [chart, numbers], **newest)
    cancel.click(computations.stop, None, None, queue=False, **QUIET)
