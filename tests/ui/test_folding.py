"""A tab that computes nothing before somebody looks at it."""

from typing import Any

import gradio as gr

from rn18demo.ui.folding import shown_from_first_visit
from rn18demo.ui.session import Lens


def build() -> tuple[gr.Blocks, Lens, list[str]]:
    """A page with a tab of two outputs, and what its handlers were asked."""
    asked: list[str] = []

    def show(value: str) -> tuple[str, str]:
        asked.append(f"show {value}")
        return value, "shown"

    def choose(value: str) -> tuple[str, str]:
        asked.append(f"choose {value}")
        return value, "chosen"

    with gr.Blocks() as page, gr.Tabs(), gr.Tab("other"):
        value = gr.Textbox()
    with page, gr.Tab("lens") as tab:
        outputs: list[Any] = [gr.Textbox(), gr.Textbox()]
        lens = shown_from_first_visit(tab, Lens(show, choose, [value], outputs))
    return page, lens, asked


def test_nothing_is_computed_before_the_first_visit() -> None:
    _, lens, asked = build()
    assert lens.show("a", False) == gr.skip() == lens.choose("a", False)
    assert asked == []


def test_from_the_first_visit_on_it_follows() -> None:
    page, lens, asked = build()
    (event,) = page.fns.values()
    visit = event.fn
    assert visit is not None
    assert visit("a", False) == ("a", "shown", True)
    assert lens.show("b", True) == ("b", "shown")
    assert lens.choose("b", True) == ("b", "chosen")
    assert visit("b", True) == (gr.skip(), gr.skip(), True), "it is up to date"
    assert asked == ["show a", "show b", "choose b"]
    assert len(lens.inputs) == 2 and len(lens.outputs) == 2
