"""One lesson, step by step: features, head, measurement, and fine-tuning if it is wished for."""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import TypeVar

import torch

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.engine import Engine
from rn18demo.errors import Cancelled
from rn18demo.training.amp import measure_amp
from rn18demo.training.cross_validation import cross_validate, evaluation_folds
from rn18demo.training.dataset_types import Dataset
from rn18demo.training.features import (
    FeatureMemory,
    FeatureReader,
    build_table,
    compute_features,
)
from rn18demo.training.finetune import DEEPER_FOLDS, FineTuning, Step
from rn18demo.training.found import Found, make_lesson
from rn18demo.training.held_out import ask_held_out
from rn18demo.training.lesson import Lesson, Phase, Report
from rn18demo.training.novelty import foreign_probabilities
from rn18demo.training.pace import Pace
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.relay import relay
from rn18demo.training.selection import Choice, choose
from rn18demo.training.table import FeatureTable
from rn18demo.training.tail import Tail, TailInputs
from rn18demo.training.training_run import CurvePoint, Material

T = TypeVar("T")

# Where the phases end, as shares of the time that a lesson without fine-tuning takes.
_FEATURES, _HEAD, _MEASURING = 0.6, 0.65, 0.93
_BEFORE_DEEPER, _INPUTS = 0.1, 0.2
"""The same for one with it: all of the above together, and the inputs of the trained stages."""


def never() -> bool:
    """Nobody stops it."""
    return False


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
        self._testing = self._share_of_test()
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
        found = Found()
        try:
            yield from self._measure(table, choice, found)
            if self._deeper:
                yield from self._go_deeper(table, choice, found)
        except Cancelled:
            found.stopped = True
        network = self._engine.network(self._base)
        lesson = make_lesson(found, choice, self._base, network, self._names, recipe)
        yield self._last(choice, (yield from self._tested(lesson, choice)))

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

    def _measure(self, table: FeatureTable, choice: Choice, found: Found) -> Iterator[Report]:
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

    def _go_deeper(self, table: FeatureTable, choice: Choice, found: Found) -> Iterator[Report]:
        alone = found.alone
        if alone is None or not bool(alone.measured.any()):
            return  # nobody could tell whether it is better
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
        tuning = FineTuning(tail, material, table, folds, alone, recipe, self._cancelled)

        def report(step: Step) -> Report:
            self._curves.append(step.point)
            done = _INPUTS + step.share * (1 - _INPUTS)
            words = f"Fine-tuning, {step.point.run}: epoch {step.point.epoch}."
            return self._report("fine-tuning", done, words, choice, whole=True)

        # Whoever stops the last run still learns what the trials said.
        found.fine = verdict = yield from relay(tuning.trials(), report)
        if verdict.comparison.unfinished:
            found.fine = yield from relay(tuning.last_run(verdict), report)
            found.tail = tail

    def _tested(self, lesson: Lesson, choice: Choice) -> Generator[Report, None, Lesson]:
        """Show the finished network the pictures that were set aside; the lesson is then timed."""
        words = "Testing: the finished network is shown the pictures that were set aside."

        def report(share: float) -> Report:
            self._check()
            return self._report("testing", share, words, choice)

        tested, stopped = None, False
        try:
            if self._dataset.held_out is not None:
                yield report(0.0)
                asking = ask_held_out(self._dataset, lesson.checkpoint, self._engine.device)
                tested = yield from relay(asking, report)
        except Cancelled:
            stopped = True
        return replace(
            lesson,
            tested=tested,
            test_stopped=stopped,
            curves=tuple(self._curves),
            seconds=time.perf_counter() - self._start,
        )

    def _share_of_test(self) -> float:
        """Of the whole lesson: a picture that was set aside takes as long as another one."""
        aside = self._dataset.held_out
        pictures = sum(len(one.shots) for one in aside.classes) if aside else 0
        part = _FEATURES * (_BEFORE_DEEPER if self._deeper else 1) * pictures / len(self._shots)
        return part / (1 + part)

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

        def report(share: float) -> Report:
            self._check()
            return self._report(phase, low + share * (high - low), words, choice)

        yield report(0.0)
        return (yield from relay(shares, report))

    def _check(self) -> None:
        if self._cancelled():
            raise Cancelled("The training was stopped before there was anything to keep.")

    def _report(
        self,
        phase: Phase,
        share: float,
        sentence: str,
        choice: Choice | None = None,
        whole: bool = False,
    ) -> Report:
        """Say how far it is.

        Args:
            phase: That goes on.
            share: Of the test; before it, of the part before fine-tuning, unless `whole`.
            sentence: For people.
            choice: The head, once it is there.
            whole: Whether the share is of all that comes before the test.
        """
        if phase == "testing":
            share = 1 - self._testing * (1 - share)
        else:
            share *= (_BEFORE_DEEPER if self._deeper and not whole else 1) * (1 - self._testing)
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
        return Report("done", 1.0, 0.0, lesson.curves, lesson.sentence, choice.scores, lesson)
