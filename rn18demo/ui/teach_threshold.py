"""The share below which a taught network names no class, but says “none of these”."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.training.lesson import Lesson
from rn18demo.training.words import percent
from rn18demo.ui.events import QUIET
from rn18demo.ui.lesson_words import suggestion_words, threshold_words
from rn18demo.ui.session import Backend, Visit
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_restore import answering, note_threshold
from rn18demo.ui.text import say
from rn18demo.ui.text.en_teach import TEACH_MESSAGES as WORDS


@dataclass(frozen=True)
class ThresholdPanel:
    """How the results fill it.

    Attributes:
        present: Makes the outputs' values from the taught checkpoint that answers and its lesson.
            Without a checkpoint there is nothing to set; without a lesson nothing is known of
            what it does.
        outputs: What it fills.
    """

    present: Callable[[Checkpoint | None, Lesson | None], dict[Any, Any]]
    outputs: list[Any]


def effect_words(lesson: Lesson | None, share: float) -> str:
    """What "none of these" below a share does."""
    if lesson is None:
        return WORDS["threshold_restored"].format(share=percent(share))
    return threshold_words(lesson, share)


def build_threshold_panel(
    backend: Backend, visit: Visit, projects: Projects, token: gr.State
) -> ThresholdPanel:
    """Build the panel.

    Args:
        backend: Of the server.
        visit: Is told when the share was set anew.
        projects: Where the lessons are.
        token: State with the name of the visitor's project.
    """

    def present(checkpoint: Checkpoint | None, lesson: Lesson | None) -> dict[Any, Any]:
        if checkpoint is None:
            return {fold: gr.update(visible=False)}
        share = backend.thresholds.get(checkpoint.id, 0.0)
        suggested = lesson is not None and lesson.thresholds.suggested is not None
        return {
            fold: gr.update(visible=True),
            threshold: share * 100,
            said: effect_words(lesson, share),
            suggestion: suggestion_words(lesson) if lesson else "",
            use_suggestion: gr.update(visible=suggested),
        }

    def notebook_of(token_now: str | None) -> Notebook | None:
        return projects.get(token_now) if token_now else None

    def lesson_of(notebook: Notebook | None) -> Lesson | None:
        taught = notebook.lesson if notebook is not None else None
        return taught.lesson if taught is not None else None

    def set_threshold(token_now: str | None, value: float) -> tuple[str, Any]:
        """(words, share)."""
        notebook = notebook_of(token_now)
        found = answering(notebook, backend)
        if notebook is None or not found:
            return say("train_gone"), gr.skip()
        share = min(max(value / 100, 0.0), 0.99)
        if share != backend.thresholds.get(found[0].id, 0.0):
            backend.thresholds[found[0].id] = share
            note_threshold(notebook, found[0], share)
        return effect_words(lesson_of(notebook), share), share

    def take_suggestion(token_now: str | None) -> Any:
        """Move the slider to what was suggested; what follows is as if it had been dragged."""
        notebook = notebook_of(token_now)
        answering(notebook, backend)
        lesson = lesson_of(notebook)
        found = lesson.thresholds.suggested if lesson is not None else None
        return gr.skip() if found is None else round(found * 100)

    with gr.Accordion(
        say("none_of_these"), open=False, visible=False, elem_id="none-of-these"
    ) as fold:
        threshold = gr.Slider(
            0, 99, value=0, step=1, label=say("threshold"), info=say("threshold_help")
        )
        said = gr.Markdown(elem_id="threshold-said")
        suggestion = gr.Markdown(elem_id="threshold-suggestion")
        use_suggestion = gr.Button(
            say("threshold_use"), size="sm", visible=False, elem_id="threshold-use"
        )

    # `input` may carry the value from before a key was pressed; `change` follows with the new one.
    gr.on(
        [threshold.input, threshold.change],
        set_threshold,
        [token, threshold],
        [said, visit.judged],
        trigger_mode="always_last",
        **QUIET,
    )
    use_suggestion.click(take_suggestion, token, threshold, **QUIET)
    return ThresholdPanel(present, [fold, threshold, said, suggestion, use_suggestion])
