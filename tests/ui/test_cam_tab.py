"""How maps reach the canvas."""

import inspect

from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.engine import Engine, choose_device
from rn18demo.core.lenses import Lenses
from rn18demo.ui.layout import build_page
from rn18demo.ui.session import Backend


def test_maps_that_are_there_are_delivered_once() -> None:
    # Gradio delivers what a generator yields last a second time, which would undo a class that
    # the visitor clicked meanwhile. So only the maps that are computed come from a generator.
    engine = Engine(choose_device("cpu"))
    page = build_page(Backend(Catalogue(), engine, Lenses(engine), "starter"))
    painting = [
        event.fn
        for event in page.fns.values()
        if event.fn and any(output.elem_id == "cam-canvas" for output in event.outputs)
    ]
    assert len(painting) > 3
    reports = [fn.__name__ for fn in painting if inspect.isgeneratorfunction(fn)]
    assert reports == ["compute"]
