"""Command line: measure and print ratios, with the bound that design sets for each."""

import argparse
import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch
from torchvision.models import ResNet

from rn18demo.bench.timing import Timing, race
from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.engine import DEVICES, Engine, choose_device
from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from rn18demo.core.stages import STAGES


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes:
        what: What is compared.
        upper: Time of what stands above the line.
        lower: Time of what stands below it.
        ratio: Upper over lower.
        bound: What the ratio is held against, in words.
    """

    what: str
    upper: Timing
    lower: Timing
    ratio: float
    bound: str


def compare(
    what: str, bound: str, rounds: int, upper: Callable[[], object], lower: Callable[[], object]
) -> Row:
    """Time two sides in turns and divide their medians."""
    times = race({"upper": upper, "lower": lower}, rounds)
    over, under = times["upper"], times["lower"]
    return Row(what, over, under, over.median / under.median, bound)


def measure(device: str, rounds: int) -> list[Row]:
    """The comparisons that need nothing but this process."""
    engine = Engine(choose_device(device))
    checkpoint = Catalogue().get("starter")
    network = engine.network(checkpoint)
    image = read_image(read_examples()[0].path)
    analysis = engine.analyze(checkpoint, image)
    batch = checkpoint.transform.tensor(image)[None].to(engine.device)

    @torch.inference_mode()
    def bare_forward() -> None:
        network(batch).cpu()

    def everything() -> None:
        result = engine.analyze(checkpoint, image)
        result.top(5)
        result.class_maps[0]
        for stage in STAGES:
            result.activation(stage.name)

    def packages_map() -> None:
        package_grad_cam(network, batch)

    def our_map() -> None:
        engine.analyze(checkpoint, image).class_maps[0]

    def closed_form() -> None:
        analysis.__dict__.pop("class_maps", None)
        _ = analysis.class_maps

    return [
        compare(
            "analyze(), picture to top-5, maps and five stages / bare forward",
            "at most 1.2",
            rounds,
            everything,
            bare_forward,
        ),
        compare(
            "the grad-cam package's GradCAM, one class / our layer4 maps, all classes",
            "at least 10",
            rounds,
            packages_map,
            closed_form,
        ),
        compare("the same, our side with its forward", "(no bound)", rounds, packages_map, our_map),
    ]


def package_grad_cam(network: ResNet, batch: torch.Tensor) -> None:
    """One map the way the package's own page shows it."""
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    with torch.enable_grad(), GradCAM(network, [network.layer4[-1]]) as cam:
        cam(batch.clone().requires_grad_(), targets=[ClassifierOutputTarget(0)])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m rn18demo.bench")
    parser.add_argument("--device", default="auto", choices=DEVICES)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = measure(arguments.device, arguments.rounds)
    machine = f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}"
    if arguments.json:
        print(json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, indent=2))
        return
    print(f"{machine}; median (quartiles) of {arguments.rounds} rounds, taken in turns")
    for row in rows:
        print(f"{row.ratio:8.2f}  {row.what}\n          {row.bound}")
        print(f"          {row.upper} / {row.lower}")


if __name__ == "__main__":
    main()
