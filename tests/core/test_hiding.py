"""Hiding what a map points at."""

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import ResNet

from rn18demo.core.analysis import Analysis
from rn18demo.core.checkpoints import Checkpoint
from rn18demo.core.engine import Engine
from rn18demo.core.hiding import SEEDS, hide, hide_hottest, hiding_order
from rn18demo.core.transform import InputTransform
from rn18demo.errors import RequestError

PERCENTS = (0, 50, 100)


@pytest.fixture
def engine() -> Engine:
    return Engine(torch.device("cpu"), "torch")


@pytest.fixture
def analysis(engine: Engine, network: ResNet, photograph: Image.Image) -> Analysis:
    labels = tuple(f"class {index}" for index in range(network.fc.out_features))
    checkpoint = Checkpoint("tiny", "Tiny", network, labels, InputTransform(), "a test", "")
    return engine.analyze(checkpoint, photograph)


def corner() -> np.ndarray:
    values = np.zeros((7, 7), np.float32)
    values[0, 6] = 1
    return values


def test_the_hottest_come_first_and_every_percent_is_as_large() -> None:
    order = hiding_order(corner(), 224)
    assert order[0, 223] == 0
    assert order.max() == 99
    counts = np.bincount(order.ravel(), minlength=100)
    assert counts.max() - counts.min() <= 1


def test_only_what_is_hidden_changes(analysis: Analysis) -> None:
    black = Image.new("RGB", analysis.square.size)
    order = hiding_order(corner(), black.size[0])
    for k in (0, 30, 100):
        found = np.asarray(hide(analysis.square, black, order, k))
        assert (found[order < k] == 0).all()
        assert (found[order >= k] == np.asarray(analysis.square)[order >= k]).all()


def test_the_curves_begin_and_end_at_the_same_pictures(engine: Engine, analysis: Analysis) -> None:
    found = hide_hottest(engine, analysis, 2, corner(), PERCENTS)
    whole = float(analysis.logits.softmax(0)[2])
    assert found.by_map[0] == pytest.approx(whole, abs=1e-5)
    assert found.by_chance[0] == pytest.approx(whole, abs=1e-5)
    assert found.by_map[-1] == pytest.approx(found.by_chance[-1])
    blurred = engine.submit(analysis.checkpoint, found.blurred).result().logits.softmax(0)[2]
    assert found.by_map[-1] == pytest.approx(float(blurred), abs=1e-5)
    half = hide(found.square, found.blurred, found.order, 50)
    left = engine.submit(analysis.checkpoint, half).result().logits.softmax(0)[2]
    assert found.by_map[1] == pytest.approx(float(left), abs=1e-5)
    assert SEEDS > 1


def test_it_is_the_same_every_time(engine: Engine, analysis: Analysis) -> None:
    first, second = (hide_hottest(engine, analysis, 2, corner(), PERCENTS) for _ in range(2))
    assert (first.random_order == second.random_order).all()
    assert first.by_chance == pytest.approx(second.by_chance, abs=1e-5)


def test_an_empty_map_is_refused(engine: Engine, analysis: Analysis) -> None:
    with pytest.raises(RequestError, match="map is empty"):
        hide_hottest(engine, analysis, 2, np.zeros((7, 7)), PERCENTS)
