"""Which head: candidates compared on pictures that they were not fitted to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from rn18demo.training.calibration import temperatures
from rn18demo.training.comparison import changes
from rn18demo.training.folds import make_folds
from rn18demo.training.heads import (
    Basis,
    LinearHead,
    centroid,
    centroid_left_out,
    ridge,
    ridge_left_out,
)
from rn18demo.training.logistic import logistic, logistic_left_out
from rn18demo.training.table import FeatureTable, measurable

RIDGE_STRENGTHS = (100.0, 300.0, 30.0, 1000.0, 10.0)
LOGISTIC_STRENGTHS = (100.0, 10.0)
"""Both from the one that is preferred to the one that needs the clearest reason."""
SELECTION_FOLDS = 5
"""Where there is no closed form, whole groups are left out in so many parts."""
LOGISTIC_WORK = 2_000_000_000
"""Multiplications a step above which logistic regression is left out of the comparison."""


@dataclass(frozen=True)
class Candidate:
    """A way to find a head.

    Attributes:
        family: Which.
        strength: Of the regularisation; 0 for the centroid, which has none.
    """

    family: Literal["centroid", "ridge", "logistic"]
    strength: float = 0.0

    def __str__(self) -> str:
        names = {
            "centroid": "nearest centroid",
            "ridge": "ridge regression",
            "logistic": "logistic regression",
        }
        return names[self.family] + (f", strength {self.strength:g}" if self.strength else "")


@dataclass(frozen=True)
class Score:
    """How a candidate did on pictures that were left out.

    Attributes:
        candidate: Which.
        accuracy: 0 to 1.
        loss: Cross-entropy at its best temperature, 0 or more.
    """

    candidate: Candidate
    accuracy: float
    loss: float


@dataclass(frozen=True, eq=False)
class Choice:
    """A head and why it was taken.

    Attributes:
        head: On the features as they come, already divided by its temperature.
        candidate: How it was found.
        temperature: By which its logits were divided.
        scores: Of all that were compared; nothing if no picture could be left out.
    """

    head: LinearHead
    candidate: Candidate
    temperature: float
    scores: tuple[Score, ...] = ()


def choose(table: FeatureTable, seed: int = 0) -> Choice:
    """Compare the families, each at its best strength, and fit the winner to all rows.

    Ridge chooses its strength by leave-one-group-out in closed form. The families are then
    compared on the same folds. Of those that are not worse than the best by more than one
    standard error of the paired difference, the first in the order of preference is taken:
    among few pictures, the best score is mostly luck.

    Args:
        table: Rows of at least one class.
        seed: Of the folds.
    """
    folds = make_folds(table.labels, table.groups, SELECTION_FOLDS, seed)
    if not bool(measurable(table, folds).any()):
        return fit(table, Candidate("centroid"), seed)
    basis = Basis.of(table)
    ridges = [Candidate("ridge", strength) for strength in RIDGE_STRENGTHS]
    first = _contest(
        table,
        ridges,
        torch.stack([ridge_left_out(basis, c.strength, table.groups) for c in ridges]),
        table.groups,
    )
    finalists = [first.winner]
    logits = [ridge_left_out(basis, first.winner.strength, folds)]
    scores = list(first.scores)
    if _logistic_work(basis) <= LOGISTIC_WORK:
        logistics = [Candidate("logistic", strength) for strength in LOGISTIC_STRENGTHS]
        left_out = logistic_left_out(basis, LOGISTIC_STRENGTHS, folds)
        second = _contest(table, logistics, left_out, folds)
        finalists.append(second.winner)
        logits.append(left_out[logistics.index(second.winner)])
        scores += second.scores
    finalists.append(Candidate("centroid"))
    logits.append(centroid_left_out(table, folds))
    final = _contest(table, finalists, torch.stack(logits), folds)
    scores.append(final.scores[-1])
    chosen = fit(table, final.winner, seed, basis)
    return Choice(chosen.head, chosen.candidate, chosen.temperature, tuple(scores))


def fit(
    table: FeatureTable, candidate: Candidate, seed: int = 0, basis: Basis | None = None
) -> Choice:
    """Fit one candidate to all rows and calibrate it on rows that are left out.

    Args:
        table: To fit.
        candidate: How.
        seed: Of the folds.
        basis: `Basis.of(table)`, if it is there already.
    """
    basis = basis or Basis.of(table)
    folds = make_folds(table.labels, table.groups, SELECTION_FOLDS, seed)
    parts = table.groups if candidate.family == "ridge" else folds
    seen = measurable(table, parts)
    head = _HEADS[candidate.family](basis, candidate.strength)
    if bool(seen.any()):
        logits = _LEFT_OUT[candidate.family](basis, candidate.strength, parts)[seen]
        labels = table.labels[seen]
    else:
        # Nothing was left out. The targets of one or two pictures keep it modest even so.
        logits, labels = head(table.features)[table.original], table.labels[table.original]
    found = float(temperatures(logits[None], labels)[0][0])
    return Choice(head.cooled(found), candidate, found)


@dataclass(frozen=True)
class _Contest:
    winner: Candidate
    scores: tuple[Score, ...]


def _contest(
    table: FeatureTable, candidates: Sequence[Candidate], logits: Tensor, parts: Tensor
) -> _Contest:
    """Compare out-of-part logits, (K, N, C), of candidates in the order of preference."""
    seen = measurable(table, parts)
    labels = table.labels[seen]
    right = logits[:, seen].argmax(2) == labels
    losses = temperatures(logits[:, seen], labels)[1].tolist()
    accuracies = right.double().mean(1).tolist()
    ranks = list(range(len(candidates)))
    best = max(ranks, key=lambda k: (accuracies[k], -losses[k]))
    groups = table.groups[seen]
    winner = next(k for k in ranks if not clearly_worse(right[k], right[best], groups))
    scores = zip(candidates, accuracies, losses, strict=True)
    return _Contest(candidates[winner], tuple(Score(*score) for score in scores))


def clearly_worse(right: Tensor, best: Tensor, groups: Tensor) -> bool:
    """Whether answers are worse than others by more than one standard error of the difference.

    Args:
        right: (N,) bool, of the same pictures as `best`.
        best: (N,) bool.
        groups: (N,) int64; pictures of one group are not independent, and count once.
    """
    gained, lost = changes(best, right, groups)
    return lost - gained > (lost + gained) ** 0.5


def _logistic_work(basis: Basis) -> int:
    rows, axes = basis.coordinates.shape
    columns = SELECTION_FOLDS * len(LOGISTIC_STRENGTHS) * basis.table.classes
    return 2 * rows * axes * columns


_HEADS: dict[str, Callable[[Basis, float], LinearHead]] = {
    "centroid": lambda basis, _: centroid(basis.table),
    "ridge": ridge,
    "logistic": logistic,
}
_LEFT_OUT: dict[str, Callable[[Basis, float, Tensor], Tensor]] = {
    "centroid": lambda basis, _, parts: centroid_left_out(basis.table, parts),
    "ridge": ridge_left_out,
    "logistic": lambda basis, strength, parts: logistic_left_out(basis, [strength], parts)[0],
}
