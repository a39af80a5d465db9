import re
from pathlib import Path

import gradio as gr
import pytest

import rn18demo.ui as ui
from rn18demo.ui.canvas import CANVAS_ASSETS, TEXTS, map_canvas
from rn18demo.ui.channel_grid import channel_grid
from rn18demo.ui.prediction_bars import prediction_bars

MAKERS = [map_canvas, channel_grid, prediction_bars]
FILES = sorted(CANVAS_ASSETS.iterdir())

WORD = re.compile(r"\btexts\.(\w+)", re.IGNORECASE)


def source(name: str) -> str:
    return (CANVAS_ASSETS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("make", MAKERS)
def test_every_word_of_a_component_is_in_the_catalogue(make) -> None:
    with gr.Blocks():
        made = make()
    used = set(WORD.findall(made.html_template + made.js_on_load))
    assert used
    assert used <= TEXTS.keys()


def test_every_word_of_the_catalogue_is_used() -> None:
    all_files = "".join(path.read_text(encoding="utf-8") for path in FILES)
    assert set(WORD.findall(all_files)) == TEXTS.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_ask_nobody_else_for_anything(path: Path) -> None:
    assert not re.search(r"https?://|//cdn|@import|url\(", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.suffix in {".html", ".css"}], ids=lambda path: path.name
)
def test_templates_survive_gradio(path: Path) -> None:
    """Gradio evaluates templates as JavaScript: a backtick, ${} or backslash would be code."""
    assert not re.search(r"[`\\]|\$\{", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("make", MAKERS)
def test_templates_do_not_depend_on_the_value(make) -> None:
    """Else Gradio would rebuild the elements, and what was painted, on every update."""
    with gr.Blocks():
        made = make()
    assert "value}}" not in made.html_template + made.css_template


@pytest.mark.parametrize("make", [channel_grid, prediction_bars])
def test_choosing_can_be_listened_to(make) -> None:
    with gr.Blocks() as demo:
        made = make()
        made.select(lambda: None)
    assert demo.fns[0].targets == [(made._id, "select")]
    assert '"select"' in made.js_on_load


def test_gradio_wrote_no_stub_beside_the_components() -> None:
    names = ["canvas", *(make.__name__ for make in MAKERS)]
    stubs = [Path(ui.__path__[0]) / f"{name}.pyi" for name in names]
    assert not [stub for stub in stubs if stub.exists()]
