"""What takes more than one forward, on a GPU as on the CPU: `pytest -m gpu`.

Needs the grad-cam package as well.
"""

import numpy as np
import pytest
import torch
from PIL import Image

from rn18demo.core import claims
from rn18demo.core.analysis import Analysis
from rn18demo.core.cam_methods import METHODS
from rn18demo.core.checkpoints import Checkpoint
from rn18demo.core.engine import Engine
from rn18demo.core.faithfulness import faithfulness
from rn18demo.core.hiding import hide_hottest
from rn18demo.core.lenses import Lenses, MapRequest
from rn18demo.core.paths import split_gradient
from rn18demo.core.stages import STAGES
from rn18demo.training.features import FeatureReader
from tests.gpu.conftest import CUDA

pytestmark = pytest.mark.gpu
Side = tuple[Engine, Checkpoint]
CLOSE = 0.99
"""Correlation of what both sides find."""


@pytest.fixture
def both(on_cpu: Side, on_gpu: Side, pictures: list[Image.Image]) -> list[tuple[Side, Analysis]]:
    return [((e, c), e.analyze(c, pictures[0])) for e, c in (on_cpu, on_gpu)]


def alike(one: object, other: object) -> bool:
    pair = np.asarray(one).ravel(), np.asarray(other).ravel()
    return bool(np.corrcoef(*pair)[0, 1] > CLOSE)


@pytest.mark.parametrize("method", [method.id for method in METHODS])
def test_maps_of_every_method(method: str, both: list[tuple[Side, Analysis]]) -> None:
    top = both[0][1].top(1)[0].index
    request = MapRequest("layer1", method, top)
    assert alike(*(Lenses(engine).map(found, request) for (engine, _), found in both))


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
def test_what_channels_contribute(stage: str, both: list[tuple[Side, Analysis]]) -> None:
    top = both[0][1].top(1)[0].index
    found = [Lenses(engine).contributions(analysis, stage, top) for (engine, _), analysis in both]
    assert {one.device.type for one in found} == {"cpu"}
    assert alike(*found)


def test_the_gradient_splits_into_the_same_paths(both: list[tuple[Side, Analysis]]) -> None:
    top = both[0][1].top(1)[0].index
    weights = []
    for (engine, checkpoint), analysis in both:
        batch = Lenses(engine).batch(analysis)
        split = split_gradient(engine.network(checkpoint), batch, top)
        assert split.gradients.device.type == "cpu"
        weights.append(split.weights)
    assert weights[1] == pytest.approx(weights[0], rel=0.02)


def test_maps_are_put_to_the_test_and_pictures_hidden(both: list[tuple[Side, Analysis]]) -> None:
    top = both[0][1].top(1)[0].index
    scores, shares = [], []
    for (engine, checkpoint), analysis in both:
        lenses, values = Lenses(engine), analysis.class_maps[top]
        network, batch = engine.network(checkpoint), lenses.batch(analysis)
        scores.append(faithfulness(network, batch, top, values).map.score)
        shares.append(hide_hottest(engine, analysis, top, values).by_map)
    assert scores[1] == pytest.approx(scores[0], abs=0.02)
    assert shares[1] == pytest.approx(shares[0], abs=0.03)


def test_features_for_lessons(both: list[tuple[Side, Analysis]]) -> None:
    found = []
    for (engine, checkpoint), analysis in both:
        reader = FeatureReader(engine.network(checkpoint), checkpoint.transform, engine.device)
        found.append(reader([analysis.square] * 3))
    assert {one.device.type for one in found} == {"cpu"}
    assert torch.allclose(found[1], found[0], rtol=0.05, atol=0.05)


def test_claims_are_measured() -> None:
    (one,) = claims.measure(claims.CANDIDATES[:1], CUDA, repeats=3)
    assert one.milliseconds is not None and one.fastest is not None and one.slowest is not None
    assert 0 < one.fastest <= one.milliseconds <= one.slowest
