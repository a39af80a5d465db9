"""How far two ways to compute the same network are apart, and how far they may be."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from rn18demo.core.cam import layer4_maps
from rn18demo.core.runtimes.base import PictureOutputs
from rn18demo.core.stages import LAST

NEAR_TIE = 0.01
"""Where the two most probable classes are closer than this, either may come first."""
LARGEST_GAP = 0.02
"""How far a probability may be from the reference's."""
SMALLEST_CORRELATION = 0.999
"""Of the top class's layer4 map with the reference's, over its cells."""


@dataclass(frozen=True)
class Agreement:
    """Over some pictures, how far a runtime is from the reference.

    Attributes:
        pictures: How many.
        other_answers: Pictures with another most probable class, near ties left out.
        near_ties: Pictures with another most probable class that are near ties.
        largest_gap: Largest difference of any class's probability, 0 to 1; 1 where a result
            holds something that is not a number.
        smallest_correlation: Of the top class's layer4 maps, -1 to 1.
    """

    pictures: int
    other_answers: int
    near_ties: int
    largest_gap: float
    smallest_correlation: float

    @property
    def holds(self) -> bool:
        """Whether the runtime may be used."""
        return (
            self.other_answers == 0
            and self.largest_gap <= LARGEST_GAP
            and self.smallest_correlation >= SMALLEST_CORRELATION
        )

    def __str__(self) -> str:
        return (
            f"on {self.pictures} pictures, {self.other_answers} other answers and "
            f"{self.near_ties} at near ties, probabilities up to {self.largest_gap:.4f} apart, "
            f"maps correlated {self.smallest_correlation:.5f} or more"
        )


def compare_outputs(reference: PictureOutputs, other: PictureOutputs, head: Tensor) -> Agreement:
    """Compare the results of one picture.

    Args:
        reference: From float32 PyTorch.
        other: From another runtime.
        head: (C, 512), the weight of the linear layer, on the CPU.
    """
    numbers = [other.logits, *other.activations.values()]
    if not all(bool(torch.isfinite(values).all()) for values in numbers):
        return Agreement(1, 1, 0, 1.0, -1.0)
    expected, given = reference.logits.softmax(0), other.logits.softmax(0)
    top = int(expected.argmax())
    differs = int(given.argmax()) != top
    best = expected.topk(min(2, len(expected))).values
    near = differs and float(best[0] - best[-1]) <= NEAR_TIE
    weight = head[top : top + 1]
    maps = [layer4_maps(o.activations[LAST.name], weight)[0] for o in (reference, other)]
    return Agreement(
        pictures=1,
        other_answers=int(differs and not near),
        near_ties=int(near),
        largest_gap=float((expected - given).abs().max()),
        smallest_correlation=_correlation(*maps),
    )


def combine(parts: Iterable[Agreement]) -> Agreement:
    """One verdict over all pictures; at least one part is needed."""
    rows = list(parts)
    return Agreement(
        pictures=sum(row.pictures for row in rows),
        other_answers=sum(row.other_answers for row in rows),
        near_ties=sum(row.near_ties for row in rows),
        largest_gap=max(row.largest_gap for row in rows),
        smallest_correlation=min(row.smallest_correlation for row in rows),
    )


def _correlation(first: Tensor, second: Tensor) -> float:
    """Pearson's, -1 to 1; of two maps that are the same everywhere, such as empty ones, 1."""
    a, b = first.flatten().double(), second.flatten().double()
    a, b = a - a.mean(), b - b.mean()
    norms = float(a.norm() * b.norm())
    if norms == 0:
        return float(torch.equal(a, b))
    return float(a @ b) / norms
