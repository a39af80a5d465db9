"""Under the Inside lens: which channels spoke for a class and which against it.

The bars send `select` with the channel as index.
"""

from typing import Any

import gradio as gr

from rn18demo.core.analysis import Analysis
from rn18demo.core.featuremaps import channel_map
from rn18demo.core.ledger import Ledger, in_float32, read_ledger
from rn18demo.core.stages import LAST
from rn18demo.core.wire import map_value, picture_uri
from rn18demo.ui.canvas import EVERY_CLICK, map_canvas, painted
from rn18demo.ui.events import QUIET
from rn18demo.ui.folding import shown_while_open
from rn18demo.ui.session import Backend, Lens, Visit
from rn18demo.ui.text import say
from rn18demo.ui.turns import ASKED_JS, Turns

ALONE = -1
"""Stands for no second class."""
OTHERS = 20
"""Classes offered for the comparison."""


def ledger_value(ledger: Ledger, label: str, channel: int | None) -> dict[str, Any]:
    """What the bars show; `channel` is the one marked as chosen."""
    best, worst = ledger.strongest_for(), ledger.strongest_against()
    return {
        "sides": [
            {"title": say("ledger_for", label=label), "rows": best},
            {"title": say("ledger_against", label=label), "rows": worst},
        ],
        "peak": max(abs(value) for _, value in (*best, *worst, (0, 1e-9))),
        "chosen": channel,
    }


def channel_value(analysis: Analysis, channel: int) -> dict[str, Any]:
    """The map of a channel over the picture."""
    values = channel_map(analysis.activation(LAST.name), channel)
    title = say("ledger_channel", channel=channel, mean=float(values.mean()))
    return map_value(
        picture_uri(analysis.image),
        analysis.image.size,
        values[None],
        [title],
        channel,
        indices=[channel],
        crop=analysis.crop_box,
        title=title,
    )


def build_ledger_panel(backend: Backend, visit: Visit) -> Lens:
    """Build the panel; it computes only while it is open."""

    def compare(analysis: Analysis | None, chosen: int, other: int | None) -> dict[Any, Any]:
        """The ledger, and the map of the channel that spoke most."""
        if analysis is None:
            return {words: say("panel_empty"), bars: None, canvas: None}
        network, quick = backend.engine.network(analysis.checkpoint), analysis
        analysis = in_float32(analysis, network, backend.lenses.batch(analysis))
        again = "" if analysis is quick else say("ledger_again")
        ledger, label, key = read_ledger(analysis, chosen), analysis.labels[chosen], "ledger_words"
        names = {"label": label}
        if other is not None and other not in (ALONE, chosen) and other < len(analysis.labels):
            ledger = ledger.against(read_ledger(analysis, other))
            key, names["other"] = "ledger_words_two", analysis.labels[other]
        first = next((channel for channel, _ in ledger.strongest_for(1)), 0)
        return {
            words: say(
                key,
                **names,
                spoken_for=ledger.spoken_for,
                spoken_against=ledger.spoken_against,
                bias=ledger.bias,
                total=ledger.total,
                logit=ledger.logit,
            )
            + again,
            bars: ledger_value(ledger, label, first),
            canvas: channel_value(analysis, first),
        }

    def show(analysis: Analysis | None, chosen: int) -> dict[Any, Any]:
        """Another picture or class: the second class is chosen anew."""
        choices = [(say("ledger_alone"), ALONE)]
        if analysis is not None:
            likely = analysis.top(OTHERS)
            choices += [(p.label, p.index) for p in likely if p.index != chosen]
        second_now = {second: gr.update(choices=choices, value=ALONE)}
        return compare(analysis, chosen, ALONE) | second_now

    def pick(asked: float, analysis: Analysis | None, event: gr.EventData) -> Any:
        channel = int(getattr(event, "index", 0))
        if analysis is None or not 0 <= channel < LAST.channels:
            return None
        return channel_value(analysis, channel)

    asked = gr.Number(0, visible=False)
    with gr.Accordion(say("ledger"), open=False, elem_id="ledger") as panel:
        gr.Markdown(say("ledger_help"))
        second = gr.Dropdown(
            [(say("ledger_alone"), ALONE)],
            value=ALONE,
            label=say("ledger_second"),
            info=say("ledger_second_help"),
            elem_id="ledger-second",
        )
        words = gr.Markdown(say("panel_empty"), elem_id="ledger-words")
        with gr.Row():
            with gr.Column(min_width=300):
                bars = painted("ledger", ("ledger.js",), None, elem_id="ledger-bars")
            with gr.Column(min_width=300):
                canvas = map_canvas(memory="channel", elem_id="ledger-canvas")
    inputs, outputs = [visit.analysis, visit.chosen], [words, bars, canvas]
    lens = Lens(show, show, inputs, [*outputs, second])
    newest: dict[str, Any] = QUIET | {"trigger_mode": "always_last", "concurrency_limit": None}
    second.input(lens.turns.taking(compare), [*inputs, second], outputs, **newest)
    bars.select(
        Turns().taking_newest(lens.turns.taking(pick)),
        [asked, visit.analysis],
        canvas,
        js=ASKED_JS,
        trigger_mode=EVERY_CLICK,
        concurrency_limit=None,
        **QUIET,
    )
    return shown_while_open(panel, visit, lens)
