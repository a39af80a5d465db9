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
        epochs: That the network to keep is trained for.
        temperature: By which the kept network's logits were divided after that; 1 if none is.
    """

    left_out: LeftOut
    comparison: Comparison
    epochs: int
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


class FineTuning:
    """Trains a tail and judges it: first `trials`, then, if they say so, `last_run`.

    Args:
        tail: Of the base network.
        material: The S pictures of `table`.
        table: N rows of the base network's features, replicas included.
        folds: (N,), the ones that `alone` was measured on.
        alone: The answers of the head alone, for S pictures.
        recipe: How to train.
        stop: Asked before each step.
    """

    def __init__(
        self,
        tail: Tail,
        material: Material,
        table: FeatureTable,
        folds: Tensor,
        alone: LeftOut,
        recipe: TeachRecipe,
        stop: Stop | None = None,
    ) -> None:
        self._tail, self._material, self._table = tail, material, table
        self._folds, self._alone, self._recipe, self._stop = folds, alone, recipe, stop
        self._start = tail.state()
        self._names = torch.unique(folds).tolist()
        self._scouting = recipe.patience > 0 and len(self._names) > 2
        self._runs = len(self._names) * (1 + self._scouting) + 1
        self._logits = torch.zeros_like(alone.logits)

    def trials(self) -> Generator[Step, None, FineTuned]:
        """Train without each fold and ask about it; the tail is then as it was.

        Yields:
            A step after each epoch.

        Returns:
            The verdict, before the network that is to be kept is trained.

        Raises:
            Cancelled: `stop` said so.
        """
        best: list[int] = []
        for number, fold in enumerate(self._names):
            outside, epochs = self._folds != fold, self._recipe.epochs
            words = f"trial {number + 1} of {len(self._names)}"
            done = number * (1 + self._scouting)
            if self._scouting:
                # The next part decides when to stop; the part that is asked must not.
                watched = self._folds == self._names[(number + 1) % len(self._names)]
                scout = f"{words}, to find when to stop"
                epochs = yield from self._run(outside & ~watched, watched, epochs, scout, done)
            best.append(epochs)
            measured = f"{words}, to measure how good it is"
            yield from self._run(outside, None, epochs, measured, done + self._scouting)
            asked = _numbers(self._table, ~outside)
            self._logits[asked] = answer(self._tail, self._material.inputs, asked)
        self._tail.load(self._start)
        alone = self._alone
        left_out = _calibrated(alone, self._logits)
        comparison = compare(_right(alone), _right(left_out), alone.table.groups[alone.measured])
        # Of an even number of trials the longer of the middle two: one that was best somewhere.
        epochs = statistics.median_high(best)
        comparison = replace(comparison, untrained=epochs == 0)
        return FineTuned(left_out, replace(comparison, unfinished=comparison.kept), epochs)

    def last_run(self, verdict: FineTuned) -> Generator[Step, None, FineTuned]:
        """Train on all pictures; the tail then holds the network that is kept.

        Args:
            verdict: What `trials` found, which waits for this run.

        Yields:
            A step after each epoch.

        Returns:
            The verdict, now that there is a network to keep.

        Raises:
            Cancelled: `stop` said so; the verdict stands as it was.
        """
        everything = torch.ones_like(self._table.original)
        name = "last run, on all pictures"
        yield from self._run(everything, None, verdict.epochs, name, self._runs - 1)
        comparison = replace(verdict.comparison, unfinished=False)
        temperature = _cool(self._tail, self._alone, self._logits)
        return replace(verdict, comparison=comparison, temperature=temperature)

    def _run(
        self, chosen: Tensor, watched: Tensor | None, epochs: int, name: str, done: int
    ) -> Generator[Step, None, int]:
        """Train from a head that was fitted to the same rows; returns the best epoch."""
        tail, recipe = self._tail, self._recipe
        tail.load(self._start)
        tail.set_head(choose(self._table.rows(chosen), recipe.seed).head)
        rows = _numbers(self._table, chosen)
        watch = [] if watched is None else _numbers(self._table, watched)
        run = train(
            tail, self._material, recipe, rows, watch, epochs=epochs, name=name, stop=self._stop
        )

        def step(point: CurvePoint) -> Step:
            return Step((done + point.epoch / max(1, epochs)) / self._runs, point)

        return (yield from relay(run, step))


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
