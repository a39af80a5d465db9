import itertools
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from rn18demo.errors import Cancelled, RequestError
from rn18demo.training.degradation import (
    LIMITS,
    DegradationReport,
    DegradationSettings,
    learning_rate,
    run_degradation,
    table,
)
from rn18demo.training.degradation_data import FIGURES, SIDE, draw_pictures
from rn18demo.training.degradation_networks import Pair, build_network

SHORT = DegradationSettings(depth=10, width=8, steps=200)


@pytest.fixture(scope="module")
def reports() -> list[DegradationReport]:
    return list(run_degradation(SHORT))


def test_the_same_seed_gives_the_same_curves_and_leaves_chance_alone(
    reports: list[DegradationReport],
) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    again = list(itertools.islice(run_degradation(SHORT), 5))
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    assert [one.courses for one in again] == [one.courses for one in reports[:5]]


def test_another_seed_gives_other_curves(reports: list[DegradationReport]) -> None:
    other = DegradationSettings(depth=10, width=8, steps=50, seed=1)
    assert next(run_degradation(other)).courses != reports[0].courses


def test_networks_learn(reports: list[DegradationReport]) -> None:
    last = reports[-1]
    assert last.done and last.step == 200 and not reports[0].done
    for course in (last.shallow, last.residual):
        assert course.last.loss < course.points[0].loss - 0.1
        assert course.last.accuracy > 2 / len(FIGURES)
        assert course.last.held_out_accuracy > 1.5 / len(FIGURES)
    assert [point.step for point in last.plain.points] == [*range(0, 201, 10)]


def test_every_layer_gets_a_gradient() -> None:
    pictures = draw_pictures(32, 0)
    for shortcuts in (False, True):
        network = build_network(20, 8, shortcuts, 0)
        F.cross_entropy(network(pictures.pixels), pictures.labels).backward()
        for name, weight in network.named_parameters():
            assert weight.grad is not None and weight.grad.abs().sum() > 0, name


def test_without_its_shortcuts_the_residual_network_is_the_plain_one() -> None:
    plain, residual = (build_network(20, 8, shortcuts, 3) for shortcuts in (False, True))
    pixels = draw_pictures(16, 0).pixels
    assert not torch.allclose(plain(pixels), residual(pixels))
    for pair in residual.pairs:
        assert isinstance(pair, Pair)
        pair.shortcut = False
    assert torch.equal(plain(pixels), residual(pixels))


def test_depth_counts_layers_with_weights() -> None:
    network = build_network(44, 8, True, 0)
    layers = [
        one for one in network.modules() if isinstance(one, torch.nn.Conv2d | torch.nn.Linear)
    ]
    assert len(layers) == 44


def test_stopping() -> None:
    asked = iter([False] * 10)
    steps = run_degradation(SHORT, lambda: next(asked, True))
    with pytest.raises(Cancelled):
        list(steps)


@pytest.mark.parametrize(
    "values",
    [
        *({name: least - 1} for name, (least, _) in LIMITS.items()),
        *({name: most + 1} for name, (_, most) in LIMITS.items()),
        {"depth": 21},
        {"width": 8.5},
    ],
)
def test_limits(values: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        DegradationSettings(**values)


def test_pictures() -> None:
    one, same, other = draw_pictures(100, 0), draw_pictures(100, 0), draw_pictures(100, 1)
    assert one.pixels.shape == (100, 1, SIDE, SIDE)
    assert torch.equal(one.pixels, same.pixels) and not torch.equal(one.pixels, other.pixels)
    assert one.labels.bincount().tolist() == [10] * len(FIGURES)
    assert len(one.pixels.flatten(1).unique(dim=0)) == 100


def test_the_rate_rises_and_falls() -> None:
    rates = [learning_rate(step, 100) for step in range(100)]
    assert max(rates) == pytest.approx(0.1) and rates.index(max(rates)) in (8, 9)
    assert rates[-1] == pytest.approx(0) and rates[0] == pytest.approx(0.01)


def test_the_table_has_a_row_for_each_network(reports: list[DegradationReport]) -> None:
    assert len(table(reports[-1:]).splitlines()) == 5
