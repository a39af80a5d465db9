"""What the knobs of the Teach tab ask a lesson for."""

from dataclasses import asdict
from typing import Any

import gradio as gr
import pytest

from rn18demo.errors import RequestError
from rn18demo.training.recipe import TeachRecipe
from rn18demo.ui.teach_recipe import NAMES, Knobs, build_knobs, read_recipe, show_recipe


@pytest.fixture
def knobs() -> Knobs:
    with gr.Blocks():
        return build_knobs()


def standing(knobs: Knobs, **changed: Any) -> tuple[Any, ...]:
    """What the knobs hold when the page is opened, some of it changed."""
    values = {
        name: getattr(component, "value", None)
        for name, component in zip(NAMES, knobs.components, strict=True)
    }
    return tuple((values | changed)[name] for name in NAMES)


def test_an_untouched_page_asks_for_the_usual_lessons(knobs: Knobs) -> None:
    assert read_recipe(standing(knobs)) == TeachRecipe()
    assert read_recipe(standing(knobs, mode="deeper")) == TeachRecipe.deeper()


@pytest.mark.parametrize("mode", ["automatic", "deeper"])
@pytest.mark.parametrize("flip", [True, False])
def test_mirroring_is_switched_in_both_modes(knobs: Knobs, mode: str, flip: bool) -> None:
    assert read_recipe(standing(knobs, mode=mode, flip=flip)).flip is flip


def test_only_what_belongs_to_automatic_is_read_there(knobs: Knobs) -> None:
    recipe = read_recipe(standing(knobs, crop=True, colour=True, epochs=None, seed=7.0))
    assert recipe == TeachRecipe(seed=7)
    with pytest.raises(RequestError, match="seed"):
        read_recipe(standing(knobs, seed=None))


def test_an_opened_project_sets_what_its_lesson_used(knobs: Knobs) -> None:
    flip, seed, crop = (knobs.components[NAMES.index(name)] for name in ("flip", "seed", "crop"))
    shown = show_recipe(knobs, asdict(TeachRecipe(flip=False, seed=7)))
    assert (shown[knobs.mode], shown[flip], shown[seed]) == ("automatic", False, 7)
    assert crop not in shown, "it was not used"
    assert show_recipe(knobs, asdict(TeachRecipe.deeper()))[crop] is True
    assert show_recipe(knobs, {"seed": "<b>"}) == {} == show_recipe(knobs, "nothing")


def test_the_switch_of_mirroring_is_not_folded_away(knobs: Knobs) -> None:
    flip = knobs.components[NAMES.index("flip")]
    parent = flip.parent
    while parent is not None:
        assert not isinstance(parent, gr.Accordion)
        parent = parent.parent
