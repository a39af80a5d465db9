"""A GPU that is lent for one call, with the package that Hugging Face's ZeroGPU lends it by.

Needs gradio and `spaces`: `pytest -m gpu tests/gpu/test_lent.py`.
"""

from pathlib import Path

import pytest

from tests.training.lent_host.scheduler import VISITOR, run_there

pytestmark = pytest.mark.gpu


def test_a_lesson_comes_back_from_the_gpu(tmp_path: Path) -> None:
    found, scheduler = run_there(tmp_path, "--scenes", "deeper", "spent")
    assert found["device"] == "cpu", "the program itself computes on the CPU"
    lesson = found["deeper"]
    assert not lesson["trouble"] and lesson["phases"][-1] == "done"
    assert lesson["labels"] == ["red", "green"] and lesson["outputs"] == 2
    assert "mixed precision" in lesson["amp"], "the call itself had a GPU"
    assert scheduler.asked("/schedule")[0]["token"] == VISITOR
    assert "quota" in found["spent"]["trouble"]
