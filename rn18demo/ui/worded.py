"""The page's own Blocks: what goes wrong is said in words."""

import html
from typing import Any

import gradio as gr

from rn18demo.errors import DemoError


class WordedBlocks(gr.Blocks):
    """A gr.Blocks that shows the sentence of a DemoError which no handler caught.

    Handlers catch those that they expect, and have a place for the sentence. But nearly each may
    meet one on its way to a project, when the server is full, say. Gradio alone would show
    "Error".
    """

    async def call_function(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """What Gradio does, see there."""
        try:
            found: dict[str, Any] = await super().call_function(*args, **kwargs)
        except DemoError as error:
            # It is shown as HTML, and what is in it may be anybody's.
            raise gr.Error(html.escape(str(error)), print_exception=False) from error
        return found
