"""A real HTTP server on this machine that answers well, or badly in chosen ways."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Manner = Literal["good", "truncated", "wrong", "longer", "stalling", "slow", "error", "redirect"]


@dataclass
class Serving:
    """A server that is running.

    Attributes:
        body: What a good answer holds.
        manner: How the next answers are given; tests change it while it runs.
        requests: Paths asked for so far.
        release: Set it to let a slow answer go on and a stalling one end.
    """

    body: bytes
    manner: Manner = "good"
    requests: list[str] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        """Where the file is."""
        return f"http://127.0.0.1:{self.port}/weights"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    serving: Serving

    def do_GET(self) -> None:
        serving, body = self.serving, self.serving.body
        serving.requests.append(self.path)
        half = len(body) // 2
        self.close_connection = True
        match serving.manner:
            case "error":
                self._head(500, 0)
            case "redirect" if self.path != "/moved":
                self.send_response(302)
                self.send_header("Location", "/moved")
                self.send_header("Content-Length", "0")
                self.send_header("Connection", "close")
                self.end_headers()
            case "wrong":
                self._head(200, len(body))
                self.wfile.write(body[::-1])
            case "longer":
                self._head(200, len(body) + 1000)
                self.wfile.write(body + bytes(1000))
            case "truncated":
                self._head(200, len(body))
                self.wfile.write(body[:half])
            case "stalling" | "slow":
                self._head(200, len(body))
                self.wfile.write(body[:half])
                self.wfile.flush()
                serving.release.wait(60)
                if serving.manner == "slow":
                    self.wfile.write(body[half:])
            case _:
                self._head(200, len(body))
                self.wfile.write(body)

    def _head(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()

    def handle_one_request(self) -> None:
        """As the parent does; a client that hangs up is part of the tests."""
        try:
            super().handle_one_request()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def serve(body: bytes, manner: Manner = "good") -> Iterator[Serving]:
    """Serve `body` on a free port until the block ends."""
    serving = Serving(body, manner)
    handler = type("Handler", (_Handler,), {"serving": serving})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    serving.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield serving
    finally:
        serving.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
