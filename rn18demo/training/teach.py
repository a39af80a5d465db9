"""Teach a ResNet-18 new classes from few pictures: from the data set to a checkpoint."""

import time
from collections.abc import Callable, Iterator

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.engine import Engine, gpu_is_lent
from rn18demo.errors import Cancelled, DatasetError
from rn18demo.training.dataset_types import Dataset
from rn18demo.training.features import FeatureMemory
from rn18demo.training.lent_gpu import lent_reports
from rn18demo.training.lesson import Report
from rn18demo.training.line import Line
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teaching import Teaching, never

POLL_SECONDS = 0.2
LINE = Line()
"""Of this server: everybody who trains stands in it."""


def teach(
    dataset: Dataset,
    checkpoint: Checkpoint,
    engine: Engine,
    recipe: TeachRecipe,
    cancelled: Callable[[], bool] = never,
    memory: FeatureMemory | None = None,
    line: Line = LINE,
) -> Iterator[Report]:
    """Teach the classes of a data set.

    Args:
        dataset: Two classes or more, each of one picture or more.
        checkpoint: The base, which is not changed.
        engine: Whose device and network are used.
        recipe: How.
        cancelled: Asked often. Once there is a head, stopping keeps the best so far: the last
            report still comes, with what is known until then.
        memory: Features that are known from earlier lessons; what is new is added.
        line: Where to stand if others are training.

    Yields:
        Reports; the last one carries the lesson.

    Raises:
        DatasetError: There is too little to learn from.
        Cancelled: Stopped before there was anything to keep.
    """
    _check(dataset)
    with line.enter() as place:
        while ahead := place.ahead:
            if cancelled():
                raise Cancelled("You left the line before the training began.")
            who = "lesson is" if ahead == 1 else "lessons are"
            sentence = f"{ahead} {who} in front of yours; it starts by itself."
            yield Report("waiting", 0.0, None, (), sentence)
            time.sleep(POLL_SECONDS)
        if gpu_is_lent() and recipe.mode == "deeper":  # automatic is done before a GPU is there
            yield from lent_reports(dataset, checkpoint, recipe, cancelled)
            return
        kept = memory if memory is not None else FeatureMemory()
        yield from Teaching(dataset, checkpoint, engine, recipe, cancelled, kept).reports()


def _check(dataset: Dataset) -> None:
    if len(dataset.classes) < 2:
        raise DatasetError("There is nothing to tell apart yet: make at least two classes.")
    for one in dataset.classes:
        if not one.shots:
            raise DatasetError(
                f"The class “{one.name}” has no pictures. Add some, or remove the class."
            )
