"""The Learn tab: a walk through the app, a reference, common mistakes, claims measured."""

from typing import Any

import gradio as gr

from rn18demo.ui.claims_panel import build_claims_panel
from rn18demo.ui.events import QUIET
from rn18demo.ui.learn_facts import learn_facts
from rn18demo.ui.learn_reference import build_mistakes, build_reference, build_words
from rn18demo.ui.session import Backend
from rn18demo.ui.text import say

STEPS: tuple[str, ...] = (
    "predict",
    "maps",
    "maps",
    "inside",
    "inside",
    "cam",
    "cam",
    "teach",
    "live",
    "predict",
)
"""For each step of the walk, the tab in which there is something to do."""
TO_TABS_JS = "() => document.querySelector('#lenses')?.scrollIntoView({ block: 'start' })"
"""Shows the tab from its top: a step may be read far down the page."""
AT_ONCE: dict[str, Any] = QUIET | {"queue": False}


def step_words(number: int, part: str) -> str:
    """A text of one step, with its numbers.

    Args:
        number: From 1.
        part: "title", "todo", "question", "answer", or "" for the paragraph.
    """
    return say(f"walk_{number}_{part}".rstrip("_"), **learn_facts())


def build_learn_tab(backend: Backend, tabs: gr.Tabs) -> None:
    """Build the tab.

    Args:
        backend: Of the server.
        tabs: The tabs of the page, which the steps lead to.
    """
    with gr.Tabs(elem_id="learn-parts"):
        with gr.Tab(say("walk"), id="walk"):
            build_walk(tabs)
        with gr.Tab(say("words"), id="words"):
            build_words()
        with gr.Tab(say("reference"), id="reference"):
            build_reference()
        with gr.Tab(say("mistakes"), id="mistakes"):
            build_mistakes()
        with gr.Tab(say("claims"), id="claims"):
            build_claims_panel(backend)


def build_walk(tabs: gr.Tabs) -> None:
    """Build the steps."""
    gr.Markdown(say("walk_intro"), elem_classes="help")
    with gr.Walkthrough(selected=1, elem_id="walk") as walk:
        for number, tab in enumerate(STEPS, 1):
            with gr.Step(step_words(number, "title"), id=number):
                build_step(walk, tabs, number, tab)


def build_step(walk: gr.Walkthrough, tabs: gr.Tabs, number: int, tab: str) -> None:
    """Build one step: a paragraph, something to do, a question with its answer folded away."""

    def go_there() -> Any:
        return gr.Tabs(selected=tab)

    def go_back() -> Any:
        return gr.Walkthrough(selected=number - 1)

    def go_on() -> Any:
        return gr.Walkthrough(selected=number % len(STEPS) + 1)

    gr.Markdown(step_words(number, ""), elem_classes="walk-words")
    gr.Markdown(say("walk_try", todo=step_words(number, "todo")), elem_classes="walk-words")
    there = gr.Button(say("walk_go", tab=say(f"{tab}_tab")), size="sm", elem_classes="walk-go")
    question = say("walk_question", question=step_words(number, "question"))
    gr.Markdown(question, elem_classes="walk-words")
    with gr.Accordion(say("walk_answer"), open=False):
        gr.Markdown(step_words(number, "answer"))
    if number == len(STEPS):
        gr.Markdown(say("walk_end"), elem_classes="walk-words")
    with gr.Row():
        back = gr.Button(say("walk_back"), interactive=number > 1, min_width=100)
        last = number == len(STEPS)
        words = say("walk_again") if last else say("walk_next")
        on = gr.Button(words, variant="secondary" if last else "primary", min_width=100)
    there.click(go_there, None, tabs, **AT_ONCE).success(None, None, None, js=TO_TABS_JS, **AT_ONCE)
    back.click(go_back, None, walk, **AT_ONCE)
    on.click(go_on, None, walk, **AT_ONCE)
