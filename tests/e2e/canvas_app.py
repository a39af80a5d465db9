"""A small page with the three painting components, and numbers that are known in advance."""

import base64
import io
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from rn18demo.core.predictions import Prediction
from rn18demo.core.wire import channels_value, map_value, predictions_value
from rn18demo.ui.canvas import CHOOSE_JS, map_canvas
from rn18demo.ui.channel_grid import channel_grid
from rn18demo.ui.prediction_bars import prediction_bars

SIZE = (400, 300)
CROP = (0.125, 0.0, 0.875, 1.0)
GREY = (120, 120, 120)
EVIL = "<img src=x onerror=\"document.title='broken'\"> a very long label that does not fit"
LABELS = ("tabby cat", "tiger cat", EVIL)
HOT = {0: (0, 0), 1: (3, 3), 2: (1, 2)}
"""By class: row and column of the only cell that is not zero."""
PEAKS = (1.0, 2.0, 4.0)


def maps() -> np.ndarray:
    """(3, 4, 4): one hot cell for each class."""
    result = np.zeros((3, 4, 4), np.float32)
    for index, (row, column) in HOT.items():
        result[index, row, column] = PEAKS[index]
    return result


def uri(colour: tuple[int, int, int]) -> str:
    """A plain picture, without loss."""
    buffer = io.BytesIO()
    Image.new("RGB", SIZE, colour).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def canvas_value(
    chosen: int = 0, compare: int | None = None, colour: tuple[int, int, int] = GREY
) -> dict[str, Any]:
    return map_value(
        uri(colour),
        SIZE,
        maps(),
        LABELS,
        chosen,
        crop=CROP,
        compare=compare,
        probabilities=(0.6, 0.3, 0.1),
        title="Grad-CAM",
    )


def bars_value() -> dict[str, Any]:
    chances = (0.6, 0.3, 0.1)
    return predictions_value([Prediction(i + 1, LABELS[i], i, chances[i]) for i in range(3)])


def grid_value(count: int = 12) -> dict[str, Any]:
    tiles = np.random.default_rng(0).random((count, 8, 8)) * np.arange(1, count + 1)[:, None, None]
    channels = list(range(10, 10 + count))
    return channels_value("layer1", tiles, channels, [f"{c} · mean 0.41" for c in channels])


def build() -> gr.Blocks:
    """The page; `clear`, `fill`, `repaint` and `compare` send values from Python."""
    with gr.Blocks() as demo:
        with gr.Row():
            with gr.Column(scale=1):
                bars = prediction_bars(bars_value(), elem_id="bars")
                heard = gr.Textbox(label="heard", elem_id="heard")
            with gr.Column(scale=2):
                canvas = map_canvas(canvas_value(), elem_id="canvas")
        grid = channel_grid(grid_value(), elem_id="grid")
        quiet: dict[str, Any] = {"show_progress": "hidden"}
        outputs = [bars, canvas, grid]
        gr.Button("clear").click(lambda: (None, None, None), None, outputs, **quiet)
        gr.Button("fill").click(
            lambda: (bars_value(), canvas_value(), grid_value()), None, outputs, **quiet
        )
        gr.Button("repaint").click(
            lambda: canvas_value(1, colour=(10, 60, 200)), None, canvas, **quiet
        )
        gr.Button("compare").click(lambda: canvas_value(0, 2), None, canvas, **quiet)
        bars.select(None, [bars, canvas], canvas, js=CHOOSE_JS)

        def channel(event: gr.SelectData) -> str:
            return f"{event.index!r} {event.value}"

        grid.select(channel, None, heard, **quiet)
    return demo
