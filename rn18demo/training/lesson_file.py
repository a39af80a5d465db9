"""A lesson as JSON, to be kept with a project, and back.

The network is kept by itself, see `export.safetensors_bytes`; here is all that is known about it.
A saved project comes from outside: of what is read, each number must be one that a lesson can have.
What people read is made of these numbers anew, so that no sentence comes out of a file.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.stages import STAGES
from rn18demo.errors import DatasetError, DemoError
from rn18demo.training.amp import AmpSaving
from rn18demo.training.calibration import THRESHOLDS, Threshold, ThresholdTable
from rn18demo.training.comparison import Comparison
from rn18demo.training.evaluation import Evaluation, ShotAnswer
from rn18demo.training.held_out import HeldOutTest
from rn18demo.training.holds import HOLD_UNITS, HoldUnit
from rn18demo.training.json_reading import (
    LARGEST,
    MOST_NUMBER,
    Damaged,
    list_of,
    member,
    newer,
    number,
    optional,
    switch,
    whole,
    words,
)
from rn18demo.training.lesson import Lesson
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.selection import FAMILIES, Candidate, Score
from rn18demo.training.training_run import CurvePoint

MOST_POINTS = 2_500
"""Of all curves: more than twice what the longest lesson draws."""
MOST_SCORES = 50


def lesson_json(lesson: Lesson) -> dict[str, Any]:
    """All that is known about a taught network, but the network; JSON can hold it."""
    table = lesson.thresholds
    return {
        "evaluation": _evaluation_json(lesson.evaluation),
        "alone": _evaluation_json(lesson.alone),
        "recipe": asdict(lesson.recipe),
        "candidate": [lesson.candidate.family, lesson.candidate.strength],
        "scores": [
            [one.candidate.family, one.candidate.strength, one.accuracy, one.loss]
            for one in lesson.scores
        ],
        "temperature": lesson.temperature,
        "seconds": lesson.seconds,
        "moved": dict(lesson.moved),
        "thresholds": {
            "own": [row.own_rejected for row in table.rows],
            "foreign": [row.foreign_accepted for row in table.rows],
            "stopped": table.stopped,
        },
        "comparison": asdict(lesson.comparison) if lesson.comparison else None,
        "amp": asdict(lesson.amp) if lesson.amp else None,
        "stopped": lesson.stopped,
        "tested": asdict(lesson.tested) if lesson.tested else None,
        "test_stopped": lesson.test_stopped,
        "curves": [
            [
                p.run,
                p.epoch,
                _drawn(p.loss),
                p.accuracy,
                _drawn(p.held_out_loss),
                p.held_out_accuracy,
            ]
            for p in lesson.curves
        ],
    }


def _drawn(loss: float | None) -> float | None:
    """A loss as a chart can show it: a rate that is too large may take it to infinity."""
    return loss if loss is not None and loss <= MOST_NUMBER else None


def _evaluation_json(evaluation: Evaluation | None) -> dict[str, Any] | None:
    if evaluation is None:
        return None
    return {
        "answers": [
            [a.label, a.shot, a.predicted, a.probability, a.true_probability, a.rank]
            for a in evaluation.answers
        ],
        "folds": evaluation.folds,
        "unmeasured": [list(place) for place in evaluation.unmeasured],
        "independent": evaluation.independent,
        "independent_of": list(evaluation.independent_of),
        "held": evaluation.held,
    }


def read_lesson(saved: object, checkpoint: Checkpoint, counts: Sequence[int]) -> Lesson:
    """What `lesson_json` made, as a lesson.

    Args:
        saved: From a file, not to be trusted.
        checkpoint: The network that it is about.
        counts: By class of the checkpoint, how many pictures it was taught with.

    Raises:
        DatasetError: It is not what a lesson about these classes and pictures can be.
    """
    try:
        return _Reader(checkpoint, counts).lesson(saved)
    except (Damaged, DemoError, RecursionError) as error:
        raise DatasetError(f"The results of the saved training cannot be read: {error}") from error


class _Reader:
    """Reads one lesson.

    Args:
        checkpoint: What it is about.
        counts: By class, how many pictures it was taught with.
    """

    def __init__(self, checkpoint: Checkpoint, counts: Sequence[int]) -> None:
        self._checkpoint, self._counts = checkpoint, counts
        self._classes, self._pictures = len(checkpoint.labels), sum(counts)
        if len(counts) != self._classes:
            raise Damaged("the classes are not those of its network.")

    def lesson(self, saved: object) -> Lesson:
        moved = member(saved, "moved")
        recipe = member(saved, "recipe")
        if not isinstance(recipe, dict):
            raise Damaged("“recipe” is no object.")
        return Lesson(
            checkpoint=self._checkpoint,
            evaluation=optional(member(saved, "evaluation"), self._evaluation),
            alone=optional(member(saved, "alone"), self._evaluation),
            recipe=TeachRecipe.from_settings(recipe),
            candidate=_candidate(member(saved, "candidate")),
            scores=tuple(map(_score, list_of(member(saved, "scores"), MOST_SCORES))),
            temperature=number(member(saved, "temperature"), above=0),
            seconds=number(member(saved, "seconds")),
            moved={stage.name: number(member(moved, stage.name)) for stage in STAGES},
            thresholds=_thresholds(member(saved, "thresholds")),
            comparison=optional(member(saved, "comparison"), self._comparison),
            amp=optional(member(saved, "amp"), _amp),
            stopped=switch(member(saved, "stopped")),
            tested=optional(member(saved, "tested"), _tested),
            test_stopped=switch(member(saved, "test_stopped")),
            curves=tuple(map(_point, list_of(member(saved, "curves"), MOST_POINTS))),
        )

    def _evaluation(self, saved: object) -> Evaluation:
        answers = list_of(member(saved, "answers"), self._pictures)
        unmeasured = list_of(member(saved, "unmeasured"), self._pictures)
        found = tuple(map(self._answer, answers))
        places = tuple(self._place(list_of(one, 2, 2)) for one in unmeasured)
        every = [(answer.label, answer.shot) for answer in found] + list(places)
        if len(set(every)) != len(every):
            raise Damaged("a picture is judged twice.")
        independent_of = list_of(
            member(saved, "independent_of"), self._classes, least=self._classes
        )
        return Evaluation(
            names=self._checkpoint.labels,
            answers=found,
            folds=whole(member(saved, "folds"), self._pictures),
            unmeasured=places,
            independent=whole(member(saved, "independent"), len(found)),
            independent_of=tuple(map(whole, independent_of, self._counts)),
            held=_held(newer(saved, "held", "")),
        )

    def _place(self, saved: Sequence[object]) -> tuple[int, int]:
        label = whole(saved[0], self._classes - 1)
        return label, whole(saved[1], self._counts[label] - 1)

    def _answer(self, saved: object) -> ShotAnswer:
        values = list_of(saved, 6, least=6)
        return ShotAnswer(
            *self._place(values[:2]),
            predicted=whole(values[2], self._classes - 1),
            probability=number(values[3], 1),
            true_probability=number(values[4], 1),
            rank=whole(values[5], self._classes, least=1),
        )

    def _comparison(self, saved: object) -> Comparison:
        pictures = whole(member(saved, "pictures"), self._pictures)
        return Comparison(
            pictures=pictures,
            independent=whole(member(saved, "independent"), pictures),
            gained=whole(member(saved, "gained"), pictures),
            lost=whole(member(saved, "lost"), pictures),
            luck=number(member(saved, "luck"), 1),
            untrained=switch(member(saved, "untrained")),
            unfinished=switch(newer(saved, "unfinished", False)),
        )


def _held(saved: object) -> HoldUnit:
    for unit in HOLD_UNITS:
        if unit == saved:
            return unit
    raise Damaged("there is no such way to hold a button.")


def _candidate(saved: object) -> Candidate:
    name, strength = list_of(saved, 2, least=2)
    for family in FAMILIES:
        if family == name:
            return Candidate(family, number(strength))
    raise Damaged("there is no such way to find a head.")


def _score(saved: object) -> Score:
    values = list_of(saved, 4, least=4)
    return Score(_candidate(list(values[:2])), number(values[2], 1), number(values[3]))


def _thresholds(saved: object) -> ThresholdTable:
    count = len(THRESHOLDS)
    own, foreign = (
        [optional(one, _share) for one in list_of(member(saved, name), count, least=count)]
        for name in ("own", "foreign")
    )
    rows = tuple(map(Threshold, THRESHOLDS, own, foreign))
    return ThresholdTable(rows, switch(member(saved, "stopped")))


def _share(saved: object) -> float:
    return number(saved, 1)


def _amp(saved: object) -> AmpSaving:
    names = ("milliseconds", "milliseconds_without", "megabytes", "megabytes_without")
    return AmpSaving(*(number(member(saved, name)) for name in names))


def _tested(saved: object) -> HeldOutTest:
    pictures = whole(member(saved, "pictures"), LARGEST)
    return HeldOutTest(
        right=whole(member(saved, "right"), pictures),
        pictures=pictures,
        independent=whole(member(saved, "independent"), pictures),
        copies=whole(member(saved, "copies"), LARGEST),
    )


def _point(saved: object) -> CurvePoint:
    run, epoch, *values = list_of(saved, 6, least=6)
    loss, accuracy, held_out_loss, held_out_accuracy = values
    return CurvePoint(
        words(run),
        whole(epoch, LARGEST),
        optional(loss, number),
        optional(accuracy, _share),
        optional(held_out_loss, number),
        optional(held_out_accuracy, _share),
    )
