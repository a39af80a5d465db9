"""The degradation experiment of He et al. (1512.03385, figure 1), small enough to run live.

Three networks see the same pictures in the same order: a shallow plain one, a deep plain one,
and the same deep one with identity shortcuts, which begins with the very same weights. If the
deep plain network has the larger error on its own *training* pictures, the reason cannot be
overfitting: more layers made it harder to train.

`python -m rn18demo.training.degradation --seeds 0 1 2` prints a table.
"""

import argparse
import math
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional as F

from rn18demo.core.watched import Stop, Watch
from rn18demo.errors import RequestError
from rn18demo.training.degradation_data import Pictures, draw_pictures
from rn18demo.training.degradation_networks import NarrowNetwork, build_network

SHALLOW_DEPTH = 8
LIMITS = {"depth": (10, 56), "width": (4, 16), "steps": (50, 600), "seed": (0, 9999)}
"""Smallest and largest value of each setting; with the largest, a run takes a few minutes."""
TRAINING_PICTURES = 2000
MEASURED = 1000
"""So many of the training pictures are used to measure the training error."""
HELD_OUT_PICTURES = 1000
BATCH = 64
LEARNING_RATE, MOMENTUM, WEIGHT_DECAY = 0.1, 0.9, 1e-4
WARM_UP = 0.1
"""Share of the steps in which the learning rate rises; it falls as a cosine after that."""
REPORTS = 20


@dataclass(frozen=True)
class DegradationSettings:
    """What a visitor may vary.

    Attributes:
        depth: Layers with weights of the two deep networks; even.
        width: Channels of all three.
        steps: Batches that each network learns from.
        seed: Of the pictures, the first weights and the order of the pictures.

    Raises:
        RequestError: A value is outside its limits.
    """

    depth: int = 32
    width: int = 8
    steps: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value, (least, most) = getattr(self, field.name), LIMITS[field.name]
            if not isinstance(value, int) or not least <= value <= most:
                raise RequestError(
                    f"The {field.name} must be a whole number from {least} to {most}."
                )
        if self.depth % 2:
            raise RequestError("The depth must be even: layers come in pairs, plus stem and head.")


@dataclass(frozen=True)
class CoursePoint:
    """One network after some steps. Losses are cross-entropies, accuracies 0 to 1."""

    step: int
    loss: float
    accuracy: float
    held_out_loss: float
    held_out_accuracy: float


@dataclass(frozen=True)
class Course:
    """How one network came along.

    Attributes:
        name: "shallow", "plain" or "residual".
        depth: Its layers with weights.
        points: One a report, oldest first; the first is before any step.
    """

    name: str
    depth: int
    points: tuple[CoursePoint, ...]

    @property
    def last(self) -> CoursePoint:
        """The newest point."""
        return self.points[-1]


@dataclass(frozen=True)
class DegradationReport:
    """How far the experiment is.

    Attributes:
        settings: Of this run.
        step: Steps that each network has learnt from, 0 to settings.steps.
        seconds: Since the start.
        shallow: The plain network of SHALLOW_DEPTH layers.
        plain: The deep plain network.
        residual: The deep network with shortcuts.
    """

    settings: DegradationSettings
    step: int
    seconds: float
    shallow: Course
    plain: Course
    residual: Course

    @property
    def done(self) -> bool:
        """Whether this is the last report."""
        return self.step == self.settings.steps

    @property
    def courses(self) -> tuple[Course, Course, Course]:
        """All three."""
        return self.shallow, self.plain, self.residual


def run_degradation(
    settings: DegradationSettings, cancelled: Stop | None = None
) -> Generator[DegradationReport, None, None]:
    """Train the three networks side by side, on the CPU.

    Yields:
        A report before the first step and then about REPORTS more, the last one `done`.

    Raises:
        Cancelled: `cancelled` says so; it is asked before every step.
    """
    start = time.monotonic()
    watch = Watch(settings.steps, cancelled=cancelled)
    training = draw_pictures(TRAINING_PICTURES, 2 * settings.seed)
    held_out = draw_pictures(HELD_OUT_PICTURES, 2 * settings.seed + 1)
    runs = [
        _Run(name, build_network(depth, settings.width, shortcuts, settings.seed), depth)
        for name, depth, shortcuts in (
            ("shallow", SHALLOW_DEPTH, False),
            ("plain", settings.depth, False),
            ("residual", settings.depth, True),
        )
    ]
    batches = torch.Generator().manual_seed(settings.seed)
    every = math.ceil(settings.steps / REPORTS)
    for step in range(settings.steps + 1):
        if step % every == 0 or step == settings.steps:
            shallow, plain, residual = [run.measure(step, training, held_out) for run in runs]
            seconds = time.monotonic() - start
            yield DegradationReport(settings, step, seconds, shallow, plain, residual)
        if step < settings.steps:
            chosen = torch.randint(len(training), (BATCH,), generator=batches)
            for run in runs:
                watch.check()
                run.learn(training, chosen, learning_rate(step, settings.steps))


def learning_rate(step: int, steps: int) -> float:
    """The rate of a step, 0 to `steps` - 1: a linear rise, then a cosine down to 0."""
    share = (step + 1) / steps
    if share < WARM_UP:
        return LEARNING_RATE * share / WARM_UP
    return LEARNING_RATE * 0.5 * (1 + math.cos(math.pi * (share - WARM_UP) / (1 - WARM_UP)))


class _Run:
    """One network under way."""

    def __init__(self, name: str, network: NarrowNetwork, depth: int) -> None:
        self._network, self._course = network, Course(name, depth, ())
        self._optimizer = torch.optim.SGD(
            network.parameters(), LEARNING_RATE, MOMENTUM, weight_decay=WEIGHT_DECAY
        )

    def learn(self, pictures: Pictures, chosen: Tensor, rate: float) -> None:
        """One step on the chosen pictures."""
        self._optimizer.param_groups[0]["lr"] = rate
        with torch.enable_grad():
            logits = self._network.train()(pictures.pixels[chosen])
            loss = F.cross_entropy(logits, pictures.labels[chosen])
            self._optimizer.zero_grad()
            loss.backward()
        self._optimizer.step()

    @torch.no_grad()
    def measure(self, step: int, training: Pictures, held_out: Pictures) -> Course:
        """The course so far, with a new point.

        Batch norm uses the training pictures' statistics for both: the first pass sets them.
        """
        labels = training.labels[:MEASURED]
        seen = self._network.train()(training.pixels[:MEASURED])
        unseen = self._network.eval()(held_out.pixels)
        point = CoursePoint(step, *_score(seen, labels), *_score(unseen, held_out.labels))
        course = self._course
        self._course = Course(course.name, course.depth, (*course.points, point))
        return self._course


def _score(logits: Tensor, labels: Tensor) -> tuple[float, float]:
    """Loss and accuracy."""
    right = (logits.argmax(dim=1) == labels).float().mean()
    return float(F.cross_entropy(logits, labels)), float(right)


def table(reports: Sequence[DegradationReport]) -> str:
    """Final errors in per cent, and training losses, as Markdown; one row a network and seed."""
    lines = [
        "| seed | network | training loss | training error | held-out error | seconds, all three |",
        "|---|---|---|---|---|---|",
    ]
    for report in reports:
        for course in report.courses:
            last = course.last
            lines.append(
                f"| {report.settings.seed} | {course.name}, {course.depth} layers "
                f"| {last.loss:.3f} | {1 - last.accuracy:.1%} | {1 - last.held_out_accuracy:.1%} "
                f"| {report.seconds:.0f} |"
            )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the experiment for some seeds and print the table."""
    usual = DegradationSettings()
    parser = argparse.ArgumentParser(prog="python -m rn18demo.training.degradation")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    for name in ("depth", "width", "steps"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    chosen = parser.parse_args(arguments)
    print(table([]))
    for seed in chosen.seeds:
        settings = DegradationSettings(chosen.depth, chosen.width, chosen.steps, seed)
        *_, last = run_degradation(settings)
        print("\n".join(table([last]).splitlines()[2:]), flush=True)


if __name__ == "__main__":
    main()
