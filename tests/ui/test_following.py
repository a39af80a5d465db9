"""Lenses are asked for an answer where somebody may be looking, and left alone elsewhere."""

from typing import Any

import gradio as gr

from rn18demo.ui.folding import true_after
from rn18demo.ui.following import choosing, follow, showing
from rn18demo.ui.session import Lens


def lens_of(name: str, awake: gr.State | None = None) -> Lens:
    def show(value: str) -> str:
        return f"{name}: {value}"

    return Lens(show, show, [gr.Textbox()], [gr.Textbox()], awake=awake)


def build(sleepers: int) -> tuple[gr.Blocks, list[tuple[Lens, Any]], list[Lens]]:
    """A page with one lens that never sleeps and some that do; they follow two buttons."""
    with gr.Blocks() as page:
        buttons = gr.Button(), gr.Button()
        lenses = [lens_of("first")]
        for number in range(sleepers):
            lenses.append(lens_of(f"sleeper {number}", true_after(gr.Button().click)))
        made = follow(lenses, showing, [button.click for button in buttons])
    return page, made, lenses


def events_of(page: gr.Blocks) -> list[Any]:
    return list(page.fns.values())


def calls_of(page: gr.Blocks) -> list[Any]:
    """The events that ask which lenses are awake."""
    return [event for event in events_of(page) if event.name == "call"]


def test_who_never_sleeps_is_asked_directly() -> None:
    page, made, lenses = build(0)
    assert [lens for lens, _ in made] == lenses * 2
    assert len(page.fns) == 2
    assert calls_of(page) == []


def test_sleepers_share_one_event_and_answer_on_their_own() -> None:
    page, made, lenses = build(2)
    assert [lens for lens, _ in made] == [lenses[0], lenses[0], *lenses[1:]]
    first, second = calls_of(page)
    assert [event.targets[0][1] for event in (first, second)] == ["click", "click"]
    assert first.inputs == [lens.awake for lens in lenses[1:]]
    called = first.fn(False, True)
    assert list(called) == [first.outputs[1]], "the first sleeps on"
    assert first.fn(False, True)[first.outputs[1]] != called[first.outputs[1]], "a new call"
    answering = {event.targets[0][0]: event for event in events_of(page)}
    assert answering[first.outputs[1]._id].fn("picture") == "sleeper 1: picture"
    assert first.outputs == second.outputs


def test_a_sleeper_that_has_shown_itself_is_not_shown_again() -> None:
    page, _, (_, sleeper) = build(1)
    call = calls_of(page)[0].outputs[0]._id
    (answering,) = [event for event in events_of(page) if event.targets[0][0] == call]
    assert sleeper.turns.once(sleeper.show)("picture") == "sleeper 0: picture"
    assert answering.fn("picture") == gr.skip()
    assert answering.fn("another") == "sleeper 0: another"


def test_another_class_is_answered_in_full_behind_another_picture() -> None:
    made = []
    for awake in (None, gr.State(True)):
        shown = Lens(lambda: "large", lambda: "small", [], [], awake=awake, behind=lambda: "both")
        made.append((showing(shown), choosing(shown)))
        alike = lens_of("one")
        assert choosing(alike)("a class") == choosing(alike)("a class") == "one: a class"
    for show, choose in made:
        assert [choose(), choose(), show(), choose()] == ["small", "small", "large", "both"]


def test_nobody_is_awake() -> None:
    for sleepers in (1, 2):
        page, _, _ = build(sleepers)
        assert calls_of(page)[0].fn(*[False] * sleepers) == gr.skip()
