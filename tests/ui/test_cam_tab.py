"""How maps reach the canvas."""

import inspect
from types import SimpleNamespace

import gradio as gr
import pytest

from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.engine import Engine, choose_device
from rn18demo.core.lenses import Lenses
from rn18demo.ui.layout import build_page
from rn18demo.ui.session import Backend


@pytest.fixture(scope="module")
def page() -> gr.Blocks:
    engine = Engine(choose_device("cpu"))
    return build_page(Backend(Catalogue(), engine, Lenses(engine), "starter"))


def test_maps_that_are_there_are_delivered_once(page: gr.Blocks) -> None:
    # Gradio delivers what a generator yields last a second time, which would undo a class that
    # the visitor clicked meanwhile. So only the maps that are computed come from a generator.
    painting = [
        event.fn
        for event in page.fns.values()
        if event.fn and any(output.elem_id == "cam-canvas" for output in event.outputs)
    ]
    assert len(painting) > 3
    reports = [fn.__name__ for fn in painting if inspect.isgeneratorfunction(fn)]
    assert reports == ["compute"]


def test_a_class_that_is_none_any_more_is_not_compared_with(page: gr.Blocks) -> None:
    (choices_now,) = [event.fn for event in page.fns.values() if event.name == "choices_now"]
    assert choices_now is not None
    pets = SimpleNamespace(labels=("dog", "cat"))
    choices = [("cat", 1), ("dog", 0)]
    assert choices_now(pets, 1) == gr.update(choices=choices)
    assert choices_now(pets, 2) == gr.update(choices=choices, value=None)
    assert choices_now(None, 0) == gr.update(choices=[], value=None)
