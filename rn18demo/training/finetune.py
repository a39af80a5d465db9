"""Fine-tune deeper: from the head that was found, on into the stages (LP-FT, 2202.10054).

The same folds that judged the head alone judge the fine-tuned network: it is trained without
the fold, from a head that was fitted without it. With early stopping, a first run that also
leaves the next fold out finds how many epochs are best, and a second one trains for so many on
all that the head alone was fitted to, so that both have seen the same pictures. Only if it is
better beyond noise, by McNemar's test on these pictures, a last run on all of them makes the
network that is kept.
"""

import statistics
from collections.abc import Generator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from rn18demo.core.watched import Stop
from rn18demo.training.calibration import temperature
from rn18demo.training.comparison import Comparison, compare
from rn18demo.training.cross_validation import LeftOut
from rn18demo.training.heads import LinearHead
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.relay import relay
from rn18demo.training.selection import choose
from rn18demo.training.table import FeatureTable
from rn18demo.training.tail import Tail
from rn18demo.training.training_run import CurvePoint, Material, answer, train

DEEPER_FOLDS = 5
"""Fewer than for a head alone, since each costs a training."""


@dataclass(frozen=True, eq=False)
class FineTuned:
    """What came of it.

    Attributes:
        left_out: The fine-tuned networks' answers to the pictures they had not seen.
        comparison: With the head alone.
        epochs: That the kept network was trained for; 0 if none is kept.
        temperature: By which the kept network's logits were divided after that; 1 if none is.
    """

    left_out: LeftOut
    comparison: Comparison
    epochs: int = 0
    temperature: float = 1.0

    @property
    def kept(self) -> bool:
        """Whether the tail now holds a network that is better beyond noise."""
        return self.comparison.kept


@dataclass(frozen=True)
class Step:
    """An epoch is done.

    Attributes:
        share: Of the fine-tuning, 0 to 1.
        point: Of the curves.
    """

    share: float
    point: CurvePoint


def fine_tune(
    tail: Tail,
    material: Material,
    table: FeatureTable,
    folds: Tensor,
    alone: LeftOut,
    recipe: TeachRecipe,
    stop: Stop | None = None,
) -> Generator[Step, None, FineTuned]:
    """Train a tail and judge it.

    Args:
        tail: Of the base network; holds the fine-tuned one at the end, if that is kept.
        material: The S pictures of `table`.
        table: N rows of the base network's features, replicas included.
        folds: (N,), the ones that `alone` was measured on.
        alone: The answers of the head alone, for S pictures.
        recipe: How to train.
        stop: Asked before each step.

    Yields:
        A step after each epoch.

    Returns:
        The verdict.

    Raises:
        Cancelled: `stop` said so.
    """
    start = tail.state()
    names = torch.unique(folds).tolist()
    scouting = recipe.patience > 0 and len(names) > 2
    runs = len(names) * (1 + scouting) + 1
    logits = torch.zeros_like(alone.logits)
    best: list[int] = []

    def one_run(
        chosen: Tensor, watched: Tensor | None, epochs: int, name: str, done: int
    ) -> Generator[Step, None, int]:
        """Train from a head that was fitted to the same rows; returns the best epoch."""
        tail.load(start)
        tail.set_head(choose(table.rows(chosen), recipe.seed).head)
        rows = _numbers(table, chosen)
        watch = [] if watched is None else _numbers(table, watched)
        run = train(tail, material, recipe, rows, watch, epochs=epochs, name=name, stop=stop)
        length = 1 / max(1, epochs)
        return (
            yield from relay(run, lambda point: Step((done + point.epoch * length) / runs, point))
        )

    for number, fold in enumerate(names):
        outside, epochs = folds != fold, recipe.epochs
        words = f"trial {number + 1} of {len(names)}"
        done = number * (1 + scouting)
        if scouting:
            # The next part decides when to stop; the part that is asked must not.
            watched = folds == names[(number + 1) % len(names)]
            scout = f"{words}, to find when to stop"
            epochs = yield from one_run(outside & ~watched, watched, epochs, scout, done)
        best.append(epochs)
        measured = f"{words}, to measure how good it is"
        yield from one_run(outside, None, epochs, measured, done + scouting)
        asked = _numbers(table, ~outside)
        logits[asked] = answer(tail, material.inputs, asked)
    left_out = _calibrated(alone, logits)
    groups = alone.table.groups[alone.measured]
    comparison = compare(_right(alone), _right(left_out), groups)
    # Of an even number of trials the longer of the middle two: a length that was best somewhere.
    epochs = statistics.median_high(best)
    comparison = replace(comparison, untrained=epochs == 0)
    if not comparison.kept:
        tail.load(start)
        return FineTuned(left_out, comparison)
    everything = torch.ones_like(table.original)
    yield from one_run(everything, None, epochs, "last run, on all pictures", runs - 1)
    return FineTuned(left_out, comparison, epochs, _cool(tail, alone, logits))


def _numbers(table: FeatureTable, chosen: Tensor) -> list[int]:
    """Numbers of the pictures among the chosen rows."""
    return table.shots[chosen & table.original].tolist()


def _right(left_out: LeftOut) -> Tensor:
    seen = left_out.measured
    return left_out.logits[seen].argmax(1) == left_out.table.labels[seen]


def _calibrated(alone: LeftOut, logits: Tensor) -> LeftOut:
    """Divide each fold's logits by the temperature that the other folds ask for."""
    cooled = logits.clone()
    labels, seen = alone.table.labels, alone.measured
    for fold in torch.unique(alone.folds):
        inside = alone.folds == fold
        others = ~inside & seen
        if bool(others.any()):
            cooled[inside] /= temperature(logits[others], labels[others])
    return LeftOut(alone.table, alone.folds, cooled, seen)


def _cool(tail: Tail, alone: LeftOut, logits: Tensor) -> float:
    """Divide the head by the temperature that the logits of all folds ask for."""
    seen = alone.measured
    found = temperature(logits[seen], alone.table.labels[seen])
    fc = tail.network.fc
    head = LinearHead(fc.weight.detach().double().cpu(), fc.bias.detach().double().cpu())
    tail.set_head(head.cooled(found))
    return found
