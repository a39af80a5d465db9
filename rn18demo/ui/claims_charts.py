"""Measurements beside what is written: as a chart, a table and sentences."""

import html
import statistics

import plotly.graph_objects as go

from rn18demo.core.articles import Figure, Quantity, figures
from rn18demo.core.claims import REPEATS, Measured
from rn18demo.ui.charts import COLOURS, calm
from rn18demo.ui.text import say

BUSY = 1.5
"""Median over fastest; above it, the times say more about the machine than the networks."""

ROUNDED, NEAR = 0.01, 0.05
"""Relative differences that rounding explains, and that are not worth a word."""


def written(value: float) -> str:
    """A number with as many digits as help: 11.69, 138.4, 1,182."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 20 else f"{value:.2f}"


def remark(figure: Figure, ours: float | None) -> str:
    """Why what is written differs from ours."""
    if figure.remark or ours is None:
        return say(figure.remark) if figure.remark else ""
    away = abs(figure.value / ours - 1)
    if away > NEAR:
        return ""
    return say("remark_same" if away < ROUNDED else "remark_near")


def claims_chart(found: tuple[Measured, ...], quantity: Quantity) -> go.Figure:
    """Ours beside what is written."""
    names = [m.candidate.title for m in found]
    ours = [quantity.of(m) or 0.0 for m in found]
    said = figures(quantity)
    theirs = [said[m.candidate.id].value if m.candidate.id in said else None for m in found]
    figure = go.Figure()
    spread = None
    if quantity is Quantity.MILLISECONDS:
        spread = {
            "type": "data",
            "symmetric": False,
            "array": [(m.slowest or 0) - y for m, y in zip(found, ours, strict=True)],
            "arrayminus": [y - (m.fastest or 0) for m, y in zip(found, ours, strict=True)],
            "color": COLOURS[1],
            "thickness": 1,
        }
    figure.add_bar(
        x=names, y=ours, name=say("claims_ours"), marker_color=COLOURS[0], error_y=spread
    )
    figure.add_bar(x=names, y=theirs, name=say("claims_theirs"), marker_color=COLOURS[1])
    figure.update_yaxes(title=say(f"quantity_{quantity.value}"), rangemode="tozero")
    return calm(figure, height=340)


def claims_table(found: tuple[Measured, ...], quantity: Quantity) -> str:
    """The same in numbers, with the source of each."""
    said = figures(quantity)
    rows = ""
    for m in found:
        value, figure = quantity.of(m), said.get(m.candidate.id)
        ours = say("claims_none") if value is None else written(value)
        if quantity is Quantity.MILLISECONDS and m.fastest is not None and m.slowest is not None:
            ours += f" ({written(m.fastest)} – {written(m.slowest)})"
        cells = [ours] + [say("claims_none")] * 2 + [""]
        if figure is not None:
            cells[1] = f"{figure.value:,.4g}" if figure.value < 1000 else f"{figure.value:,.0f}"
            cells[3] = remark(figure, value)
        cells = [html.escape(cell) for cell in cells]
        if figure is not None:
            cells[2] = (
                f"<a href='{html.escape(figure.source.url, quote=True)}' target='_blank' "
                f"rel='noopener'>{html.escape(figure.source.title)}</a>"
            )
        columns = "".join(f"<td>{cell}</td>" for cell in cells)
        rows += f"<tr><th scope='row'>{html.escape(m.candidate.title)}</th>{columns}</tr>"
    head = "".join(
        f"<th scope='col'>{html.escape(say(f'claims_{key}'))}</th>"
        for key in ("network", "ours", "theirs", "source", "why")
    )
    return (
        "<div class='learn-scroll'><table class='learn-table claims'><caption>"
        f"{html.escape(say(f'quantity_{quantity.value}'))}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def claims_words(found: tuple[Measured, ...], device: str) -> str:
    """What the measurements say, in sentences."""
    by_id = {m.candidate.id: m for m in found}
    small, mobile, big = by_id["resnet18"], by_id["mobilenet_v2"], by_id["vgg16"]
    old, new = by_id["resnet50_v1"], by_id["resnet50"]

    def faster(one: Measured, other: Measured) -> float:
        return (one.fastest or 0.0) / (other.fastest or 1.0)

    lines = [
        say("claims_here", device=device, repeats=REPEATS),
        say(
            "claims_work",
            parameters=big.parameters / small.parameters,
            vgg=big.macs / small.macs,
            mobile=100 * mobile.macs / small.macs,
            versions=100 * (new.macs / old.macs - 1),
        ),
    ]
    waits = statistics.median((m.milliseconds or 0.0) / (m.fastest or 1.0) for m in found)
    if waits > BUSY:
        lines.append(say("claims_busy", times=waits))
    else:
        times = (
            faster(big, small),
            100 * faster(mobile, small),
            100 * (faster(new, old) - 1),
        )
        lines.append(say("claims_time", vgg=times[0], mobile=times[1], versions=times[2]))
    return "\n\n".join([*lines, say("claims_peak_words")])
