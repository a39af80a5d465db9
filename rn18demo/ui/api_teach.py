"""The endpoint that teaches: a zip in, progress while it runs, the taught checkpoint's id out."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from rn18demo.errors import DatasetError
from rn18demo.training.dataset import read_dataset
from rn18demo.training.lesson import Lesson, Report
from rn18demo.training.line import LESSONS_AT_ONCE
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teach import teach
from rn18demo.ui.arguments import WholeNumber, whole
from rn18demo.ui.feedback import as_api_errors
from rn18demo.ui.session import Backend
from rn18demo.ui.teach_uploads import reader

NEWS_SECONDS = 0.5
"""So often a caller is told how far it is."""
CALLERS_AT_ONCE = LESSONS_AT_ONCE
"""Callers whose pictures are in memory; further ones wait before theirs are unpacked."""


def _progress(report: Report) -> dict[str, Any]:
    left = report.seconds_left
    return {
        "phase": report.phase,
        "share": round(report.share, 3),
        "seconds_left": None if left is None else round(left, 1),
        "sentence": report.sentence,
    }


def _result(lesson: Lesson, shots: list[int]) -> dict[str, Any]:
    evaluation = lesson.evaluation
    measured = evaluation is not None and evaluation.accuracy is not None
    return {
        "checkpoint": lesson.checkpoint.id,
        "classes": list(lesson.checkpoint.labels),
        "accuracy": evaluation.accuracy if evaluation else None,
        "interval": list(evaluation.interval) if evaluation and measured else None,
        "shots": shots,
        "seconds": round(lesson.seconds, 2),
        "sentence": lesson.sentence,
    }


def teaching_endpoint(
    backend: Backend, image_checkpoint: Component
) -> tuple[Callable[..., Any], list[Component], list[Component]]:
    """The function, its inputs and its outputs, as `build_api` registers them.

    Args:
        backend: Of the server.
        image_checkpoint: The hidden textbox of the argument `checkpoint`.
    """

    def fine_tune(  # noqa: D417 - `request` is Gradio's, callers do not send it
        dataset: str | None,
        mode: str = "automatic",
        trained: str = "layer4",
        epochs: float = 12,
        seed: float = 0,
        checkpoint: str = "auto",
        mirror: bool = True,
        request: gr.Request | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Teach the network classes of your own.

        Args:
            dataset: A zip with one folder of pictures per class.
            mode: "automatic", or "deeper" to fine-tune stages, too.
            trained: What "deeper" trains: head, layer4, layer3-4 or all.
            epochs: Most passes over the pictures of "deeper".
            seed: The same seed and pictures teach the same.
            checkpoint: Id of the weights to begin with, or "auto"; of taught or cut ones, what
                these were made from.
            mirror: Whether it also learns from each picture in the mirror; not for letters, or
                where left and right matter.
        """
        with as_api_errors():
            if dataset is None:
                raise DatasetError("There is no data set: send a zip with a folder per class.")
            settings = {"mode": mode, "trained": trained, "crop": mode == "deeper", "flip": mirror}
            numbers = {"epochs": whole("epochs", epochs), "seed": whole("seed", seed)}
            recipe = TeachRecipe.from_settings(settings | numbers)
            wanted = backend.start if checkpoint == "auto" else checkpoint
            base = backend.taught.base_for(backend.catalogue.get(wanted).id, backend.start)
            with reader():
                pictures = read_dataset(Path(dataset))
            told = 0.0
            for report in teach(pictures, base, backend.engine, recipe):
                if report.lesson is not None:
                    owner = (request.session_hash if request else None) or ""
                    backend.taught.keep(owner, report.lesson.checkpoint, base.id)
                    shots = [len(one.shots) for one in pictures.classes]
                    yield _result(report.lesson, shots)
                elif time.monotonic() - told >= NEWS_SECONDS:
                    told = time.monotonic()
                    yield _progress(report)

    zipped = gr.File(label="dataset", type="filepath", file_types=[".zip"])
    mode = gr.Textbox("automatic", label="mode")
    trained = gr.Textbox("layer4", label="trained")
    epochs = WholeNumber(12, "epochs")
    seed = WholeNumber(0, "seed")
    mirror = gr.Checkbox(True, label="mirror")
    facts = gr.JSON(label="facts")
    inputs = [zipped, mode, trained, epochs, seed, image_checkpoint, mirror]
    return fine_tune, inputs, [facts]
