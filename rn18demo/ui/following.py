"""Lenses follow the picture and the chosen class; those that sleep cost one event for all."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from gradio.events import Dependency

from rn18demo.ui.events import QUIET
from rn18demo.ui.session import Lens

MANY: dict[str, Any] = QUIET | {"trigger_mode": "always_last", "concurrency_limit": None}
"""Of events that thirty visitors may cause at once, and of which the last one counts."""


def showing(lens: Lens) -> Callable[..., Any]:
    """What a lens does with another picture."""
    return lens.turns.once(lens.show)


def choosing(lens: Lens) -> Callable[..., Any]:
    """What a lens does with another class."""
    return lens.turns.taking(lens.choose, lens.behind)


def follow(
    lenses: Sequence[Lens],
    answers_of: Callable[[Lens], Callable[..., Any]],
    events: Sequence[Callable[..., Dependency]],
) -> list[tuple[Lens, Dependency]]:
    """Let each lens answer some events.

    A page has more panels and tabs than anybody looks at, and each event is a request, a message
    back, and work for both sides. So a single event asks which lenses are awake, and gives those
    a new call, which has a listener of its own: slow lenses do not hold up quick ones.

    Args:
        lenses: All of them; one that never sleeps is asked directly, a request earlier.
        answers_of: Of a lens: what is to be run, `showing` or `choosing`.
        events: What registers a listener, such as `state.change`.

    Returns:
        What was registered, with the lens that answers there.
    """

    def answer(lens: Lens, asked: Callable[..., Dependency]) -> tuple[Lens, Dependency]:
        return lens, asked(answers_of(lens), lens.inputs, lens.outputs, **MANY)

    answers, awake, calls = [], [], []
    for lens in lenses:
        if lens.awake is None:
            answers += [answer(lens, event) for event in events]
        else:
            awake.append(lens.awake)
            calls.append(gr.State(""))
            answers.append(answer(lens, calls[-1].change))

    def call(*looked_at: bool) -> Any:
        called = [one for one, looks in zip(calls, looked_at, strict=True) if looks]
        return {one: secrets.token_hex(8) for one in called} or gr.skip()

    # An event of its own, after what it follows: what opens later finds the new values by itself.
    if calls:
        for event in events:
            event(call, awake, calls, **MANY)
    return answers
