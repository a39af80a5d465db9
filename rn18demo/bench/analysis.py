"""One picture in this process: the analysis over a bare forward, the peer's map over ours."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.assets import EXAMPLES
from rn18demo.bench.rows import NO_BOUND, SINGLE, Row, compare
from rn18demo.bench.settings import Settings
from rn18demo.core.checkpoints import STARTER_ID, Catalogue, Checkpoint
from rn18demo.core.engine import Engine, choose_device
from rn18demo.core.images import read_image
from rn18demo.core.runtimes.base import pixels_of
from rn18demo.core.stages import STAGES

PICTURE = "cat.jpg"
"""451 x 300 pixels; scaling a larger one takes longer, and counts in the analysis."""


@dataclass(frozen=True)
class Bench:
    """What is measured with.

    Attributes:
        engine: Settled: its fastest runtime is loaded.
        checkpoint: The shipped one.
        image: A photograph.
    """

    engine: Engine
    checkpoint: Checkpoint
    image: Image.Image

    @property
    def on_gpu(self) -> bool:
        """Whether a GPU computes."""
        return self.engine.device.type == "cuda"

    def everything(self) -> None:
        """All that the lenses need at once: top-5, all maps, five stages."""
        result = self.engine.analyze(self.checkpoint, self.image)
        result.top(5)
        _ = result.class_maps
        for stage in STAGES:
            result.activation(stage.name)


def prepare(settings: Settings) -> Bench:
    """Load the shipped checkpoint, and the runtime that is fastest here."""
    engine = Engine(choose_device(settings.device))
    checkpoint = Catalogue().get(STARTER_ID)
    engine.prepare(checkpoint)
    return Bench(engine, checkpoint, read_image(EXAMPLES / PICTURE))


def analyze_rows(settings: Settings) -> list[Row]:
    """What everything around the network costs."""
    bench = prepare(settings)
    runtime = bench.engine.runtime(bench.checkpoint)
    pixels = pixels_of(bench.checkpoint.transform.picture(bench.image))[None]

    def forward() -> None:
        for outputs in runtime.run(pixels):
            list(outputs.activations.values())  # a GPU hands them over when they are read

    sides = bench.everything, forward
    what = (
        "analyze(), from picture to top-5, all maps and five stages / bare forward of the same "
        f"engine ({runtime.words})"
    )
    # On a GPU a forward takes no longer than scaling the picture, so the aim is for CPUs.
    aim = NO_BOUND if bench.on_gpu else "at most 1.2"
    return [
        compare(what, aim, settings.rounds, *sides),
        compare(SINGLE, NO_BOUND, settings.rounds, *sides, calls=1),
        *part_rows(bench, settings, sides[1]),
    ]


def part_rows(bench: Bench, settings: Settings, forward: Callable[[], object]) -> list[Row]:
    """The parts of the analysis, each over a bare forward."""
    transform, result = (
        bench.checkpoint.transform,
        bench.engine.analyze(bench.checkpoint, bench.image),
    )

    def handed_over() -> None:
        computed = bench.engine.submit(bench.checkpoint, result.square).result()
        list(computed.activations.values())

    def maps() -> None:
        result.__dict__.pop("class_maps", None)
        _ = result.class_maps

    parts = {
        "scaling the picture": lambda: transform.picture(bench.image),
        "a forward by way of the thread that computes for all": handed_over,
        "all maps, from activations that are there": maps,
    }
    return [
        compare(f"{name} / bare forward", NO_BOUND, settings.rounds, part, forward)
        for name, part in parts.items()
    ]


def map_rows(settings: Settings) -> list[Row]:
    """The grad-cam package's map of one class over our maps of all of them."""
    bench = prepare(settings)
    network = bench.engine.network(bench.checkpoint)
    batch = bench.checkpoint.transform.tensor(bench.image)[None].to(bench.engine.device)
    analysis = bench.engine.analyze(bench.checkpoint, bench.image)

    def packages_map() -> None:
        package_grad_cam(network, batch)

    def closed_form() -> None:
        analysis.__dict__.pop("class_maps", None)
        _ = analysis.class_maps

    def our_map() -> None:
        _ = bench.engine.analyze(bench.checkpoint, bench.image).class_maps

    return [
        compare(
            "the grad-cam package's GradCAM, one class / our layer4 maps, all classes",
            "at least 10",
            settings.rounds,
            packages_map,
            closed_form,
        ),
        compare(
            "the same, our side from the picture, with its forward",
            NO_BOUND,
            settings.rounds,
            packages_map,
            our_map,
        ),
    ]


def package_grad_cam(network: ResNet, batch: Tensor) -> None:
    """One map the way the package's own page shows it."""
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    with torch.enable_grad(), GradCAM(network, [network.layer4[-1]]) as cam:
        cam(batch.clone().requires_grad_(), targets=[ClassifierOutputTarget(0)])
