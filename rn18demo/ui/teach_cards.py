"""The cards of the Teach tab: classes, each filled by camera, upload or drop.

The browser asks past the queue, see `teach_server`; the pictures stay in a `Notebook` on the
server, and the page keeps only its token.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from rn18demo.errors import DemoError
from rn18demo.training.project import save_project
from rn18demo.ui.canvas import EVERY_CLICK, painted
from rn18demo.ui.events import QUIET
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_server import PAGE_LIMITS, server_functions
from rn18demo.ui.text.en_teach import TEACH_MESSAGES as WORDS

SHOTS_A_SECOND = 4
SHOTS_A_HOLD = 60
"""Pictures that are taken while the button is held once."""
SCRIPTS = (
    "camera.js",
    "teach_book.js",
    "teach_outbox.js",
    "teach_pictures.js",
    "teach_tiles.js",
    "teach_card.js",
    "teach_hold.js",
    "teach_drop.js",
    "teach_findings.js",
    "teach_controls.js",
)
DOWNLOAD_ID = "teach-download"


@dataclass(frozen=True)
class TeachCards:
    """The cards, for the rest of the tab.

    Attributes:
        canvas: The component. A handler that changed the notebook by itself returns
            `{"revision": notebook.revision}` as its value: the cards then look again.
        token: State with the token of the visitor's notebook, "" before the page has opened.
        changed: Call it as an event listener, `changed(handler, inputs, outputs)`: the
            dataset is another one, or the page has just opened; `token` is up to date.
    """

    canvas: gr.HTML
    token: gr.State
    changed: Callable[..., Any]


def build_teach_cards(projects: Projects) -> TeachCards:
    """Build the cards."""

    def note(event: gr.EventData) -> str:
        """The token of the notebook that the page shows."""
        notebook = projects.get(getattr(event, "token", None))
        return notebook.token if notebook is not None else ""

    def save(event: gr.EventData) -> Any:
        """The visitor's project as a file to download."""
        try:
            notebook = projects.get(getattr(event, "token", None))
            if notebook is None:
                raise gr.Error(WORDS["gone"], print_exception=False)
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / WORDS["project_file"]
                save_project(path, notebook.project())
                # Gradio's copy is deleted with its other files, and with the project.
                offered = download.move_resource_to_block_cache(path)
                notebook.lend("project", [Path(str(offered))])
                return offered
        except DemoError as error:
            raise gr.Error(str(error), print_exception=False) from error

    canvas = painted(
        "teach_cards",
        SCRIPTS,
        None,
        styles=("toolbar.css",),
        memory="teach",
        elem_id="teach-cards",
        limits=PAGE_LIMITS | {"rate": SHOTS_A_SECOND, "hold": SHOTS_A_HOLD},
        server_functions=server_functions(projects),
    )
    token = gr.State("")
    download = gr.DownloadButton(visible="hidden", elem_id=DOWNLOAD_ID)
    noted = canvas.submit(note, None, token, trigger_mode=EVERY_CLICK, **QUIET)
    canvas.download(save, None, download, **QUIET).success(
        None, None, None, js=f"() => document.getElementById('{DOWNLOAD_ID}').click()", **QUIET
    )
    return TeachCards(canvas, token, noted.success)
