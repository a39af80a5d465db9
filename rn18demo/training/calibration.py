"""Probabilities that mean what they say, and an answer for what is none of the classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from rn18demo.training.words import percent

THRESHOLDS = tuple(number / 100 for number in range(100))
"""Where the slider can stand: shares of probability."""
MOST_LOST = 0.1
"""Share of the user's own pictures that a suggested threshold may turn away, 0 to 1."""
_COARSE = 61
_FINE = 41


def temperature(logits: Tensor, labels: Tensor) -> float:
    """What to divide logits by, so that their softmax is as sure as it is often right.

    Found on logits of pictures that were not fitted (1706.04599). The true class is given the
    target (n + 1) / (n + 2) of n pictures, as Platt did: twenty right answers of twenty do not
    prove that the next is certain.

    Args:
        logits: (N, C) of pictures outside the fit, N at least 1, C at least 2.
        labels: (N,).

    Returns:
        Above 0. Dividing by it never changes which class comes first.
    """
    return float(temperatures(logits[None], labels)[0][0])


def temperatures(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The same for K candidates at once.

    Args:
        logits: (K, N, C).
        labels: (N,).

    Returns:
        (K,) temperatures, and (K,) mean cross-entropies at them, against the same targets.
    """
    logits = logits.double()
    scale = logits.std((1, 2), unbiased=False).clamp(min=1e-12)  # (K,)
    logits = logits / scale[:, None, None]
    targets = _soft_targets(labels, logits.shape[2])
    low, high = torch.full_like(scale, -4.0), torch.full_like(scale, 4.0)
    for count in (_COARSE, _FINE, _FINE):  # powers of ten of the inverse temperature
        steps = torch.linspace(0, 1, count, dtype=torch.float64)
        exponents = low[:, None] + (high - low)[:, None] * steps  # (K, count)
        losses = torch.stack([_loss(logits, 10**e, targets) for e in exponents.T], 1)
        best = losses.argmin(1)
        width = (high - low) / (count - 1)
        centre = exponents.gather(1, best[:, None])[:, 0]
        low, high = centre - width, centre + width
    return scale / 10**centre, losses.amin(1)


def _soft_targets(labels: Tensor, classes: int) -> Tensor:
    sure = (len(labels) + 1) / (len(labels) + 2)
    sure = max(sure, 1 / classes)
    hard = torch.nn.functional.one_hot(labels, classes).double()
    return hard * sure + (1 - hard) * (1 - sure) / (classes - 1)


def _loss(logits: Tensor, inverse: Tensor, targets: Tensor) -> Tensor:
    log_probabilities = (logits * inverse[:, None, None]).log_softmax(2)
    return -(targets * log_probabilities).sum(2).mean(1)


@dataclass(frozen=True)
class Threshold:
    """What it costs and brings to answer "none of these" below a probability.

    Attributes:
        probability: Of the best class, 0 to 1; below it the answer is "none of these".
        own_rejected: Share of the user's own pictures that are turned away, 0 to 1, each
            judged by a head that was fitted without it. None if nothing could be measured.
        foreign_accepted: Share of pictures of a class that the head has never seen which get a
            class all the same, 0 to 1: every class is left out once. None with fewer than
            three classes.
    """

    probability: float
    own_rejected: float | None
    foreign_accepted: float | None


@dataclass(frozen=True)
class ThresholdTable:
    """The measured effect of the "none of these" slider.

    Attributes:
        rows: By rising probability.
        stopped: Whether something is missing because the training was stopped before.
    """

    rows: tuple[Threshold, ...]
    stopped: bool = False

    @cached_property
    def best(self) -> Threshold | None:
        """See `suggest`."""
        return suggest(self.rows)

    @property
    def suggested(self) -> float | None:
        """The probability of `best`, 0 to 1."""
        return self.best.probability if self.best else None

    @property
    def sentence(self) -> str:
        """What is suggested and why, or why nothing is, for people."""
        return _sentence(self.rows, self.best, self.stopped)


def threshold_table(
    own: Sequence[float], foreign: Sequence[float], stopped: bool = False
) -> ThresholdTable:
    """Count what each threshold would have done.

    Args:
        own: Probability of the best class, for each of the user's pictures out of its fold.
        foreign: The same for pictures of classes that were left out.
        stopped: Whether something is missing because the training was stopped before.
    """
    rows = tuple(
        Threshold(
            threshold,
            _share(sum(p < threshold for p in own), len(own)),
            _share(sum(p >= threshold for p in foreign), len(foreign)),
        )
        for threshold in THRESHOLDS
    )
    return ThresholdTable(rows, stopped)


def suggest(rows: Sequence[Threshold]) -> Threshold | None:
    """The threshold that turns the most foreign pictures away and loses few of one's own.

    Of the measured rows that turn away at most `MOST_LOST` of the user's own pictures, the one
    that lets the fewest foreign ones pass; of several such, the lowest, which turns away the
    fewest of one's own.

    Args:
        rows: By rising probability.

    Returns:
        None where one of the two was not measured, or where each of these rows lets every
        foreign picture pass.
    """
    affordable = [
        row
        for row in rows
        if row.own_rejected is not None
        and row.foreign_accepted is not None
        and row.own_rejected <= MOST_LOST
    ]
    best = min(affordable, key=_foreign_accepted, default=None)
    return best if best is not None and _foreign_accepted(best) < 1 else None


def _foreign_accepted(row: Threshold) -> float:
    return 1.0 if row.foreign_accepted is None else row.foreign_accepted


def _sentence(rows: Sequence[Threshold], best: Threshold | None, stopped: bool) -> str:
    if rows[0].own_rejected is None or rows[0].foreign_accepted is None:
        if stopped:
            return (
                "The training was stopped before it was measured which threshold for “none of "
                "these” is a good one."
            )
        return (
            "With three classes or more, each of two pictures or more, it could be measured "
            "which threshold for “none of these” is a good one."
        )
    if best is None:
        return (
            "No threshold is suggested: each that turns away pictures of a class that it was "
            f"never taught would turn away more than {percent(MOST_LOST)} of your own, too."
        )
    turned_away = percent(1 - _foreign_accepted(best))
    return (
        f"Suggested: “none of these” below {percent(best.probability)}. That would turn away "
        f"{turned_away} of the pictures of a class that it was never taught, and "
        f"{percent(best.own_rejected or 0)} of your own."
    )


def _share(count: int, total: int) -> float | None:
    return count / total if total else None
