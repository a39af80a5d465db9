"""The knobs: what they accept, and what they do to rates and pictures."""

from dataclasses import asdict
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageOps
from torch import nn

from rn18demo.core.transform import InputTransform
from rn18demo.errors import RequestError
from rn18demo.training.augmentation import Augmentation, preview, replica
from rn18demo.training.dataset_types import Shot
from rn18demo.training.duplicates import fingerprint
from rn18demo.training.recipe import SCHEDULES, TRAINED, TeachRecipe
from rn18demo.training.schedule import make_optimizer, rate_factor, set_rates
from tests.training.small_lessons import make_dataset

TRANSFORM = InputTransform(resize=72, crop=64)


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        ("mode", "magic"),
        ("trained", "layer5"),
        ("optimizer", "lion"),
        ("schedule", "zigzag"),
        ("backbone_rate", 0.0),
        ("backbone_rate", float("nan")),
        ("head_rate", -1.0),
        ("head_rate", "fast"),
        ("head_rate", True),
        ("weight_decay", 2.0),
        ("label_smoothing", 0.9),
        ("patience", -1),
        ("epochs", 0),
        ("epochs", 101),
        ("epochs", 2.5),
        ("seed", -1),
        ("flip", "yes"),
        ("amp", 1),
    ],
)
def test_a_value_out_of_range_is_a_sentence(knob: str, value: object) -> None:
    with pytest.raises(RequestError, match=r"\.$"):
        TeachRecipe.from_settings({knob: value})


def test_settings_are_read_back() -> None:
    recipe = TeachRecipe.deeper()
    assert TeachRecipe.from_settings(asdict(recipe)) == recipe
    with pytest.raises(RequestError, match="magic"):
        TeachRecipe.from_settings({"magic": 1})


def test_the_trained_part_is_counted_from_the_head() -> None:
    stages = {name: TeachRecipe(trained=name).stages for name in TRAINED}
    assert stages == {
        "head": (),
        "layer4": ("layer4",),
        "layer3-4": ("layer3", "layer4"),
        "all": ("stem", "layer1", "layer2", "layer3", "layer4"),
    }


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", {0.0: 1, 0.5: 1, 0.99: 1}),
        ("step", {0.0: 1, 0.3: 1, 0.4: 0.1, 0.7: 0.01, 0.99: 0.01, 1.0: 0.01}),
        ("cosine", {0.0: 1, 0.5: 0.5, 1.0: 0}),
        ("one-cycle", {0.0: 0.04, 0.15: 0.52, 0.3: 1, 0.65: 0.5, 1.0: 0}),
    ],
)
def test_schedules(schedule: str, expected: dict[float, float]) -> None:
    for progress, factor in expected.items():
        assert rate_factor(schedule, progress) == pytest.approx(factor)
    assert schedule in SCHEDULES


@pytest.mark.parametrize(("name", "kind"), [("sgd", "SGD"), ("adamw", "AdamW")])
def test_the_optimizer_keeps_the_rates_apart(name: Any, kind: str) -> None:
    recipe = TeachRecipe(optimizer=name, backbone_rate=1e-5, head_rate=1e-3, weight_decay=0.02)
    layers = [nn.Linear(2, 2), nn.Linear(2, 2)]
    optimizer = make_optimizer(list(layers[0].parameters()), list(layers[1].parameters()), recipe)
    assert type(optimizer).__name__ == kind
    for factor in (0.5, 0.1):
        set_rates(optimizer, factor)
        rates = [group["lr"] for group in optimizer.param_groups]
        assert rates == pytest.approx([1e-3 * factor, 1e-5 * factor])
    assert all(group["weight_decay"] == 0.02 for group in optimizer.param_groups)


def same(first: Image.Image, second: Image.Image) -> bool:
    return ImageChops.difference(first, second).getbbox() is None


@pytest.fixture
def shot(photograph: Image.Image) -> Shot:
    return Shot(photograph, "", fingerprint(photograph))


def test_the_first_replica_is_what_the_network_sees_later(shot: Shot) -> None:
    everything = Augmentation(crop=True, flip=True, colour=True)
    square = TRANSFORM.picture(shot.picture)
    assert same(replica(shot, TRANSFORM, everything, 0), square)
    assert same(replica(shot, TRANSFORM, everything, 1), ImageOps.mirror(square))


def test_replicas_repeat_with_the_seed(shot: Shot) -> None:
    everything = Augmentation(crop=True, flip=True, colour=True)
    first = [replica(shot, TRANSFORM, everything, n, seed=4) for n in range(5)]
    again = [replica(shot, TRANSFORM, everything, n, seed=4) for n in range(5)]
    other = replica(shot, TRANSFORM, everything, 3, seed=5)
    assert all(same(*pair) for pair in zip(first, again, strict=True))
    assert not same(first[3], other)
    assert all(picture.size == (64, 64) and picture.mode == "RGB" for picture in first)


def test_pictures_of_one_size_are_varied_differently() -> None:
    """A camera's pictures all have one size; replica 3 must not be the same crop of each."""
    shots = make_dataset([8]).classes[0].shots
    only_flip = Augmentation(crop=False, flip=True, colour=False)
    squares = [TRANSFORM.picture(shot.picture) for shot in shots]
    replicas = [replica(shot, TRANSFORM, only_flip, 3) for shot in shots]
    kept = [same(*pair) for pair in zip(squares, replicas, strict=True)]
    assert 0 < sum(kept) < 8


def test_what_is_switched_off_does_not_happen(shot: Shot) -> None:
    nothing = Augmentation(crop=False, flip=False, colour=False)
    square = TRANSFORM.picture(shot.picture)
    assert all(same(p, square) for p in preview(shot, TRANSFORM, nothing))
    flips = preview(shot, TRANSFORM, Augmentation(crop=False, flip=True, colour=False), 8)
    mirrored = ImageOps.mirror(square)
    assert all(same(p, square) or same(p, mirrored) for p in flips)
    colours = preview(shot, TRANSFORM, Augmentation(False, False, True), 4)
    assert not any(same(p, square) for p in colours)
