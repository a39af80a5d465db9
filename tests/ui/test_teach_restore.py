"""What was taught comes back with its project: after a restart, and out of a file."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from torchvision.models import ResNet

from rn18demo.core.checkpoints import Catalogue
from rn18demo.errors import CheckpointError, DatasetError
from rn18demo.training.export import safetensors_bytes
from rn18demo.training.lesson import Lesson, Report
from rn18demo.training.line import Line
from rn18demo.training.project import Project, load_project, save_project
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teach import teach
from rn18demo.ui.lesson_words import restored_words
from rn18demo.ui.taught import Taught, TaughtCheckpoints
from rn18demo.ui.teach_lesson import take_in
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_restore import bring_back, taught_before
from tests.training.small_lessons import make_base, make_dataset, make_engine

START = "base"


class Server:
    """What knows of taught networks, and forgets all when it is started again."""

    def __init__(self, folder: Path, network: ResNet) -> None:
        catalogue = Catalogue(cache=folder)
        catalogue.add(make_base(network))
        self.kept = TaughtCheckpoints(catalogue)

    def bring_back(self, notebook: Notebook) -> Taught | None:
        self.found = bring_back(notebook, self.kept, START)
        lesson: Taught | None = notebook.lesson
        return lesson


@pytest.fixture
def server(tmp_path: Path, network: ResNet) -> Callable[[], Server]:
    return lambda: Server(tmp_path / "cache", network)


@pytest.fixture(scope="module")
def lesson(seeded_network: ResNet, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """About as many pictures as the notebook holds."""
    base, engine = make_base(seeded_network), make_engine(tmp_path_factory.mktemp("engine"))
    *_, last = teach(make_dataset([3, 3]), base, engine, TeachRecipe(), line=Line())
    return last


@pytest.fixture
def taught(
    notebook: Notebook, server: Callable[[], Server], network: ResNet, lesson: Report
) -> Taught:
    """What the notebook was taught, on a server that is gone by now."""
    take_in(notebook, notebook.now, make_base(network), lesson, server().kept)
    found: Taught | None = notebook.lesson
    assert found is not None
    return found


def through_a_file(notebook: Notebook, path: Path) -> Project:
    save_project(path, notebook.project())
    return load_project(path)


def known(lesson: Lesson) -> dict[str, Any]:
    return {
        name: getattr(lesson, name) for name in Lesson.__dataclass_fields__ if name != "checkpoint"
    }


def test_a_restarted_server_shows_the_results_again(
    projects: Projects,
    notebook: Notebook,
    taught: Taught,
    server: Callable[[], Server],
    tmp_path: Path,
) -> None:
    projects.close()
    again = Projects(tmp_path / "projects", save_after=3600)
    loaded = again.get(notebook.token)
    again.close()
    assert loaded is not None and loaded is not notebook and loaded.lesson is None
    new = server()
    back = new.bring_back(loaded)
    assert back is not None and back.restored and not taught.restored
    assert known(back.lesson) == known(taught.lesson)
    assert [one.id for one in new.found] == [back.lesson.checkpoint.id]
    assert back.lesson.checkpoint.id != taught.lesson.checkpoint.id, "ids are never reused"
    assert (back.ids, back.cards) == (taught.ids, taught.cards)
    assert back.still_about(loaded.now)
    for one, other in zip(back.dataset.classes, taught.dataset.classes, strict=True):
        assert one.name == other.name
        assert [shot.name for shot in one.shots] == [shot.name for shot in other.shots]
    assert new.bring_back(loaded) is back, "a second page finds what is there"


def test_a_project_file_brings_its_results_into_another_notebook(
    projects: Projects,
    notebook: Notebook,
    taught: Taught,
    server: Callable[[], Server],
    tmp_path: Path,
) -> None:
    other = projects.new()
    other.replace_by(through_a_file(notebook, tmp_path / "project.zip"))
    back = server().bring_back(other)
    assert back is not None and known(back.lesson) == known(taught.lesson)


def test_pictures_may_be_added_but_one_that_is_gone_takes_the_results_along(
    notebook: Notebook, taught: Taught, server: Callable[[], Server], tmp_path: Path
) -> None:
    moved = notebook.classes[1].shots[0].id
    notebook.move_shots([moved], notebook.classes[0].id)
    more = Notebook("more")
    more.replace_by(through_a_file(notebook, tmp_path / "project.zip"))
    back = server().bring_back(more)
    assert back is not None and not back.still_about(more.now)
    assert back.ids == taught.ids

    notebook.remove_shots([moved])
    less = Notebook("less")
    less.replace_by(through_a_file(notebook, tmp_path / "project.zip"))
    new = server()
    assert new.bring_back(less) is None
    assert "not in the project any more" in less.not_restored
    assert [one.labels for one in new.found] == [taught.lesson.checkpoint.labels]


def test_results_come_back_where_the_network_still_answers(
    taught: Taught, notebook: Notebook, server: Callable[[], Server]
) -> None:
    """The notebook was put away and is loaded again, on the same server."""
    again, one = Notebook(notebook.token, notebook.now), server()
    one.kept.keep(again.owner, taught.lesson.checkpoint, base=START)
    back = one.bring_back(again)
    assert back is not None and back.lesson.checkpoint is taught.lesson.checkpoint


def test_results_wait_for_what_they_were_taught_from(
    taught: Taught, notebook: Notebook, network: ResNet, tmp_path: Path
) -> None:
    again, catalogue = Notebook("again", notebook.now), Catalogue(cache=tmp_path / "cache")
    kept = TaughtCheckpoints(catalogue)
    (answering,) = bring_back(again, kept, START)
    assert again.lesson is None
    assert "that it was taught from" in restored_words(answering, again.not_restored)
    catalogue.add(make_base(network))
    bring_back(again, kept, START)
    assert not again.not_restored
    assert again.lesson is not None


def test_what_was_thrown_away_does_not_come_back(
    taught: Taught, notebook: Notebook, server: Callable[[], Server]
) -> None:
    notebook.drop()
    one = server()
    one.bring_back(notebook)
    assert one.found == ()


@pytest.mark.parametrize(
    "saved",
    [
        None,
        7,
        {},
        {"learned": {}, "cards": [], "shots": []},
        {"learned": {}, "cards": ["a", "b"], "shots": [["x"], ["y"]]},
        {"learned": {}, "cards": [["a"], {}], "shots": [[[]], [{}]]},
        {"learned": {}, "cards": ["a"], "shots": "ab"},
    ],
)
def test_of_a_damaged_lesson_only_the_network_comes_back(
    taught: Taught, notebook: Notebook, server: Callable[[], Server], saved: Any
) -> None:
    other = Notebook("other")
    project = notebook.project()
    other.replace_by(
        Project(project.dataset, project.settings | {"lesson": saved}, project.checkpoint)
    )
    new = server()
    assert new.bring_back(other) is None
    assert len(new.found) == 1


def test_results_about_another_network_are_not_believed(
    taught: Taught, notebook: Notebook, network: ResNet, server: Callable[[], Server]
) -> None:
    other, project = Notebook("other"), notebook.project()
    seven_classes = make_base(network)
    of_another_training = replace(taught.lesson.checkpoint, id="ft-another")
    for checkpoint in (seven_classes, of_another_training):
        data = safetensors_bytes(checkpoint)
        other.replace_by(Project(project.dataset, project.settings, data))
        assert server().bring_back(other) is None


def test_more_classes_than_a_project_may_have_are_refused_before_they_are_counted(
    taught: Taught, notebook: Notebook
) -> None:
    project = notebook.project()
    (first, *_), *_ = taught.ids
    for shots in ([[first]] + [[]] * 24_999, [[first], []]):
        saved = project.settings["lesson"] | {"shots": shots, "cards": ["x"] * len(shots)}
        page = replace(notebook.now, settings=project.settings | {"lesson": saved})
        with pytest.raises(DatasetError, match="not said which pictures"):
            taught_before(page, taught.lesson.checkpoint, taught.base)


def test_a_file_cannot_name_what_it_was_taught_from_as_it_likes(
    taught: Taught, notebook: Notebook, server: Callable[[], Server]
) -> None:
    other, project = Notebook("other"), notebook.project()
    for base in ("nothing like it", 7, "../../etc"):
        settings = project.settings | {"base": base}
        other.replace_by(Project(project.dataset, settings, project.checkpoint))
        new = server()
        back = new.bring_back(other)
        assert len(new.found) == 1
        assert back is None or back.base.id == START


def test_a_network_that_is_none_is_refused(
    taught: Taught, notebook: Notebook, server: Callable[[], Server]
) -> None:
    other, project = Notebook("other"), notebook.project()
    other.replace_by(Project(project.dataset, project.settings, b"no network"))
    with pytest.raises(CheckpointError):
        server().bring_back(other)


def test_what_is_saved_is_plain_json(taught: Taught, notebook: Notebook) -> None:
    assert json.loads(json.dumps(notebook.now.settings, allow_nan=False)) == notebook.now.settings
