"""The confusion matrix, whose numbers can be clicked, and the pictures behind one of them.

See `rn18demo.ui.canvas` for how values reach them. A click on a number sends `select` with
index (row, column); a click on a picture sends `submit` with its place among those shown, and
one on the button below them `expand`.
"""

import base64
import io
from typing import Any

import gradio as gr
from PIL import Image

from rn18demo.training.evaluation import Evaluation, ShotAnswer
from rn18demo.training.words import percent
from rn18demo.ui.canvas import painted
from rn18demo.ui.taught import Taught

SHOWN = 24
"""Most pictures of a cell that are shown at first."""
MOST = 200
"""Most that are shown at all."""
SIDE = 120
STYLES = ("results.css",)

Cell = tuple[int, int]
"""Row and column: a class, and what was answered."""


def confusion_matrix(*, elem_id: str | None = None) -> gr.HTML:
    """The component; give it a `confusion_value`."""
    return painted("confusion", ("confusion.js",), None, styles=STYLES, elem_id=elem_id)


def cell_shots(*, elem_id: str | None = None) -> gr.HTML:
    """The component; give it a `shots_value`."""
    limits: dict[str, float] = {"most": MOST}
    return painted(
        "cell_shots", ("cell_shots.js",), None, styles=STYLES, elem_id=elem_id, limits=limits
    )


def answers_of(evaluation: Evaluation, cell: Cell | None) -> tuple[ShotAnswer, ...]:
    """The pictures of a cell, or without one the surest mistakes."""
    return evaluation.mistakes if cell is None else evaluation.cell(*cell)


def confusion_value(evaluation: Evaluation | None) -> dict[str, Any] | None:
    """What the matrix shows; None where nothing was measured."""
    if evaluation is None or not evaluation.answers:
        return None
    return {"names": list(evaluation.names), "counts": evaluation.confusion.tolist()}


def shots_value(
    taught: Taught, cell: Cell | None, shot: int | None, most: int = SHOWN
) -> dict[str, Any] | None:
    """What the pictures below the matrix are; None where nothing was measured.

    Args:
        taught: The lesson.
        cell: Row and column whose pictures are shown; None shows the surest mistakes.
        shot: Which of them is marked; None leaves the mark where it is, and these are more of
            the pictures that are shown.
        most: So many are shown.
    """
    evaluation = taught.lesson.evaluation
    if evaluation is None or not evaluation.answers:
        return None
    answers, names = answers_of(evaluation, cell), evaluation.names
    ids = taught.ids
    return {
        "label": None if cell is None else names[cell[0]],
        "answer": None if cell is None else names[cell[1]],
        "count": len(answers),
        "shots": [
            {
                "id": ids[answer.label][answer.shot] if ids else None,
                "picture": _thumbnail(taught.shot(answer.label, answer.shot).picture),
                "answer": names[answer.predicted],
                "share": percent(answer.probability),
            }
            for answer in answers[:most]
        ],
        "shot": shot,
    }


def _thumbnail(picture: Image.Image) -> str:
    small = picture.copy()
    small.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=75)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
