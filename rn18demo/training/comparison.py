"""Whether one network is better than another on the same pictures, or only luckier."""

from dataclasses import dataclass
from math import comb

from torch import Tensor

from rn18demo.training.words import percent

LUCK = 0.05
"""A difference that luck makes with this probability or more counts as noise."""


@dataclass(frozen=True)
class Comparison:
    """Two networks, asked about the same pictures that neither had seen.

    Attributes:
        pictures: How many.
        gained: Pictures that only the new one named rightly.
        lost: Pictures that only the old one named rightly.
        luck: Probability of at least as large a gain if both were equally good (McNemar's exact
            test, one-sided), 0 to 1.
    """

    pictures: int
    gained: int
    lost: int
    luck: float

    @property
    def better(self) -> bool:
        """Whether the new one is better beyond noise."""
        return self.gained > self.lost and self.luck < LUCK

    @property
    def sentence(self) -> str:
        """The result for people, with the reason."""
        counts = (
            f"Of {self.pictures} pictures that were left out, fine-tuning put {self.gained} "
            f"right that the head alone had wrong, and {self.lost} wrong that it had right."
        )
        luck = percent(self.luck)
        if self.better:
            return f"{counts} Luck alone does so in {luck} of all cases: fine-tuning is kept."
        if self.gained <= self.lost:
            return f"{counts} That is no gain: the head alone is kept."
        return (
            f"{counts} Luck alone does so in {luck} of all cases, which is too often to call it "
            "better: the head alone is kept."
        )


def compare(old: Tensor, new: Tensor) -> Comparison:
    """Count what changed.

    Args:
        old: (N,) bool, which pictures the old network names rightly.
        new: (N,) bool, of the same pictures.
    """
    gained, lost = int((new & ~old).sum()), int((old & ~new).sum())
    trials = gained + lost
    luck = sum(comb(trials, k) for k in range(gained, trials + 1)) / 2**trials
    return Comparison(len(old), gained, lost, luck)
