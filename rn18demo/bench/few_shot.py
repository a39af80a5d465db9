"""Learning from few pictures: accuracy, honesty and time, beside PyTorch's tutorial."""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from PIL import Image

from rn18demo.bench.few_shot_rows import Trial, rows_of, tutorial_words
from rn18demo.bench.machine import describe_machine
from rn18demo.bench.report import as_json, as_text
from rn18demo.bench.tutorial import EPOCHS, best_accuracy, train_tutorial
from rn18demo.core.checkpoints import STARTER_ID, Catalogue, Checkpoint
from rn18demo.core.engine import DEVICES, Engine, choose_device
from rn18demo.errors import DatasetError
from rn18demo.training.dataset import ClassShots, Dataset, make_shot
from rn18demo.training.features import CPU_BATCH, FeatureReader
from rn18demo.training.lesson import Lesson
from rn18demo.training.line import Line
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teach import teach


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
    parser.add_argument(
        "--soften", type=int, help="bring pictures down to this side first, in pixels"
    )
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


def run(arguments: argparse.Namespace) -> int:
    """Measure and print.

    Returns:
        0 if every bound is kept, else 1.
    """
    trials: list[Trial] = []
    for trial in measure(arguments):
        print(trial, file=sys.stderr, flush=True)
        trials.append(trial)
    rows = rows_of(trials, on_gpu=choose_device(arguments.device).type == "cuda")
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
    if arguments.soften is not None:
        base = replace(base, transform=replace(base.transform, soften=arguments.soften))
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
        pictures=len(flat(test)[1]),
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
    how = tutorial_words(epochs)
    return Trial(shots, seed, "tutorial", seconds, accuracy, how=how)
