"""What is known about a taught network, written down and read again; files are not trusted."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision.models import ResNet

from rn18demo.errors import DatasetError
from rn18demo.training.amp import AmpSaving
from rn18demo.training.export import model_card
from rn18demo.training.lesson import Lesson
from rn18demo.training.lesson_file import lesson_json, read_lesson
from rn18demo.training.line import Line
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teach import teach
from tests.training.small_lessons import make_base, make_dataset, make_engine, with_held_out

COUNTS = [4, 4, 4]
DEEPER = TeachRecipe(mode="deeper", epochs=2, patience=1)


@pytest.fixture(scope="module")
def lesson(seeded_network: ResNet, tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    """One with as much in it as can be had here."""
    engine = make_engine(tmp_path_factory.mktemp("engine"))
    dataset = with_held_out(COUNTS, [2, 2])
    *_, last = teach(dataset, make_base(seeded_network), engine, DEEPER, line=Line())
    found = last.lesson
    assert found is not None and found.tested and found.comparison and found.curves
    # A small step of luck decides whether fine-tuning is kept; measuring precision needs a GPU.
    return replace(found, alone=found.evaluation, amp=AmpSaving(1.5, 3.25, 100.0, 180.0))


def through_a_file(lesson: Lesson) -> Any:
    return json.loads(json.dumps(lesson_json(lesson), allow_nan=False))


def same(one: Lesson, other: Lesson) -> bool:
    fields = set(Lesson.__dataclass_fields__)
    return all(getattr(one, name) == getattr(other, name) for name in fields)


def test_nothing_is_lost_on_the_way_through_a_file(lesson: Lesson) -> None:
    back = read_lesson(through_a_file(lesson), lesson.checkpoint, COUNTS)
    assert same(back, lesson)
    assert back.sentence == lesson.sentence
    assert back.thresholds.sentence == lesson.thresholds.sentence
    assert model_card(back) == model_card(lesson)


def test_an_older_file_that_knows_of_no_holds_is_read(lesson: Lesson) -> None:
    saved = through_a_file(lesson)
    del saved["evaluation"]["held"], saved["alone"]["held"], saved["comparison"]["unfinished"]
    assert same(read_lesson(saved, lesson.checkpoint, COUNTS), lesson)


def test_what_is_said_of_holds_comes_back(lesson: Lesson) -> None:
    assert lesson.evaluation is not None and lesson.comparison is not None
    held = replace(
        lesson,
        evaluation=replace(lesson.evaluation, held="second"),
        comparison=replace(lesson.comparison, unfinished=True),
    )
    back = read_lesson(through_a_file(held), lesson.checkpoint, COUNTS)
    assert same(back, held) and back.sentence == held.sentence


def test_one_that_was_stopped_early_comes_back_too(lesson: Lesson) -> None:
    little = replace(
        lesson,
        evaluation=None,
        alone=None,
        comparison=None,
        amp=None,
        tested=None,
        scores=(),
        curves=(),
        stopped=True,
        test_stopped=True,
    )
    assert same(read_lesson(through_a_file(little), lesson.checkpoint, COUNTS), little)


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), 1e13])
def test_a_trial_that_went_astray_costs_its_own_point_alone(lesson: Lesson, loss: float) -> None:
    astray = replace(lesson.curves[1], loss=loss, held_out_loss=loss)
    curves = (lesson.curves[0], astray)
    back = read_lesson(through_a_file(replace(lesson, curves=curves)), lesson.checkpoint, COUNTS)
    assert back.curves == (curves[0], replace(astray, loss=None, held_out_loss=None))


def test_one_of_two_classes_of_one_picture_comes_back(network: ResNet, tmp_path: Path) -> None:
    dataset = make_dataset([1, 1])
    *_, last = teach(dataset, make_base(network), make_engine(tmp_path), TeachRecipe(), line=Line())
    assert last.lesson is not None
    back = read_lesson(through_a_file(last.lesson), last.lesson.checkpoint, [1, 1])
    assert same(back, last.lesson)
    assert "Nothing can be measured" in back.sentence


def put(*path: str | int, value: Any) -> Callable[[Any], None]:
    """Puts a value in a place of a JSON."""

    def change(saved: Any) -> None:
        for step in path[:-1]:
            saved = saved[step]
        saved[path[-1]] = value

    return change


def without(name: str) -> Callable[[Any], None]:
    return lambda saved: saved.pop(name)


def twice(saved: Any) -> None:
    answers = saved["evaluation"]["answers"]
    answers[1] = answers[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("evaluation"), "“evaluation” is missing"),
        (without("thresholds"), "“thresholds” is missing"),
        (put("evaluation", value=[]), "“answers” is missing"),
        (put("evaluation", "answers", 0, 0, value=3), "from 0 to 2"),
        (put("evaluation", "answers", 0, 0, value=-1), "from 0 to 2"),
        (put("evaluation", "answers", 0, 1, value=4), "from 0 to 3"),
        (put("evaluation", "answers", 0, 2, value=True), "no whole number"),
        (put("evaluation", "answers", 0, 3, value=1.01), "outside 0 to 1"),
        (put("evaluation", "answers", 0, 3, value=float("nan")), "outside 0 to 1"),
        (put("evaluation", "answers", 0, 3, value=10**400), "outside 0 to 1"),
        (put("evaluation", "answers", 0, 5, value=0), "from 1 to 3"),
        (put("evaluation", "answers", 0, value=[0, 0]), "6 to 6 entries"),
        (put("evaluation", "answers", value=[[0, 0, 0, 1, 1, 1]] * 13), "0 to 12 entries"),
        (put("evaluation", "independent", value=13), "from 0 to 12"),
        (put("evaluation", "independent_of", value=[4, 4]), "3 to 3 entries"),
        (put("evaluation", "independent_of", value=[4, 4, 5]), "from 0 to 4"),
        (put("evaluation", "unmeasured", value=[[0, 0]]), "judged twice"),
        (twice, "judged twice"),
        (put("evaluation", "held", value="minute"), "no such way to hold"),
        (put("evaluation", "held", value=["second"]), "no such way to hold"),
        (put("comparison", "unfinished", value=1), "neither on nor off"),
        (put("recipe", value=[]), "“recipe” is no object"),
        (put("recipe", "epochs", value=1e9), "number of epochs"),
        (put("recipe", "backbone_rate", value=10**400), "learning rate of the stages"),
        (put("recipe", "backbone_rate", value=float("nan")), "learning rate of the stages"),
        (put("recipe", "<b>", value=1), "no setting called"),
        (put("candidate", value=["guess", 1]), "no such way"),
        (put("candidate", value=[["ridge"], 1]), "no such way"),
        (put("scores", value=[["ridge", 1, 2, 0]]), "outside 0 to 1"),
        (put("temperature", value=0), "outside 0"),
        (put("seconds", value="1"), "no number"),
        (put("moved", value={}), "“stem” is missing"),
        (put("thresholds", "own", value=[0.5]), "100 to 100 entries"),
        (put("comparison", "gained", value=999), "from 0 to"),
        (put("amp", value={}), "“milliseconds” is missing"),
        (put("stopped", value=0), "neither on nor off"),
        (put("tested", "right", value=5), "from 0 to 4"),
        (put("curves", 0, 0, value="<a href='//x'>trial</a>"), "signs that do not belong"),
        (put("curves", 0, 0, value="long" * 40), "signs that do not belong"),
        (put("curves", value=[["run", 0, None, None, None, None]] * 2501), "0 to 2500 entries"),
    ],
)
def test_what_no_lesson_can_have_is_refused(
    lesson: Lesson, change: Callable[[Any], None], words: str
) -> None:
    saved = copy.deepcopy(through_a_file(lesson))
    change(saved)
    with pytest.raises(DatasetError, match="cannot be read") as refused:
        read_lesson(saved, lesson.checkpoint, COUNTS)
    assert words in str(refused.value)


@pytest.mark.parametrize("counts", [[4, 4], [4, 4, 4, 4]])
def test_other_classes_than_the_networks_are_refused(lesson: Lesson, counts: list[int]) -> None:
    with pytest.raises(DatasetError, match="not those of its network"):
        read_lesson(through_a_file(lesson), lesson.checkpoint, counts)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), value=JSON)
def test_whatever_stands_in_a_file_is_read_or_refused(
    lesson: Lesson, data: st.DataObject, value: Any
) -> None:
    saved = through_a_file(lesson)
    place, depth = saved, data.draw(st.integers(0, 3))
    for level in range(4):
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if level >= depth or not isinstance(place[key], dict | list):
            place[key] = value
            break
        place = place[key]
    try:
        back = read_lesson(saved, lesson.checkpoint, COUNTS)
    except DatasetError:
        return
    assert back.sentence and back.thresholds.sentence
    assert through_a_file(back)
    assert model_card(back)
