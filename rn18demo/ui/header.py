"""The top of the page: title, which weights answer and why, the device."""

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from rn18demo.core.checkpoint_files import OFFICIAL_ID
from rn18demo.core.checkpoints import AUTO, STARTER_ID
from rn18demo.core.surgery import split_id
from rn18demo.errors import DemoError
from rn18demo.ui.events import QUIET
from rn18demo.ui.feedback import sentence
from rn18demo.ui.session import Backend
from rn18demo.ui.text import say

POLL_SECONDS = 2.0


class CheckpointMenu(gr.Dropdown):
    """A dropdown that hands over any id; the catalogue refuses those that there are not.

    The stock one compares the id with the choices of the moment. After two quick operations these
    may already be those of the second when the id of the first arrives.
    """

    def get_block_name(self) -> str:
        """The browser's part is the stock one."""
        return "dropdown"

    def preprocess(self, payload: Any) -> str | None:
        """The id, or None while there is none."""
        return payload if isinstance(payload, str) else None


@dataclass(frozen=True)
class Header:
    """The parts of the header that others need.

    Attributes:
        checkpoint: Dropdown whose value is the active checkpoint's id.
        taught: State with (title, id) of what this visitor taught, which are choices, too.
        watcher: Timer that keeps the words about the device up to date while it is active.
        wake: Makes the watcher's value from a checkpoint's id, after that has answered.
    """

    checkpoint: gr.Dropdown
    taught: gr.State
    watcher: gr.Timer
    wake: Callable[[str | None], Any]


Choices = list[tuple[str, str]]
"""Title and id of checkpoints."""


def checkpoint_choices(backend: Backend, taught: Choices, active: str = "") -> Choices:
    """What a visitor may choose: what everybody may, and what this visitor taught.

    Args:
        backend: Of the server.
        taught: What this visitor taught.
        active: What answers now; after an operation it is a choice of its own, put first.
    """
    known = [(e.title, e.id) for e in backend.catalogue.entries() if e.available]
    base, surgery = split_id(active)
    if not surgery:
        return [*taught, *known]
    title = backend.catalogue.get(base).title
    parts = len(surgery.cuts) + len(surgery.scrambled)
    words = say("operated_one", title=title)
    if parts > 1:
        words = say("operated_many", title=title, parts=parts)
    return [(words, active), *taught, *known]


def build_header(backend: Backend) -> Header:
    """Build it; the lists are filled when the page opens, so that starting stays quick."""
    catalogue = backend.catalogue

    def open_page() -> Any:
        try:
            active = catalogue.resolve(backend.start)
            words = catalogue.why(backend.start)
        except DemoError as error:
            return gr.skip(), sentence(str(error)), gr.skip()
        choices = checkpoint_choices(backend, [])
        return gr.update(choices=choices, value=active), _why(words), chip(active)

    def chip(active: str) -> str:
        """What computes, and how."""
        engine = backend.engine
        how = engine.runtime_name(catalogue.get(active))
        words = say("device", device=engine.device_name, runtime=how)
        help_ = html.escape(say("device_help"))
        return f'<span class="chip" title="{help_}">{html.escape(words)}</span>'

    def pending() -> bool:
        """Whether the official weights are, or will be, on their way, or the engine is not set."""
        if not backend.warm.is_set():
            return True
        status = catalogue.fetch_state.status
        soon = backend.start == AUTO and catalogue.resolve(AUTO) == STARTER_ID
        return status == "fetching" or (status == "idle" and soon)

    def failed() -> bool:
        """Whether visitors wait for the official weights in vain."""
        waits = backend.start == AUTO and catalogue.resolve(AUTO) == STARTER_ID
        return waits and catalogue.fetch_state.status == "failed"

    def poll(active: str | None, taught_now: Choices) -> Any:
        """(why, device, offer, retry, dropdown, timer) while something is on its way."""
        if active is None or pending():
            return *say_why(active), gr.skip(), gr.skip(), gr.skip(), gr.skip()
        arrived = backend.start == AUTO and catalogue.resolve(AUTO) == OFFICIAL_ID
        better = arrived and active != OFFICIAL_ID
        # Only if there is a new choice: meanwhile the visitor may have cut a part, and `active`
        # would be what was chosen before.
        choices = gr.skip()
        if arrived:
            choices = gr.update(choices=checkpoint_choices(backend, taught_now, active))
        offer = gr.update(visible=better)
        retry = gr.update(visible=failed())
        return *say_why(active), offer, retry, choices, gr.Timer(active=False)

    def say_why(active: str | None) -> Any:
        """What stands in (why, device)."""
        if active is None:
            return gr.skip(), gr.skip()
        try:
            return _why(catalogue.why(active)), chip(active)
        except DemoError as error:
            return sentence(str(error)), gr.skip()

    def watch(active: str | None) -> Any:
        """(device, watcher) until nothing faster is on its way for these weights."""
        try:
            checkpoint = catalogue.get(active or backend.start)
        except DemoError:
            return gr.skip(), gr.Timer(active=False)
        busy = backend.engine.preparing(checkpoint)
        return chip(checkpoint.id), gr.skip() if busy else gr.Timer(active=False)

    def wake(active: str | None) -> Any:
        """Watch as long as something faster is being made."""
        try:
            busy = backend.engine.preparing(catalogue.get(active or backend.start))
        except DemoError:
            return gr.skip()
        return gr.Timer(active=True) if busy else gr.skip()

    def fetch_again(active: str | None) -> Any:
        """(why, device, retry, timer): as when the page was opened."""
        if failed():
            catalogue.start_background_fetch()
        return *say_why(active), gr.update(visible=False), gr.Timer(active=True)

    def switch_to_official() -> Any:
        return OFFICIAL_ID, gr.update(visible=False)

    with gr.Row(elem_id="header", equal_height=False):
        with gr.Column(scale=3, min_width=280):
            gr.HTML(
                f"<h1>{html.escape(say('title'))}</h1><p>{html.escape(say('subtitle'))}</p>",
                elem_id="title",
            )
        with gr.Column(scale=2, min_width=280):
            checkpoint = CheckpointMenu(
                [],
                label=say("checkpoint"),
                info=say("checkpoint_help"),
                filterable=False,
                elem_id="checkpoint",
            )
    with gr.Row(elem_id="why-row", equal_height=False):
        why = gr.HTML(elem_id="why")
        device = gr.HTML(elem_id="device")
        switch = gr.Button(say("switch"), size="sm", visible=False, scale=0, elem_id="switch")
        again = gr.Button(say("fetch_again"), size="sm", visible=False, scale=0, elem_id="retry")
    timer = gr.Timer(POLL_SECONDS)
    watcher = gr.Timer(POLL_SECONDS, active=False)
    taught = gr.State([])

    # Without triggers it runs when the page opens; an input would be listened to as well.
    gr.on(None, open_page, None, [checkpoint, why, device], **QUIET)
    news = [why, device, switch, again, checkpoint, timer]
    timer.tick(poll, [checkpoint, taught], news, **QUIET)
    checkpoint.change(say_why, checkpoint, [why, device], **QUIET)
    watcher.tick(watch, checkpoint, [device, watcher], **QUIET)
    again.click(fetch_again, checkpoint, [why, device, again, timer], **QUIET)
    switch.click(switch_to_official, None, [checkpoint, switch], **QUIET)
    return Header(checkpoint, taught, watcher, wake)


def _why(text: str) -> str:
    return f'<p class="why">{html.escape(text)}</p>'
