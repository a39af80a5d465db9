"""The confusion matrix, whose numbers can be clicked, with the pictures behind one of them.

See `rn18demo.ui.canvas` for how values reach it. A click on a number sends `select` with
index (row, column); a click on a picture sends `submit` with its place among those shown.
"""

import base64
import io
from collections.abc import Sequence
from typing import Any

import gradio as gr
from PIL import Image

from rn18demo.training.evaluation import Evaluation, ShotAnswer
from rn18demo.ui.canvas import painted
from rn18demo.ui.session import percent
from rn18demo.ui.taught import Taught
from rn18demo.ui.text import say

SHOWN = 24
"""Most pictures of a cell that are shown."""
SIDE = 120


def confusion_matrix(*, elem_id: str | None = None) -> gr.HTML:
    """The component; give it a `confusion_value`."""
    return painted("confusion", ("confusion.js",), None, elem_id=elem_id)


def answers_of(evaluation: Evaluation, cell: tuple[int, int] | None) -> tuple[ShotAnswer, ...]:
    """The pictures of a cell, or without one the surest mistakes."""
    found = evaluation.mistakes if cell is None else evaluation.cell(*cell)
    return found[:SHOWN]


def confusion_value(
    taught: Taught, cell: tuple[int, int] | None, shot: int | None
) -> dict[str, Any] | None:
    """What the component shows.

    Args:
        taught: The lesson.
        cell: Row and column whose pictures are shown; None shows the surest mistakes.
        shot: Which of them is marked.
    """
    evaluation = taught.lesson.evaluation
    if evaluation is None or not evaluation.answers:
        return None
    answers = answers_of(evaluation, cell)
    names = evaluation.names
    return {
        "names": list(names),
        "counts": evaluation.confusion.tolist(),
        "cell": None if cell is None else list(cell),
        "title": _title(names, cell, len(answers)),
        "shots": [
            {
                "picture": _thumbnail(taught.shot(answer.label, answer.shot).picture),
                "caption": say(
                    "shot_caption",
                    answer=names[answer.predicted],
                    share=percent(answer.probability),
                ),
            }
            for answer in answers
        ],
        "shot": shot,
    }


def _title(names: Sequence[str], cell: tuple[int, int] | None, count: int) -> str:
    if cell is None:
        return say("mistakes_title" if count else "mistakes_none")
    return say("cell_title", label=names[cell[0]], answer=names[cell[1]], count=count)


def _thumbnail(picture: Image.Image) -> str:
    small = picture.copy()
    small.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=75)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
