"""The page travels packed: 30 devices in one Wi-Fi fetch it at the same moment."""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

PACKED = ("/", "/config")
"""What Gradio sends as it is: it packs scripts and styles, which it knows by their names, but the
page, which holds all that it is made of, has none. Answers are small, pictures packed."""
LEVEL = 6


class PackedPage:
    """Lets the page be compressed for browsers that can unpack it, which is all of them.

    Args:
        app: Everything behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._packing = GZipMiddleware(app, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks for it."""
        packed = scope["type"] == "http" and scope["path"] in PACKED
        await (self._packing if packed else self._app)(scope, receive, send)
