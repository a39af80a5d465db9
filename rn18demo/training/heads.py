"""Linear heads on fixed features: what they are, and the two that have a closed form.

Features are centred and divided by one number, the standard deviation of the whole matrix:
then the same strength of regularisation means the same for every backbone. Both are folded
into weight and bias, so that each head is a plain `Linear` on the features as they come.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from rn18demo.training.table import FeatureTable

_SMALLEST = 1e-10
"""Directions whose variance is below this share of the largest are rounding errors."""
BLOCK = 2**21
"""Numbers in the matrices that are solved at once, 16 MB, unless a single one is larger."""


@dataclass(frozen=True, eq=False)
class LinearHead:
    """logits = features @ weight.T + bias.

    Attributes:
        weight: (C, D) float64.
        bias: (C,) float64.
    """

    weight: Tensor
    bias: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        """(N, D) float64 -> (N, C)."""
        return features @ self.weight.T + self.bias

    def cooled(self, temperature: float) -> "LinearHead":
        """The head whose logits are divided by a temperature above 0."""
        return LinearHead(self.weight / temperature, self.bias / temperature)


@dataclass(frozen=True, eq=False)
class Basis:
    """A table seen along its principal axes, in which ridge and logistic are cheap.

    Attributes:
        table: N rows.
        mean: (D,), weighted.
        deviation: Of all centred numbers together; 1 if they are all the same.
        axes: (D, R), orthonormal columns.
        coordinates: (N, R), the scaled features along the axes.
        variances: (R,), weighted sum of the squared coordinates along each axis; the weighted
            products of different axes are 0.
    """

    table: FeatureTable
    mean: Tensor
    deviation: float
    axes: Tensor
    coordinates: Tensor
    variances: Tensor

    @classmethod
    def of(cls, table: FeatureTable) -> "Basis":
        """Centre, scale and turn a table of at least one row."""
        weights = table.weights
        mean = weights @ table.features / weights.sum()
        centred = table.features - mean
        deviation = float((weights @ centred.square()).sum() / weights.sum() / centred.shape[1])
        deviation = deviation**0.5 if deviation > 0 else 1.0
        weighted = centred / deviation * weights.sqrt()[:, None]
        # The smaller of the two products has the same eigenvalues, apart from zeros.
        wide = weighted.shape[0] < weighted.shape[1]
        product = weighted @ weighted.T if wide else weighted.T @ weighted
        variances, vectors = torch.linalg.eigh(product)
        kept = variances > _SMALLEST * variances[-1].clamp(min=1e-300)
        variances, vectors = variances[kept], vectors[:, kept]
        axes = weighted.T @ vectors / variances.sqrt() if wide else vectors
        return cls(table, mean, deviation, axes, centred @ axes / deviation, variances)

    @cached_property
    def mean_target(self) -> Tensor:
        """(C,): weighted mean of the targets."""
        return self.table.weights @ self.table.targets / self.table.weights.sum()

    def head(self, slopes: Tensor, intercept: Tensor) -> LinearHead:
        """Fold centring, scaling and turning into a head on the features as they come.

        Args:
            slopes: (R, C), of the coordinates.
            intercept: (C,).
        """
        weight = (self.axes @ slopes).T / self.deviation
        return LinearHead(weight, intercept - weight @ self.mean)


def ridge(basis: Basis, strength: float) -> LinearHead:
    """Least squares to targets 0 and 1 with the weights' squares held down.

    Args:
        basis: Of the table to fit.
        strength: Above 0; what the sum of the squared weights is multiplied by. The
            intercept is not held down.
    """
    weights = basis.table.weights[:, None]
    moments = basis.coordinates.T @ (weights * (basis.table.targets - basis.mean_target))
    return basis.head(moments / (basis.variances + strength)[:, None], basis.mean_target)


def ridge_left_out(basis: Basis, strength: float, parts: Tensor) -> Tensor:
    """What ridge would answer to each row, had it been fitted without the row's part.

    The closed form of leave-one-out, e / (1 - h), for parts of several rows: the residuals of a
    part are (I - H)^-1 times those of the full fit, H being the part's block of the hat matrix.
    Exact for the scaling and weights of the whole table.

    Args:
        basis: Of N rows.
        strength: Above 0.
        parts: (N,) int64, 0 to P - 1, at least two different ones.

    Returns:
        (N, C) float64.
    """
    table = basis.table
    roots = table.weights.sqrt()
    fitted = ridge(basis, strength)(table.features)
    residuals = roots[:, None] * (table.targets - fitted)
    # The last column is the intercept's share of the hat matrix.
    shrunk = basis.coordinates / (basis.variances + strength).sqrt()
    intercept = torch.full_like(roots, float(table.weights.sum()) ** -0.5)[:, None]
    factors = torch.cat([shrunk, intercept], 1)
    factors = roots[:, None] * factors
    left_out = torch.empty_like(residuals)
    for places in _alike(parts):
        ours = factors[places]
        identity = torch.eye(places.shape[1], dtype=factors.dtype)
        left_out[places] = torch.linalg.solve(identity - ours @ ours.mT, residuals[places])
    return table.targets - left_out / roots[:, None]


def _alike(parts: Tensor) -> Iterator[Tensor]:
    """(P, M) each: the rows of P parts that have M rows; all parts together.

    Only parts of one size, and not too many, go together: one large part among many small ones
    must not make all of them as large.
    """
    _, numbers, counts = torch.unique(parts, return_inverse=True, return_counts=True)
    rows = torch.argsort(numbers, stable=True)
    starts = counts.cumsum(0) - counts
    for size in torch.unique(counts).tolist():
        places = rows[starts[counts == size, None] + torch.arange(size)]
        yield from places.split(max(1, BLOCK // size**2))


def centroid(table: FeatureTable) -> LinearHead:
    """Nearest class centre by angle, on centred features (SimpleShot, 1911.04623).

    The length of the picture's own feature multiplies all its logits alike, so the answer is
    that of the cosine, and the head stays linear.
    """
    weights = table.weights[:, None]
    mean = (weights * table.features).sum(0) / weights.sum()
    directions = torch.nn.functional.normalize(table.features - mean, dim=1)
    centres = torch.nn.functional.normalize(table.targets.T @ (weights * directions), dim=1)
    return LinearHead(centres, -centres @ mean)


def centroid_left_out(table: FeatureTable, parts: Tensor) -> Tensor:
    """(N, C): what the centroid head answers to each row when fitted without its part."""
    logits = torch.zeros(len(table), table.classes, dtype=torch.float64)
    for part in torch.unique(parts):
        inside = parts == part
        logits[inside] = centroid(table.rows(~inside))(table.features[inside])
    return logits
