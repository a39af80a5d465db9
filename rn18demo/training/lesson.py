"""What a lesson tells while it runs, and what it leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.stages import STAGES
from rn18demo.training.amp import AmpSaving
from rn18demo.training.calibration import ThresholdTable
from rn18demo.training.comparison import Comparison
from rn18demo.training.evaluation import Evaluation
from rn18demo.training.held_out import HeldOutTest
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.selection import Candidate, Score
from rn18demo.training.training_run import CurvePoint

Phase = Literal[
    "waiting", "features", "head", "measuring", "unknown", "fine-tuning", "testing", "done"
]


@dataclass(frozen=True, eq=False)
class Lesson:
    """A taught network and everything that is known about it.

    Attributes:
        checkpoint: A stock ResNet-18 with the classes taught; its id cannot be guessed.
        evaluation: What cross-validation says; None if the lesson was stopped before.
        recipe: As asked for.
        candidate: The way that the head was found, before any fine-tuning.
        scores: Of all heads that were compared, on the same folds; nothing if no picture could
            be left out.
        temperature: By which the logits of the network that is kept were divided.
        seconds: From the first picture to the end, without waiting in line.
        moved: By stage, the length of the change of its weights over the length of the weights
            of the base network, 0 for stages that were not trained.
        thresholds: The measured effect of "none of these".
        comparison: Fine-tuned against head alone; None if there was no fine-tuning, or it was
            stopped.
        alone: Evaluation of the head alone, where a fine-tuned network is kept, else None.
        amp: What mixed precision saved; None where it was not used on a GPU.
        stopped: Whether the training was stopped before its end.
        tested: The finished network on pictures that were set aside; None if there were none,
            or it was stopped before.
        test_stopped: Whether it was.
        curves: Of all that was fine-tuned.
    """

    checkpoint: Checkpoint
    evaluation: Evaluation | None
    recipe: TeachRecipe
    candidate: Candidate
    scores: tuple[Score, ...]
    temperature: float
    seconds: float
    moved: Mapping[str, float]
    thresholds: ThresholdTable
    comparison: Comparison | None = None
    alone: Evaluation | None = None
    amp: AmpSaving | None = None
    stopped: bool = False
    tested: HeldOutTest | None = None
    test_stopped: bool = False
    curves: tuple[CurvePoint, ...] = ()

    @property
    def fine_tuned(self) -> bool:
        """Whether the network that is kept went on from the head that was found."""
        return self.alone is not None

    @property
    def sentence(self) -> str:
        """The outcome for people."""
        if self.evaluation is None:
            parts = ["The training was stopped before it was measured."]
        else:
            parts = [self.evaluation.sentence]
            if self.recipe.mode == "deeper" and not self.evaluation.answers:
                parts.append(
                    "Fine-tuning was left out: with no picture to measure on, nobody could tell "
                    "whether it is better."
                )
        if self.comparison is not None:
            parts.append(self.comparison.sentence)
        if caveat := chosen_words(self.alone):
            parts.append(caveat)
        unfinished = self.comparison is not None and self.comparison.unfinished
        if self.stopped and self.evaluation is not None and not unfinished:
            parts.append("The rest was stopped; the best so far is kept.")
        if self.tested is not None:
            parts.append(self.tested.sentence)
        if self.test_stopped:
            parts.append(
                "The pictures set aside for testing were not tried: the training was stopped."
            )
        return " ".join(parts)


@dataclass(frozen=True, eq=False)
class Report:
    """How far a lesson is.

    Attributes:
        phase: What is being done.
        share: Of the whole lesson, 0 to 1; never falls.
        seconds_left: Estimated; None while nobody can tell.
        curves: All points so far.
        scores: Of the heads that were compared, once they are.
        sentence: The phase for people.
        lesson: The result; only in the last report.
    """

    phase: Phase
    share: float
    seconds_left: float | None
    curves: tuple[CurvePoint, ...]
    sentence: str
    scores: tuple[Score, ...] = ()
    lesson: Lesson | None = None


def chosen_words(alone: Evaluation | None) -> str:
    """What is to be said of the number of a fine-tuned network that is kept.

    It is kept only where it did better on the very pictures that it is measured on, and some of
    that is luck.

    Args:
        alone: Evaluation of the head alone; None if that is what is kept.
    """
    if alone is None or not alone.answers:
        return ""
    return (
        "Fine-tuning was chosen because it did better on these same pictures, which takes some "
        f"luck, so its number is rather too high; the head alone named {alone.right} of "
        f"{alone.measured} rightly."
    )


def moved(before: ResNet, after: ResNet) -> dict[str, float]:
    """How far each stage's weights went.

    Args:
        before: The base network.
        after: The taught one.

    Returns:
        By stage, |after - before| / |before| over all its parameters.
    """
    return {stage.name: _distance(before, after, stage.name) for stage in STAGES}


def _distance(before: ResNet, after: ResNet, stage: str) -> float:
    old, new = _parameters(before, stage), _parameters(after, stage)
    return float((new - old).norm() / old.norm().clamp(min=1e-12))


def _parameters(network: ResNet, stage: str) -> Tensor:
    """All numbers of a stage in one row; everything before the first one is the stem."""
    first = stage == STAGES[0].name
    modules = [network.conv1, network.bn1] if first else [getattr(network, stage)]
    parameters = [p.detach().cpu().double().flatten() for m in modules for p in m.parameters()]
    return torch.cat(parameters)
