"""The examples: small copies to choose from, and who made them."""

import html
from collections.abc import Sequence

import gradio as gr
from PIL import Image

from rn18demo.core.examples import Example
from rn18demo.ui.text import say

TILE_SIDE = 160
"""Shorter side of an example in the gallery, in pixels: enough for a fine screen."""


def build_examples(examples: Sequence[Example]) -> gr.Gallery:
    """Build the gallery, whose `select` names an example by its place, and the credits."""
    gallery = gr.Gallery(
        [(small_copy(example), example.title) for example in examples],
        label=say("examples"),
        columns=5,
        height="auto",
        fit_columns=False,
        object_fit="cover",
        allow_preview=False,
        interactive=False,
        buttons=[],
        format="jpeg",
        elem_id="examples",
    )
    with gr.Accordion(say("examples_sources"), open=False):
        gr.HTML(_sources_text(examples))
    return gallery


def small_copy(example: Example) -> Image.Image:
    """What the gallery shows of an example: a page with the photographs would be 2 MB more."""
    with Image.open(example.path) as picture:
        scale = TILE_SIDE / min(picture.size)
        return picture.resize((round(picture.width * scale), round(picture.height * scale)))


def _sources_text(examples: Sequence[Example]) -> str:
    rows = [
        f"<li><b>{html.escape(e.title)}</b>: {html.escape(e.author)}, "
        f"{html.escape(e.licence)}. {_linked(e.source)}</li>"
        for e in examples
    ]
    return f"<ul class='sources'>{''.join(rows)}</ul>"


def _linked(source: str) -> str:
    """A source's words, its address as a link."""
    words, found, rest = source.partition("https://")
    if not found:
        return html.escape(source)
    address, _, after = rest.partition(" ")
    address = "https://" + address.rstrip(".,;)")
    after = rest[len(address) - len("https://") :]
    link = f'<a href="{html.escape(address)}" target="_blank" rel="noopener">link</a>'
    return f"{html.escape(words)}{link}{html.escape(after)}"
