"""Whether one network is better than another on the same pictures, or only luckier."""

from dataclasses import dataclass
from math import comb

import torch
from torch import Tensor

from rn18demo.training.words import percent

LUCK = 0.05
"""A difference that luck makes with this probability or more counts as noise."""


@dataclass(frozen=True)
class Comparison:
    """Two networks, asked about the same pictures that neither had seen.

    Attributes:
        pictures: How many.
        independent: How many of these are independent of each other: near-identical ones, and
            those that a held button took in one go, count once.
        gained: Pictures that only the new one named rightly.
        lost: Pictures that only the old one named rightly.
        luck: Probability of at least as large a gain if both were equally good (McNemar's exact
            test on the independent pictures, one-sided), 0 to 1.
        untrained: Whether most trials were best before their first step, so that there is
            nothing to keep whatever the others gained.
        unfinished: Whether it would be kept, but the run on all pictures is still to come, or was
            stopped.
    """

    pictures: int
    independent: int
    gained: int
    lost: int
    luck: float
    untrained: bool = False
    unfinished: bool = False

    @property
    def better(self) -> bool:
        """Whether the new one is better beyond noise."""
        return self.gained > self.lost and self.luck < LUCK

    @property
    def kept(self) -> bool:
        """Whether the new one is kept."""
        return self.better and not self.untrained and not self.unfinished

    @property
    def sentence(self) -> str:
        """The result for people, with the reason."""
        counts = (
            f"Of {self.pictures} pictures that were left out, fine-tuning put {self.gained} "
            f"right that the head alone had wrong, and {self.lost} wrong that it had right."
        )
        if self.gained <= self.lost:
            return f"{counts} That is no gain: the head alone is kept."
        luck = f"Luck alone does so in {percent(self.luck)} of all cases"
        if self.independent < self.pictures:
            luck += (
                f", counting pictures that are nearly the same once ({self.independent} are left)"
            )
        if self.kept:
            return f"{counts} {luck}: fine-tuning is kept."
        if self.unfinished:
            return (
                f"{counts} {luck}: it is better. But the last run, on all pictures, was stopped: "
                "the head alone is kept."
            )
        if self.better:
            return (
                f"{counts} {luck}. But most trials were best before any fine-tuning: the head "
                "alone is kept."
            )
        return f"{counts} {luck}, which is too often to call it better: the head alone is kept."


def compare(old: Tensor, new: Tensor, groups: Tensor) -> Comparison:
    """Count what changed.

    Args:
        old: (N,) bool, which pictures the old network names rightly.
        new: (N,) bool, of the same pictures.
        groups: (N,) int64; pictures of one group are not independent.
    """
    gained, lost = changes(old, new, groups)
    trials = gained + lost
    luck = sum(comb(trials, k) for k in range(gained, trials + 1)) / 2**trials
    return Comparison(
        pictures=len(old),
        independent=len(torch.unique(groups)),
        gained=int((new & ~old).sum()),
        lost=int((old & ~new).sum()),
        luck=luck,
    )


def changes(old: Tensor, new: Tensor, groups: Tensor) -> tuple[int, int]:
    """How many groups got better, and how many worse; see `compare`.

    However many pictures a group has, it counts once, for the way that most of its changed
    pictures went.
    """
    if not len(groups):
        return 0, 0
    each = new.long() - old.long()
    sums = torch.zeros(int(groups.max()) + 1, dtype=torch.int64).index_add(0, groups, each)
    return int((sums > 0).sum()), int((sums < 0).sum())
