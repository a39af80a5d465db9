"""A notebook that made way for others goes on as if it had stayed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from torchvision.models import ResNet

from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.lenses import Lenses
from rn18demo.training.lesson import Report
from rn18demo.training.line import Line
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teach import teach
from rn18demo.ui.session import Backend, Visit
from rn18demo.ui.teach_cards import build_teach_cards
from rn18demo.ui.teach_lesson import take_in
from rn18demo.ui.teach_notebook import PICTURE_BYTES, Notebook
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_restore import answering
from rn18demo.ui.teach_results import build_result_panel
from tests.training.small_lessons import make_base, make_dataset, make_engine

Do = Callable[..., Any]
KNOBS: dict[str, Any] = {"recipe": {"mode": "deeper", "epochs": 3}}


@pytest.fixture(scope="module")
def lesson(seeded_network: ResNet, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """About as many pictures as the notebook holds."""
    base, engine = make_base(seeded_network), make_engine(tmp_path_factory.mktemp("engine"))
    *_, last = teach(make_dataset([3, 3]), base, engine, TeachRecipe(), line=Line())
    return last


@pytest.fixture
def backend(tmp_path: Path, network: ResNet) -> Backend:
    catalogue = Catalogue(cache=tmp_path / "cache")
    base = make_base(network)
    catalogue.add(base)
    engine = make_engine(tmp_path)
    return Backend(catalogue, engine, Lenses(engine), base.id)


@pytest.fixture
def do(backend: Backend, projects: Projects) -> Do:
    """Call a handler of the results by its name."""
    with gr.Blocks() as page:
        visit = Visit(gr.State(), gr.State(), gr.State(), gr.State())
        build_result_panel(backend, visit, projects, build_teach_cards(projects))
    handlers = {fn.fn.__name__: fn.fn for fn in page.fns.values() if fn.fn}
    return lambda name, *values: handlers[name](*values)


@pytest.fixture
def taught(notebook: Notebook, backend: Backend, network: ResNet, lesson: Report) -> Notebook:
    take_in(notebook, notebook.now, make_base(network), lesson, backend.taught)
    return notebook


def put_away(projects: Projects, notebook: Notebook) -> None:
    projects.save_all()
    del projects._kept[notebook.token]


def again(projects: Projects, notebook: Notebook) -> Notebook:
    """The notebook as the next request finds it, on disk."""
    put_away(projects, notebook)
    found = projects.get(notebook.token)
    assert found is not None and found is not notebook
    return found


def test_an_open_page_takes_what_it_is_answered(projects: Projects, notebook: Notebook) -> None:
    for _ in range(5):
        notebook.add_class()
    later = again(projects, notebook)
    assert later.revision > notebook.revision
    assert again(projects, later).revision > later.revision


def test_a_click_on_the_results_finds_them(
    projects: Projects, taught: Notebook, do: Do, network: ResNet
) -> None:
    clicked = gr.SelectData(None, {"index": [0, 0], "value": None})
    put_away(projects, taught)
    values = do("choose_cell", 1.0, taught.token, clicked)
    assert not any("no longer" in str(value) for value in values.values())
    again_here = projects.get(taught.token)
    assert again_here is not None and again_here.lesson is not None


def test_none_of_these_stays_where_it_was_set(
    projects: Projects, taught: Notebook, do: Do, backend: Backend
) -> None:
    do("set_threshold", taught.token, 62)
    backend.taught.forget(taught.token)  # as on a server that was started anew
    backend.thresholds.clear()
    later = again(projects, taught)
    (checkpoint,) = answering(later, backend)
    assert backend.thresholds == {checkpoint.id: 0.62}


@pytest.mark.parametrize("saved", [None, 7, {}, {"share": 0.5}, "same", float("nan"), 1.0, -0.1])
def test_what_a_file_claims_of_it_is_checked(
    taught: Notebook, backend: Backend, saved: object
) -> None:
    (checkpoint,) = answering(taught, backend)
    about = {"network": checkpoint.sha256, "share": saved}
    taught.note({"threshold": about if isinstance(saved, float | str) else saved})
    answering(taught, backend)
    assert backend.thresholds == {}


def test_settings_that_were_not_trained_with_are_kept(
    projects: Projects, notebook: Notebook
) -> None:
    notebook.note(KNOBS)
    assert again(projects, notebook).now.settings == KNOBS


def test_what_takes_memory_is_counted(notebook: Notebook, taught: Notebook) -> None:
    assert notebook.now.checkpoint is not None
    network = len(notebook.now.checkpoint) // PICTURE_BYTES
    assert notebook.size == 6 + network
    notebook.remove_shots([notebook.classes[0].shots[0].id])
    assert notebook.now.pictures == 5
    assert notebook.size == 6 + network, "it could still be taken back"


def test_files_made_to_be_fetched_go_with_it(
    projects: Projects, notebook: Notebook, tmp_path: Path
) -> None:
    first, second, other = (tmp_path / name for name in ("1.zip", "2.zip", "model"))
    for path in (first, second, other):
        path.touch()
    notebook.lend("project", [first])
    notebook.lend("weights", [other])
    notebook.lend("project", [first])
    assert first.exists()
    notebook.lend("project", [second])
    assert not first.exists() and second.exists()
    projects.drop(notebook.token)
    assert not second.exists() and not other.exists()
    second.touch()
    notebook.lend("project", [second])  # made while it was thrown away
    assert not second.exists()
