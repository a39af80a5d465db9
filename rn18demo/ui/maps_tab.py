"""The feature-map lens: what every stage made of the picture."""

from typing import Any

import gradio as gr
import numpy as np
import plotly.graph_objects as go

from rn18demo.core.analysis import Analysis
from rn18demo.core.featuremaps import Order, channel_map, describe_channels, order_channels
from rn18demo.core.stages import STAGES, find_stage
from rn18demo.core.wire import channels_value, map_value, picture_uri
from rn18demo.ui.canvas import EVERY_CLICK, map_canvas
from rn18demo.ui.channel_grid import channel_grid
from rn18demo.ui.charts import ACCENT, calm
from rn18demo.ui.events import QUIET
from rn18demo.ui.folding import shown_after, true_after
from rn18demo.ui.session import Backend, Lens, Visit
from rn18demo.ui.text import say
from rn18demo.ui.turns import ASKED_JS, Turns

FINEST = STAGES[0].side
BEHIND_SIDE = 640
"""Longest side of the picture behind a channel, in pixels: it is shown in half a column."""
FIRST_STAGE, FIRST_COUNT, MOST = 1, 16, 64
CLICKED_JS = '() => Number(document.querySelector("#stage-strip .tiles").dataset.clicked)'
"""Which stage was clicked last; answers to earlier clicks may have marked theirs meanwhile."""


def strip_value(analysis: Analysis, chosen: str) -> dict[str, Any]:
    """One tile a stage: the mean over its channels, with name and shape."""
    maps = []
    for stage in STAGES:
        mean = analysis.activation(stage.name).mean(0).numpy()
        maps.append(np.kron(mean, np.ones((FINEST // stage.side,) * 2)))
    captions = [say("strip_caption", title=s.title, shape=s.shape) for s in STAGES]
    names = [stage.name for stage in STAGES]
    return channels_value("", np.stack(maps), range(len(STAGES)), captions, names.index(chosen))


def grid_value(
    backend: Backend, analysis: Analysis, chosen: int, stage: str, count: int, order: str
) -> dict[str, Any]:
    """The first `count` channels of a stage in an order."""
    activation, worth = analysis.activation(stage), None
    if order == Order.CONTRIBUTION:
        worth = backend.lenses.contributions(analysis, stage, chosen)
    channels = order_channels(activation, count, Order(order), worth)
    captions = [
        say("tile_caption", channel=c.channel, mean=c.mean)
        for c in describe_channels(activation, channels)
    ]
    if worth is not None:  # what they are sorted by
        captions = [say("tile_worth", channel=c, value=float(worth[c])) for c in channels]
    return channels_value(find_stage(stage).title, activation[channels].numpy(), channels, captions)


def histogram(values: np.ndarray) -> go.Figure:
    """How often which activation occurs in a map."""
    figure = go.Figure(go.Histogram(x=values.ravel(), nbinsx=30, marker={"color": ACCENT}))
    figure.update_xaxes(title=say("histogram_x"))
    figure.update_yaxes(title=say("histogram_y"))
    return calm(figure, height=220)


def channel_words(
    backend: Backend, analysis: Analysis, chosen: int, stage: str, channel: int
) -> str:
    """One channel in numbers."""
    (numbers,) = describe_channels(analysis.activation(stage), [channel])
    found = find_stage(stage)
    value = float(backend.lenses.contributions(analysis, stage, chosen)[channel])
    contribution = say("channel_contribution", label=analysis.labels[chosen], value=value)
    return say(
        "channel_numbers",
        channel=channel,
        stage=found.title,
        side=found.side,
        shape=found.shape,
        mean=numbers.mean,
        max=numbers.max,
        sparsity=100 * numbers.sparsity,
        contribution=contribution,
    )


def build_maps_tab(backend: Backend, visit: Visit, tab: gr.Tab) -> Lens:
    """Build what is in the tab."""

    def enlarge_channel(
        analysis: Analysis | None, chosen: int, stage_name: str, channel: int | None
    ) -> Any:
        if analysis is None or channel is None:
            return None, gr.update(value=None, visible=False), say("channel_empty")
        values = channel_map(analysis.activation(stage_name), channel)
        title = say("channel_title", channel=channel, stage=find_stage(stage_name).title)
        large = map_value(
            picture_uri(analysis.image, BEHIND_SIDE),
            analysis.image.size,
            values[None],
            [title],
            channel,
            indices=[channel],
            crop=analysis.crop_box,
            title=title,
        )
        words = channel_words(backend, analysis, chosen, stage_name, channel)
        return large, gr.update(value=histogram(values), visible=True), words

    def show(
        analysis: Analysis | None,
        chosen: int,
        stage_now: float,
        count: int,
        order_name: str,
        channel_now: int | None = None,
    ) -> Any:
        """New picture: all anew, with the first channel of the order enlarged."""
        stage_name = STAGES[int(stage_now)].name
        if analysis is None:
            return None, "", None, None, *enlarge_channel(None, 0, stage_name, None)
        grid_now = grid_value(backend, analysis, chosen, stage_name, int(count), order_name)
        first = grid_now["maps"]["indices"][0]
        grid_now["chosen"] = first
        return (
            strip_value(analysis, stage_name),
            find_stage(stage_name).words,
            grid_now,
            first,
            *enlarge_channel(analysis, chosen, stage_name, first),
        )

    def choose(
        analysis: Analysis | None,
        chosen: int,
        stage_now: float,
        count: int,
        order_name: str,
        channel_now: int | None,
    ) -> Any:
        """Another class: the order may depend on it, and what is said of the channel does."""
        if order_name == Order.CONTRIBUTION or analysis is None or channel_now is None:
            return show(analysis, chosen, stage_now, count, order_name)
        stage_name = STAGES[int(stage_now)].name
        said = channel_words(backend, analysis, chosen, stage_name, channel_now)
        return *(gr.skip() for _ in outputs[:-1]), said

    def pick_channel(
        asked: float,
        analysis: Analysis | None,
        chosen: int,
        stage_now: float,
        event: gr.EventData,
    ) -> Any:
        """A tile of the grid; nothing if another stage is on its way there."""
        found = STAGES[int(stage_now)]
        if event.stage != found.title:
            return (gr.skip(),) * 4
        return event.index, *enlarge_channel(analysis, chosen, found.name, event.index)

    gr.Markdown(say("maps_intro"), elem_classes="intro")
    stage, asked = gr.Number(FIRST_STAGE, visible=False), gr.Number(0, visible=False)
    channel = gr.State(None)
    strip = channel_grid(elem_id="stage-strip")
    stage_words = gr.Markdown(elem_classes="help")
    with gr.Row():
        count = gr.Slider(
            4,
            MOST,
            value=FIRST_COUNT,
            step=4,
            label=say("channels"),
            info=say("channels_help"),
            elem_id="channel-count",
        )
        order = gr.Radio(
            [
                (say("order_mean"), Order.MEAN.value),
                (say("order_contribution"), Order.CONTRIBUTION.value),
                (say("order_index"), Order.INDEX.value),
            ],
            value=Order.MEAN.value,
            label=say("order"),
            info=say("order_help"),
            elem_id="channel-order",
        )
    with gr.Row():
        with gr.Column(min_width=300):
            grid = channel_grid(elem_id="channel-grid")
        with gr.Column(min_width=300):
            large = map_canvas(memory="channel", elem_id="channel-canvas")
            words = gr.Markdown(say("channel_empty"), elem_id="channel-words")
            chart = gr.Plot(show_label=False, visible=False, elem_id="channel-histogram")
    outputs = [strip, stage_words, grid, channel, large, chart, words]
    inputs = [visit.analysis, visit.chosen, stage, count, order]
    # What a channel says for a class is a gradient, which takes longer than the forward.
    made = Lens(show, choose, [*inputs, channel], outputs, behind=show)
    lens = shown_after(true_after(tab.select), made)
    take = lens.turns.taking
    strip.select(None, None, stage, js=CLICKED_JS, **QUIET)  # first: the next one waits for it
    # Released by the mouse; changed by key, or typed and left. The last of several choices in a
    # row is sent with all that was chosen by then.
    gr.on(
        [strip.select, count.release, count.change, order.input],
        lens.turns.showing(show),
        inputs,
        outputs,
        trigger_mode="always_last",
        concurrency_limit=None,
        **QUIET,
    )
    newest: dict[str, Any] = QUIET | {"trigger_mode": EVERY_CLICK, "concurrency_limit": None}
    grid.select(
        Turns().taking_newest(take(pick_channel)),
        [asked, visit.analysis, visit.chosen, stage],
        [channel, large, chart, words],
        js=ASKED_JS,
        **newest,
    )
    return lens
