"""What a held button took: by whole holds where there are enough of them, else by seconds."""

import pytest
import torch
from torchvision.models import ResNet

from rn18demo.training.cross_validation import cross_validate, evaluation_folds
from rn18demo.training.dataset_types import ClassShots, Dataset, Shot
from rn18demo.training.features import (
    FeatureMemory,
    FeatureReader,
    build_table,
    compute_features,
)
from rn18demo.training.holds import HoldUnit, hold_of, hold_unit, moment_groups
from rn18demo.training.recipe import TeachRecipe
from tests.training.small_lessons import COLOURS, drain, make_base, make_shot


def dataset(*classes: list[str]) -> Dataset:
    """Classes of pictures of these moments."""
    return Dataset(
        tuple(
            ClassShots(
                str(label),
                tuple(
                    Shot(one.picture, one.name, one.fingerprint, moment)
                    for number, moment in enumerate(moments)
                    for one in [make_shot(COLOURS[label], 100 * label + number)]
                ),
            )
            for label, moments in enumerate(classes)
        )
    )


def holds(names: str, seconds: int) -> list[str]:
    return [f"{name}-{second}" for name in names for second in range(seconds)]


@pytest.mark.parametrize(
    ("classes", "unit"),
    [
        ([[], []], ""),
        ([["", ""], [""]], ""),
        ([holds("a", 5), [""] * 5], "second"),
        ([holds("ab", 5), holds("cd", 5)], "second"),
        ([holds("abc", 5), holds("de", 5)], "second"),
        ([holds("abc", 5), holds("def", 1)], "hold"),
        ([holds("abc", 5), [""] * 4], "hold"),
    ],
)
def test_whole_holds_where_each_class_that_has_any_has_three(
    classes: list[list[str]], unit: HoldUnit
) -> None:
    assert hold_unit(dataset(*classes)) == unit


def test_the_frames_of_a_second_or_of_a_hold_are_together() -> None:
    few = dataset(["a-0", "a-0", "a-1", "", ""])
    assert moment_groups(few) == [[(0, 0), (0, 1)]]
    many = dataset(["a-0", "a-1", "b-0", "c-0", "c-12", ""])
    assert moment_groups(many) == [[(0, 0), (0, 1)], [(0, 3), (0, 4)]]


@pytest.mark.parametrize(("moment", "hold"), [("0f-3", "0f"), ("a-b-3", "a-b"), ("x", "x")])
def test_a_moment_names_its_hold(moment: str, hold: str) -> None:
    assert hold_of(dataset([moment]).classes[0].shots[0]) == hold


@pytest.mark.parametrize(("names", "groups"), [(("ab", "de"), 16), (("abc", "def"), 6)])
def test_no_hold_is_torn_apart_where_there_are_enough(
    network: ResNet, names: tuple[str, str], groups: int
) -> None:
    """Two holds of each class count by their seconds, three as what they are."""
    given, base, memory = (
        dataset(*(holds(one, 4) for one in names)),
        make_base(network),
        FeatureMemory(),
    )
    shots, how = [s for one in given.classes for s in one.shots], TeachRecipe().augmentation
    reader = FeatureReader(base.network, base.transform, torch.device("cpu"))
    list(compute_features(shots, base, lambda: reader, how, memory=memory))
    table = build_table(given, base, how, 0, memory)
    found = drain(cross_validate(table, evaluation_folds(table))).summarise(("0", "1"))
    assert found.independent == groups
    assert found.held == ("hold" if len(names[0]) == 3 else "second")
