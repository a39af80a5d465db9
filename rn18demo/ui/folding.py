"""Panels that compute only while they are open, and tabs from the first visit on."""

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.components import Component

from rn18demo.core.analysis import Analysis
from rn18demo.ui.events import QUIET
from rn18demo.ui.session import Lens, Visit


def show_while_open(
    panel: gr.Accordion,
    is_open: gr.State,
    visit: Visit,
    lens: Lens,
    working: tuple[Component, str] | None = None,
) -> None:
    """Let a panel show its lens when it opens.

    Args:
        panel: What opens and closes.
        is_open: State among the inputs of `lens`, whose handlers compute nothing while it is
            false.
        visit: Of the visitor.
        lens: Of the panel.
        working: A component and what it says until the lens shows, if there is a picture.
    """

    def unfold(analysis: Analysis | None) -> dict[Any, Any]:
        said = {} if analysis is None or working is None else {working[0]: working[1]}
        return said | {is_open: True}

    def fold() -> bool:
        return False

    outputs = [is_open] if working is None else [is_open, working[0]]
    # Two events and no generator: Gradio delivers what a generator yields last twice, which
    # would undo what the visitor does in between.
    opened = panel.expand(unfold, visit.analysis, outputs, **QUIET)
    opened.then(lens.show, lens.inputs, lens.outputs, **QUIET)
    panel.collapse(fold, None, is_open, **QUIET)


def shown_from_first_visit(tab: gr.Tab, lens: Lens) -> Lens:
    """Let a lens compute nothing until its tab is opened for the first time.

    Args:
        tab: Where it is.
        lens: Of the tab.

    Returns:
        The lens to be connected instead.
    """
    visited, first = gr.State(False), gr.State(False)

    def once_visited(handler: Callable[..., Any]) -> Callable[..., Any]:
        def run(*values: Any) -> Any:
            *inputs, before = values
            return handler(*inputs) if before else gr.skip()

        return run

    def visit(before: bool) -> tuple[bool, bool]:
        return True, not before

    # Two events: an answer that comes while the tab opens finds it visited, and is shown, too.
    opened = tab.select(visit, visited, [visited, first], concurrency_limit=None, **QUIET)
    show, many = once_visited(lens.show), QUIET | {"concurrency_limit": None}
    opened.then(show, [*lens.inputs, first], lens.outputs, **many)
    return Lens(show, once_visited(lens.choose), [*lens.inputs, visited], lens.outputs, lens.canvas)
