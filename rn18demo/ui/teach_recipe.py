"""Every knob of a lesson, each with a sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from rn18demo.errors import DemoError
from rn18demo.training.recipe import MOST_EPOCHS, OPTIMIZERS, SCHEDULES, TRAINED, TeachRecipe
from rn18demo.ui.events import QUIET
from rn18demo.ui.text import say

AUTOMATIC, DEEPER = "automatic", "deeper"
WHOLE = ("patience", "epochs", "seed")


@dataclass(frozen=True)
class Knobs:
    """The components, in the order of `NAMES`.

    Attributes:
        mode: "automatic" or "deeper".
        components: All of them, the mode first.
        turned: What registers a listener to each of them, when a visitor turns it.
        fold: What holds those of fine-tuning.
    """

    mode: gr.Radio
    components: list[Component]
    turned: list[Callable[..., Any]]
    fold: gr.Accordion


NAMES = (
    "mode",
    "trained",
    "backbone_rate",
    "head_rate",
    "optimizer",
    "weight_decay",
    "schedule",
    "label_smoothing",
    "crop",
    "flip",
    "colour",
    "patience",
    "epochs",
    "seed",
    "amp",
)
"""Fields of TeachRecipe, in the order of the components."""
AUTOMATIC_NAMES = ("mode", "flip", "seed")
"""Those that "automatic" uses; the others belong to fine-tuning."""


def read_recipe(values: tuple[Any, ...]) -> TeachRecipe:
    """What the knobs stand at.

    Raises:
        RequestError: One of them stands outside its range, or is empty.
    """
    settings = dict(zip(NAMES, values, strict=True))
    for name in WHOLE:
        settings[name] = _whole(settings[name])
    if settings["mode"] == AUTOMATIC:
        settings = {name: settings[name] for name in AUTOMATIC_NAMES}
    return TeachRecipe.from_settings(settings)


def _whole(value: Any) -> Any:
    """Gradio hands over whole numbers as floats; anything else is for the recipe to refuse."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def build_knobs() -> Knobs:
    """Build them; mode and mirror stand open, those of fine-tuning are shown when it is chosen."""
    start = TeachRecipe.deeper()

    def words(name: str) -> dict[str, Any]:
        return {"label": say(f"knob_{name}"), "info": say(f"knob_{name}_help")}

    def number(name: str) -> gr.Number:
        return gr.Number(getattr(start, name), min_width=150, **words(name))

    def choice(name: str, options: tuple[str, ...]) -> gr.Dropdown:
        named = [(say(f"knob_{name}_{option}"), option) for option in options]
        return gr.Dropdown(
            named, value=getattr(start, name), filterable=False, min_width=150, **words(name)
        )

    def tick(name: str) -> gr.Checkbox:
        return gr.Checkbox(getattr(start, name), min_width=150, **words(name))

    mode = gr.Radio(
        [(say("mode_automatic"), AUTOMATIC), (say("mode_deeper"), DEEPER)],
        value=AUTOMATIC,
        label=say("mode"),
        info=say("mode_help"),
        elem_id="teach-mode",
    )
    flip = gr.Checkbox(start.flip, elem_id="teach-flip", **words("flip"))
    with gr.Accordion(say("knobs"), open=False, visible=False, elem_id="teach-knobs") as fold:
        with gr.Row():
            trained = choice("trained", tuple(TRAINED))
            epochs = gr.Slider(1, MOST_EPOCHS, value=start.epochs, step=1, **words("epochs"))
            patience = gr.Slider(0, 20, value=start.patience, step=1, **words("patience"))
        with gr.Row():
            backbone_rate, head_rate = number("backbone_rate"), number("head_rate")
            schedule = choice("schedule", SCHEDULES)
        with gr.Row():
            optimizer = choice("optimizer", OPTIMIZERS)
            weight_decay, label_smoothing = number("weight_decay"), number("label_smoothing")
        with gr.Row():
            crop, colour = tick("crop"), tick("colour")
        with gr.Row():
            seed, amp = number("seed"), tick("amp")
    found: dict[str, gr.Radio | gr.Dropdown | gr.Number | gr.Checkbox | gr.Slider] = {
        "mode": mode,
        "trained": trained,
        "backbone_rate": backbone_rate,
        "head_rate": head_rate,
        "optimizer": optimizer,
        "weight_decay": weight_decay,
        "schedule": schedule,
        "label_smoothing": label_smoothing,
        "crop": crop,
        "flip": flip,
        "colour": colour,
        "patience": patience,
        "epochs": epochs,
        "seed": seed,
        "amp": amp,
    }

    def reveal(chosen: str) -> Any:
        return gr.update(visible=chosen == DEEPER)

    mode.input(reveal, mode, fold, trigger_mode="always_last", **QUIET)
    knobs = [found[name] for name in NAMES]
    return Knobs(mode, [*knobs], [knob.input for knob in knobs], fold)


def show_recipe(knobs: Knobs, settings: object) -> dict[Any, Any]:
    """Set the knobs to what a lesson was taught with, and leave them if that is unknown.

    Args:
        knobs: To be set.
        settings: Fields of a TeachRecipe; they may come from a file, so they are not trusted.
    """
    if not isinstance(settings, dict):
        return {}
    try:
        recipe = TeachRecipe.from_settings(settings)
    except (DemoError, TypeError):
        return {}
    shown: dict[Any, Any] = {knobs.fold: gr.update(visible=recipe.mode == DEEPER)}
    used = AUTOMATIC_NAMES if recipe.mode == AUTOMATIC else NAMES
    return shown | {
        component: getattr(recipe, name)
        for name, component in zip(NAMES, knobs.components, strict=True)
        if name in used
    }
