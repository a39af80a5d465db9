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
from rn18demo.ui.confusion import shots_value
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
    evaluation = SimpleNamespace(
        answers=tuple(answers),
        mistakes=tuple(answers),
        names=tuple(card.name for card in notebook.classes),
    )
    ids = tuple(tuple(held.id for held in card.shots) for card in notebook.classes)
    lesson = cast(Lesson, SimpleNamespace(evaluation=evaluation))
    return Taught(lesson, notebook.dataset(), ids, cast(Any, None))


def test_a_picture_is_known_by_its_place_in_a_cell(notebook: Notebook) -> None:
    taught = lesson_about(notebook, [(1, 2), (0, 0)])
    assert shown_place(taught, None, 1) == Place(None, 1)
    for nothing in (2, 99, -1):
        assert shown_place(taught, None, nothing) == Place(None)


def test_the_browser_says_which_picture_goes(notebook: Notebook, do: Do) -> None:
    taught = lesson_about(notebook, [(1, 2), (0, 0)])
    told = shots_value(taught, None, 0)
    gone = notebook.classes[1].shots[2].id
    assert told and told["shots"][0]["id"] == gone
    for later in ([(0, 0)], []):
        notebook.lesson = lesson_about(notebook, later)
        answer = do("remove_shot", gone, notebook.token)
        assert gone not in notebook.now.ids and notebook.now.pictures == 5
        assert answer["teach-cards"] == {"revision": notebook.revision}
        assert answer["shot-undo"]["visible"] is True
        do("take_back", notebook.token, answer["done"])
        assert gone in notebook.now.ids and notebook.now.pictures == 6
    for unknown, words in (
        (None, "No picture is marked"),
        ("", "No picture is marked"),
        ("of another notebook", "no longer in the project"),
    ):
        refused = do("remove_shot", unknown, notebook.token)
        assert words in refused["shot-changed"]
    assert "no longer on the server" in do("remove_shot", gone, "nobody's")["shot-changed"]


def test_a_picture_is_moved_and_what_was_done_later_is_not_taken_back(
    notebook: Notebook, do: Do
) -> None:
    first, second = notebook.classes
    chosen = second.shots[2].id
    assert "choose in the list" in do("move_shot", chosen, notebook.token, None)["shot-changed"]
    answer = do("move_shot", chosen, notebook.token, first.id)
    assert [len(card.shots) for card in notebook.classes] == [4, 2]
    gone = first.shots[0].id
    notebook.remove_shots([gone])
    refused = do("take_back", notebook.token, answer["done"])
    assert "nothing to undo" in refused["shot-changed"] and notebook.now.pictures == 5
    assert "no longer in the project" in do("remove_shot", gone, notebook.token)["shot-changed"]
