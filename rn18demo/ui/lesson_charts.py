"""Charts of a lesson."""

import textwrap
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rn18demo.core.stages import STAGES
from rn18demo.training.selection import Candidate, Score
from rn18demo.training.training_run import CurvePoint
from rn18demo.ui.charts import ACCENT, BELOW, BETWEEN, COLOURS, calm
from rn18demo.ui.text import say

SHOWN = 8
"""Ways to find a head that the chart has room for."""
LETTERS_A_LINE = 48
"""Of what stands under a title, on a phone; plots do not break lines by themselves."""
TITLE_HEIGHT, LINE_HEIGHT = 42, 19
"""In pixels, at the sizes of letters below."""
SMALL = "font-size:12px"


def curves_chart(points: Sequence[CurvePoint]) -> go.Figure:
    """Loss and accuracy over the epochs of one run, see `_run_to_show`."""
    name_of_run = _run_to_show(points)
    run = [point for point in points if point.run == name_of_run]
    epochs = [point.epoch for point in run]
    titles = (say("curve_loss"), say("curve_accuracy"))
    figure = make_subplots(cols=2, subplot_titles=titles, horizontal_spacing=BETWEEN)
    lines = (
        ("curve_training", COLOURS[1], [p.loss for p in run], [_per_cent(p.accuracy) for p in run]),
        (
            "curve_held_out",
            ACCENT,
            [p.held_out_loss for p in run],
            [_per_cent(p.held_out_accuracy) for p in run],
        ),
    )
    for name, colour, losses, accuracies in lines:
        measured = any(value is not None for value in (*losses, *accuracies))
        for column, values in enumerate((losses, accuracies), start=1):
            figure.add_scatter(
                x=epochs,
                y=values,
                name=say(name),
                legendgroup=name,
                showlegend=column == 1 and measured,
                line={"color": colour, "width": 3},
                mode="lines+markers",
                row=1,
                col=column,
            )
    figure.update_xaxes(title=say("curve_epoch"), dtick=max(1, len(epochs) // 6))
    figure.update_yaxes(rangemode="tozero", col=1)
    figure.update_yaxes(range=[0, 102], ticksuffix=" %", col=2)
    figure.update_annotations(font_size=13)
    calm(figure, height=300).update_layout(legend=BELOW)
    return _titled(figure, say("curve_title"), name_of_run, room=24)


def _run_to_show(points: Sequence[CurvePoint]) -> str:
    """The newest run with both lines; without any, the newest that got beyond its start.

    Most runs watch no pictures that they do not learn from, and the last may end where it
    starts: it is trained for as many epochs as were best, which may be none.
    """
    begun = [point for point in points if point.epoch > 0] or [points[-1]]
    watched = [point for point in begun if point.held_out_loss is not None]
    return (watched or begun)[-1].run


def _titled(figure: go.Figure, title: str, below: str = "", room: int = 0) -> go.Figure:
    """A calm figure with a title above it, and a quieter sentence under that.

    Args:
        figure: Grows by as much as this takes.
        title: A few words.
        below: A sentence or nothing.
        room: Between them and the plot, in pixels.
    """
    lines = textwrap.wrap(below, LETTERS_A_LINE)
    height = TITLE_HEIGHT + LINE_HEIGHT * len(lines) + room
    figure.update_layout(
        title={
            # Plotly's own subtitle lies over the title if it is drawn while it is hidden.
            "text": "<br>".join(
                [title, *(f"<span style='{SMALL}'>{line}</span>" for line in lines)]
            ),
            "font": {"size": 15},
            "x": 0,
            "xref": "container",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"l": 12, "t": 20},
        },
        margin={"t": height},
    )
    return figure.update_layout(height=figure.layout.height + height)


def scores_chart(scores: Sequence[Score], chosen: Candidate | None = None) -> go.Figure:
    """How each way to find a head did on the same pictures, left out of the fit.

    The best of them are shown, and the chosen one: the preferred way wins unless another is
    clearly better, so that it need not be the first.
    """
    ranked = sorted(scores, key=lambda score: (score.accuracy, -score.loss))
    ranked = [s for s in ranked[:-SHOWN] if s.candidate == chosen] + ranked[-SHOWN:]
    figure = go.Figure(
        go.Bar(
            x=[100 * score.accuracy for score in ranked],
            y=[_short(score.candidate) for score in ranked],
            orientation="h",
            marker={"color": [ACCENT if s.candidate == chosen else COLOURS[1] for s in ranked]},
            texttemplate="%{x:.0f} %",
            textposition="outside",
            cliponaxis=False,
        )
    )
    # Room for the numbers beside the bars, but no ticks there: nothing is above 100 %.
    ticks = list(range(0, 101, 25))
    figure.update_xaxes(
        title=say("scores_x"),
        range=[0, 115],
        tickvals=ticks,
        ticktext=[f"{tick} %" for tick in ticks],
    )
    calm(figure, height=50 + 28 * len(ranked))
    return _titled(figure, say("scores_title"), say("scores_taken") if chosen else "")


def moved_chart(moved: Mapping[str, float]) -> go.Figure:
    """How far each stage's weights went."""
    figure = go.Figure(
        go.Bar(
            x=[stage.title for stage in STAGES],
            y=[100 * moved[stage.name] for stage in STAGES],
            marker={"color": ACCENT},
        )
    )
    figure.update_yaxes(title=say("moved_y"), tickformat=".1f", ticksuffix=" %", rangemode="tozero")
    return calm(figure, height=240)


def _short(candidate: Candidate) -> str:
    """For an axis: "ridge, 100"."""
    strength = f", {candidate.strength:g}" if candidate.strength else ""
    return candidate.family + strength


def _per_cent(share: float | None) -> float | None:
    """For an axis in per cent; nothing where nothing was measured."""
    return None if share is None else 100 * share
