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
    """Inside it, a DemoError becomes the answer that a caller of an endpoint gets.

    It is the plain sentence, for programs. Gradio's page would show it as HTML, and what is in it
    may be anybody's, so the page is told to show nothing: nobody there calls an endpoint.
    """
    try:
        yield
    except DemoError as error:
        raise gr.Error(str(error), visible=False, print_exception=False) from error
