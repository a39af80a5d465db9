"""A sentence reaches the visitor, whichever handler met the error."""

from collections.abc import Iterator

import gradio as gr
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from rn18demo.errors import DatasetError
from rn18demo.ui.worded import WordedBlocks


def full() -> str:
    raise DatasetError("Too many <people> are here.")


def half_way() -> Iterator[str]:
    yield "begun"
    raise DatasetError("Too many <people> are here.")


@pytest.mark.parametrize("handler", [full, half_way])
def test_the_sentence_is_shown_and_is_no_html(handler: object) -> None:
    with WordedBlocks() as page:
        gr.Button().click(handler, None, gr.Textbox(), api_name="handler")
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True)
    try:
        with pytest.raises(AppError, match="Too many &lt;people&gt; are here"):
            Client(url, verbose=False).predict(api_name="/handler")
    finally:
        page.close()
