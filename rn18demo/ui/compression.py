"""The page travels packed: 30 devices in one Wi-Fi fetch it at the same moment."""

from dataclasses import dataclass

from gradio.brotli_middleware import BrotliMiddleware
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
OK = 200


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


@dataclass(frozen=True)
class _Answer:
    """A whole answer. It is never handed out itself: whoever passes it on may change it."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    async def send(self, send: Send) -> None:
        headers = [tuple(pair) for pair in self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class KeptScripts:
    """Reads and packs each script once, and lets browsers keep it.

    A page consists of a hundred of them. Gradio reads and packs each anew for everybody, and
    says nothing of how long it may be kept. What is packed already it passes on as it is.

    Args:
        app: Everything behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._packing = BrotliMiddleware(app)
        self._kept: dict[tuple[str, str], _Answer] = {}
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks for it."""
        if not _wants_script(scope):
            await self._app(scope, receive, send)
            return
        accepted = Headers(scope=scope).get("accept-encoding", "")
        key = scope["path"], next((way for way in ("br", "gzip") if way in accepted), "")
        answer = self._kept.get(key)
        if answer is None:
            answer, complete = await self._ask(scope, receive)
            if complete and self._bytes + len(answer.body) <= KEPT_BYTES:
                self._bytes += len(answer.body)
                self._kept[key] = answer
        await answer.send(send)

    async def _ask(self, scope: Scope, receive: Receive) -> tuple[_Answer, bool]:
        """The answer of the app behind, packed, and whether that is the whole script."""
        start: list[Message] = []
        body: list[bytes] = []
        more = True

        async def hold(message: Message) -> None:
            nonlocal more
            if message["type"] == "http.response.start":
                start.append(message)
            elif message["type"] == "http.response.body":
                body.append(message.get("body", b""))
                more = message.get("more_body", False)

        await self._packing(scope, receive, hold)
        complete = not more and start[0]["status"] == OK
        whole = b"".join(body)
        headers = MutableHeaders(raw=list(start[0]["headers"]))
        headers["content-length"] = str(len(whole))
        if complete:
            headers["cache-control"] = FOREVER
        return _Answer(start[0]["status"], tuple(headers.raw), whole), complete


def _wants_script(scope: Scope) -> bool:
    """Whether a whole script is asked for, by the one name that it has."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path = str(scope["path"])
    if not path.startswith(SCRIPTS) or {".", ".."} & set(path.split("/")) or "//" in path:
        return False
    part = {"range", "if-none-match", "if-modified-since"}
    return not part & set(Headers(scope=scope).keys())
