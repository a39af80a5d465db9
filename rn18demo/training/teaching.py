"""One lesson, step by step: features, head, measurement, and fine-tuning if it is wished for."""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import torch

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.engine import Engine
from rn18demo.errors import Cancelled
from rn18demo.training.amp import AmpSaving, measure_amp
from rn18demo.training.calibration import threshold_table
from rn18demo.training.cross_validation import LeftOut, cross_validate, evaluation_folds
from rn18demo.training.dataset_types import Dataset
from rn18demo.training.features import (
    FeatureMemory,
    FeatureReader,
    build_table,
    compute_features,
)
from rn18demo.training.finetune import DEEPER_FOLDS, FineTuned, fine_tune
from rn18demo.training.held_out import HeldOutTest, ask_held_out
from rn18demo.training.lesson import Lesson, Phase, Report, moved
from rn18demo.training.novelty import foreign_probabilities
from rn18demo.training.pace import Pace
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.selection import Choice, choose
from rn18demo.training.table import FeatureTable
from rn18demo.training.tail import Tail, TailInputs
from rn18demo.training.taught import taught_checkpoint
from rn18demo.training.training_run import CurvePoint, Material

T = TypeVar("T")

# Where the phases end, as shares of the time that a lesson without fine-tuning takes.
_FEATURES, _HEAD, _MEASURING = 0.6, 0.65, 0.93
_BEFORE_DEEPER, _INPUTS = 0.1, 0.2
"""The same for one with it: all of the above together, and the inputs of the trained stages."""


@dataclass(eq=False)
class _Found:
    """What is known so far; whoever stops the lesson gets this."""

    alone: LeftOut | None = None
    foreign: tuple[float, ...] = ()
    fine: FineTuned | None = None
    tail: Tail | None = None
    amp: AmpSaving | None = None
    note: str = ""


class Teaching:
    """See `teach`, which checks the data set and takes the place in line."""

    def __init__(
        self,
        dataset: Dataset,
        checkpoint: Checkpoint,
        engine: Engine,
        recipe: TeachRecipe,
        cancelled: Callable[[], bool],
        memory: FeatureMemory,
    ) -> None:
        self._dataset, self._base, self._engine = dataset, checkpoint, engine
        self._recipe, self._cancelled, self._memory = recipe, cancelled, memory
        self._shots = [shot for one in dataset.classes for shot in one.shots]
        self._names = tuple(one.name for one in dataset.classes)
        self._deeper = recipe.mode == "deeper"
        self._curves: list[CurvePoint] = []
        self._start = time.perf_counter()
        self._pace = Pace()

    def reports(self) -> Iterator[Report]:
        """Teach; see `teach`."""
        recipe = self._recipe
        yield self._report("features", 0, "Looking at your pictures.")
        for share in self._features():
            self._check()
            done = round(share * len(self._shots))
            sentence = f"Looking at your pictures: {done} of {len(self._shots)}."
            yield self._report("features", share * _FEATURES, sentence)
        table = build_table(
            self._dataset, self._base, recipe.augmentation, recipe.seed, self._memory
        )
        yield self._report("head", _FEATURES, "Choosing how to tell your classes apart.")
        self._check()
        choice = choose(table, recipe.seed, scored=True)
        found = _Found()
        stopped = False
        try:
            yield from self._measure(table, choice, found)
            if self._deeper:
                yield from self._go_deeper(table, choice, found)
        except Cancelled:
            stopped = True
        lesson = self._lesson(choice, found, stopped)
        tested = yield from self._test(lesson.checkpoint, choice)
        yield self._last(choice, self._finished(lesson, tested))

    def _features(self) -> Iterator[float]:
        network, device = self._engine.network(self._base), self._engine.device
        return compute_features(
            self._shots,
            self._base,
            lambda: FeatureReader(network, self._base.transform, device),
            self._recipe.augmentation,
            self._recipe.seed,
            self._memory,
        )

    def _measure(self, table: FeatureTable, choice: Choice, found: _Found) -> Iterator[Report]:
        count = DEEPER_FOLDS if self._deeper else None
        folds = evaluation_folds(table, count, self._recipe.seed)
        measuring = cross_validate(table, folds, self._recipe.seed)
        words = "Measuring: each picture is judged by a head that has not seen it."
        span = (_HEAD, _MEASURING)
        found.alone = yield from self._relay(measuring, "measuring", span, words, choice)
        unknown = foreign_probabilities(table, choice.candidate, self._recipe.seed)
        words = "Measuring what it says about things that it was never taught."
        span = (_MEASURING, 1.0)
        foreign = yield from self._relay(unknown, "unknown", span, words, choice)
        found.foreign = tuple(foreign)

    def _go_deeper(self, table: FeatureTable, choice: Choice, found: _Found) -> Iterator[Report]:
        alone = found.alone
        if alone is None or not bool(alone.measured.any()):
            found.note = (
                "Fine-tuning was left out: with no picture to measure on, nobody could tell "
                "whether it is better."
            )
            return
        recipe, base = self._recipe, self._base
        network = self._engine.network(base)
        tail = Tail(network, table.classes, recipe.stages, self._engine.device, recipe.amp)
        inputs = TailInputs(tail, self._shots, base.transform, recipe.augmentation, recipe.seed)
        words = "Preparing the pictures for the stages that are trained."
        for share in inputs.prepare():
            self._check()
            done = _BEFORE_DEEPER + share * (_INPUTS - _BEFORE_DEEPER)
            yield self._report("fine-tuning", done, words, choice, whole=True)
        own = table.original
        pictures = torch.bincount(table.labels[own]).double()
        weights = (pictures.sum() / len(pictures) / pictures)[table.labels[own]]
        material = Material(inputs, table.labels[own], weights)
        found.amp = measure_amp(tail, material)
        folds = evaluation_folds(table, DEEPER_FOLDS, recipe.seed)
        steps = fine_tune(tail, material, table, folds, alone, recipe, self._cancelled)
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                found.fine, found.tail = end.value, tail
                return
            self._curves.append(step.point)
            done = _INPUTS + step.share * (1 - _INPUTS)
            words = f"Fine-tuning, {step.point.run}: epoch {step.point.epoch}."
            yield self._report("fine-tuning", done, words, choice, whole=True)

    def _test(
        self, checkpoint: Checkpoint, choice: Choice
    ) -> Generator[Report, None, HeldOutTest | None]:
        """Show the finished network the pictures that were set aside."""
        asking = ask_held_out(self._dataset, checkpoint, self._engine.device)
        words = "Testing: the finished network is shown the pictures that were set aside."
        while True:
            try:
                next(asking)
            except StopIteration as end:
                result: HeldOutTest | None = end.value
                return result
            yield self._report("testing", 1.0, words, choice, whole=True)

    def _finished(self, lesson: Lesson, tested: HeldOutTest | None) -> Lesson:
        """The lesson with the test's result, and timed."""
        said = [lesson.sentence, *([tested.sentence] if tested else [])]
        seconds = time.perf_counter() - self._start
        return replace(lesson, tested=tested, sentence=" ".join(said), seconds=seconds)

    def _relay(
        self,
        shares: Generator[float, None, T],
        phase: Phase,
        span: tuple[float, float],
        words: str,
        choice: Choice,
    ) -> Generator[Report, None, T]:
        """Report the shares of a part of the lesson, and return what the part returns."""
        low, high = span
        yield self._report(phase, low, words, choice)
        while True:
            self._check()
            try:
                share = next(shares)
            except StopIteration as end:
                result: T = end.value
                return result
            yield self._report(phase, low + share * (high - low), words, choice)

    def _check(self) -> None:
        if self._cancelled():
            raise Cancelled("You stopped the training before there was anything to keep.")

    def _report(
        self,
        phase: Phase,
        share: float,
        sentence: str,
        choice: Choice | None = None,
        whole: bool = False,
    ) -> Report:
        """Say how far it is; `share` is of the part before fine-tuning unless `whole`."""
        if self._deeper and not whole:
            share *= _BEFORE_DEEPER
        left = self._seconds_left(share, phase)
        scores = choice.scores if choice else ()
        return Report(phase, share, left, tuple(self._curves), sentence, scores)

    def _seconds_left(self, share: float, phase: Phase) -> float | None:
        """What the rest takes; None while nobody can tell.

        Before fine-tuning the pace is that of other work, so it is measured from there.
        """
        if self._deeper and (phase != "fine-tuning" or not self._curves):
            return None
        return self._pace.seconds_left(share)

    def _last(self, choice: Choice, lesson: Lesson) -> Report:
        curves = tuple(self._curves)
        return Report("done", 1.0, 0.0, curves, lesson.sentence, choice.scores, lesson)

    def _lesson(self, choice: Choice, found: _Found, stopped: bool) -> Lesson:
        fine, tail = found.fine, found.tail
        kept = fine is not None and fine.kept and tail is not None
        alone = found.alone.summarise(self._names) if found.alone else None
        best = fine.left_out.summarise(self._names) if fine and kept else alone
        network = tail.network if tail and kept else self._engine.network(self._base)
        checkpoint = taught_checkpoint(
            self._base, network, None if kept else choice.head, self._names, best
        )
        own = [answer.probability for answer in alone.answers] if alone else []
        parts = [best.sentence if best else "You stopped before it was measured."]
        parts += [fine.comparison.sentence] if fine else []
        parts += [found.note] if found.note else []
        if stopped and best:
            parts.append("You stopped the rest; the best so far is kept.")
        return Lesson(
            checkpoint=checkpoint,
            evaluation=best,
            recipe=self._recipe,
            candidate=choice.candidate,
            scores=choice.scores,
            temperature=fine.temperature if fine and kept else choice.temperature,
            seconds=time.perf_counter() - self._start,
            moved=moved(self._engine.network(self._base), checkpoint.network),
            thresholds=threshold_table(own, found.foreign),
            comparison=fine.comparison if fine else None,
            alone=alone if kept else None,
            amp=found.amp,
            stopped=stopped,
            sentence=" ".join(parts),
        )
