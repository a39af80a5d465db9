"""What the Train panel tells of a lesson that is not used, or stopped."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest

from rn18demo.core.checkpoints import STARTER_ID, Catalogue
from rn18demo.core.engine import Engine
from rn18demo.core.lenses import Lenses
from rn18demo.errors import Cancelled
from rn18demo.training.lesson import Report
from rn18demo.training.training_run import CurvePoint
from rn18demo.ui.header import build_header
from rn18demo.ui.session import Backend
from rn18demo.ui.taught import Taught
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_running import Cancel, Running
from rn18demo.ui.teach_train import TrainPanel, build_train_panel
from rn18demo.ui.text import say
from tests.coroutines import run_apart
from tests.training.small_lessons import make_lesson

PATIENCE = 10.0
CURVES = (CurvePoint("watching", 0, None, None, 1.2, 0.25),)


@pytest.fixture
def handlers(projects: Projects) -> tuple[TrainPanel, dict[str, Any]]:
    """The panel, and what its events run, by name."""
    engine = Engine(runtime="torch")
    backend = Backend(Catalogue(), engine, Lenses(engine), STARTER_ID)
    with gr.Blocks() as page:
        header, token, project = build_header(backend), gr.State(""), gr.State("")
        made = build_train_panel(backend, projects, header, token, project)
    return made, {event.name: event.fn for event in page.fns.values() if event.fn}


@pytest.fixture
def panel(handlers: tuple[TrainPanel, dict[str, Any]]) -> tuple[TrainPanel, Any]:
    """The panel, and what it does when a page comes back."""
    made, named = handlers
    return made, named["attach"]


def told(attach: Any, notebook: Notebook) -> list[dict[Any, Any]]:
    """All that a page hears of a lesson that draws curves, and is in vain."""
    heard = threading.Event()

    def unused(cancelled: Cancel) -> Iterator[Report]:
        yield Report("fine-tuning", 0.5, None, CURVES, "", (), None)
        heard.wait(PATIENCE)
        raise Cancelled("It was not used.")

    async def listen() -> list[dict[Any, Any]]:
        notebook.running = Running(unused, lambda report: None).start()
        values = []
        async for value in attach(notebook.token):
            values.append(value)
            heard.set()
        return values

    return run_apart(listen())


def test_a_project_that_was_opened_meanwhile_is_not_taught_with_the_settings_before_it(
    handlers: tuple[TrainPanel, dict[str, Any]], notebook: Notebook
) -> None:
    _, named = handlers
    before, settings = notebook.owner, notebook.now.settings
    notebook.replace_by(notebook.project())

    async def press(project: str) -> str:
        async for values in named["train"](notebook.token, project, STARTER_ID):
            (said,) = values.values()
            return str(said)
        raise AssertionError("nothing is said")

    assert "Another project was opened" in run_apart(press(before))
    assert notebook.running is None and notebook.now.settings == settings
    # This one is tried: without its knobs it cannot be.
    for known in ("", notebook.owner):
        with pytest.raises(ValueError):
            run_apart(press(known))


def test_curves_of_nothing_go(panel: tuple[TrainPanel, Any], notebook: Notebook) -> None:
    made, attach = panel
    last = told(attach, notebook)[-1]
    assert last[made.chart] == gr.update(visible=False)
    assert any("not used" in value for value in last.values() if isinstance(value, str))


def test_the_lesson_before_it_is_drawn_again(
    panel: tuple[TrainPanel, Any], notebook: Notebook
) -> None:
    made, attach = panel
    checkpoint = Catalogue().get(STARTER_ID)
    second = CurvePoint("watching", 1, 0.9, 0.5, 1.0, 0.5)
    kept = make_lesson(checkpoint, curves=(*CURVES, second))
    notebook.lesson = Taught(kept, notebook.dataset(), (), checkpoint, ())
    drawn = told(attach, notebook)[-1][made.chart]
    assert drawn["visible"]
    points = max(len(line.x) for line in drawn["value"].data)
    assert points == len(kept.curves)


def test_who_watches_says_that_it_stops_and_has_the_last_word(
    handlers: tuple[TrainPanel, dict[str, Any]], notebook: Notebook
) -> None:
    _, named = handlers

    def until_stopped(cancelled: Cancel) -> Iterator[Report]:
        while not cancelled():
            yield Report("fine-tuning", 0.5, None, CURVES, "", (), None)
            time.sleep(0.01)
        assert stopping.wait(PATIENCE)
        raise Cancelled("You stopped it.")

    async def listen() -> list[str]:
        notebook.running = Running(until_stopped, lambda report: None).start()
        said: list[str] = []
        async for values in named["attach"](notebook.token):
            said += [value for value in values.values() if isinstance(value, str)]
            if len(said) == 1:
                assert named["stop_training"](notebook.token) is None
            elif say("train_stopping") in said[-1]:
                stopping.set()
        return said

    stopping = threading.Event()
    said = run_apart(listen())
    assert "You stopped it." in said[-1] and stopping.is_set()
    named["stop_training"](notebook.token)  # a late click
    assert notebook.running is not None and notebook.running.ended
