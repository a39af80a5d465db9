"""Under the Inside lens: hide the hottest k %, and watch the answer go.

The server computes both curves once; the browser blurs and reads them while the slider moves.
"""

import base64
from typing import Any

import gradio as gr
import numpy as np

from rn18demo.core.analysis import Analysis
from rn18demo.core.cam import signed_layer4_maps
from rn18demo.core.hiding import Hiding, hide_hottest
from rn18demo.core.stages import LAST
from rn18demo.core.wire import picture_uri
from rn18demo.errors import DemoError
from rn18demo.training.words import percent
from rn18demo.ui.canvas import PAINT, painted
from rn18demo.ui.folding import shown_while_open
from rn18demo.ui.session import Backend, Lens, Visit
from rn18demo.ui.text import say

NO_DIFFERENCE = 0.02
"""Mean probabilities closer than this are called the same."""
LITTLE = 0.1
"""A class with less than this has too little to lose."""


def signed_map(analysis: Analysis, class_index: int) -> np.ndarray:
    """The class activation map before the ReLU, so that cold places have an order too."""
    row = analysis.checkpoint.head[class_index]
    return signed_layer4_maps(analysis.activation(LAST.name), row[None])[0].numpy()


def hide_value(found: Hiding, label: str) -> dict[str, Any]:
    """What the slider shows."""
    orders = found.order, found.random_order
    return {
        "label": label,
        "side": found.square.size[0],
        "picture": picture_uri(found.square),
        "blurred": picture_uri(found.blurred),
        "orders": [base64.b64encode(order.tobytes()).decode("ascii") for order in orders],
        "percents": found.percents,
        "curves": [[round(value, 5) for value in c] for c in (found.by_map, found.by_chance)],
    }


def hide_words(found: Hiding, label: str) -> str:
    """The two curves in a sentence."""
    by_map, by_chance = float(np.mean(found.by_map)), float(np.mean(found.by_chance))
    verdict = "hiding_same"
    if max(found.by_map[0], found.by_chance[0]) < LITTLE:
        verdict = "hiding_little"
    elif abs(by_map - by_chance) > NO_DIFFERENCE:
        verdict = "hiding_faster" if by_map < by_chance else "hiding_slower"
    return say(
        "hiding_words",
        label=label,
        by_map=percent(by_map),
        by_chance=percent(by_chance),
        verdict=say(verdict),
    )


def build_hide_panel(backend: Backend, visit: Visit) -> Lens:
    """Build the panel; it computes only while it is open."""

    def show(analysis: Analysis | None, chosen: int) -> dict[Any, Any]:
        if analysis is None:
            return {words: say("panel_empty"), slider: None}
        try:
            found = hide_hottest(backend.engine, analysis, chosen, signed_map(analysis, chosen))
        except DemoError as error:
            return {words: str(error), slider: None}
        label = analysis.labels[chosen]
        return {words: hide_words(found, label), slider: hide_value(found, label)}

    with gr.Accordion(say("hiding"), open=False, elem_id="hiding") as panel:
        gr.Markdown(say("hiding_help"))
        slider = painted("hide", (PAINT, "hide.js"), None, elem_id="hide-slider")
        words = gr.Markdown(say("panel_empty"), elem_id="hide-words")
    outputs = [words, slider]
    lens = Lens(show, show, [visit.analysis, visit.chosen], outputs)
    return shown_while_open(panel, visit, lens, working=(words, say("hiding_working")))
