"""Lenses that nobody looks at sleep: panels while they are closed, tabs before the first visit."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.components import Component

from rn18demo.core.analysis import Analysis
from rn18demo.ui.events import QUIET
from rn18demo.ui.session import Lens, Visit


def shown_while_open(
    panel: gr.Accordion,
    visit: Visit,
    lens: Lens,
    working: tuple[Component, str] | None = None,
) -> Lens:
    """Let a lens show itself when its panel opens, and sleep while that is closed.

    Args:
        panel: What opens and closes.
        visit: Of the visitor.
        lens: Of the panel.
        working: A component and what it says until the lens shows, if there is a picture.

    Returns:
        The lens to be connected instead.
    """
    is_open = gr.State(False)

    def unfold(analysis: Analysis | None) -> dict[Any, Any]:
        lens.turns.again()
        said = {} if analysis is None or working is None else {working[0]: working[1]}
        return said | {is_open: True}

    def fold() -> bool:
        return False

    outputs = [is_open] if working is None else [is_open, working[0]]
    # Two events and no generator: Gradio delivers what a generator yields last twice, which
    # would undo what the visitor does in between.
    opened = panel.expand(unfold, visit.analysis, outputs, **QUIET)
    opened.then(lens.turns.once(lens.show), lens.inputs, lens.outputs, **QUIET)
    panel.collapse(fold, None, is_open, **QUIET)
    return replace(lens, awake=is_open)


def true_after(event: Callable[..., Any]) -> gr.State:
    """A State that is true once an event has happened, such as `tab.select`."""
    happened = gr.State(False)

    def happen() -> bool:
        return True

    event(happen, None, happened, concurrency_limit=None, **QUIET)
    return happened


def shown_after(happened: gr.State, lens: Lens) -> Lens:
    """Let a lens sleep until something has happened, and show itself then.

    Args:
        happened: From `true_after`. It is set before the lens is asked, so that an answer that
            comes meanwhile is shown, too, and after it.
        lens: Of what is opened.

    Returns:
        The lens to be connected instead.
    """
    show = lens.turns.once(lens.show)
    happened.change(show, lens.inputs, lens.outputs, concurrency_limit=None, **QUIET)
    return replace(lens, awake=happened)
