"""The features of all pictures and their replicas, as one table that heads are fitted to."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from rn18demo.training.holds import HoldUnit


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """N rows: every picture, followed or not by its replicas.

    Attributes:
        features: (N, D) float64, pooled layer4.
        labels: (N,) int64, 0 to C - 1.
        groups: (N,) int64. Rows of one group must never be on both sides of a measurement:
            a picture, its replicas, and the pictures that are nearly the same.
        shots: (N,) int64, which picture a row shows, counted through the data set.
        original: (N,) bool, False for replicas.
        classes: C, even if some class has no row here.
        held: What is one group of the pictures that a held button took.
    """

    features: Tensor
    labels: Tensor
    groups: Tensor
    shots: Tensor
    original: Tensor
    classes: int
    held: HoldUnit = ""

    def __len__(self) -> int:
        return len(self.labels)

    def rows(self, chosen: Tensor) -> "FeatureTable":
        """The part of the table where `chosen`, (N,) bool, is True."""
        return FeatureTable(
            self.features[chosen],
            self.labels[chosen],
            self.groups[chosen],
            self.shots[chosen],
            self.original[chosen],
            self.classes,
            self.held,
        )

    @cached_property
    def weights(self) -> Tensor:
        """(N,) float64 > 0, what a row counts; the sum is the number of pictures.

        All replicas of a picture count as one picture, and all classes count the same, so
        that a class with more pictures does not become the likelier answer.
        """
        copies = torch.bincount(self.shots, minlength=int(self.shots.max()) + 1)[self.shots]
        each = 1 / copies.double()
        of_class = torch.zeros(self.classes, dtype=torch.float64).index_add(0, self.labels, each)
        present = int((of_class > 0).sum())
        return each * (of_class.sum() / present / of_class[self.labels])

    @cached_property
    def targets(self) -> Tensor:
        """(N, C) float64, 1 in the column of a row's class, else 0."""
        return torch.nn.functional.one_hot(self.labels, self.classes).double()

    def present(self) -> Tensor:
        """(C,) bool: whether a class has any row."""
        return torch.bincount(self.labels, minlength=self.classes) > 0


def measurable(table: FeatureTable, parts: Tensor) -> Tensor:
    """Rows that a head fitted without their part can get right.

    Args:
        table: N rows.
        parts: (N,) int64; the parts are left out one after the other.

    Returns:
        (N,) bool: pictures themselves, not replicas, whose class has a row in another part.
    """
    pairs = torch.unique(torch.stack([table.labels, parts]), dim=1)
    spread = torch.bincount(pairs[0], minlength=table.classes) > 1
    return table.original & spread[table.labels]
