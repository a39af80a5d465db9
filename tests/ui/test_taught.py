"""What was taught belongs to the project that it was taught from, and goes with it."""

from pathlib import Path

import pytest
from torchvision.models import ResNet

from rn18demo.core.checkpoints import Catalogue
from rn18demo.errors import CheckpointError
from rn18demo.training.export import safetensors_bytes
from rn18demo.training.project import Project
from rn18demo.training.taught import PREFIX, taught_checkpoint
from rn18demo.ui.taught import TaughtCheckpoints, restore_checkpoint
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


def test_a_restored_network_remembers_what_it_was_taught_from(
    taught: TaughtCheckpoints, network: ResNet
) -> None:
    base = make_base(network)
    saved = safetensors_bytes(taught_checkpoint(base, network, None, base.labels, None))
    known, unknown = restore_checkpoint(saved), restore_checkpoint(saved)
    assert known.id.startswith(PREFIX) and known.id != unknown.id
    taught.keep("a", known, base="starter")
    taught.keep("b", unknown)
    assert taught.base_of(known.id) == "starter"
    assert taught.base_of(unknown.id) is None
    assert taught.base_of("ft-of-somebody-else") is None


def test_another_project_has_other_lessons_and_undo_brings_them_back() -> None:
    notebook = Notebook("token", page_of_project(Project(make_dataset([2, 2]))))
    notebook.lesson, first = "about colours", notebook.owner
    notebook.rename_class(notebook.classes[0].id, "crimson")
    assert (notebook.lesson, notebook.owner) == ("about colours", first)
    notebook.replace_by(notebook.project())  # even of what was saved here
    assert notebook.lesson is None and notebook.owner != first
    notebook.undo()
    assert (notebook.lesson, notebook.owner) == ("about colours", first)


def test_a_notebook_read_from_disk_is_the_same_project(tmp_path: Path) -> None:
    first = Projects(tmp_path)
    notebook = first.new()
    notebook.note(training=True)
    first.close()
    again = Projects(tmp_path).get(notebook.token)
    assert again is not None and again is not notebook
    assert again.owner == notebook.owner
    assert again.now.settings == {"training": True}


@pytest.mark.parametrize("origin", [None, 7, "short", "<b>0123456789abc"])
def test_an_origin_from_a_file_is_not_trusted(origin: object) -> None:
    page = page_of_project(Project(make_dataset([1, 1]), {"origin": origin}))
    assert len(page.origin) == 16 and page.origin.isalnum() and page.origin != origin
