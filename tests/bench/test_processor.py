"""Who computed what, while a page was watched."""

import subprocess
import sys

import pytest

from rn18demo.bench.processor import part_of, processor_seconds


@pytest.mark.parametrize(
    ("name", "arguments", "part"),
    [
        ("chromium", ["chromium", "--type=renderer", "--x"], "the page"),
        ("chromium", ["chromium", "--type=gpu-process"], "putting the picture together"),
        ("chromium", ["chromium", "--type=utility"], "the rest of the browser"),
        ("chrome", ["chrome"], "the rest of the browser"),
        ("python", ["python", "app.py", "--port", "1"], "the server"),
        ("python", ["python", "-m", "rn18demo.bench.guide_app"], "the server"),
        ("node", ["node", "cli.js"], "what drives the browser"),
    ],
)
def test_processes_are_told_apart(name: str, arguments: list[str], part: str) -> None:
    assert part_of(name, arguments) == part


def test_a_child_that_computes_is_seen() -> None:
    program = "import time\nwhile time.process_time() < 0.5: pass\nprint(flush=True)\ninput()"
    before = processor_seconds()["what drives the browser"]
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert processor_seconds()["what drives the browser"] - before >= 0.4
        child.communicate("\n")
