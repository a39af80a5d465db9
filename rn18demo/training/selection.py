"""Which head: candidates compared on pictures that they were not fitted to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

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


Family = Literal["centroid", "ridge", "logistic"]
FAMILIES: tuple[Family, ...] = get_args(Family)


@dataclass(frozen=True)
class Candidate:
    """A way to find a head.

    Attributes:
        family: Which.
        strength: Of the regularisation; 0 for the centroid, which has none.
    """

    family: Family
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
        scores: Of all that were compared, on the same folds; nothing if no picture could be left
            out, or if nobody asked for them.
    """

    head: LinearHead
    candidate: Candidate
    temperature: float
    scores: tuple[Score, ...] = ()


def choose(table: FeatureTable, seed: int = 0, scored: bool = False) -> Choice:
    """Compare the families, each at its best strength, and fit the winner to all rows.

    Ridge chooses its strength by leave-one-group-out in closed form. The families are then
    compared on the same folds. Of those that are not worse than the best by more than one
    standard error of the paired difference, the first in the order of preference is taken:
    among few pictures, the best score is mostly luck.

    Args:
        table: Rows of at least one class.
        seed: Of the folds.
        scored: Whether to tell how all did, every one of them on the folds; it takes longer.
    """
    folds = make_folds(table.labels, table.groups, SELECTION_FOLDS, seed)
    if not bool(measurable(table, folds).any()):
        return fit(table, Candidate("centroid"), seed)
    basis = Basis.of(table)
    ridges = [Candidate("ridge", strength) for strength in RIDGE_STRENGTHS]
    alone = [ridge_left_out(basis, one.strength, table.groups) for one in ridges]
    found = _winner(table, ridges, torch.stack(alone), table.groups)
    logits = {
        one: ridge_left_out(basis, one.strength, folds) for one in (ridges if scored else [found])
    }
    finalists = [found]
    if _logistic_work(basis) <= LOGISTIC_WORK:
        logistics = [Candidate("logistic", strength) for strength in LOGISTIC_STRENGTHS]
        left_out = logistic_left_out(basis, LOGISTIC_STRENGTHS, folds)
        finalists.append(_winner(table, logistics, left_out, folds))
        logits |= dict(zip(logistics, left_out, strict=True))
    finalists.append(Candidate("centroid"))
    logits[finalists[-1]] = centroid_left_out(table, folds)
    winner = _winner(table, finalists, torch.stack([logits[one] for one in finalists]), folds)
    chosen = fit(table, winner, seed, basis)
    return replace(chosen, scores=_scores(table, logits, folds)) if scored else chosen


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


def _winner(
    table: FeatureTable, candidates: Sequence[Candidate], logits: Tensor, parts: Tensor
) -> Candidate:
    """Compare out-of-part logits, (K, N, C), of candidates in the order of preference."""
    seen = measurable(table, parts)
    labels, groups = table.labels[seen], table.groups[seen]
    right = logits[:, seen].argmax(2) == labels
    hits = right.sum(1)
    first = torch.nonzero(hits == hits.max())[:, 0]
    if len(first) > 1:  # the loss decides, which is only then worth its time
        first = first[temperatures(logits[first][:, seen], labels)[1].argsort(stable=True)]
    best = right[first[0]]
    ranks = range(len(candidates))
    return candidates[next(k for k in ranks if not clearly_worse(right[k], best, groups))]


def _scores(
    table: FeatureTable, logits: Mapping[Candidate, Tensor], folds: Tensor
) -> tuple[Score, ...]:
    """How candidates with logits, (N, C) each, did on the same folds."""
    seen = measurable(table, folds)
    labels = table.labels[seen]
    answers = torch.stack(list(logits.values()))[:, seen]
    accuracies = (answers.argmax(2) == labels).double().mean(1).tolist()
    losses = temperatures(answers, labels)[1].tolist()
    return tuple(Score(*one) for one in zip(logits, accuracies, losses, strict=True))


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
