"""The Inside lens: the residual blocks, opened and cut."""

from typing import Any

import gradio as gr

from rn18demo.core.analysis import Analysis
from rn18demo.core.blocks import BLOCKS, find_block
from rn18demo.core.surgery import base_id, describe, operated_id, read_surgery, split_id
from rn18demo.errors import DemoError
from rn18demo.training.words import percent
from rn18demo.ui.architecture import (
    architecture,
    architecture_value,
    block_parts,
    block_words,
    parts_value,
    strongest_channel,
)
from rn18demo.ui.canvas import EVERY_CLICK
from rn18demo.ui.events import QUIET
from rn18demo.ui.folding import shown_after, true_after
from rn18demo.ui.header import Choices, Header, checkpoint_choices
from rn18demo.ui.inside_charts import lesions_chart, shares_chart
from rn18demo.ui.session import Backend, Lens, Visit
from rn18demo.ui.text import say
from rn18demo.ui.turns import ASKED_JS, Turns


def build_inside_tab(backend: Backend, visit: Visit, header: Header, tab: gr.Tab) -> Lens:
    """Build the tab.

    Args:
        backend: Of the server.
        visit: The visitor's picture and class.
        header: Names the network, and is told of the operated one.
        tab: The tab that this is built in. Blocks are opened by a forward of their own, which
            is run only for those who have visited it.
    """

    def draw(analysis: Analysis | None, checkpoint_id: str | None, opened: str) -> dict[Any, Any]:
        """The diagram, and what is cut."""
        wanted = checkpoint_id or backend.start
        try:
            checkpoint = backend.catalogue.get(wanted)
            surgery = split_id(checkpoint.id)[1]
        except DemoError:
            return {cut_words: gr.skip()}  # the header says why
        shares = {}
        words = say("cut_what", parts=describe(surgery)) if surgery else say("cut_nothing")
        if analysis is not None and analysis.checkpoint is checkpoint:
            shares = {name: p.share for name, p in backend.lenses.blocks(analysis).items()}
            (best,) = analysis.top(1)
            answer = say("cut_answer", label=best.label, share=percent(best.probability))
            words = f"{answer} {words}" if surgery else words
        return {
            diagram: architecture_value(checkpoint, surgery, opened, shares),
            cut_words: words,
            restore: gr.update(interactive=bool(surgery)),
        }

    def open_block(analysis: Analysis | None, opened: str) -> dict[Any, Any]:
        """The block that was chosen, at the channel that it changes most."""
        if analysis is None:
            return {parts: None, words: say("block_empty"), shares: gr.update(visible=False)}
        block, found = find_block(opened), backend.lenses.blocks(analysis)
        strongest = strongest_channel(found[opened])
        return {
            parts: parts_value(found[opened], strongest),
            words: block_words(block, found[opened], analysis.checkpoint),
            channel: gr.update(
                maximum=block.stage.channels - 1,
                value=strongest,
                info=say("block_channel_help", channels=block.stage.channels),
            ),
            shares: gr.update(value=shares_chart(found), visible=True),
        }

    def lesion_words(analysis: Analysis | None, chosen: int) -> str:
        if analysis is None:
            return say("lesions_help_empty")
        found = analysis.prediction(chosen)
        return say("lesions_help", label=found.label, before=percent(found.probability))

    def show(
        analysis: Analysis | None,
        chosen: int,
        checkpoint_id: str | None,
        opened: str,
        lesioned: bool,
    ) -> dict[Any, Any]:
        return {
            **draw(analysis, checkpoint_id, opened),
            **open_block(analysis, opened),
            lesions_help: lesion_words(analysis, chosen),
            lesions: gr.update(value=None, visible=False),
            lesions_done: False,
        }

    def choose(
        analysis: Analysis | None,
        chosen: int,
        checkpoint_id: str | None,
        opened: str,
        lesioned: bool,
    ) -> dict[Any, Any]:
        if analysis is None or not lesioned:
            return {lesions_help: lesion_words(analysis, chosen)}
        return cut_in_turn(analysis, chosen)

    def choose_behind(*asked_for: Any) -> dict[Any, Any]:
        """Another class while a large answer may be on its way; of the same inputs."""
        *_, lesioned = asked_for
        return choose(*asked_for) if lesioned else show(*asked_for)

    def follow(
        analysis: Analysis | None, checkpoint_id: str | None, opened: str, visited: bool
    ) -> Any:
        """Another network: the switches show at once what is cut, numbers follow."""
        return draw(analysis, checkpoint_id, opened) if visited else gr.skip()

    def pick(
        asked: float, analysis: Analysis | None, checkpoint_id: str | None, event: gr.SelectData
    ) -> dict[Any, Any]:
        name = str(event.index)
        return {
            block_name: name,
            **draw(analysis, checkpoint_id, name),
            **open_block(analysis, name),
        }

    def pick_channel(analysis: Analysis | None, opened: str, number: float) -> Any:
        if analysis is None:
            return None
        found = backend.lenses.blocks(analysis)[opened]
        return parts_value(found, min(int(number), len(found.output) - 1))

    order = Turns()

    @order.taking_newest
    def cut(asked: float, checkpoint_id: str | None, taught: Choices, event: gr.EventData) -> Any:
        """What the switches say becomes the network that answers everywhere."""
        base = backend.catalogue.resolve(base_id(checkpoint_id or backend.start))
        try:
            active = operated_id(base, read_surgery(str(getattr(event, "surgery", ""))))
            return gr.update(choices=checkpoint_choices(backend, taught, active), value=active)
        except DemoError:
            return gr.skip()  # no page of ours sends this

    @order.taking_newest
    def restore_all(asked: float, checkpoint_id: str | None, taught: Choices) -> Any:
        base = base_id(checkpoint_id or backend.start)
        return gr.update(choices=checkpoint_choices(backend, taught, base), value=base)

    def wants_lesions() -> bool:
        return True

    def cut_in_turn(analysis: Analysis | None, chosen: int) -> dict[Any, Any]:
        if analysis is None:
            return {lesions_help: say("lesions_help_empty")}
        found, before = backend.lenses.lesions(analysis), analysis.prediction(chosen)
        chart = lesions_chart(found, chosen, before.probability)
        return {
            lesions: gr.update(value=chart, visible=True),
            lesions_help: lesion_words(analysis, chosen),
            lesions_done: True,
        }

    block_name, lesions_done = gr.State(BLOCKS[0].name), gr.State(False)
    asked = gr.Number(0, visible=False)
    gr.Markdown(say("inside_intro"), elem_classes="intro")
    diagram = architecture(elem_id="architecture")
    with gr.Row(elem_id="cut-row", equal_height=False):
        cut_words = gr.Markdown(say("cut_nothing"), elem_id="cut-words")
        restore = gr.Button(
            say("restore"), size="sm", interactive=False, scale=0, min_width=180, elem_id="restore"
        )
    gr.Markdown(f"### {say('block_open')}")
    words = gr.Markdown(say("block_empty"), elem_id="block-words")
    parts = block_parts(elem_id="block-parts")
    channel = gr.Slider(
        0,
        BLOCKS[0].stage.channels - 1,
        value=0,
        step=1,
        label=say("block_channel"),
        info=say("block_channel_help", channels=BLOCKS[0].stage.channels),
        elem_id="block-channel",
    )
    gr.Markdown(f"### {say('shares_title')}\n\n{say('shares_help')}")
    shares = gr.Plot(show_label=False, visible=False, elem_id="shares")
    gr.Markdown(f"### {say('lesions')}")
    lesions_help = gr.Markdown(say("lesions_help_empty"), elem_id="lesions-help")
    lesion = gr.Button(say("lesions"), size="sm", elem_id="lesion")
    lesions = gr.Plot(show_label=False, visible=False, elem_id="lesions")

    drawn = [diagram, cut_words, restore]
    opened = [parts, words, channel, shares]
    outputs = [*drawn, *opened, lesions_help, lesions, lesions_done]
    weights = header.checkpoint
    inputs = [visit.analysis, visit.chosen, weights, block_name, lesions_done]
    visited = true_after(tab.select)
    lens = shown_after(visited, Lens(show, choose, inputs, outputs, behind=choose_behind))
    take = lens.turns.taking  # what is clicked while the tab opens comes after what it opens with
    weights.change(follow, [visit.analysis, weights, block_name, visited], drawn, **QUIET)
    clicked = QUIET | {"trigger_mode": EVERY_CLICK}
    diagram.select(
        Turns().taking_newest(take(pick)),
        [asked, visit.analysis, weights],
        [block_name, *drawn, *opened],
        js=ASKED_JS,
        concurrency_limit=None,
        **clicked,
    )
    # One at a time, as Gradio does by itself: their answers then keep their order, too.
    operated: dict[str, Any] = clicked | {"js": ASKED_JS}
    diagram.submit(cut, [asked, weights, header.taught], weights, **operated)
    restore.click(restore_all, [asked, weights, header.taught], weights, **operated)
    # Another class that is chosen while they are cut has them cut anew, in its turn.
    wanted = lesion.click(wants_lesions, None, lesions_done, **QUIET)
    wanted.then(
        take(cut_in_turn),
        [visit.analysis, visit.chosen],
        [lesions, lesions_help, lesions_done],
        concurrency_limit=None,
        **QUIET,
    )
    gr.on(
        [channel.input, channel.release],
        pick_channel,
        [visit.analysis, block_name, channel],
        parts,
        trigger_mode="always_last",
        **QUIET,
    )
    return lens
