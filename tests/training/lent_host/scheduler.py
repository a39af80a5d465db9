"""The part of ZeroGPU that is not in the package `spaces`: who gets the GPU, asked over HTTP."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.app_server import ROOT

VISITOR, SPENT = "visitor.e30.x", "spent.e30.x"
"""Tokens of one who may have the GPU, and of one who has had all that one may have."""
Arguments = dict[str, str]
PATIENCE_SECONDS = 300
"""For the program; it forks while it has threads, as on such a host."""


@dataclass
class Scheduler:
    """Lends one GPU.

    Attributes:
        heard: Every request's path and arguments, in order.
    """

    heard: list[tuple[str, Arguments]] = field(default_factory=list)

    def asked(self, path: str) -> list[Arguments]:
        """The arguments of all requests to a path."""
        return [arguments for where, arguments in self.heard if where == path]

    def answer(self, path: str, arguments: Arguments) -> tuple[int, object]:
        """Status and JSON."""
        self.heard.append((path, arguments))
        if path != "/schedule":
            return 200, {}
        if arguments.get("token") == SPENT:
            return 429, {"left": 10, "wait": "PT3H"}
        return 200, {"idle": False, "nvidiaIndex": 0, "nvidiaUUID": "0", "allowToken": "allowed"}


@contextmanager
def serving(scheduler: Scheduler) -> Iterator[str]:
    """Its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            where = urlsplit(self.path)
            arguments = {name: values[-1] for name, values in parse_qs(where.query).items()}
            status, found = scheduler.answer(where.path, arguments)
            body = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def run_there(folder: Path, *arguments: str) -> tuple[dict[str, Any], Scheduler]:
    """Run the program in a fresh process, as on such a host.

    Returns:
        What it tells, and the scheduler with what that heard.
    """
    scheduler = Scheduler()
    with serving(scheduler) as url:
        environment = os.environ | {
            "SPACES_ZERO_GPU": "true",
            "SPACES_ZERO_DEVICE_API_URL": url,
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            "HOME": str(folder),  # the package keeps tensors there
        }
        command = [sys.executable, str(Path(__file__).with_name("program.py")), str(folder)]
        done = subprocess.run(
            [*command, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads((folder / "found.json").read_text())
    return found, scheduler
