"""A script that the page runs before Gradio's own: what is given to Gradio comes too late."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rn18demo.assets import ASSETS

START = b'<meta charset="utf-8" />'
"""What the script is put behind: browsers want to know soon how a page is written."""


def with_script(page: bytes, code: str) -> bytes:
    """The page with a script near the top of its head."""
    script = f"<script>\n{code}</script>".encode()
    return page.replace(START, START + script, 1)


class FirstScript:
    """Puts `assets/first.js` into the page on its way to the browser.

    Args:
        app: Everything behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._code = (ASSETS / "first.js").read_text(encoding="utf-8")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks for it."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        start: list[Message] = []
        body: list[bytes] = []

        async def hold(message: Message) -> None:
            """Keep the answer until it is complete: its length comes first."""
            if message["type"] == "http.response.start":
                start.append(message)
                return
            body.append(message.get("body", b""))
            if message.get("more_body", False):
                return
            page = with_script(b"".join(body), self._code)
            MutableHeaders(raw=start[0]["headers"])["content-length"] = str(len(page))
            await send(start[0])
            await send({"type": "http.response.body", "body": page})

        await self._app(scope, receive, hold)
