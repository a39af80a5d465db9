"""The picture of a lesson that is shown large: removed, moved and brought back by its own id."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest

from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.lenses import Lenses
from rn18demo.training.evaluation import ShotAnswer
from rn18demo.training.lesson import Lesson
from rn18demo.ui.session import Backend
from rn18demo.ui.taught import Taught
from rn18demo.ui.teach_cards import build_teach_cards
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_shot import Place, build_shot_panel, shown_place
from tests.training.small_lessons import make_engine

Do = Callable[..., dict[str, Any]]


@pytest.fixture
def do(projects: Projects, tmp_path: Path) -> Do:
    """Call a handler by its name; what it fills is named by the element's id."""
    engine = make_engine(tmp_path)
    backend = Backend(Catalogue(cache=tmp_path), engine, Lenses(engine))
    with gr.Blocks() as demo:
        build_shot_panel(backend, projects, build_teach_cards(projects))
    handlers = {fn.fn.__name__: fn.fn for fn in demo.fns.values() if fn.fn}

    def call(name: str, *values: Any) -> dict[str, Any]:
        return {one.elem_id or "done": value for one, value in handlers[name](*values).items()}

    return call


def lesson_about(notebook: Notebook, wrong: list[tuple[int, int]]) -> Taught:
    """A lesson that erred on these pictures: (class, number)."""
    answers = [ShotAnswer(label, shot, 1 - label, 0.9, 0.1, 2) for label, shot in wrong]
    evaluation = SimpleNamespace(answers=tuple(answers), mistakes=tuple(answers))
    ids = tuple(tuple(held.id for held in card.shots) for card in notebook.classes)
    lesson = cast(Lesson, SimpleNamespace(evaluation=evaluation))
    return Taught(lesson, notebook.dataset(), ids, cast(Any, None))


def test_the_picture_that_is_shown_is_known_by_its_id(notebook: Notebook) -> None:
    taught = lesson_about(notebook, [(1, 2), (0, 0)])
    assert shown_place(taught, None, 1) == Place(None, 1, notebook.classes[0].shots[0].id)
    for nothing in (2, 99, -1):
        assert shown_place(taught, None, nothing) == Place(None)


def test_another_lesson_meanwhile_does_not_change_which_picture_goes(
    notebook: Notebook, do: Do
) -> None:
    shown = shown_place(lesson_about(notebook, [(1, 2)]), None, 0)
    gone = notebook.classes[1].shots[2].id
    for later in ([(0, 0)], []):
        notebook.lesson = lesson_about(notebook, later)
        answer = do("remove_shot", notebook.token, shown)
        assert gone not in notebook.now.ids and notebook.now.pictures == 5
        assert answer["teach-cards"] == {"revision": notebook.revision}
        assert answer["shot-undo"]["visible"] is True
        do("take_back", notebook.token, answer["done"])
        assert gone in notebook.now.ids and notebook.now.pictures == 6


def test_a_picture_is_moved_and_what_was_done_later_is_not_taken_back(
    notebook: Notebook, do: Do
) -> None:
    shown = shown_place(lesson_about(notebook, [(1, 2)]), None, 0)
    first, second = notebook.classes
    assert "choose in the list" in do("move_shot", notebook.token, shown, None)["shot-changed"]
    answer = do("move_shot", notebook.token, shown, first.id)
    assert [len(card.shots) for card in notebook.classes] == [4, 2]
    notebook.remove_shots([first.shots[0].id])
    refused = do("take_back", notebook.token, answer["done"])
    assert "nothing to undo" in refused["shot-changed"] and notebook.now.pictures == 5
    assert (
        "no longer in the project"
        in do("remove_shot", notebook.token, Place(None, 0, first.shots[0].id))["shot-changed"]
    )
    assert second.shots[2].id in notebook.now.ids
