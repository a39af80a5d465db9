"""Multinomial logistic regression, many problems at a time.

Every problem (a strength of regularisation, a part left out) shares the same rows, so that all
of them cost two matrix products a step. The step is preconditioned by an upper bound of the
curvature that is diagonal along the principal axes (Böhning 1992), and accelerated (Nesterov,
with the restarts of O'Donoghue and Candès, 1204.3982).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from rn18demo.training.heads import Basis, LinearHead

TOLERANCE, FEW_STEPS = 1e-2, 60
"""To compare candidates, a problem is solved when no logit moves by more than this in a step."""
FINAL_TOLERANCE, MOST_STEPS = 1e-6, 1000
"""The same for the head that is kept."""


def logistic(basis: Basis, strength: float) -> LinearHead:
    """Fit one head; the intercept is not held down.

    Args:
        basis: Of the table to fit.
        strength: Above 0. Half of it multiplies the sum of the squared weights, beside the
            weighted sum of the cross-entropies: the inverse of scikit-learn's C.
    """
    everything = basis.table.weights[None]
    problem = _Problems(basis, everything, [strength], torch.float64)
    slopes, intercepts = problem.solve(FINAL_TOLERANCE, MOST_STEPS)
    return basis.head(slopes[0], intercepts[0])


def logistic_left_out(basis: Basis, strengths: Sequence[float], parts: Tensor) -> Tensor:
    """What each row's class would be thought to be, fitted without the row's part.

    Args:
        basis: Of N rows.
        strengths: S of them, as in `logistic`.
        parts: (N,) int64, at least two different ones.

    Returns:
        (S, N, C) float64 logits, exact for the scaling and weights of the whole table.
    """
    names, number = torch.unique(parts, return_inverse=True)
    outside = number[None] != torch.arange(len(names))[:, None]
    weights = (basis.table.weights * outside).repeat(len(strengths), 1)
    repeated = [strength for strength in strengths for _ in names]
    problems = _Problems(basis, weights, repeated, torch.float32)
    slopes, intercepts = problems.solve(TOLERANCE, FEW_STEPS)
    logits = torch.zeros(len(strengths), len(number), basis.table.classes, dtype=torch.float64)
    for part in range(len(names)):
        inside = number == part
        own = basis.coordinates[inside].to(slopes.dtype) @ slopes[part :: len(names)]
        logits[:, inside] = (own + intercepts[part :: len(names), None]).double()
    return logits


class _Problems:
    """P problems on the same rows.

    Args:
        basis: Of N rows with R coordinates.
        weights: (P, N), none above the table's own.
        strengths: P of them.
        dtype: To compute in.
    """

    def __init__(
        self, basis: Basis, weights: Tensor, strengths: Sequence[float], dtype: torch.dtype
    ) -> None:
        # The intercept is one more coordinate that is 1 everywhere and not held down.
        one = torch.ones(len(basis.table), 1, dtype=torch.float64)
        self._x = torch.cat([basis.coordinates, one], 1).to(dtype)  # (N, R + 1)
        self._targets = basis.table.targets.to(dtype)[:, None]  # (N, 1, C)
        self._weights = weights.T.to(dtype)[:, :, None]  # (N, P, 1)
        penalty = torch.tensor(strengths, dtype=torch.float64)[:, None]
        penalty = penalty.repeat(1, self._x.shape[1])
        penalty[:, -1] = 0
        variances = torch.cat([basis.variances, basis.table.weights.sum()[None]])
        self._penalty = penalty.to(dtype)[:, :, None]  # (P, R + 1, 1)
        self._step = (1 / (variances / 2 + penalty)).to(dtype)[:, :, None]
        self._shape = (len(strengths), basis.table.classes)

    def solve(self, tolerance: float, most_steps: int) -> tuple[Tensor, Tensor]:
        """Go downhill until no logit moves by more than `tolerance` in a step.

        Returns:
            (P, R, C) slopes and (P, C) intercepts.
        """
        problems, classes = self._shape
        now = before = self._x.new_zeros(problems, self._x.shape[1], classes)
        pace = self._x.new_ones(problems, 1, 1)  # Nesterov's t
        seen: Tensor | None = None
        for _ in range(most_steps):
            faster = (1 + (1 + 4 * pace.square()).sqrt()) / 2
            point = now + (pace - 1) / faster * (now - before)
            logits = self._logits(point)
            gradient = self._gradient(point, logits)
            after = point - self._step * gradient
            uphill = (gradient * (after - now)).sum((1, 2), keepdim=True) > 0
            pace = torch.where(uphill, torch.ones_like(pace), faster)
            before, now = now, after
            if seen is not None and float((logits - seen).abs().max()) < tolerance:
                break
            seen = logits
        return now[:, :-1], now[:, -1]

    def _logits(self, point: Tensor) -> Tensor:
        """(P, R + 1, C) -> (N, P, C)."""
        flat = point.permute(1, 0, 2).flatten(1)
        return (self._x @ flat).view(-1, *self._shape)

    def _gradient(self, point: Tensor, logits: Tensor) -> Tensor:
        errors = self._weights * (logits.softmax(2) - self._targets)
        gradient = (self._x.T @ errors.flatten(1)).view(-1, *self._shape)
        return gradient.permute(1, 0, 2) + self._penalty * point
