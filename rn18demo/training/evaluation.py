"""How good a taught network is, in numbers that say how sure one can be of them."""

from dataclasses import dataclass

import numpy as np

from rn18demo.training.holds import MIN_HOLDS, HoldUnit
from rn18demo.training.words import percent

_SECOND = "or were taken within one second of holding the button,"
_HELD: dict[HoldUnit, str] = {
    "": _SECOND,
    "second": _SECOND,
    "hold": "or were taken in one go by holding the button,",
}
_Z = 1.959964
"""Of a standard normal distribution, 95 % lie within this."""


def wilson(right: float, total: float) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), which also holds for few trials.

    Args:
        right: Successes, 0 to `total`.
        total: Independent trials; none tell nothing.

    Returns:
        Lower and upper end, 0 to 1.
    """
    if total <= 0:
        return 0.0, 1.0
    share, z2 = right / total, _Z**2
    centre = share + z2 / (2 * total)
    spread = _Z * (share * (1 - share) / total + z2 / (4 * total**2)) ** 0.5
    low, high = ((centre + sign * spread) / (1 + z2 / total) for sign in (-1, 1))
    return max(0.0, low), min(1.0, high)


@dataclass(frozen=True)
class ShotAnswer:
    """What a network that never saw a picture says about it.

    Attributes:
        label: Its class.
        shot: Its number in the class.
        predicted: The class that was answered.
        probability: Of the answer, 0 to 1, calibrated.
        true_probability: Of its own class, 0 to 1.
        rank: Of its own class, 1 for the first.
    """

    label: int
    shot: int
    predicted: int
    probability: float
    true_probability: float
    rank: int

    @property
    def right(self) -> bool:
        """Whether its own class was answered."""
        return self.predicted == self.label


@dataclass(frozen=True)
class ClassNumbers:
    """One class in numbers.

    Attributes:
        name: Its name.
        pictures: How many were judged.
        right: How many of these were named rightly.
        answered: How many pictures of all classes were given this name.
        independent: How many of its pictures are independent of each other.
        interval: Wilson's, of right / pictures, as wide as the independent pictures say.
    """

    name: str
    pictures: int
    right: int
    answered: int
    independent: int
    interval: tuple[float, float]


@dataclass(frozen=True)
class Evaluation:
    """The pooled answers of all folds.

    Attributes:
        names: Of the C classes.
        answers: One for each judged picture, in the order of the data set.
        folds: Number of parts that were left out in turn.
        unmeasured: (class, shot) of pictures that no fold can judge, because no other picture
            of their class is independent of them.
        independent: How many of the judged pictures are independent of each other: near-identical
            ones, and those that a held button took in one go, count once.
        independent_of: By class, the same among its own pictures.
        held: What is "in one go".
    """

    names: tuple[str, ...]
    answers: tuple[ShotAnswer, ...]
    folds: int
    unmeasured: tuple[tuple[int, int], ...]
    independent: int
    independent_of: tuple[int, ...]
    held: HoldUnit = ""

    @property
    def measured(self) -> int:
        """Number of pictures judged."""
        return len(self.answers)

    @property
    def right(self) -> int:
        """Number of pictures named rightly."""
        return sum(answer.right for answer in self.answers)

    @property
    def accuracy(self) -> float | None:
        """right / measured, 0 to 1; None if nothing was measured."""
        return self.right / self.measured if self.answers else None

    @property
    def top5(self) -> float | None:
        """Share of pictures whose class was among the first five; None if none was measured."""
        if not self.answers:
            return None
        return sum(answer.rank <= 5 for answer in self.answers) / self.measured

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the accuracy, as wide as the independent pictures say."""
        return wilson((self.accuracy or 0) * self.independent, self.independent)

    @property
    def confidence(self) -> float | None:
        """Mean probability of the answers: near the accuracy if calibrated. None without any."""
        if not self.answers:
            return None
        return sum(answer.probability for answer in self.answers) / self.measured

    @property
    def confusion(self) -> np.ndarray:
        """(C, C) int64: row the class, column the answer."""
        counts = np.zeros((len(self.names), len(self.names)), dtype=np.int64)
        for answer in self.answers:
            counts[answer.label, answer.predicted] += 1
        return counts

    def cell(self, label: int, predicted: int) -> tuple[ShotAnswer, ...]:
        """The pictures in one cell of the confusion matrix, the surest answer first."""
        found = [a for a in self.answers if (a.label, a.predicted) == (label, predicted)]
        return tuple(sorted(found, key=lambda answer: -answer.probability))

    @property
    def mistakes(self) -> tuple[ShotAnswer, ...]:
        """Wrong answers, the surest first."""
        wrong = [answer for answer in self.answers if not answer.right]
        return tuple(sorted(wrong, key=lambda answer: -answer.probability))

    @property
    def per_class(self) -> tuple[ClassNumbers, ...]:
        """Each class in numbers, in the order of the head."""
        counts = self.confusion
        rows = []
        for index, name in enumerate(self.names):
            pictures, right = int(counts[index].sum()), int(counts[index, index])
            answered = int(counts[:, index].sum())
            independent = self.independent_of[index]
            interval = wilson(right / max(1, pictures) * independent, independent)
            rows.append(ClassNumbers(name, pictures, right, answered, independent, interval))
        return tuple(rows)

    @property
    def _repeated(self) -> str:
        """What is no independent picture, for people; goes on with "count once" or the like."""
        return f"Pictures that are nearly the same, {_HELD[self.held]}"

    @property
    def sentence(self) -> str:
        """The result for people."""
        if not self.answers:
            return (
                "Nothing can be measured: no class has a second picture that could be left out. "
                f"{self._repeated} count as one. Take at least two different pictures of each "
                "class, better ten."
            )
        low, high = map(percent, self.interval)
        few = "with so few pictures" if self.independent < 200 else "judging by these pictures"
        text = (
            f"{self.right} of {self.measured} pictures were named rightly by a network that had "
            f"not seen them; {few} the true value is likely between {low} and {high}."
        )
        if self.independent < self.measured:
            text += f" {self._repeated} count once: {self.independent} are independent."
        if self.held == "second":
            text += (
                " Neighbouring seconds of one hold still resemble each other, so this range is "
                f"narrower than it should be; with {MIN_HOLDS} holds of each class or more, whole "
                "holds are left out."
            )
        if self.unmeasured:
            text += (
                f" {len(self.unmeasured)} could not be judged: their class has no other that is "
                "independent."
            )
        return text
