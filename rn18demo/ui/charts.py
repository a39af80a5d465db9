"""How plots look on the page."""

import plotly.graph_objects as go

ACCENT = "#e8590c"
LETTERS = "#6e7781"
"""4.5 to 1 against the light and the dark ground."""
FONTS = "system-ui, -apple-system, Segoe UI, Roboto, sans-serif"
"""As the rest of the page."""
COLOURS = (ACCENT, "#868e96", "#1c7ed6")
BELOW = {"y": -0.45, "yanchor": "top"}
"""Place of a legend where titles stand above the plots; it grows downward, away from them."""
BETWEEN = 0.16
"""Room between two plots, as a share of the width: labels of the right one on a phone."""


def calm(figure: go.Figure, height: int) -> go.Figure:
    """A figure that fits a light and a dark page: no ground of its own, grey lines."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 12, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": LETTERS, "size": 13, "family": FONTS},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        dragmode=False,
    )
    for axes in (figure.update_xaxes, figure.update_yaxes):
        axes(gridcolor="rgba(134,142,150,0.25)", zeroline=False, automargin=True)
    return figure
