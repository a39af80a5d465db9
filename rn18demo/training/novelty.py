"""What the head says about things that it was never taught: one class is left out at a time."""

from collections.abc import Generator

from rn18demo.training.selection import Candidate, fit
from rn18demo.training.table import FeatureTable

MOST_LEFT_OUT = 20
"""Classes that are left out; of more, evenly spread ones."""


def foreign_probabilities(
    table: FeatureTable, candidate: Candidate, seed: int = 0
) -> Generator[float, None, list[float]]:
    """How sure a head is about pictures of a class that it does not have.

    Args:
        table: N rows.
        candidate: How heads are found.
        seed: Of the folds of the calibration.

    Yields:
        The share done, 0 to 1.

    Returns:
        The probability of the best class for each picture of each class left out, 0 to 1;
        nothing with fewer than three classes.
    """
    if table.classes < 3:
        return []
    every = -(-table.classes // MOST_LEFT_OUT)
    chosen = range(0, table.classes, every)
    found: list[float] = []
    for label in chosen:
        foreign = table.labels == label
        rest = table.rows(~foreign)
        # Without a gap in the numbers of the classes.
        labels = rest.labels - (rest.labels > label).long()
        known = FeatureTable(
            rest.features, labels, rest.groups, rest.shots, rest.original, table.classes - 1
        )
        head = fit(known, candidate, seed).head
        answers = head(table.features[foreign & table.original]).softmax(1)
        found += answers.amax(1).tolist()
        yield (label + 1) / table.classes
    return found
