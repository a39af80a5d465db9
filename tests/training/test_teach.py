"""A lesson from the data set to the checkpoint."""

import copy
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from PIL import ImageOps
from torchvision.models import ResNet, resnet18

from rn18demo.core.analysis import Analysis
from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.engine import Engine
from rn18demo.errors import Cancelled, DatasetError
from rn18demo.training.dataset_types import ClassShots, Dataset, Shot
from rn18demo.training.duplicates import fingerprint
from rn18demo.training.features import FeatureMemory
from rn18demo.training.lesson import Lesson, Report
from rn18demo.training.line import Line
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teach import teach
from tests.training.small_lessons import NAMES, make_base, make_dataset, make_engine

AUTOMATIC = TeachRecipe()
DEEPER = TeachRecipe(mode="deeper", epochs=1, patience=0)


@pytest.fixture
def base(network: ResNet) -> Checkpoint:
    return make_base(network)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return make_engine(tmp_path)


def run(
    dataset: Dataset,
    base: Checkpoint,
    engine: Engine,
    recipe: TeachRecipe = AUTOMATIC,
    cancelled: Callable[[], bool] = lambda: False,
    memory: FeatureMemory | None = None,
) -> list[Report]:
    return list(teach(dataset, base, engine, recipe, cancelled, memory, Line()))


def lesson_of(reports: Sequence[Report]) -> Lesson:
    assert [report.lesson is not None for report in reports] == [False] * (len(reports) - 1) + [
        True
    ]
    lesson = reports[-1].lesson
    assert lesson is not None
    return lesson


@pytest.mark.parametrize("recipe", [AUTOMATIC, DEEPER], ids=["automatic", "deeper"])
def test_a_lesson_makes_a_stock_network_that_knows_the_classes(
    base: Checkpoint, engine: Engine, recipe: TeachRecipe
) -> None:
    dataset = make_dataset([6, 6, 6])
    reports = run(dataset, base, engine, recipe)
    lesson = lesson_of(reports)
    taught = lesson.checkpoint
    resnet18(num_classes=3).load_state_dict(taught.network.state_dict())  # strict
    assert taught.labels == NAMES[:3]
    assert taught.transform == base.transform
    assert taught.id.startswith("ft-")
    assert len(taught.id) >= 32
    right = [
        engine.analyze(taught, shot.picture).top(1)[0].label == one.name
        for one in dataset.classes
        for shot in one.shots
    ]
    assert sum(right) >= 17
    assert lesson.evaluation is not None
    assert lesson.evaluation.measured == 18
    assert taught.accuracy is not None
    assert taught.accuracy.top1 == lesson.evaluation.accuracy
    assert lesson.sentence.startswith(lesson.evaluation.sentence)
    assert (lesson.comparison is not None) is (recipe is DEEPER)
    assert not lesson.stopped
    shares = [report.share for report in reports]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert (len(reports[-1].curves) > 0) is (recipe is DEEPER)


@pytest.mark.parametrize("recipe", [AUTOMATIC, DEEPER], ids=["automatic", "deeper"])
def test_the_base_is_left_as_found(base: Checkpoint, engine: Engine, recipe: TeachRecipe) -> None:
    before = copy.deepcopy(base.network.state_dict())
    lesson = lesson_of(run(make_dataset([4, 4]), base, engine, recipe))
    for name, value in base.network.state_dict().items():
        assert torch.equal(value, before[name]), name
    for network in (base.network, lesson.checkpoint.network):
        assert not any(module.training for module in network.modules())
        assert all(p.grad is None and not p.requires_grad for p in network.parameters())
        assert not any(module._forward_hooks for module in network.modules())
    shared = {p.data_ptr() for p in base.network.parameters()}
    assert not shared & {p.data_ptr() for p in lesson.checkpoint.network.parameters()}
    assert base.labels[0] == "thing 0"


def test_the_same_seed_teaches_the_same(base: Checkpoint, engine: Engine) -> None:
    dataset = make_dataset([5, 5])
    lessons = [lesson_of(run(dataset, base, engine)) for _ in range(2)]
    heads = [lesson.checkpoint.network.fc.weight for lesson in lessons]
    assert torch.equal(*heads)
    assert lessons[0].evaluation == lessons[1].evaluation
    assert lessons[0].checkpoint.id != lessons[1].checkpoint.id


@pytest.mark.parametrize("flip", [True, False])
def test_mirroring_blurs_what_only_left_and_right_tell_apart(
    base: Checkpoint, engine: Engine, flip: bool
) -> None:
    shots = make_dataset([6]).classes[0].shots
    turned = [ImageOps.mirror(shot.picture) for shot in shots]
    mirrored = tuple(Shot(picture, "mirrored", fingerprint(picture)) for picture in turned)
    dataset = Dataset((ClassShots("left", shots), ClassShots("right", mirrored)))
    lesson = lesson_of(run(dataset, base, engine, TeachRecipe(flip=flip)))
    right = [
        engine.analyze(lesson.checkpoint, shot.picture).top(1)[0].label == one.name
        for one in dataset.classes
        for shot in one.shots
    ]
    assert all(right) is not flip


def test_two_classes_of_one_picture(base: Checkpoint, engine: Engine) -> None:
    dataset = make_dataset([1, 1])
    lesson = lesson_of(run(dataset, base, engine, DEEPER))
    assert lesson.evaluation is not None
    assert lesson.evaluation.accuracy is None
    assert lesson.checkpoint.accuracy is None
    assert "Nothing can be measured" in lesson.sentence
    assert "Fine-tuning was left out" in lesson.sentence
    assert lesson.thresholds.suggested is None
    for one in dataset.classes:
        assert engine.analyze(lesson.checkpoint, one.shots[0].picture).top(1)[0].label == one.name


@pytest.mark.parametrize("counts", [[], [3]])
def test_fewer_than_two_classes_is_a_sentence(
    base: Checkpoint, engine: Engine, counts: list[int]
) -> None:
    with pytest.raises(DatasetError, match="two classes"):
        run(make_dataset(counts), base, engine)


def test_a_class_without_pictures_is_a_sentence(base: Checkpoint, engine: Engine) -> None:
    dataset = Dataset((*make_dataset([2, 2]).classes, ClassShots("nothing", ())))
    with pytest.raises(DatasetError, match="nothing"):
        run(dataset, base, engine)


def test_stopping_before_there_is_a_head_keeps_nothing(base: Checkpoint, engine: Engine) -> None:
    with pytest.raises(Cancelled):
        run(make_dataset([4, 4]), base, engine, cancelled=lambda: True)


@pytest.mark.parametrize(
    ("phase", "measured", "compared"), [("measuring", False, False), ("fine-tuning", True, False)]
)
def test_stopping_keeps_the_best_so_far(
    base: Checkpoint, engine: Engine, phase: str, measured: bool, compared: bool
) -> None:
    stopped = threading.Event()
    reports = []
    dataset = make_dataset([5, 5])
    for report in teach(dataset, base, engine, DEEPER, stopped.is_set, None, Line()):
        reports.append(report)
        if report.phase == phase:
            stopped.set()
    lesson = lesson_of(reports)
    assert lesson.stopped
    assert (lesson.evaluation is not None) is measured
    assert (lesson.comparison is not None) is compared
    assert set(lesson.moved.values()) == {0.0}
    assert "stopped" in lesson.sentence
    assert "You" not in lesson.sentence  # it may have been somebody who left
    shot = dataset.classes[1].shots[0]
    assert engine.analyze(lesson.checkpoint, shot.picture).top(1)[0].label == NAMES[1]


def test_stopping_before_unknown_is_measured_asks_for_no_more_classes(
    base: Checkpoint, engine: Engine
) -> None:
    stopped = threading.Event()
    dataset = make_dataset([4, 4, 4])
    for report in teach(dataset, base, engine, AUTOMATIC, stopped.is_set, None, Line()):
        if report.phase == "unknown":
            stopped.set()
    lesson = report.lesson
    assert lesson is not None and lesson.evaluation is not None
    assert lesson.thresholds.sentence.startswith("The training was stopped before it was measured")


def test_a_memory_spares_the_second_lesson_the_features(base: Checkpoint, engine: Engine) -> None:
    memory, dataset = FeatureMemory(), make_dataset([4, 4])
    first = run(dataset, base, engine, memory=memory)
    second = run(dataset, base, engine, memory=memory)
    looking = [sum(r.phase == "features" for r in reports) for reports in (first, second)]
    assert looking[0] > looking[1] == 1
    heads = [lesson_of(reports).checkpoint.network.fc.weight for reports in (first, second)]
    assert torch.equal(*heads)


def test_who_comes_later_waits_and_is_told(base: Checkpoint, engine: Engine) -> None:
    line = Line(at_once=1)
    dataset = make_dataset([2, 2])
    with line.enter() as other:
        assert other.ahead == 0
        reports = teach(dataset, base, engine, AUTOMATIC, line=line)
        waiting = next(reports)
        assert waiting.phase == "waiting"
        assert waiting.sentence.startswith("1 lesson is")
        assert next(reports).phase == "waiting"
    assert next(reports).phase == "features"
    assert list(reports)[-1].lesson is not None
    with line.enter() as next_one:
        assert next_one.ahead == 0  # the place was given back


def test_a_lesson_that_nobody_reads_any_more_gives_its_place_back(
    base: Checkpoint, engine: Engine
) -> None:
    line = Line(at_once=1)
    reports = teach(make_dataset([2, 2]), base, engine, AUTOMATIC, line=line)
    next(reports)
    reports.close()  # type: ignore[attr-defined]
    with line.enter() as place:
        assert place.ahead == 0


def test_whoever_leaves_the_line_keeps_nothing(base: Checkpoint, engine: Engine) -> None:
    line = Line(at_once=1)
    with line.enter():
        reports = teach(make_dataset([2, 2]), base, engine, AUTOMATIC, lambda: True, line=line)
        with pytest.raises(Cancelled, match="line"):
            next(reports)


def test_predictions_go_on_during_a_lesson(base: Checkpoint, engine: Engine) -> None:
    """Whenever it asks in the middle of its work, it goes on only after somebody's answer."""
    picture = make_dataset([1]).classes[0].shots[0].picture
    phases, before = Counter[str](), 0
    answers: list[Analysis] = []
    with ThreadPoolExecutor(1) as others:

        def cancelled() -> bool:
            answers.append(others.submit(engine.analyze, base, picture).result(30))
            return False

        for report in teach(make_dataset([3, 3]), base, engine, DEEPER, cancelled, line=Line()):
            phases[report.phase] += len(answers) - before
            before = len(answers)
    assert all(phases[phase] for phase in ("features", "measuring", "fine-tuning"))
    assert all(answer.labels == base.labels for answer in answers)
