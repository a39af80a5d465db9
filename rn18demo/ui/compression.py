"""The page travels packed: 30 devices in one Wi-Fi fetch it at the same moment."""

import asyncio
from dataclasses import dataclass

from gradio.brotli_middleware import BrotliMiddleware
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PACKED = ("/", "/config")
"""The page, and the same for programs. Gradio sends them as they are: it packs scripts and styles,
which it knows by their names, but these have none. Answers are small, pictures packed."""
LEVEL = 6
SCRIPTS = "/assets/"
"""Where Gradio's scripts and styles are. What is in a file stands in its name, as a hash."""
FOREVER = "public, max-age=31536000, immutable"
KEPT_BYTES = 32 * 2**20
"""Of packed scripts in memory, at most; a visit to every tab needs 2 MB of them."""
ADDRESS = ("host", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")
"""Headers by which Gradio finds the address that it writes into the page."""
PERSONAL = {"cookie", "authorization"}
"""Headers by which a page might be made for one visitor."""
KEPT_PAGES = 16
"""Pages in memory, packed, some 150 kB each, one or two for an address; the oldest makes room."""
OK = 200
Key = tuple[str, ...]
"""What an answer depends on."""


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


class KeptAnswers:
    """Makes the page and each script once, and lets browsers keep the scripts.

    A visit begins with the page and a hundred scripts. Gradio copies, writes and packs the page
    for everybody, which takes 60 ms, reads and packs each script anew, and says nothing of how
    long it may be kept. What is packed already it passes on as it is.

    Args:
        app: Everything behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._packing = BrotliMiddleware(app)
        self._scripts: dict[Key, _Answer] = {}
        self._bytes = 0
        self._pages: dict[Key, _Answer] = {}
        self._page_turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks for it."""
        if _wants_script(scope):
            answer = await self._script(scope, receive)
        elif _wants_page(scope):
            async with self._page_turn:  # of thirty who come at once, the first has it made
                answer = await self._page(scope, receive)
        else:
            await self._app(scope, receive, send)
            return
        await answer.send(send)

    async def _script(self, scope: Scope, receive: Receive) -> _Answer:
        key = scope["path"], _packing(scope, "br", "gzip")
        answer = self._scripts.get(key)
        if answer is None:
            answer, complete = await self._ask(scope, receive, FOREVER)
            if complete and self._bytes + len(answer.body) <= KEPT_BYTES:
                self._bytes += len(answer.body)
                self._scripts[key] = answer
        return answer

    async def _page(self, scope: Scope, receive: Receive) -> _Answer:
        headers = Headers(scope=scope)
        address = [headers.get(name, "") for name in ADDRESS]
        where = scope["path"], scope["scheme"], scope.get("root_path", "")
        key = *where, _packing(scope, "gzip"), *address
        answer = self._pages.get(key)
        if answer is None:
            answer, complete = await self._ask(scope, receive)
            if complete:
                self._pages[key] = answer
                if len(self._pages) > KEPT_PAGES:
                    del self._pages[next(iter(self._pages))]
        return answer

    async def _ask(self, scope: Scope, receive: Receive, control: str = "") -> tuple[_Answer, bool]:
        """The answer of the app behind, packed, and whether that is all that was asked for."""
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
        if complete and control:
            headers["cache-control"] = control
        return _Answer(start[0]["status"], tuple(headers.raw), whole), complete


def _packing(scope: Scope, *ways: str) -> str:
    """The first of some ways that the browser unpacks; none, if it is none of them."""
    accepted = Headers(scope=scope).get("accept-encoding", "")
    return next((way for way in ways if way in accepted), "")


def _wants_script(scope: Scope) -> bool:
    """Whether a whole script is asked for, by the one name that it has."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path = str(scope["path"])
    if not path.startswith(SCRIPTS) or {".", ".."} & set(path.split("/")) or "//" in path:
        return False
    part = {"range", "if-none-match", "if-modified-since"}
    return not part & set(Headers(scope=scope).keys())


def _wants_page(scope: Scope) -> bool:
    """Whether the page is asked for as everybody asks: by no name, with no wishes."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in PACKED:
        return False
    return not scope["query_string"] and not PERSONAL & set(Headers(scope=scope).keys())
