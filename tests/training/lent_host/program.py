"""A program on such a host: some lessons as the page gives them, told as JSON.

The package `spaces` is the host's own: for a call it forks a process, and pickles what goes in and
comes out. Where there is no GPU, that process is told not to look for it.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from gradio.context import LocalContext
from torchvision.models import resnet18

from rn18demo.core.engine import Engine, choose_device
from rn18demo.training.lesson import Lesson, Report
from rn18demo.training.line import Line
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teach import teach
from rn18demo.ui.teach_running import Cancel, Running
from tests.training.lent_host.scheduler import SPENT, VISITOR
from tests.training.small_lessons import make_base, make_dataset


@dataclass(frozen=True)
class Scene:
    """What happens.

    Attributes:
        mode: Of the lesson.
        visitor: Whose token comes with the request.
        stop_at: The phase of a lesson at whose first report the visitor stops it.
        broken: Whether the network is one that nobody can compute.
    """

    mode: str = "deeper"
    visitor: str = VISITOR
    stop_at: str = "never"
    broken: bool = False


SCENES = {
    "deeper": Scene(),
    "automatic": Scene(mode="automatic"),
    "left": Scene(stop_at="waiting"),
    "stopped": Scene(stop_at="features"),
    "spent": Scene(visitor=SPENT),
    "bug": Scene(broken=True),
}


def play(scene: Scene, engine: Engine) -> dict[str, Any]:
    """Give one lesson and tell what became of it."""
    recipe = TeachRecipe.from_settings({"mode": scene.mode, "epochs": 2})
    torch.manual_seed(18)
    base = make_base(resnet18(num_classes=7).eval().requires_grad_(False))
    dataset = make_dataset([4, 4])
    if scene.broken:
        base.network.layer4 = torch.nn.Identity()
    phases: list[str] = []
    lessons: list[Lesson | None] = []

    def reports(must_stop: Cancel) -> Iterator[Report]:
        def stopped() -> bool:
            return must_stop() or phases[-1:] == [scene.stop_at]

        for report in teach(dataset, base, engine, recipe, stopped, line=Line()):
            phases.append(report.phase)
            yield report

    # As Gradio does before it calls an event's function, and takes away after it.
    token = {"x-ip-token": scene.visitor}
    headers = SimpleNamespace(get=lambda name, default=None: token.get(name, default))
    LocalContext.request.set(SimpleNamespace(headers=headers))  # type: ignore[arg-type]
    running = Running(reports, lambda last: lessons.append(last.lesson))
    LocalContext.request.set(None)
    running.start()
    running._thread.join()
    news = running.news()
    found = {"phases": phases, "trouble": news.trouble, "stopped": news.stopped}
    return found | describe(lessons[0] if lessons else None)


def describe(lesson: Lesson | None) -> dict[str, Any]:
    """What came back of a lesson."""
    if lesson is None:
        return {}
    network = lesson.checkpoint.network.eval()
    with torch.inference_mode():
        logits = network(torch.zeros(1, 3, 32, 32))
    return {
        "labels": lesson.checkpoint.labels,
        "measured": lesson.evaluation.measured if lesson.evaluation else 0,
        "compared": lesson.comparison is not None,
        "amp": lesson.amp.sentence if lesson.amp else "",
        "outputs": logits.shape[1],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scenes", nargs="+", default=list(SCENES))
    parser.add_argument("--without-gpu", action="store_true")
    given = parser.parse_args()
    if given.without_gpu:
        from spaces.zero import torch as host

        host.init = lambda uuid: None
        host.move = lambda callback=None: None
    engine = Engine(choose_device(), "torch", memory=given.folder / "runtimes.json")
    found = {name: play(SCENES[name], engine) for name in given.scenes}
    found["device"] = engine.device.type  # type: ignore[assignment]
    (given.folder / "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
