"""The top of the page: title, which weights answer and why, the device."""

import html
from dataclasses import dataclass
from typing import Any

import gradio as gr

from rn18demo.core.checkpoint_files import OFFICIAL_ID
from rn18demo.core.checkpoints import AUTO, STARTER_ID
from rn18demo.errors import DemoError
from rn18demo.ui.feedback import sentence
from rn18demo.ui.session import Backend
from rn18demo.ui.text import say

POLL_SECONDS = 2.0


@dataclass(frozen=True)
class Header:
    """The parts of the header that others need.

    Attributes:
        checkpoint: Dropdown whose value is the active checkpoint's id.
    """

    checkpoint: gr.Dropdown


def _choices(backend: Backend) -> list[tuple[str, str]]:
    return [(e.title, e.id) for e in backend.catalogue.entries() if e.available]


def build_header(backend: Backend) -> Header:
    """Build it; the lists are filled when the page opens, so that starting stays quick."""
    catalogue = backend.catalogue

    def open_page() -> Any:
        try:
            active = catalogue.resolve(backend.start)
            words = catalogue.why(backend.start)
        except DemoError as error:
            return gr.skip(), sentence(str(error)), gr.skip()
        device = say("device", device=backend.engine.device_name)
        return (
            gr.update(choices=_choices(backend), value=active),
            _why(words),
            f'<span class="chip">{html.escape(device)}</span>',
        )

    def pending() -> bool:
        """Whether the official weights are, or will be, on their way."""
        status = catalogue.fetch_state.status
        soon = backend.start == AUTO and catalogue.resolve(AUTO) == STARTER_ID
        return status == "fetching" or (status == "idle" and soon)

    def poll(active: str | None) -> Any:
        """(why, offer, dropdown, timer) while the official weights are on their way."""
        if active is None or pending():
            return say_why(active), gr.skip(), gr.skip(), gr.skip()
        better = backend.start == AUTO and catalogue.resolve(AUTO) == OFFICIAL_ID != active
        choices = gr.update(choices=_choices(backend))
        offer = gr.update(visible=better)
        return say_why(active), offer, choices, gr.Timer(active=False)

    def say_why(active: str | None) -> Any:
        if active is None:
            return gr.skip()
        try:
            return _why(catalogue.why(active))
        except DemoError as error:
            return sentence(str(error))

    def switch_to_official() -> Any:
        return OFFICIAL_ID, gr.update(visible=False)

    with gr.Row(elem_id="header", equal_height=False):
        with gr.Column(scale=3, min_width=280):
            gr.HTML(
                f"<h1>{html.escape(say('title'))}</h1><p>{html.escape(say('subtitle'))}</p>",
                elem_id="title",
            )
        with gr.Column(scale=2, min_width=280):
            checkpoint = gr.Dropdown(
                [],
                label=say("checkpoint"),
                info=say("checkpoint_help"),
                filterable=False,
                elem_id="checkpoint",
            )
            device = gr.HTML(elem_id="device")
    with gr.Row(elem_id="why-row", equal_height=False):
        why = gr.HTML(elem_id="why")
        switch = gr.Button(say("switch"), size="sm", visible=False, scale=0, elem_id="switch")
    timer = gr.Timer(POLL_SECONDS)

    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    gr.on(None, open_page, None, [checkpoint, why, device], **private)
    timer.tick(poll, checkpoint, [why, switch, checkpoint, timer], **private)
    checkpoint.change(say_why, checkpoint, why, **private)
    switch.click(switch_to_official, None, [checkpoint, switch], **private)
    return Header(checkpoint)


def _why(text: str) -> str:
    return f'<p class="why">{html.escape(text)}</p>'
