"""Some parts of the page, served as the whole page is."""

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from rn18demo.ui.style import STYLE_SHEET, build_theme
from tests.app_server import free_port


@contextmanager
def serving(demo: gr.Blocks) -> Iterator[str]:
    """The address of a page, in the project's style, until the block ends."""
    _, address, _ = demo.launch(
        server_port=free_port(),
        prevent_thread_lock=True,
        quiet=True,
        theme=build_theme(),
        css_paths=STYLE_SHEET,
    )
    yield address
    demo.close()
