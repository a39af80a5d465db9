"""The channel grid: many small maps as tiles that can be chosen.

See `rn18demo.ui.canvas` for how values reach it and how a choice reaches Python.
"""

from typing import Any

import gradio as gr

from rn18demo.ui.canvas import PAINT, painted


def channel_grid(value: dict[str, Any] | None = None, *, elem_id: str | None = None) -> gr.HTML:
    """A grid of channels; choosing one sends `select` with its channel index and `stage`.

    Args:
        value: From `rn18demo.core.wire.channels_value`; None shows a placeholder.
        elem_id: Id of the element in the page.
    """
    return painted("channel_grid", (PAINT, "channel_grid.js"), value, elem_id=elem_id)
