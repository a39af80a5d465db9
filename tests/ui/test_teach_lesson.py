"""From a notebook to a lesson that is kept in it, unless its visitor has gone on meanwhile."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from torchvision.models import ResNet

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.checkpoints import Catalogue
from rn18demo.errors import RequestError
from rn18demo.training.dataset_types import Dataset
from rn18demo.training.evaluation import Evaluation
from rn18demo.training.lesson import Lesson, Phase, Report
from rn18demo.training.project import Project
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.taught import taught_checkpoint
from rn18demo.ui.taught import TaughtCheckpoints
from rn18demo.ui.teach_lesson import begin_lesson
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_running import Cancel, News, Running
from rn18demo.ui.text import say
from tests.training.small_lessons import make_base, make_dataset, make_lesson

LONG = 30.0


def report(phase: Phase, lesson: Lesson | None = None) -> Report:
    return Report(phase, 0.5, None, (), phase, (), lesson)


class Pausing:
    """Teaches nothing new, and waits in the middle until it may go on."""

    def __init__(self, base: Checkpoint, network: ResNet, measured: bool = True) -> None:
        nothing = Evaluation(base.labels, (), 2, (), 0, (0,) * len(base.labels))
        self.lesson = make_lesson(
            taught_checkpoint(base, network, None, base.labels, None),
            evaluation=nothing if measured else None,
            recipe=TeachRecipe(seed=5),
        )
        self.go_on, self.begun = threading.Event(), threading.Event()
        self.asked_to_stop = False

    def __call__(self, dataset: Dataset, cancelled: Cancel) -> Iterator[Report]:
        yield report("features")
        self.begun.set()
        assert self.go_on.wait(LONG)
        self.asked_to_stop = cancelled()
        yield report("done", self.lesson)


@pytest.fixture
def base(network: ResNet) -> Checkpoint:
    return make_base(network)


@pytest.fixture
def kept(tmp_path: Path, projects: Projects) -> TaughtCheckpoints:
    """Forgets what was taught from a project that is thrown away."""
    made = TaughtCheckpoints(Catalogue(cache=tmp_path))
    projects.on_drop = made.forget
    return made


@pytest.fixture
def teach(base: Checkpoint, network: ResNet) -> Pausing:
    return Pausing(base, network)


Begin = Callable[[Any], Running]


@pytest.fixture
def begin(notebook: Notebook, base: Checkpoint, kept: TaughtCheckpoints) -> Begin:
    return lambda teach: begin_lesson(notebook, base, teach, kept)


def ended(running: Running, teach: Pausing) -> News:
    teach.go_on.set()
    running._thread.join(LONG)
    return running.news()


def test_what_was_taught_is_kept_with_what_it_was_taught_from(
    notebook: Notebook, kept: TaughtCheckpoints, teach: Pausing, begin: Begin
) -> None:
    running = begin(teach)
    assert begin(teach) is running, "one at a time"
    assert teach.begun.wait(LONG)
    assert (notebook.training, notebook.held) == (True, True)
    assert ended(running, teach).report is not None
    assert (notebook.training, notebook.held) == (False, False)
    assert [one.id for one in kept.of(notebook.owner)] == [teach.lesson.checkpoint.id]
    assert notebook.lesson is not None and notebook.lesson.lesson is teach.lesson
    assert notebook.lesson.ids == tuple(
        tuple(held.id for held in card.shots) for card in notebook.classes
    )
    assert notebook.now.settings["base"] == "base"
    assert notebook.now.settings["recipe"]["seed"] == 5
    assert notebook.now.checkpoint


def test_who_starts_over_stops_the_training_and_nothing_of_it_is_kept(
    projects: Projects,
    notebook: Notebook,
    kept: TaughtCheckpoints,
    teach: Pausing,
    begin: Begin,
) -> None:
    running = begin(teach)
    assert teach.begun.wait(LONG)
    projects.drop(notebook.token)
    assert running.ended and running.news().dropped, "the page need not wait for it"
    last = ended(running, teach)
    assert teach.asked_to_stop and last.dropped and last.report is None
    assert kept.of(notebook.owner) == () and not kept.has(teach.lesson.checkpoint.id)
    assert notebook.lesson is None and notebook.now.checkpoint is None
    assert projects.get(notebook.token) is None
    with pytest.raises(RequestError, match="no longer on the server"):
        begin(teach)


def test_a_lesson_does_not_land_in_another_project(
    notebook: Notebook, kept: TaughtCheckpoints, teach: Pausing, begin: Begin
) -> None:
    running = begin(teach)
    assert teach.begun.wait(LONG)
    notebook.replace_by(Project(make_dataset([1, 1]), {"base": "its own"}))
    assert ended(running, teach).trouble == say("train_other_project")
    assert notebook.lesson is None and notebook.now.settings == {"base": "its own"}
    assert kept.of(notebook.owner) == ()
    notebook.undo()
    assert notebook.lesson is None and not notebook.training


def test_what_is_changed_during_a_training_can_be_taken_back_after_it(
    notebook: Notebook, teach: Pausing, begin: Begin
) -> None:
    running = begin(teach)
    assert teach.begun.wait(LONG)
    before = [card.name for card in notebook.classes]
    notebook.remove_class(notebook.classes[0].id)
    ended(running, teach)
    notebook.undo()
    assert [card.name for card in notebook.classes] == before
    assert notebook.now.checkpoint and notebook.lesson is not None


def test_one_that_was_stopped_before_it_was_measured_replaces_nothing(
    notebook: Notebook, base: Checkpoint, network: ResNet, teach: Pausing, begin: Begin
) -> None:
    ended(begin(teach), teach)
    first = notebook.lesson
    unmeasured = Pausing(base, network, measured=False)
    assert ended(begin(unmeasured), unmeasured).trouble == say("train_kept_before")
    assert notebook.lesson is first
