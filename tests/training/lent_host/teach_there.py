"""A program on such a host: one lesson, stopped or not, told as JSON."""

import json
import sys
from pathlib import Path

import torch
from torchvision.models import resnet18

from rn18demo.core.engine import Engine, choose_device
from rn18demo.errors import Cancelled
from rn18demo.training.line import Line
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teach import teach
from tests.training.small_lessons import make_base, make_dataset


def main(folder: Path, mode: str, stop: bool) -> None:
    import spaces

    engine = Engine(choose_device(), "torch", memory=folder / "runtimes.json")
    recipe = TeachRecipe.from_settings({"mode": mode, "epochs": 2})
    torch.manual_seed(18)
    base = make_base(resnet18(num_classes=7).eval().requires_grad_(False))
    phases: list[str] = []
    lesson, said = None, ""
    try:
        for report in teach(
            make_dataset([4, 4]), base, engine, recipe, lambda: stop and bool(phases), line=Line()
        ):
            phases.append(report.phase)
            lesson = report.lesson or lesson
    except Cancelled as error:
        said = str(error)
    found = {
        "device": engine.device.type,
        "calls": spaces.calls,
        "phases": phases,
        "said": said,
    }
    if lesson is not None:
        network = lesson.checkpoint.network
        with torch.inference_mode():
            logits = network.eval()(torch.zeros(1, 3, 32, 32))
        found |= {
            "labels": lesson.checkpoint.labels,
            "measured": lesson.evaluation.measured if lesson.evaluation else 0,
            "compared": lesson.comparison is not None,
            "outputs": logits.shape[1],
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "stop")
