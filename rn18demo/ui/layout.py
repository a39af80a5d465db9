"""The page: a table of contents."""

import logging
import threading
from pathlib import Path

import gradio as gr

from rn18demo.core.checkpoints import AUTO, STARTER_ID, Catalogue
from rn18demo.core.download import default_cache
from rn18demo.core.engine import Engine, choose_device
from rn18demo.core.lenses import Lenses
from rn18demo.errors import DemoError
from rn18demo.ui.api import build_api
from rn18demo.ui.cam_tab import build_cam_tab
from rn18demo.ui.degradation_panel import build_degradation_panel
from rn18demo.ui.gradient_panel import build_gradient_panel
from rn18demo.ui.header import build_header
from rn18demo.ui.hide_panel import build_hide_panel
from rn18demo.ui.inside_tab import build_inside_tab
from rn18demo.ui.learn_tab import build_learn_tab
from rn18demo.ui.ledger_panel import build_ledger_panel
from rn18demo.ui.live_tab import build_live_tab
from rn18demo.ui.maps_tab import build_maps_tab
from rn18demo.ui.predict_tab import build_predict_tab
from rn18demo.ui.session import Backend, Visit
from rn18demo.ui.source import build_source
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_tab import build_teach_tab
from rn18demo.ui.text import say
from rn18demo.ui.uploads import Uploads
from rn18demo.ui.worded import WordedBlocks

log = logging.getLogger(__name__)

FORGET_AFTER_SECONDS = 3600
"""Files that no visit accounts for, such as those sent to endpoints, go after this time."""


def build_app(
    start: str = "auto", device: str = "auto", given: Path | None = None, runtime: str = "auto"
) -> gr.Blocks:
    """Build the page with everything behind it; loads no weights yet.

    Args:
        start: Id of the checkpoint that visitors begin with.
        device: "auto", "cpu" or "cuda".
        given: A checkpoint file or folder, which "auto" then means.
        runtime: One of `RUNTIMES`; "auto" takes what is fastest here.

    Raises:
        RequestError: There is no such device or runtime.
    """
    engine = Engine(choose_device(device), runtime)
    backend = Backend(Catalogue(given=given), engine, Lenses(engine), start)
    # Weights load, and the official ones are fetched, while the page is already up.
    threading.Thread(target=warm_up, args=[backend], name="warm-up", daemon=True).start()
    return build_page(backend)


def warm_up(backend: Backend) -> None:
    """Load the first weights with what computes them, then fetch the official ones if wanted."""
    try:
        backend.engine.prepare(backend.catalogue.get(backend.start))
    except DemoError as error:
        log.warning("%s", error)  # the page says the same to each visitor
    finally:
        backend.warm.set()
    if backend.start == AUTO and backend.catalogue.resolve() == STARTER_ID:
        backend.catalogue.start_background_fetch()


def build_page(backend: Backend) -> gr.Blocks:
    """Build the whole page for a backend."""
    uploads, projects = Uploads(), Projects(default_cache() / "projects")
    with WordedBlocks(
        title=say("title"),
        analytics_enabled=False,
        delete_cache=(FORGET_AFTER_SECONDS // 6, FORGET_AFTER_SECONDS),
    ) as page:
        visit = Visit(
            analysis=gr.State(None, time_to_live=FORGET_AFTER_SECONDS),
            answered=gr.State(""),
            chosen=gr.State(0),
            judged=gr.State(0.0),
        )
        header = build_header(backend)
        with gr.Row(equal_height=False, elem_id="glass-box"):
            with (
                gr.Column(scale=4, min_width=320, elem_id="source"),
                gr.Accordion(say("source_fold"), open=True, elem_id="source-fold"),
            ):
                connect = build_source(backend, visit, header, uploads)
            with (
                gr.Column(scale=8, min_width=320, elem_id="lens"),
                gr.Tabs(elem_id="lenses") as tabs,
            ):
                with gr.Tab(say("predict_tab"), id="predict"):
                    predict = build_predict_tab(visit)
                with gr.Tab(say("cam_tab"), id="cam"):
                    cam, road = build_cam_tab(backend, visit)
                with gr.Tab(say("maps_tab"), id="maps") as maps_tab:
                    maps = build_maps_tab(backend, visit, maps_tab)
                with gr.Tab(say("inside_tab"), id="inside") as inside_tab:
                    inside = build_inside_tab(backend, visit, header, inside_tab)
                    gradients = build_gradient_panel(backend, visit)
                    ledger = build_ledger_panel(backend, visit)
                    hiding = build_hide_panel(backend, visit)
                    build_degradation_panel()
                with gr.Tab(say("live_tab"), id="live"):
                    live = build_live_tab(backend, header)
                with gr.Tab(say("teach_tab"), id="teach"):
                    build_teach_tab(backend, visit, header, projects)
                with gr.Tab(say("learn_tab"), id="learn"):
                    build_learn_tab(backend, tabs)
        with gr.Accordion(say("help_title"), open=False):
            gr.Markdown(say("help"))
        gr.Markdown(say("privacy"), elem_id="privacy")
        connect((predict, cam, road, maps, inside, gradients, ledger, hiding), live)
        build_api(backend)
        page.unload(uploads.leave)
    return page
