"""The app as a user starts it, for tests that speak to it from outside."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 300
"""How long a busy machine may take to import torch and open the page."""


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_app(cache: Path, *options: str) -> Iterator[str]:
    """Run `python app.py` on a free port until the block ends.

    Args:
        cache: Folder for fetched weights; an empty one keeps this machine's own out of it.
        options: More of the command line.

    Yields:
        The page's address, once it answers.

    Raises:
        RuntimeError: It ended or did not answer in time; what it printed is in the message.
    """
    port = free_port()
    log = cache / "app.log"
    environment = os.environ | {
        "RN18DEMO_CACHE": str(cache),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "app.py", "--port", str(port), *options]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _await_page(process, url, log)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_page(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"app.py did not open {url}:\n{log.read_text(errors='replace')}")
