"""Training on a GPU that the host lends for one call, as Hugging Face's ZeroGPU Spaces do.

There the program itself has no GPU. A function that `spaces.GPU` wraps runs in a process of its
own that has one; what goes in and comes out is pickled. So pictures are answered on the CPU, and
fine-tuning, which is worth the wait for a GPU, is one such call
(huggingface.co/docs/hub/spaces-zerogpu).
"""

from collections.abc import Callable, Iterator

import torch

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.engine import Engine, gpu_is_lent
from rn18demo.core.runtimes.table import REFERENCE
from rn18demo.errors import Cancelled
from rn18demo.training.dataset_types import Dataset
from rn18demo.training.features import FeatureMemory
from rn18demo.training.lesson import Report
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teaching import Teaching, never

LENT_SECONDS = 120
"""Longest call that is asked for; the host takes the GPU back after it."""

LessonCall = Callable[[Dataset, Checkpoint, TeachRecipe], Iterator[Report]]


def lesson_in_one_call(
    dataset: Dataset, checkpoint: Checkpoint, recipe: TeachRecipe
) -> Iterator[Report]:
    """A whole lesson, in the process that has the GPU; see `teach`.

    All that it needs comes in and all that it finds goes out by value.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    engine = Engine(device, REFERENCE)
    yield from Teaching(dataset, checkpoint, engine, recipe, never, FeatureMemory()).reports()


def _wrapped(lesson: LessonCall) -> LessonCall:
    """The lesson as the host wants to see it: it looks for such functions when it starts."""
    if not gpu_is_lent():
        return lesson
    import spaces

    wrapped: LessonCall = spaces.GPU(duration=LENT_SECONDS)(lesson)
    return wrapped


_lent_lesson = _wrapped(lesson_in_one_call)


def lent_reports(
    dataset: Dataset, checkpoint: Checkpoint, recipe: TeachRecipe, cancelled: Callable[[], bool]
) -> Iterator[Report]:
    """Teach in one call of the lent GPU.

    Yields:
        As `teach`.

    Raises:
        Cancelled: Stopped; a call that is given back early keeps nothing.
    """
    for report in _lent_lesson(dataset, checkpoint, recipe):
        yield report
        if report.lesson is None and cancelled():
            raise Cancelled(
                "You stopped. On this host the GPU is lent for a whole training, so nothing of it "
                "could be kept; train in automatic mode, or with fewer epochs."
            )
