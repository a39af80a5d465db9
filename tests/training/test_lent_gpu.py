"""Fine-tuning on a host that lends its GPU for one call."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rn18demo.training.lent_gpu import LENT_SECONDS, lesson_in_one_call
from rn18demo.training.recipe import TeachRecipe
from tests.app_server import ROOT
from tests.training.small_lessons import make_base, make_dataset

HOST = Path(__file__).parent / "lent_host"


def teach_there(folder: Path, mode: str, stop: bool = False) -> dict[str, Any]:
    """Run the program in a fresh process, as on such a host."""
    environment = os.environ | {"SPACES_ZERO_GPU": "true", "PYTHONPATH": f"{HOST}:{ROOT}"}
    command = [sys.executable, str(HOST / "teach_there.py"), str(folder), mode, "stop" * stop]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_fine_tuning_is_one_call_and_comes_back_whole(tmp_path: Path) -> None:
    found = teach_there(tmp_path, "deeper")
    assert found["calls"] == [LENT_SECONDS]
    assert found["device"] == "cpu"
    assert found["phases"][-1] == "done" and "fine-tuning" in found["phases"]
    assert found["labels"] == ["red", "green"] and found["outputs"] == 2
    assert found["measured"] == 8 and found["compared"]


def test_what_takes_seconds_does_not_wait_for_a_gpu(tmp_path: Path) -> None:
    found = teach_there(tmp_path, "automatic")
    assert found["calls"] == [] and found["phases"][-1] == "done"


def test_a_stopped_call_says_that_nothing_was_kept(tmp_path: Path) -> None:
    found = teach_there(tmp_path, "deeper", stop=True)
    assert found["calls"] == [LENT_SECONDS] and "done" not in found["phases"]
    assert "nothing of it could be kept" in found["said"]


@pytest.mark.parametrize("mode", ["automatic", "deeper"])
def test_the_lesson_of_a_call_is_the_usual_one(network: Any, mode: str) -> None:
    recipe = TeachRecipe.from_settings({"mode": mode, "epochs": 1})
    *others, last = lesson_in_one_call(make_dataset([3, 3]), make_base(network), recipe)
    assert last.lesson is not None and all(report.lesson is None for report in others)
