"""How errors reach the visitor: as a sentence, with the last good result still there."""

import html
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from rn18demo.errors import DemoError


def sentence(text: str) -> str:
    """A message for the page, safe to show whatever the text holds."""
    if not text:
        return ""
    return f'<p class="said" role="alert">{html.escape(text)}</p>'


@contextmanager
def as_api_errors() -> Iterator[None]:
    """Inside it, a DemoError becomes the answer that a caller of an endpoint gets."""
    try:
        yield
    except DemoError as error:
        raise gr.Error(html.escape(str(error)), print_exception=False) from error
