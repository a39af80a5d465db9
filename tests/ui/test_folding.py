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
    visit, first = (event.fn for event in page.fns.values())
    assert visit is not None and first is not None
    assert visit(False) == (True, True)
    assert first("a", True) == ("a", "shown")
    assert lens.show("b", True) == ("b", "shown")
    assert lens.choose("b", True) == ("b", "chosen")
    assert visit(True) == (True, False)
    assert first("b", False) == gr.skip(), "it is up to date"
    assert asked == ["show a", "show b", "choose b"]
    assert len(lens.inputs) == 2 and len(lens.outputs) == 2


def test_visitors_do_not_wait_for_each_other() -> None:
    page, _, _ = build()
    assert all(event.concurrency_limit is None for event in page.fns.values())
