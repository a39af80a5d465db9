"""Folds in which nothing that belongs together is torn apart, and every class is spread out."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor


def group_numbers(
    counts: Sequence[int], duplicates: Iterable[Sequence[tuple[int, int]]] = ()
) -> list[int]:
    """Which pictures must stay together.

    Args:
        counts: Pictures of each class.
        duplicates: Groups of (class, number in the class) that are nearly the same picture, or
            of the same hold; groups that share a picture are joined.

    Returns:
        For every picture, class after class, the number of its group; 0 comes first, and no
        number is left out.
    """
    starts = [sum(counts[:index]) for index in range(len(counts))]
    leader = list(range(sum(counts)))

    def find(shot: int) -> int:
        while leader[shot] != shot:
            shot = leader[shot]
        return shot

    for group in duplicates:
        shots = [find(starts[label] + number) for label, number in group]
        for shot in shots:
            leader[find(shot)] = find(min(shots))
    leaders = [find(shot) for shot in range(len(leader))]
    order = {first: number for number, first in enumerate(dict.fromkeys(leaders))}
    return [order[first] for first in leaders]


def make_folds(labels: Tensor, groups: Tensor, count: int, seed: int = 0) -> Tensor:
    """Deal whole groups out to folds, so that each fold has about as much of every class.

    Args:
        labels: (N,) int64, 0 to C - 1.
        groups: (N,) int64.
        count: Number of folds. With as many groups or fewer, each group is a fold: then this is
            leave-one-group-out.
        seed: Another seed deals differently.

    Returns:
        (N,) int64, the fold of each row, 0 to at most count - 1; none of these is left out.
    """
    names, inverse = torch.unique(groups, return_inverse=True)
    if len(names) <= count:
        return inverse
    classes = int(labels.max()) + 1
    content = torch.zeros(len(names), classes, dtype=torch.int64)
    content.index_put_((inverse, labels), torch.ones_like(labels), accumulate=True)
    shuffled = torch.randperm(len(names), generator=torch.Generator().manual_seed(seed))
    # Class after class, so that a class is dealt out evenly; the largest groups first, so that
    # the small ones can even out what they upset.
    main = content[shuffled].argmax(1)
    order = shuffled[torch.argsort(main * (int(content.sum()) + 1) - content[shuffled].sum(1))]
    filled = torch.zeros(count, classes, dtype=torch.int64)
    fold_of = torch.zeros(len(names), dtype=torch.int64)
    for group in order.tolist():
        of_its_classes = filled[:, content[group] > 0].sum(1)
        fold = int((of_its_classes * (int(content.sum()) + 1) + filled.sum(1)).argmin())
        filled[fold] += content[group]
        fold_of[group] = fold
    return fold_of[inverse]
