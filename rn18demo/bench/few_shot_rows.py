"""What the trials of learning from few pictures add up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rn18demo.bench.rows import NO_BOUND, Fact, Row, divide
from rn18demo.bench.timing import Spread, spread
from rn18demo.bench.tutorial import EPOCHS
from rn18demo.training.cross_validation import EVALUATION_FOLDS
from rn18demo.training.evaluation import wilson

TIMES_FASTER = "at least 30"
READY_SECONDS = 9.0
"""In which 10 pictures of each of 10 classes must be learned on two cores."""


@dataclass(frozen=True)
class Trial:
    """One draw of pictures.

    Attributes:
        shots: Of each class.
        seed: Of the draw.
        way: "automatic", "deeper" or "tutorial".
        seconds: To train; ours measures itself in this time as well.
        test: Accuracy on the test pictures, 0 to 1.
        claimed: What our cross-validation said, 0 to 1; None for the tutorial, which says nothing.
        low: Lower end of the interval that was claimed.
        high: Upper end.
        how: What was chosen.
        pictures: That `test` was measured on.
    """

    shots: int
    seed: int
    way: str
    seconds: float
    test: float
    claimed: float | None = None
    low: float | None = None
    high: float | None = None
    how: str = ""
    pictures: int = 0

    @property
    def compatible(self) -> bool:
        """Whether the interval meets the one of the test pictures, which are few as well."""
        if self.low is None or self.high is None:
            return False
        low, high = wilson(self.test * self.pictures, self.pictures)
        return self.low <= high and low <= self.high

    @property
    def covered(self) -> bool:
        """Whether the accuracy on the test pictures lies in the interval claimed."""
        return self.low is not None and self.high is not None and self.low <= self.test <= self.high

    def __str__(self) -> str:
        text = f"{self.shots:3} shots, seed {self.seed}, {self.way}: test {self.test:.1%}"
        if self.claimed is not None:
            verdict = "inside" if self.covered else "OUTSIDE"
            text += f", claimed {self.claimed:.1%} ({self.low:.1%} to {self.high:.1%}, {verdict})"
        return f"{text}, {self.seconds:.2f} s{f', {self.how}' if self.how else ''}"


def tutorial_words(epochs: int) -> str:
    """How long the tutorial's recipe ran; fewer epochs than its own are no fair comparison."""
    return f"{epochs} epochs" + ("" if epochs == EPOCHS else ": NOT the tutorial's number")


def rows_of(trials: Sequence[Trial], on_gpu: bool = False) -> list[Row]:
    """The ratios, with their bounds.

    Args:
        trials: Of one run.
        on_gpu: Whether a GPU computed; the bounds are set for two cores.
    """
    rows = []
    for shots in dict.fromkeys(trial.shots for trial in trials):
        mine = [t for t in trials if t.shots == shots and t.way == "automatic"]
        bound = NO_BOUND if on_gpu else TIMES_FASTER
        rows += _against_tutorial(shots, mine, [t for t in trials if t.shots == shots], bound)
        if shots == 10:
            limit = Spread(READY_SECONDS, READY_SECONDS, READY_SECONDS, "s")
            what = f"{READY_SECONDS:g} s allowed / our lesson, {shots} pictures of each class"
            ready = NO_BOUND if on_gpu else "at least 1"
            rows.append(divide(what, ready, limit, _seconds(mine), _facts(mine)))
        deeper = [t for t in trials if t.shots == shots and t.way == "deeper"]
        if deeper:
            what = f"fine-tuning deeper / automatic, {shots} pictures of each class"
            rows.append(divide(what, NO_BOUND, _seconds(deeper), _seconds(mine), _facts(deeper)))
    ours_all = [t for t in trials if t.way == "automatic"]
    inside = sum(trial.covered for trial in ours_all)
    meet = sum(trial.compatible for trial in ours_all)
    low, high = wilson(inside, len(ours_all))
    claimed = [trial.claimed or 0 for trial in ours_all]
    facts: dict[str, Fact] = _facts(ours_all) | {
        "intervals that hold the accuracy on the test pictures": f"{inside} of {len(ours_all)}",
        "their share is likely between": f"{low:.0%} and {high:.0%}; 95 % is claimed",
        "intervals that meet the one of the test pictures": f"{meet} of {len(ours_all)}",
    }
    rows.append(
        divide(
            f"accuracy claimed by cross-validation ({EVALUATION_FOLDS} folds) / on test pictures",
            NO_BOUND,
            spread([100 * share for share in claimed], "%"),
            spread([100 * trial.test for trial in ours_all], "%"),
            facts,
        )
    )
    return rows


def _against_tutorial(
    shots: int, mine: Sequence[Trial], of_shots: Sequence[Trial], bound: str
) -> list[Row]:
    theirs = [trial for trial in of_shots if trial.way == "tutorial"]
    if not theirs:
        return []
    same = [t for t in mine if t.seed in {their.seed for their in theirs}]
    ours_mean, their_mean = _mean(same), _mean(theirs)
    facts: dict[str, Fact] = {
        "our accuracy on test pictures": f"{ours_mean:.1%}",
        "the tutorial's": f"{their_mean:.1%}, by the better of two transforms",
        "the tutorial ran": theirs[0].how,
    }
    return [
        divide(
            f"the PyTorch tutorial's fine-tuning / our lesson, {shots} pictures of each class",
            bound if theirs[0].how == tutorial_words(EPOCHS) else NO_BOUND,
            _seconds(theirs),
            _seconds(same),
            facts,
            failures=int(ours_mean < their_mean),  # faster counts only at no less accuracy
        )
    ]


def _facts(trials: Sequence[Trial]) -> dict[str, Fact]:
    tests = ", ".join(f"{trial.test:.1%}" for trial in trials)
    return {"accuracy on test pictures": tests, "median": f"{median(t.test for t in trials):.1%}"}


def _seconds(trials: Sequence[Trial]) -> Spread:
    return spread([trial.seconds for trial in trials], "s")


def _mean(trials: Sequence[Trial]) -> float:
    return sum(trial.test for trial in trials) / len(trials)
