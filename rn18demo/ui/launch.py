"""Opening the page to visitors."""

import errno
import importlib.util
import json
import socket
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from rn18demo.assets import ASSETS
from rn18demo.core.download import default_cache
from rn18demo.ui.compression import KeptAnswers, PackedPage
from rn18demo.ui.first_script import FirstScript
from rn18demo.ui.https import announcement, certificate_for, host_and_names, in_address
from rn18demo.ui.memory import SESSIONS, remember_little
from rn18demo.ui.style import STYLE_SHEET, build_theme
from rn18demo.ui.text import say

MAX_UPLOAD_BYTES = 100 * 2**20
"""Largest file that is taken at all: a zip of pictures for Teach. The doors behind it have
limits of their own."""

MOST_WAITING = 10_000
"""Events that may wait. Left to itself, Gradio lets only one wait where a GPU is lent (ZeroGPU),
and tells everybody else that the app is busy; this page sends several at a time."""


def page_script() -> str:
    """What runs when the page opens, with the words that it may say."""
    code = (ASSETS / "page.js").read_text(encoding="utf-8")
    return code.replace("WORDS", json.dumps(say("camera_refused")))


LAUNCH: dict[str, Any] = {
    "theme": build_theme(),
    "css_paths": STYLE_SHEET,
    "js": page_script(),
    "max_file_size": MAX_UPLOAD_BYTES,
    "ssr_mode": False,
    "app_kwargs": {
        "middleware": [Middleware(one) for one in (KeptAnswers, PackedPage, FirstScript)],
        "lifespan": remember_little,
    },
    "enable_monitoring": False,
    "run_history": False,  # in the browser, which in a classroom is everybody's
    "state_session_capacity": SESSIONS,
    "footer_links": ["api", "settings"],
    # Gradio 6.31 shows these keys, which its own catalogues do not have.
    "i18n": gr.I18n(
        en={"common.complete": say("complete"), "image.no_webcam_support": say("no_webcam")}
    ),
    "mcp_server": importlib.util.find_spec("mcp") is not None,
}
"""How `launch` is called, wherever the page runs."""


def open_page(
    page: gr.Blocks, host: str | None, port: int | None, share: bool, https: bool
) -> None:
    """Serve the page until the program is stopped.

    Args:
        page: From `build_app`.
        host: Address to listen on; None leaves the choice to Gradio, or with `https` means
            every address of this machine.
        port: None takes the first free one.
        share: Whether Gradio makes a public link as well.
        https: Whether to encrypt with a certificate of our own, and print an invitation.
    """
    name = None if host is None else in_address(host)
    where: dict[str, Any] = {"server_name": name, "server_port": port, "share": share or None}
    if port is not None and not is_free(host, port):
        raise SystemExit(say("port_taken", port=port))
    page.queue(max_size=MOST_WAITING)
    if not https:
        page.launch(**where, **LAUNCH)
        return
    listen, names = host_and_names(host)
    made = certificate_for(names, default_cache() / "https")
    where |= {"server_name": in_address(listen), "ssl_certfile": str(made.certificate)}
    where |= {"ssl_keyfile": str(made.key), "ssl_verify": False}
    page.launch(**where, **LAUNCH, prevent_thread_lock=True)
    print(announcement(names[0], page.server_port), flush=True)
    page.block_thread()


def is_free(host: str | None, port: int) -> bool:
    """Whether a server could listen there; an address that is not of this machine is said later."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host or "127.0.0.1", port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True
