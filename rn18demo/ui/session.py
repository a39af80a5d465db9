"""What the parts of the page share."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.events import Dependency

from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.engine import Engine
from rn18demo.core.lenses import Lenses
from rn18demo.core.surgery import base_id
from rn18demo.training.words import percent
from rn18demo.ui.taught import TaughtCheckpoints
from rn18demo.ui.text import say
from rn18demo.ui.turns import Turns


@dataclass(frozen=True)
class Backend:
    """What answers the page: one for the whole server.

    Attributes:
        catalogue: The checkpoints that there are.
        engine: Runs them.
        lenses: Maps and channel scores.
        start: The checkpoint that a visitor begins with.
        thresholds: By id of a checkpoint, the probability below which an answer is shown as
            "none of these", 0 to 1; 0 where there is none.
        warm: Set when the first weights are loaded and what computes them is chosen.
    """

    catalogue: Catalogue
    engine: Engine
    lenses: Lenses
    start: str = "auto"
    thresholds: dict[str, float] = field(default_factory=dict)
    warm: threading.Event = field(default_factory=threading.Event)

    @cached_property
    def taught(self) -> TaughtCheckpoints:
        """Where taught checkpoints are kept."""
        return TaughtCheckpoints(self.catalogue)

    def names_always(self, checkpoint_id: str) -> bool:
        """Whether these were taught here, and nobody has set "none of these" for them."""
        taught = base_id(checkpoint_id)
        return not self.thresholds.get(taught) and self.taught.has(taught)

    def unknown(self, checkpoint_id: str, probability: float) -> str:
        """What to say if an answer is too unsure to be one of the classes; else nothing."""
        threshold = self.thresholds.get(base_id(checkpoint_id), 0.0)
        if probability >= threshold:
            return ""
        return say("below_threshold", share=percent(threshold))


@dataclass(frozen=True)
class Visit:
    """The values of one visitor, kept on the server for as long as the visit.

    Attributes:
        analysis: State holding the Analysis of the visitor's picture, or None.
        answered: State that changes when the analysis is another one.
        chosen: State holding the index of the class that is explained everywhere.
        judged: State holding the share below which an answer is "none of these"; it changes when
            the visitor moves that.
    """

    analysis: gr.State
    answered: gr.State
    chosen: gr.State
    judged: gr.State


@dataclass(frozen=True)
class Lens:
    """How a tab follows the picture and the chosen class.

    Attributes:
        show: Handler to run when the picture or the weights changed.
        choose: Handler to run when another class was chosen.
        inputs: Of all handlers.
        outputs: Of all handlers.
        canvas: A map canvas that may hold the maps of all classes: the browser then shows
            another class by itself, at once.
        awake: State that is true while somebody may be looking; None where that is always so.
            No handler runs while it is false.
        turns: Taken by the handlers, so that the newest answer is shown last.
        behind: Handler to run instead of `choose` while a larger answer may be on its way, see
            `Turns.taking`.
        repainted: An event of its own that fills the canvas with the maps of all classes; a class
            that was clicked meanwhile is shown after it.
    """

    show: Callable[..., Any]
    choose: Callable[..., Any]
    inputs: Sequence[Component]
    outputs: Sequence[Component]
    canvas: gr.HTML | None = None
    awake: gr.State | None = None
    turns: Turns = field(default_factory=Turns)
    behind: Callable[..., Any] | None = None
    repainted: Dependency | None = None
