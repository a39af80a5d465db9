"""Learning from few pictures: accuracy, honesty and time, beside PyTorch's tutorial."""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from PIL import Image

from rn18demo.bench.machine import describe_machine
from rn18demo.bench.report import as_json, as_text
from rn18demo.bench.rows import Fact, Row, divide
from rn18demo.bench.timing import Spread, spread
from rn18demo.bench.tutorial import EPOCHS, best_accuracy, train_tutorial
from rn18demo.core.checkpoints import STARTER_ID, Catalogue, Checkpoint
from rn18demo.core.engine import DEVICES, Engine, choose_device
from rn18demo.errors import DatasetError
from rn18demo.training.cross_validation import EVALUATION_FOLDS
from rn18demo.training.dataset import ClassShots, Dataset, make_shot
from rn18demo.training.evaluation import wilson
from rn18demo.training.features import CPU_BATCH, FeatureReader
from rn18demo.training.lesson import Lesson
from rn18demo.training.line import Line
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teach import teach

TIMES_FASTER = "at least 30"
READY_SECONDS = 9.0
"""In which 10 pictures of each of 10 classes must be learned on two cores."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `run` reads."""
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="a folder with train/ and test/, in each of them a folder for every class",
    )
    parser.add_argument("--shots", type=int, nargs="+", default=[5, 10, 20], help="of each class")
    parser.add_argument("--seeds", type=int, default=3, help="draws of the pictures")
    parser.add_argument("--checkpoint", default=STARTER_ID, help="the base")
    parser.add_argument("--device", default="auto", choices=DEVICES)
    parser.add_argument("--deeper", action="store_true", help="fine-tune deeper as well")
    parser.add_argument(
        "--tutorial", action="store_true", help="train by PyTorch's tutorial too (minutes)"
    )
    parser.add_argument(
        "--tutorial-shots", type=int, nargs="+", default=[10], help="where it is trained too"
    )
    parser.add_argument("--tutorial-seeds", type=int, default=1, help="on so many of the draws")
    parser.add_argument("--tutorial-epochs", type=int, default=EPOCHS, help="fewer to try it out")
    parser.add_argument("--json", action="store_true", help="print JSON")


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


def run(arguments: argparse.Namespace) -> int:
    """Measure and print.

    Returns:
        0 if every bound is kept, else 1.
    """
    trials: list[Trial] = []
    for trial in measure(arguments):
        print(trial, file=sys.stderr, flush=True)
        trials.append(trial)
    rows = rows_of(trials)
    machine = describe_machine()
    if arguments.json:
        found = json.loads(as_json(machine, rows)) | {"trials": [asdict(t) for t in trials]}
        print(json.dumps(found, indent=2))
    else:
        print(as_text(machine, rows))
    return 1 if any(row.verdict == "missed" for row in rows) else 0


def measure(arguments: argparse.Namespace) -> Iterator[Trial]:
    """All trials; for each draw, ours and then the tutorial's."""
    base = Catalogue().get(arguments.checkpoint)
    engine = Engine(choose_device(arguments.device))
    pool, test = read_folder(arguments.data / "train"), read_folder(arguments.data / "test")
    names = [one.name for one in pool.classes]
    if names != [one.name for one in test.classes]:
        raise DatasetError("train/ and test/ do not hold the same classes.")
    reader = FeatureReader(engine.network(base), base.transform, engine.device)
    warm = [base.transform.picture(shot.picture) for shot in pool.classes[0].shots[:CPU_BATCH]]
    reader(warm)  # what the first batch of a process costs is not this recipe's
    for shots in arguments.shots:
        for seed in range(arguments.seeds):
            draw = draw_shots(pool, shots, seed)
            yield ours(draw, test, base, engine, TeachRecipe(seed=seed), shots)
            if arguments.deeper:
                recipe = TeachRecipe(mode="deeper", crop=True, seed=seed)
                yield ours(draw, test, base, engine, recipe, shots)
            wanted = arguments.tutorial and shots in arguments.tutorial_shots
            if wanted and seed < arguments.tutorial_seeds:
                yield tutorials(draw, test, base, engine, shots, seed, arguments.tutorial_epochs)


def read_folder(folder: Path) -> Dataset:
    """One class for each folder in it.

    Raises:
        DatasetError: There is no such folder.
    """
    if not folder.is_dir():
        raise DatasetError(f"There is no folder {folder}.")
    classes = []
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(path for path in place.iterdir() if path.is_file())
        classes.append(ClassShots(place.name, tuple(make_shot(f, f.name) for f in files)))
    return Dataset(tuple(classes))


def draw_shots(pool: Dataset, shots: int, seed: int) -> Dataset:
    """So many pictures of each class, drawn at random; objects of their own.

    Raises:
        DatasetError: A class has fewer.
    """
    chance = random.Random(seed)
    classes = []
    for one in pool.classes:
        if len(one.shots) < shots:
            raise DatasetError(f"{one.name} has only {len(one.shots)} of {shots} pictures.")
        classes.append(ClassShots(one.name, tuple(chance.sample(one.shots, shots))))
    return Dataset(tuple(classes))


def flat(dataset: Dataset) -> tuple[list[Image.Image], list[int]]:
    """Pictures and labels."""
    pairs = [(s.picture, label) for label, c in enumerate(dataset.classes) for s in c.shots]
    return [picture for picture, _ in pairs], [label for _, label in pairs]


def ours(
    draw: Dataset, test: Dataset, base: Checkpoint, engine: Engine, recipe: TeachRecipe, shots: int
) -> Trial:
    """Teach, from the pictures to the finished checkpoint with all its numbers."""
    start = time.perf_counter()
    lesson: Lesson | None = None
    for report in teach(draw, base, engine, recipe, line=Line()):
        lesson = report.lesson or lesson
    seconds = time.perf_counter() - start
    if lesson is None or lesson.evaluation is None:
        raise RuntimeError("a lesson ended without a result")
    low, high = lesson.evaluation.interval
    return Trial(
        shots=shots,
        seed=recipe.seed,
        way=recipe.mode,
        seconds=seconds,
        test=accuracy_on(lesson.checkpoint, test, engine),
        claimed=lesson.evaluation.accuracy,
        low=low,
        high=high,
        how=str(lesson.candidate) if lesson.alone is None else "fine-tuned",
    )


def accuracy_on(checkpoint: Checkpoint, test: Dataset, engine: Engine) -> float:
    """Share of the test pictures named rightly, 0 to 1, in the same way as the peer's."""
    pictures, labels = flat(test)
    return best_accuracy(
        engine.network(checkpoint), checkpoint, pictures, labels, engine.device, own_only=True
    )


def tutorials(
    draw: Dataset,
    test: Dataset,
    base: Checkpoint,
    engine: Engine,
    shots: int,
    seed: int,
    epochs: int,
) -> Trial:
    """Train as the tutorial does."""
    network = engine.network(base)
    start = time.perf_counter()
    model = train_tutorial(base, network, *flat(draw), engine.device, seed, epochs)
    seconds = time.perf_counter() - start
    accuracy = best_accuracy(model, base, *flat(test), engine.device)
    how = f"{epochs} epochs" + ("" if epochs == EPOCHS else ": NOT the tutorial's number")
    return Trial(shots, seed, "tutorial", seconds, accuracy, how=how)


def rows_of(trials: Sequence[Trial]) -> list[Row]:
    """The ratios, with their bounds."""
    rows = []
    for shots in dict.fromkeys(trial.shots for trial in trials):
        mine = [t for t in trials if t.shots == shots and t.way == "automatic"]
        rows += _against_tutorial(shots, mine, [t for t in trials if t.shots == shots])
        if shots == 10:
            limit = Spread(READY_SECONDS, READY_SECONDS, READY_SECONDS, "s")
            what = f"{READY_SECONDS:g} s allowed / our lesson, {shots} pictures of each class"
            rows.append(divide(what, "at least 1", limit, _seconds(mine), _facts(mine)))
        deeper = [t for t in trials if t.shots == shots and t.way == "deeper"]
        if deeper:
            what = f"fine-tuning deeper / automatic, {shots} pictures of each class"
            rows.append(
                divide(what, "(no bound)", _seconds(deeper), _seconds(mine), _facts(deeper))
            )
    ours_all = [t for t in trials if t.way == "automatic"]
    inside = sum(trial.covered for trial in ours_all)
    low, high = wilson(inside, len(ours_all))
    claimed = [trial.claimed or 0 for trial in ours_all]
    facts: dict[str, Fact] = _facts(ours_all) | {
        "intervals that hold the accuracy on the test pictures": f"{inside} of {len(ours_all)}",
        "their share is likely between": f"{low:.0%} and {high:.0%}; 95 % is claimed",
    }
    rows.append(
        divide(
            f"accuracy claimed by cross-validation ({EVALUATION_FOLDS} folds) / on test pictures",
            "(no bound)",
            spread([100 * share for share in claimed], "%"),
            spread([100 * trial.test for trial in ours_all], "%"),
            facts,
        )
    )
    return rows


def _against_tutorial(shots: int, mine: Sequence[Trial], of_shots: Sequence[Trial]) -> list[Row]:
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
            TIMES_FASTER,
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
