"""What was taught belongs to the project that it was taught from, and goes with it."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from torchvision.models import ResNet

from rn18demo.core.checkpoints import Catalogue
from rn18demo.errors import CheckpointError
from rn18demo.training.export import safetensors_bytes
from rn18demo.training.project import Project
from rn18demo.training.taught import PREFIX, taught_checkpoint
from rn18demo.ui.taught import KEPT, TaughtCheckpoints, restore_checkpoint
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_page import page_of_project
from rn18demo.ui.teach_projects import Projects
from tests.training.small_lessons import make_base, make_dataset


@pytest.fixture
def taught(tmp_path: Path) -> TaughtCheckpoints:
    return TaughtCheckpoints(Catalogue(cache=tmp_path))


def test_a_notebook_thrown_away_takes_its_networks_along(
    taught: TaughtCheckpoints, network: ResNet, tmp_path: Path
) -> None:
    catalogue = taught._catalogue
    projects = Projects(tmp_path / "projects")
    projects.on_drop = taught.forget
    mine, other = projects.new(), projects.new()
    ids = []
    for notebook in (mine, other):
        base = make_base(network)
        made = taught_checkpoint(base, network, None, base.labels, None)
        taught.keep(notebook.owner, made, base="starter")
        ids.append(made.id)
    projects.drop(mine.token)
    with pytest.raises(CheckpointError):
        catalogue.get(ids[0])
    assert catalogue.get(ids[1]).id == ids[1]
    assert taught.of(mine.owner) == () and len(taught.of(other.owner)) == 1
    taught.keep("", made)  # of a program that says nothing of who it is
    projects.drop("")
    assert taught.has(made.id), "that is no notebook"


def test_a_restored_network_remembers_what_it_was_taught_from(
    taught: TaughtCheckpoints, network: ResNet
) -> None:
    base = make_base(network)
    saved = safetensors_bytes(taught_checkpoint(base, network, None, base.labels, None))
    known, unknown = restore_checkpoint(saved), restore_checkpoint(saved)
    assert known.id.startswith(PREFIX) and known.id != unknown.id
    taught._catalogue.add(base)
    taught.keep("a", known, base="base~layer4.1-F")
    taught.keep("b", unknown)
    assert taught.has(known.id) and taught.has(unknown.id) and not taught.has("ft-forgotten")
    assert taught.base_for(known.id, "starter") is base
    assert taught.base_for(f"{known.id}~layer4.1-F", "starter") is base, "never cut"
    for other in (unknown.id, "ft-forgotten", "starter"):
        assert taught.base_for(other, "starter").id == "starter"


def test_no_lesson_begins_with_what_was_taught_however_it_came_here(
    taught: TaughtCheckpoints, network: ResNet
) -> None:
    base = make_base(network)
    taught._catalogue.add(base)
    made = taught_checkpoint(base, network, None, base.labels, None)
    taught.keep("a", made, base="base")
    saved = safetensors_bytes(made)
    chained, lost = restore_checkpoint(saved), restore_checkpoint(saved)
    taught.keep("a", chained, base=made.id)
    taught.keep("a", lost, base="ft-that-nobody-knows")
    assert taught.base_for(chained.id, "starter") is base
    assert taught.base_for(lost.id, "starter").id == "starter"


def test_nobody_drives_out_what_others_taught(taught: TaughtCheckpoints, network: ResNet) -> None:
    made = make_base(network)

    def keep(owner: str) -> str:
        name = f"{PREFIX}{next(count)}"
        taught.keep(owner, replace(made, id=name))
        return name

    count = itertools.count()
    others = [keep(f"visitor {number}:project") for number in range(3)]
    greedy = [keep(f"greedy:project {number}") for number in range(KEPT + 5)]
    assert all(map(taught.has, others)) and len(taught._entries) == KEPT
    assert [taught.has(name) for name in greedy] == [False] * 8 + [True] * (KEPT - 3)
    with pytest.raises(CheckpointError, match="Teach it again"):
        taught._catalogue.get(greedy[0])


def test_another_project_has_other_lessons_and_undo_brings_them_back() -> None:
    notebook = Notebook("token", page_of_project(Project(make_dataset([2, 2]))))
    notebook.lesson, first = "about colours", notebook.owner
    notebook.rename_class(notebook.classes[0].id, "crimson")
    assert (notebook.lesson, notebook.owner) == ("about colours", first)
    notebook.replace_by(notebook.project())  # even of what was saved here
    assert notebook.lesson is None and notebook.owner != first
    notebook.undo()
    assert (notebook.lesson, notebook.owner) == ("about colours", first)


def test_lessons_that_undo_cannot_reach_are_forgotten() -> None:
    notebook = Notebook("token", page_of_project(Project(make_dataset([2, 2]))))
    for lesson in "abc":
        notebook.lesson = lesson
        notebook.replace_by(notebook.project())
        assert list(notebook._lessons.values()) == [lesson]
    notebook.add_class()
    assert notebook._lessons == {}


def test_a_notebook_read_from_disk_is_the_same_project(tmp_path: Path) -> None:
    first = Projects(tmp_path)
    notebook = first.new()
    notebook.mark_training(True)
    first.close()
    again = Projects(tmp_path).get(notebook.token)
    assert again is not None and again is not notebook
    assert again.owner == notebook.owner
    assert again.training and again.now.settings == {}, "its server stopped meanwhile"


def test_a_file_saved_during_a_training_does_not_tell_of_it() -> None:
    notebook = Notebook("token", page_of_project(Project(make_dataset([1, 1]))))
    notebook.mark_training(True)
    assert "training" not in notebook.project().settings
    notebook = Notebook("other")
    notebook.replace_by(Project(make_dataset([1, 1]), {"training": True}))
    assert not notebook.training and notebook.now.settings == {}


@pytest.mark.parametrize("origin", [None, 7, "short", "<b>0123456789abc"])
def test_an_origin_from_a_file_is_not_trusted(origin: object) -> None:
    page = page_of_project(Project(make_dataset([1, 1]), {"origin": origin}))
    assert len(page.origin) == 16 and page.origin.isalnum() and page.origin != origin
