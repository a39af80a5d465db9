"""What a lesson found so far, and the lesson that is made of it, however far it came."""

from dataclasses import dataclass

from torchvision.models import ResNet

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.training.amp import AmpSaving
from rn18demo.training.calibration import threshold_table
from rn18demo.training.cross_validation import LeftOut
from rn18demo.training.finetune import FineTuned
from rn18demo.training.lesson import Lesson, chosen_words, moved
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.selection import Choice
from rn18demo.training.tail import Tail
from rn18demo.training.taught import taught_checkpoint


@dataclass(eq=False)
class Found:
    """What is known so far; whoever stops the lesson gets this.

    Attributes:
        alone: The answers of the head alone; None until they are complete.
        foreign: How sure it is of classes that it was never taught; None until that is measured.
        fine: What came of fine-tuning; None without any, or until it is judged. Where it is
            better, its network is still to be trained then.
        tail: The fine-tuned network.
        amp: What mixed precision saved; None where it was not used on a GPU.
        stopped: Whether the lesson was stopped before its end.
    """

    alone: LeftOut | None = None
    foreign: tuple[float, ...] | None = None
    fine: FineTuned | None = None
    tail: Tail | None = None
    amp: AmpSaving | None = None
    stopped: bool = False


def make_lesson(
    found: Found,
    choice: Choice,
    base: Checkpoint,
    network: ResNet,
    names: tuple[str, ...],
    recipe: TeachRecipe,
) -> Lesson:
    """Put together what was found; its time and its curves are still to be told.

    Args:
        found: So far.
        choice: The head that was found for the base network.
        base: What it was taught from.
        network: That of `base`, where it is computed.
        names: Of the classes.
        recipe: As asked for.
    """
    fine, tail = found.fine, found.tail
    kept = fine is not None and fine.kept and tail is not None
    alone = found.alone.summarise(names) if found.alone else None
    best = fine.left_out.summarise(names) if fine and kept else alone
    taught = tail.network if tail and kept else network
    head = None if kept else choice.head
    caveat = chosen_words(alone) if kept else ""
    checkpoint = taught_checkpoint(base, taught, head, names, best, caveat)
    own = [answer.probability for answer in alone.answers] if alone else []
    # Two classes leave none to leave out, however long one waits.
    cut_short = found.stopped and found.foreign is None and len(names) > 2
    return Lesson(
        checkpoint=checkpoint,
        evaluation=best,
        recipe=recipe,
        candidate=choice.candidate,
        scores=choice.scores,
        temperature=fine.temperature if fine and kept else choice.temperature,
        seconds=0.0,
        moved=moved(network, checkpoint.network),
        thresholds=threshold_table(own, found.foreign or (), cut_short),
        comparison=fine.comparison if fine else None,
        alone=alone if kept else None,
        amp=found.amp,
        stopped=found.stopped,
    )
