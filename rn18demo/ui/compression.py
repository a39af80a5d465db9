"""The page travels packed: 30 devices in one Wi-Fi fetch it at the same moment."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PACKED = ("/", "/config")
"""What Gradio sends as it is: it packs scripts and styles, which it knows by their names, but the
page, which holds all that it is made of, has none. Answers are small, pictures packed."""
LEVEL = 6
SCRIPTS = "/assets/"
"""Where Gradio's scripts and styles are. What is in a file stands in its name, as a hash."""
FOREVER = "public, max-age=31536000, immutable"
KEPT_BYTES = 32 * 2**20
"""Of packed scripts in memory, at most; a visit to every tab needs 2 MB of them."""


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


class KeptScripts:
    """Reads and packs each script once, and lets browsers keep it.

    A page consists of a hundred of them. Gradio reads and packs each anew for everybody, and
    says nothing of how long it may be kept.

    Args:
        app: Everything behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: dict[tuple[str, str], list[Message]] = {}
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks for it."""
        if not _wants_script(scope):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        key = scope["path"], _packing(headers.get("accept-encoding", ""))
        answer = self._kept.get(key)
        if answer is None:
            answer = await self._ask(scope, receive)
            size = len(answer[1]["body"])
            if answer[0]["status"] == 200 and self._bytes + size <= KEPT_BYTES:
                self._bytes += size
                self._kept[key] = answer
        for message in answer:
            await send(message)

    async def _ask(self, scope: Scope, receive: Receive) -> list[Message]:
        """The whole answer: its start, and its body in one piece."""
        answer: list[Message] = []
        body: list[bytes] = []

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.append(message)
            else:
                body.append(message.get("body", b""))

        await self._app(scope, receive, hold)
        whole = b"".join(body)
        headers = MutableHeaders(raw=answer[0]["headers"])
        headers["content-length"] = str(len(whole))
        if answer[0]["status"] == 200:
            headers["cache-control"] = FOREVER
        return [answer[0], {"type": "http.response.body", "body": whole}]


def _wants_script(scope: Scope) -> bool:
    """Whether a whole script is asked for."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers = Headers(scope=scope)
    part = {"range", "if-none-match", "if-modified-since"} & set(headers.keys())
    return str(scope["path"]).startswith(SCRIPTS) and not part


def _packing(accepted: str) -> str:
    """How Gradio packs it for a browser that takes these encodings."""
    return next((way for way in ("br", "gzip") if way in accepted), "")
