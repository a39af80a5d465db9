"""Lenses that nobody looks at sleep, and show themselves when they are opened."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from rn18demo.ui.folding import shown_after, shown_while_open, true_after
from rn18demo.ui.session import Lens, Visit


def handlers(page: gr.Blocks) -> dict[str, Callable[..., Any]]:
    """By the kind of event that they listen to."""
    found = {}
    for event in page.fns.values():
        assert event.fn is not None
        found[event.targets[0][1]] = event.fn
    return found


def lens_of(asked: list[str]) -> Lens:
    """One of two outputs, which writes down what it was asked."""
    value = gr.Textbox()

    def show(value: str) -> tuple[str, str]:
        asked.append(value)
        return value, "shown"

    return Lens(show, show, [value], [gr.Textbox(), gr.Textbox()])


def test_a_tab_shows_its_lens_from_the_first_visit_on() -> None:
    asked: list[str] = []
    with gr.Blocks() as page, gr.Tabs(), gr.Tab("lens") as tab:
        visited = true_after(tab.select)
        lens = shown_after(visited, lens_of(asked))
    assert lens.awake is visited and visited.value is False
    listening = handlers(page)
    assert listening["select"]() is True
    assert listening["change"]("a") == ("a", "shown"), "it shows itself when that becomes true"
    assert listening["change"]("a") == gr.skip(), "it is there"
    assert all(event.concurrency_limit is None for event in page.fns.values())


def test_a_panel_is_awake_while_it_is_open() -> None:
    asked: list[str] = []
    with gr.Blocks() as page:
        visit = Visit(gr.State(None), gr.State(""), gr.State(0), gr.State(0.0))
        panel, words = gr.Accordion(), gr.Markdown()
        made = lens_of(asked)
        lens = shown_while_open(panel, visit, made, working=(words, "working"))
    is_open = lens.awake
    assert is_open is not None and is_open.value is False
    listening = handlers(page)
    assert listening["expand"](None) == {is_open: True}
    assert listening["expand"]("an analysis") == {words: "working", is_open: True}
    assert listening["then"]("a") == ("a", "shown")
    assert listening["then"]("a") == gr.skip(), "it is there"
    listening["expand"]("an analysis")
    assert listening["then"]("a") == ("a", "shown"), "what it shows was covered"
    assert listening["collapse"]() is False
    assert lens.turns is made.turns, "what is shown on opening takes its turn with other answers"
