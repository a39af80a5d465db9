"""Charts of the Inside tab."""

from collections.abc import Mapping

import plotly.graph_objects as go
from torch import Tensor

from rn18demo.core.blocks import BLOCKS, BlockParts, Part
from rn18demo.ui.charts import ACCENT, COLOURS, calm
from rn18demo.ui.text import say


def shares_chart(parts: Mapping[str, BlockParts]) -> go.Figure:
    """The share of F(x) in what each block adds."""
    colours = [COLOURS[2] if block.projects else ACCENT for block in BLOCKS]
    figure = go.Figure(
        go.Bar(
            x=[block.name for block in BLOCKS],
            y=[100 * parts[block.name].share for block in BLOCKS],
            marker={"color": colours},
            texttemplate="%{y:.0f}",
            textposition="inside",
            insidetextanchor="start",
            textangle=0,
            textfont={"color": "white"},
        )
    )
    figure.add_hline(y=50, line={"dash": "dot", "color": COLOURS[1]})
    figure.update_yaxes(title=say("shares_y"), range=[0, 108], ticksuffix=" %")
    return calm(figure, height=240)


def lesions_chart(
    lesions: Mapping[tuple[str, Part], Tensor], class_index: int, before: float
) -> go.Figure:
    """What is left of a class when each part is cut alone.

    Args:
        lesions: From `lesion_logits`.
        class_index: The class.
        before: Its probability with nothing more cut.
    """
    figure = go.Figure()
    for part, colour in ((Part.RESIDUAL, ACCENT), (Part.SHORTCUT, COLOURS[2])):
        names = [name for name, cut in lesions if cut is part]
        left = [100 * float(lesions[name, part].softmax(0)[class_index]) for name in names]
        figure.add_bar(
            x=names,
            y=left,
            name=say(f"lesions_{part}"),
            marker={"color": colour},
            hovertemplate="%{x}: %{y:.2~r} %",
        )
    figure.add_hline(
        y=100 * before,
        line={"dash": "dot", "color": COLOURS[1]},
        annotation={"text": say("lesions_before"), "font": {"size": 12}, "yanchor": "bottom"},
    )
    figure.update_yaxes(title=say("lesions_y"), ticksuffix=" %", rangemode="tozero")
    figure.update_layout(barmode="group")
    return calm(figure, height=300).update_layout(margin={"t": 24})
