"""Under the Grad-CAM lens: does the map tell the truth about the network?"""

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import plotly.graph_objects as go

from rn18demo.core.analysis import Analysis
from rn18demo.core.cam_methods import map_title
from rn18demo.core.faithfulness import Faithfulness, faithfulness, sentences
from rn18demo.core.lenses import MapRequest
from rn18demo.errors import DemoError
from rn18demo.ui.charts import COLOURS, calm
from rn18demo.ui.events import QUIET
from rn18demo.ui.feedback import sentence
from rn18demo.ui.folding import true_after
from rn18demo.ui.progress import Computations, reported, wish
from rn18demo.ui.session import Backend, Lens, Visit
from rn18demo.ui.text import say

NOTHING: tuple[Any, str, str] = (gr.update(value=None, visible=False), "", "")
"""Chart, words and status while nothing was tested."""


def road_chart(result: Faithfulness) -> go.Figure:
    """What is left of the answer as more of the picture is hidden, by both ends of the map."""
    hidden = (0, *result.percentiles)
    curves = {
        say("road_map"): result.map,
        say("road_random"): result.random,
        say("road_gaussian"): result.gaussian,
    }
    figure = go.Figure()
    # The map last, so that its line lies on top; the legend keeps the order of reading.
    for (name, curve), colour in reversed(list(zip(curves.items(), COLOURS, strict=True))):
        left = [100 * value for value in (result.confidence, *curve.most)]
        line = {"color": colour, "width": 3 if name == say("road_map") else 2}
        figure.add_scatter(x=hidden, y=left, name=name, line=line, mode="lines+markers")
        kept = [100 * value for value in (result.confidence, *curve.least)]
        dotted = line | {"dash": "dot"}
        figure.add_scatter(x=hidden, y=kept, line=dotted, mode="lines", showlegend=False)
    figure.update_xaxes(title=say("road_x"), ticksuffix=" %")
    figure.update_yaxes(title=say("road_y"), ticksuffix=" %", rangemode="tozero")
    return calm(figure, height=300).update_layout(legend={"traceorder": "reversed"})


def build_road_panel(
    backend: Backend, visit: Visit, stage: gr.Dropdown, method: gr.Dropdown
) -> Lens:
    """Build the panel; it checks the map that the two pickers name.

    Args:
        backend: Of the server.
        visit: The visitor's picture and class.
        stage: Picks the stage.
        method: Picks the method.

    Returns:
        A lens that forgets the result as soon as it is about another map.
    """
    tests = Computations()

    def check(
        analysis: Analysis | None,
        chosen: int,
        stage_name: str,
        method_id: str,
        request: gr.Request,
    ) -> Iterator[Any]:
        """Yields (chart, words, status)."""
        if analysis is None:
            yield gr.skip(), gr.skip(), sentence(say("no_picture"))
            return
        wanted = MapRequest(stage_name, method_id, chosen)

        def work(progress: Any, left: Callable[[], bool]) -> Faithfulness:
            def cancelled() -> bool:
                return mine.over() or left()

            found = backend.lenses.map(analysis, wanted, None, cancelled)
            network = backend.engine.network(analysis.checkpoint)
            batch = backend.lenses.batch(analysis)
            return faithfulness(
                network, batch, chosen, found, progress=progress, cancelled=cancelled
            )

        with tests.begin(request, wish(analysis, chosen, stage_name, method_id)) as mine:
            try:
                for news in reported(work):
                    if mine.over():
                        break
                    if isinstance(news, Faithfulness):
                        about = say(
                            "road_about",
                            label=analysis.labels[chosen],
                            title=map_title(stage_name, method_id),
                            words=" ".join(sentences(news)),
                        )
                        yield gr.update(value=road_chart(news), visible=True), about, ""
                    else:
                        share = say("road_progress", share=f"{100 * news:.0f} %")
                        yield gr.skip(), gr.skip(), f'<p class="busy">{share}</p>'
            except DemoError as error:
                if not mine.over():
                    yield gr.skip(), gr.skip(), sentence(str(error))
        if mine.over() and mine.stopped:
            yield gr.skip(), gr.skip(), sentence(say("road_stopped"))
        elif mine.over():  # once more: what was on its way may have come after `forget`
            yield NOTHING

    with gr.Accordion(say("road"), open=False, elem_id="road") as panel:
        gr.Markdown(say("road_help"))
        start = gr.Button(say("road_button"), size="sm", elem_id="road-start")
        with gr.Row(elem_id="road-progress", elem_classes="progress-row", equal_height=True):
            status = gr.HTML(elem_id="road-status")
            cancel = gr.Button(
                say("cancel"), size="sm", elem_id="road-cancel", min_width=80, scale=0
            )
        words = gr.Markdown(elem_id="road-words")
        chart = gr.Plot(show_label=False, visible=False, elem_id="road-chart")
    start.click(
        check,
        [visit.analysis, visit.chosen, stage, method],
        [chart, words, status],
        trigger_mode="once",
        concurrency_limit=2,
        **QUIET,
    )

    def forget(
        analysis: Analysis | None,
        chosen: int,
        stage_name: str,
        method_id: str,
        request: gr.Request,
    ) -> Any:
        """Another map is shown: what is said of the last one goes, and its test ends."""
        shown = analysis and wish(analysis, chosen, stage_name, method_id)
        if tests.runs(request, shown):  # this comes late: the map is being tested already
            return (gr.skip(),) * len(NOTHING)
        tests.overtake(request)
        return NOTHING

    inputs, outputs = [visit.analysis, visit.chosen, stage, method], [chart, words, status]
    newest: dict[str, Any] = QUIET | {"trigger_mode": "always_last"}
    gr.on([stage.input, method.input], forget, inputs, outputs, **newest)
    cancel.click(tests.stop, None, None, queue=False, **QUIET)
    opened = true_after(panel.expand)  # before, there is nothing to forget
    return Lens(forget, forget, inputs, outputs, awake=opened)
