"""Pictures that were set aside judge the finished network, and only those it never saw."""

import threading
from dataclasses import replace

import pytest
import torch
from torchvision.models import ResNet

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.engine import Engine
from rn18demo.training.dataset_types import ClassShots, Dataset
from rn18demo.training.evaluation import wilson
from rn18demo.training.held_out import HeldOutTest, ask_held_out
from rn18demo.training.line import Line
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teach import teach
from tests.training.small_lessons import (
    ASIDE,
    COLOURS,
    NAMES,
    drain,
    make_base,
    make_dataset,
    make_engine,
    make_shot,
    with_held_out,
)

CPU = torch.device("cpu")


@pytest.fixture
def base(network: ResNet) -> Checkpoint:
    return make_base(network)


@pytest.fixture
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return make_engine(tmp_path_factory.mktemp("engine"))


def answering(base: Checkpoint, index: int, labels: tuple[str, ...]) -> Checkpoint:
    """A checkpoint that always answers the same class."""
    network = base.network
    network.fc = torch.nn.Linear(512, len(labels)).requires_grad_(False)
    network.fc.weight.zero_()
    network.fc.bias.copy_(torch.eye(len(labels))[index])
    return replace(base, labels=labels)


def test_right_answers_are_counted_by_class(base: Checkpoint) -> None:
    dataset = with_held_out([2, 2], [3, 5])
    for index, right in enumerate((3, 5)):
        tested = drain(ask_held_out(dataset, answering(base, index, NAMES[:2]), CPU))
        assert tested == HeldOutTest(right, 8, 8, 0)
        assert tested.interval == wilson(right, 8)
        assert f"{right} of 8 rightly" in tested.sentence


def test_nothing_was_set_aside(base: Checkpoint) -> None:
    assert drain(ask_held_out(make_dataset([2, 2]), base, CPU)) is None


def test_copies_of_what_was_taught_do_not_count(base: Checkpoint) -> None:
    dataset = with_held_out([2, 2], [2, 0])
    assert dataset.held_out is not None
    (red,) = dataset.held_out.classes
    copy_of_green = ClassShots(NAMES[1], (dataset.classes[1].shots[0],))
    dataset = replace(dataset, held_out=Dataset((red, copy_of_green)))
    tested = drain(ask_held_out(dataset, answering(base, 0, NAMES[:2]), CPU))
    assert tested == HeldOutTest(2, 2, 2, 1)
    assert "one was left out" in tested.sentence


def test_the_same_picture_twice_is_one_independent_one(base: Checkpoint) -> None:
    dataset = with_held_out([2, 2], [2, 0])
    assert dataset.held_out is not None
    (red,) = dataset.held_out.classes
    twice = ClassShots(red.name, (*red.shots, make_shot(COLOURS[0], ASIDE)))
    dataset = replace(dataset, held_out=Dataset((twice,)))
    tested = drain(ask_held_out(dataset, answering(base, 0, NAMES[:2]), CPU))
    assert tested == HeldOutTest(3, 3, 2, 0)


def test_nothing_is_left_to_test_with() -> None:
    assert "tell nothing (2 were left out" in HeldOutTest(0, 0, 0, 2).sentence
    assert HeldOutTest(0, 0, 0, 2).accuracy is None


@pytest.mark.parametrize("mode", ["automatic", "deeper"])
def test_a_lesson_tells_what_the_test_said(base: Checkpoint, engine: Engine, mode: str) -> None:
    recipe = TeachRecipe.from_settings({"mode": mode, "epochs": 1, "patience": 0})
    *others, last = teach(with_held_out([4, 4], [2, 2]), base, engine, recipe, line=Line())
    assert last.lesson is not None and last.lesson.tested is not None
    assert last.lesson.tested.pictures == 4
    assert last.lesson.tested.sentence in last.lesson.sentence
    assert "testing" in [report.phase for report in others]
    shares = [report.share for report in others]
    assert shares == sorted(shares)
    testing = [report.share for report in others if report.phase == "testing"]
    before = [report.share for report in others if report.phase != "testing"]
    assert max(before) <= testing[0] < 1  # the test has a part of the bar


def test_the_test_can_be_stopped(base: Checkpoint, engine: Engine) -> None:
    stopped = threading.Event()
    dataset = with_held_out([4, 4], [2, 2])
    for report in teach(dataset, base, engine, TeachRecipe(), stopped.is_set, line=Line()):
        if report.phase == "testing":
            stopped.set()
    lesson = report.lesson
    assert lesson is not None and lesson.test_stopped
    assert lesson.tested is None
    assert lesson.evaluation is not None and lesson.evaluation.answers
    assert "were not tried: the training was stopped" in lesson.sentence
