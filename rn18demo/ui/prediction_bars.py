"""The prediction bars: the most probable classes, each a button.

See `rn18demo.ui.canvas` for how values reach them and how a choice reaches Python.
"""

from typing import Any

import gradio as gr

from rn18demo.ui.canvas import painted


def prediction_bars(value: dict[str, Any] | None = None, *, elem_id: str | None = None) -> gr.HTML:
    """Bars of the most probable classes; choosing one sends `select` with its class index.

    Args:
        value: From `rn18demo.core.wire.predictions_value`; None shows a placeholder.
        elem_id: Id of the element in the page.
    """
    scripts, styles = ("bar_rows.js", "prediction_bars.js"), ("bar_rows.css",)
    return painted("prediction_bars", scripts, value, styles=styles, elem_id=elem_id)
