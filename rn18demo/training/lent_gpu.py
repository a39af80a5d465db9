"""Training on a GPU that the host lends for one call, as Hugging Face's ZeroGPU Spaces do.

There the program itself has no GPU. A function that `spaces.GPU` wraps runs in a process of its
own that has one; what goes in and comes out is pickled. So pictures are answered on the CPU, and
fine-tuning, which is worth the wait for a GPU, is one such call
(huggingface.co/docs/hub/spaces-zerogpu). The seconds that are asked for count against what the
visitor may use in a day, so no more are asked for than are needed.
"""

import logging
from collections.abc import Callable, Generator
from contextlib import closing
from itertools import chain

import torch

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.engine import Engine, gpu_is_lent
from rn18demo.core.runtimes.table import REFERENCE
from rn18demo.errors import Cancelled, HostError
from rn18demo.training.dataset_types import Dataset
from rn18demo.training.features import FeatureMemory
from rn18demo.training.lesson import Report
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teaching import Teaching, never

log = logging.getLogger(__name__)

LONGEST_SECONDS = 180
"""Most that is asked for: visitors who pay nothing have a few minutes in a day."""
BEGINNING_SECONDS = 25
"""To get the GPU going, and to spare: after the time asked for, the host takes the GPU back."""
PICTURE_SECONDS, EPOCH_SECONDS = 0.03, 0.006
"""For each picture, and for each in each epoch, with all the runs that measure. With an H200
and 16 cores, a lesson of up to 12 epochs of all stages took 0.035 for a picture, all in all."""

LessonCall = Callable[[Dataset, Checkpoint, TeachRecipe], Generator[Report, None, None]]


def seconds_to_ask_for(dataset: Dataset, checkpoint: Checkpoint, recipe: TeachRecipe) -> int:
    """How long the GPU is wanted for a lesson; the arguments are those of the call."""
    aside = dataset.held_out.classes if dataset.held_out else ()
    pictures = sum(len(one.shots) for one in (*dataset.classes, *aside))
    each = PICTURE_SECONDS + EPOCH_SECONDS * recipe.epochs
    return min(LONGEST_SECONDS, round(BEGINNING_SECONDS + each * pictures))


def lesson_in_one_call(
    dataset: Dataset, checkpoint: Checkpoint, recipe: TeachRecipe
) -> Generator[Report, None, None]:
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

    wrapped: LessonCall = spaces.GPU(duration=seconds_to_ask_for)(lesson)
    return wrapped


_lent_lesson = _wrapped(lesson_in_one_call)


def lent_reports(
    dataset: Dataset, checkpoint: Checkpoint, recipe: TeachRecipe, cancelled: Callable[[], bool]
) -> Generator[Report, None, None]:
    """Teach in one call of the lent GPU.

    The host counts it against the visitor whose request it finds in the context.

    Yields:
        As `teach`.

    Raises:
        Cancelled: Stopped; a call that is given back early keeps nothing.
        HostError: The host lends no GPU, or took it back.
    """
    with closing(_in_our_words(_lent_lesson(dataset, checkpoint, recipe))) as reports:
        waiting = Report("waiting", 0.0, None, (), "Waiting for the GPU that this host lends.")
        for report in chain([waiting], reports):
            yield report
            if report.lesson is None and cancelled():
                raise Cancelled(
                    "You stopped. On this host the GPU is lent for a whole training, so nothing "
                    "of it could be kept; train in automatic mode, or with fewer epochs."
                )


def _in_our_words(call: Generator[Report, None, None]) -> Generator[Report, None, None]:
    """What a call tells, with the host's refusals as errors for the visitor."""
    try:
        yield from call
    except Exception as error:
        message = getattr(error, "message", None)  # of gradio.Error, which the host raises
        if message is None:
            raise
        log.warning("The lent GPU did not finish a lesson", exc_info=True)
        words = str(message).strip().rstrip(".")
        raise HostError(
            f"The GPU of this host did not do it: {words}. Automatic mode needs no GPU."
        ) from error
