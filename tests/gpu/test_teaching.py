"""Lessons on a GPU: `pytest -m gpu` on a machine with one."""

import math
from pathlib import Path

import pytest
import torch

from rn18demo.core.checkpoints import STARTER_ID, Catalogue
from rn18demo.core.engine import Engine
from rn18demo.training.lesson import Report
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.samples import sample_dataset
from rn18demo.training.teach import teach

pytestmark = pytest.mark.gpu


def lesson(folder: Path, device: str, **settings: object) -> Report:
    engine = Engine(torch.device(device), "torch", folder / "runtimes.json")
    recipe = TeachRecipe.from_settings(settings)
    *_, last = teach(sample_dataset(), Catalogue().get(STARTER_ID), engine, recipe)
    return last


def test_a_lesson_is_as_good_as_on_the_cpu(tmp_path: Path) -> None:
    found = {}
    for device in ("cpu", "cuda"):
        taught = lesson(tmp_path, device).lesson
        assert taught is not None and taught.evaluation is not None
        found[device] = taught.evaluation.right
    assert abs(found["cpu"] - found["cuda"]) <= 2


@pytest.mark.parametrize("amp", [True, False])
@pytest.mark.parametrize("trained", ["layer4", "all"])
def test_fine_tuning_runs_and_says_what_mixed_precision_saved(
    tmp_path: Path, trained: str, amp: bool
) -> None:
    last = lesson(tmp_path, "cuda", mode="deeper", trained=trained, epochs=2, amp=amp)
    taught = last.lesson
    assert taught is not None and taught.comparison is not None and last.curves
    losses = [point.loss for point in last.curves if point.loss is not None]
    assert losses and all(map(math.isfinite, losses))
    assert (taught.amp is not None) == amp
    if taught.amp is not None:
        print(trained, taught.amp.sentence)
        assert taught.amp.milliseconds > 0 and taught.amp.megabytes > 0
