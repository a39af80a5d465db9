"""The programs under test, started as their users start them."""

import importlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from rn18demo.assets import ASSETS
from rn18demo.errors import BenchError

ROOT = ASSETS.parent
START_SECONDS = 300
"""How long a busy machine may take to import torch and open the page."""
REST_PERCENT = 15.0
"""Of one core; below it, a program counts as resting."""
REST_LOOK_SECONDS = 0.4
REST_LOOKS = 3
"""It must rest so many times in a row."""
QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1"}
"""Neither side calls out during a measurement."""


@dataclass(frozen=True)
class App:
    """A program that serves a page.

    Attributes:
        name: For the result.
        arguments: Of Python; `--port` is added.
    """

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Served:
    """A program whose page answers.

    Attributes:
        url: The page, without a slash at the end.
        pid: Of the process.
        seconds: From its start to the page's first answer.
    """

    url: str
    pid: int
    seconds: float


def our_app(device: str = "auto") -> App:
    """This project's page, with the shipped checkpoint."""
    return App("this app", ("app.py", "--checkpoint", "starter", "--device", device))


def guide_app(device: str = "auto", camera: str | None = None, with_map: bool = False) -> App:
    """The Gradio guide's page.

    Args:
        device: Where it computes.
        camera: Size asked of the camera, such as "320x240"; None leaves Gradio's default.
        with_map: Whether it shows a map as well.
    """
    chosen = [] if camera is None else ["--camera", camera]
    name = "the guide's app" + (f" at {camera.replace('x', ' x ')}" if camera else "")
    if with_map:
        chosen.append("--map")
        name += " with the grad-cam package's map"
    return App(name, ("-m", "rn18demo.bench.guide_app", "--device", device, *chosen))


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(app: App) -> Iterator[Served]:
    """Run a program until the block ends.

    Raises:
        BenchError: It ended or did not answer in time; the last lines that it printed are in
            the message.
    """
    port = free_port()
    command = [sys.executable, *app.arguments, "--port", str(port)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        with log.open("wb") as output:
            begin = time.perf_counter()
            process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | QUIET, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            url = f"http://127.0.0.1:{port}"
            _await_page(process, url, app, log)
            yield Served(url, process.pid, time.perf_counter() - begin)
        finally:
            stop(process)


@contextmanager
def serving_all(apps: Sequence[App]) -> Iterator[dict[str, Served]]:
    """Run several programs, started one after another; the block gets them by name."""
    if not apps:
        yield {}
        return
    with serving(apps[0]) as first, serving_all(apps[1:]) as others:
        yield {apps[0].name: first, **others}


def memory_of(served: Served) -> float:
    """Resident memory of a program with all its children, in MB of a million bytes."""
    psutil = needed("psutil")
    process = psutil.Process(served.pid)
    family = [process, *process.children(recursive=True)]
    return float(sum(member.memory_info().rss for member in family) / 1e6)


def wait_for_rest(served: Served) -> None:
    """Return once a program computes nothing: what it does at its start or end is over.

    Raises:
        BenchError: It never rests.
    """
    process = needed("psutil").Process(served.pid)
    quiet = 0
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        quiet = quiet + 1 if process.cpu_percent(REST_LOOK_SECONDS) < REST_PERCENT else 0
        if quiet == REST_LOOKS:
            return
    raise BenchError(f"{served.url} is still busy after {START_SECONDS} seconds.")


def needed(package: str) -> Any:
    """Import what only measurements need.

    Raises:
        BenchError: It is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise BenchError(
            f"This measurement needs {package.partition('.')[0]}: "
            "pip install -r tests/requirements.txt"
        ) from error


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, politely first."""
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_page(process: subprocess.Popen[bytes], url: str, app: App, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise BenchError(f"The page of {app.name} did not open. It printed:\n{last}")
