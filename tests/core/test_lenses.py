"""One forward feeds every lens: what is chosen afterwards runs the network no more."""

import gc
import weakref

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision.models import ResNet

from rn18demo.core.analysis import Analysis
from rn18demo.core.cam_methods import METHODS
from rn18demo.core.checkpoints import Checkpoint
from rn18demo.core.engine import Engine
from rn18demo.core.featuremaps import Order, describe_channels
from rn18demo.core.lenses import Lenses, MapRequest
from rn18demo.core.stages import STAGES
from rn18demo.core.transform import InputTransform
from rn18demo.errors import RequestError


@pytest.fixture
def checkpoint(network: ResNet) -> Checkpoint:
    labels = tuple(f"class {index}" for index in range(network.fc.out_features))
    return Checkpoint("tiny", "Tiny", network, labels, InputTransform(), "a test", "")


@pytest.fixture
def engine() -> Engine:
    return Engine(torch.device("cpu"), "torch")


@pytest.fixture
def picture() -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 255, (120, 200, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


@pytest.fixture
def analysis(engine: Engine, checkpoint: Checkpoint, picture: Image.Image) -> Analysis:
    return engine.analyze(checkpoint, picture)


class Counter:
    """Counts the runs of the first and of the last convolution."""

    def __init__(self, network: ResNet) -> None:
        self.first = self.last = 0
        network.conv1.register_forward_hook(self._first)
        network.layer4[1].conv2.register_forward_hook(self._last)

    def _first(self, *_: object) -> None:
        self.first += 1

    def _last(self, *_: object) -> None:
        self.last += 1


def test_an_analysis_is_one_forward(
    engine: Engine, checkpoint: Checkpoint, picture: Image.Image
) -> None:
    counter = Counter(checkpoint.network)
    analysis = engine.analyze(checkpoint, picture)
    assert len(analysis.top(5)) == 5
    assert analysis.class_maps.shape == (len(checkpoint.labels), 7, 7)
    assert set(analysis.activations) == {stage.name for stage in STAGES}
    assert (counter.first, counter.last) == (1, 1)


def test_nothing_of_a_picture_is_kept_when_its_analysis_has_gone(
    engine: Engine, checkpoint: Checkpoint, picture: Image.Image
) -> None:
    lenses, analysis = Lenses(engine), engine.analyze(checkpoint, picture)
    other = engine.analyze(checkpoint, picture)
    for one in (analysis, other):
        lenses.map(one, MapRequest("layer3", "grad-cam", 0))
        lenses.map(one, MapRequest("layer3", "layer-cam", 0))
        lenses.blocks(one)
        lenses.lesions(one)
    kept = (lenses._maps, lenses._graphs, lenses._blocks, lenses._lesions)
    assert [len(one._values) for one in kept] == [4, 2, 2, 2]
    gone = weakref.ref(analysis), weakref.ref(lenses.blocks(analysis)["layer4.1"].output)
    del analysis, one
    gc.collect()
    assert [ref() for ref in gone] == [None, None]
    assert [len(one._values) for one in kept] == [2, 1, 1, 1]
    assert lenses.blocks(other) is lenses.blocks(other)


def test_class_channel_and_order_run_no_forward(
    engine: Engine, checkpoint: Checkpoint, analysis: Analysis
) -> None:
    lenses = Lenses(engine)
    for stage in STAGES:  # the first look at a stage may build what the later ones use
        lenses.map(analysis, MapRequest(stage.name, "grad-cam", 0))
    counter = Counter(checkpoint.network)
    for index in range(len(checkpoint.labels)):
        for stage in STAGES:
            lenses.map(analysis, MapRequest(stage.name, "grad-cam", index))
            for order in Order:
                channels = lenses.channels(analysis, stage.name, 16, order, index)
                describe_channels(analysis.activation(stage.name), channels)
        analysis.prediction(index)
    assert (counter.first, counter.last) == (0, 0)


def test_a_first_look_at_a_stage_never_runs_what_lies_before_it(
    engine: Engine, checkpoint: Checkpoint, analysis: Analysis
) -> None:
    counter = Counter(checkpoint.network)
    for stage in STAGES:
        Lenses(engine).map(analysis, MapRequest(stage.name, "grad-cam", 1))
    assert counter.first == 0


def test_a_repeated_question_is_answered_from_memory(engine: Engine, analysis: Analysis) -> None:
    lenses, request = Lenses(engine), MapRequest("layer3", "layer-cam", 2)
    assert lenses.map(analysis, request) is lenses.map(analysis, request)


def test_the_order_by_contribution_is_by_weight_times_mean(
    engine: Engine, checkpoint: Checkpoint, analysis: Analysis
) -> None:
    channels = Lenses(engine).channels(analysis, "layer4", 5, Order.CONTRIBUTION, 3)
    weights = checkpoint.network.fc.weight[3].detach()
    scores = (weights * analysis.activation("layer4").mean((1, 2))).numpy()
    assert channels == list(np.argsort(-scores, kind="stable")[:5])


@pytest.mark.parametrize(
    "request_",
    [MapRequest("layer5"), MapRequest(method="magic"), MapRequest(class_index=10**6)],
)
def test_what_does_not_exist_is_refused(
    engine: Engine, analysis: Analysis, request_: MapRequest
) -> None:
    with pytest.raises(RequestError):
        Lenses(engine).map(analysis, request_)


@pytest.mark.parametrize("method", [m.id for m in METHODS if not m.slow])
def test_every_quick_method_has_a_map(engine: Engine, analysis: Analysis, method: str) -> None:
    found = Lenses(engine).map(analysis, MapRequest("layer4", method, 1))
    assert found.shape == (7, 7)
    assert found.min() >= 0
    assert np.isfinite(found).all()


def test_the_network_is_left_as_found(engine: Engine, checkpoint: Checkpoint) -> None:
    lenses = Lenses(engine)
    analysis = engine.analyze(checkpoint, Image.new("RGB", (50, 80), "teal"))
    for stage in STAGES:
        lenses.map(analysis, MapRequest(stage.name, "grad-cam", 0))
    network: nn.Module = checkpoint.network
    assert not network.training
    assert all(parameter.grad is None for parameter in network.parameters())
    assert all(not m._forward_hooks and not m._backward_hooks for m in network.modules())
