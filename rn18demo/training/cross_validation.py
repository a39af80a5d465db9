"""Judging a way to learn, as honestly as few pictures allow.

Every picture is judged by a network that was fitted without it, its replicas and its
duplicates; whatever is fitted (scaling, choice, head, temperature) is fitted inside the fold.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rn18demo.training.evaluation import Evaluation, ShotAnswer
from rn18demo.training.folds import make_folds
from rn18demo.training.selection import choose
from rn18demo.training.table import FeatureTable, measurable

EVALUATION_FOLDS = 10
LEAVE_ONE_OUT = 20
"""With so many independent pictures or fewer, they are left out one by one."""


@dataclass(frozen=True, eq=False)
class LeftOut:
    """The answers to pictures that were left out, before they are counted.

    Attributes:
        table: Of the S pictures themselves, one row each, in the order of the data set.
        folds: (S,) int64, which fold each was in.
        logits: (S, C) float64, calibrated.
        measured: (S,) bool.
    """

    table: FeatureTable
    folds: Tensor
    logits: Tensor
    measured: Tensor

    def summarise(self, names: Sequence[str]) -> Evaluation:
        """Count."""
        probabilities = self.logits.softmax(1)
        labels = self.table.labels.tolist()
        starts = [labels.index(label) if label in labels else 0 for label in range(len(names))]
        places = [(label, row - starts[label]) for row, label in enumerate(labels)]
        answers = []
        for row in torch.nonzero(self.measured)[:, 0].tolist():
            label, shot = places[row]
            mine = probabilities[row]
            answers.append(
                ShotAnswer(
                    label=label,
                    shot=shot,
                    predicted=int(mine.argmax()),
                    probability=float(mine.max()),
                    true_probability=float(mine[label]),
                    rank=1 + int((mine > mine[label]).sum()),
                )
            )
        groups = [
            self.table.groups[self.measured & (self.table.labels == label)]
            for label in range(len(names))
        ]
        unmeasured = torch.nonzero(~self.measured)[:, 0].tolist()
        return Evaluation(
            names=tuple(names),
            answers=tuple(answers),
            folds=len(torch.unique(self.folds)),
            unmeasured=tuple(places[row] for row in unmeasured),
            independent=len(torch.unique(self.table.groups[self.measured])),
            independent_of=tuple(len(torch.unique(own)) for own in groups),
            held=self.table.held,
        )


def evaluation_folds(table: FeatureTable, count: int | None = None, seed: int = 0) -> Tensor:
    """(N,): the fold of each row.

    Args:
        table: N rows.
        count: Number of folds; None takes the usual one.
        seed: Another seed deals differently.
    """
    if count is None:
        groups = len(torch.unique(table.groups))
        count = groups if groups <= LEAVE_ONE_OUT else EVALUATION_FOLDS
    return make_folds(table.labels, table.groups, count, seed)


def cross_validate(
    table: FeatureTable, folds: Tensor, seed: int = 0
) -> Generator[float, None, LeftOut]:
    """Choose, fit and calibrate a head without each fold, and ask it about the fold.

    Args:
        table: N rows; the rows that are no replicas are in the order of the data set.
        folds: (N,) from `evaluation_folds`.
        seed: Of the folds inside the folds.

    Yields:
        The share done, 0 to 1.

    Returns:
        The answers.
    """
    seen = measurable(table, folds)
    logits = torch.zeros(len(table), table.classes, dtype=torch.float64)
    names = torch.unique(folds).tolist()
    for done, fold in enumerate(names):
        asked = (folds == fold) & seen
        if bool(asked.any()):
            head = choose(table.rows(folds != fold), seed).head
            logits[asked] = head(table.features[asked])
        yield (done + 1) / len(names)
    own = table.original
    return LeftOut(table.rows(own), folds[own], logits[own], seen[own])
