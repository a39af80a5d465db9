"""How long the app takes to open and how much memory it holds, over what it is built on."""

import asyncio
import subprocess
import sys
import time

from rn18demo.bench.crowd import connections, open_page
from rn18demo.bench.our_client import OurClient
from rn18demo.bench.rows import NO_BOUND, Row, divide
from rn18demo.bench.serving import (
    ROOT,
    Served,
    memory_of,
    our_app,
    serving,
    wait_for_rest,
)
from rn18demo.bench.settings import Settings
from rn18demo.bench.timing import spread
from rn18demo.errors import BenchError

BARE = "import torch, torchvision, gradio; print('ready', flush=True); input()"
"""What every app of this kind pays before its first own line."""


def rows(settings: Settings) -> list[Row]:
    """Time until the page answers, and resident memory at work, over the bare imports."""
    opened, held, bare_opened, bare_held = [], [], [], []
    for _ in range(settings.turns):
        seconds, megabytes = measure_bare()
        bare_opened.append(seconds)
        bare_held.append(megabytes)
        with serving(our_app(settings.device)) as served:
            opened.append(served.seconds)
            wait_for_rest(served)
            asyncio.run(_ask(served))
            wait_for_rest(served)
            held.append(memory_of(served))
    bare = "importing torch, torchvision and gradio"
    return [
        divide(
            f"start of the app until its page answers / {bare}",
            NO_BOUND,
            spread(opened, "s"),
            spread(bare_opened, "s"),
        ),
        divide(
            f"memory of the app after its first answers / {bare}",
            NO_BOUND,
            spread(held, "MB"),
            spread(bare_held, "MB"),
        ),
    ]


def measure_bare() -> tuple[float, float]:
    """Seconds that the imports take, and the megabytes that they leave in memory.

    Raises:
        BenchError: They fail.
    """
    begin = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", BARE],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        seconds = time.perf_counter() - begin
        if not ready:
            raise BenchError("torch, torchvision and gradio cannot be imported.")
        megabytes = memory_of(Served("", process.pid, seconds))
        process.communicate("\n")
    return seconds, megabytes


async def _ask(served: Served, frames: int = 5) -> None:
    """Let it compute, so that the weights are in memory."""
    async with connections() as client:
        page = await open_page(client, served.url)
        viewer = OurClient(fps=30)
        for number in range(frames):
            answer = await viewer.ask(page, number)
            if "predictions" not in answer:
                raise BenchError(f"The Live tab does not answer: {answer}")
