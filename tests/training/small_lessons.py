"""A tiny data set that can be learned, a tiny base, and tables of features made of numbers."""

import copy
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from PIL import Image
from torchvision.models import ResNet

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.engine import Engine
from rn18demo.core.transform import InputTransform
from rn18demo.training.calibration import threshold_table
from rn18demo.training.dataset_types import ClassShots, Dataset, Shot
from rn18demo.training.duplicates import fingerprint
from rn18demo.training.lesson import Lesson
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.selection import Candidate
from rn18demo.training.table import FeatureTable

COLOURS = ((200, 40, 40), (40, 180, 60), (50, 60, 210), (210, 200, 50))
NAMES = ("red", "green", "blue", "yellow")
SIDE = 64
ASIDE = 50
"""Seeds from here on are of pictures that nothing is taught with."""
R = TypeVar("R")


def drain(generator: Generator[Any, None, R]) -> R:
    """Run a generator to its end, and return what it returns."""
    while True:
        try:
            next(generator)
        except StopIteration as end:
            result: R = end.value
            return result


def make_base(network: ResNet) -> Checkpoint:
    """A checkpoint that looks at 32 x 32 pixels."""
    return Checkpoint(
        id="base",
        title="Base",
        network=copy.deepcopy(network),
        labels=tuple(f"thing {number}" for number in range(network.fc.out_features)),
        transform=InputTransform(resize=36, crop=32),
        source="seeded",
        sha256="",
    )


def make_lesson(checkpoint: Checkpoint, **given: Any) -> Lesson:
    """A result of which nothing is known but what is given."""
    nothing: dict[str, Any] = {
        "evaluation": None,
        "recipe": TeachRecipe(),
        "candidate": Candidate("centroid"),
        "scores": (),
        "temperature": 1.0,
        "seconds": 0.0,
        "moved": {},
        "thresholds": threshold_table([], []),
    }
    return Lesson(checkpoint=checkpoint, **nothing | given)


def make_engine(folder: Path) -> Engine:
    return Engine(torch.device("cpu"), "torch", memory=folder / "runtimes.json")


def make_shot(colour: tuple[int, int, int], seed: int) -> Shot:
    """Coarse noise around a colour; another seed is clearly another picture."""
    chance = np.random.default_rng(seed)
    coarse = np.array(colour) + chance.normal(0, 60, (8, 8, 3))
    picture = Image.fromarray(np.clip(coarse, 0, 255).astype(np.uint8)).resize((SIDE, SIDE))
    return Shot(picture, f"{seed}.png", fingerprint(picture))


def make_dataset(counts: Sequence[int]) -> Dataset:
    """One colour a class, so many pictures of each."""
    return Dataset(
        tuple(
            ClassShots(
                NAMES[label],
                tuple(make_shot(COLOURS[label], 100 * label + number) for number in range(count)),
            )
            for label, count in enumerate(counts)
        )
    )


def with_held_out(counts: list[int], aside: list[int]) -> Dataset:
    """The same, and so many more pictures of each class that are set aside for testing."""
    held = tuple(
        ClassShots(
            NAMES[label],
            tuple(make_shot(COLOURS[label], 100 * label + ASIDE + n) for n in range(count)),
        )
        for label, count in enumerate(aside)
        if count
    )
    return replace(make_dataset(counts), held_out=Dataset(held))


def make_table(
    counts: Sequence[int],
    copies: int = 1,
    apart: float = 1.0,
    seed: int = 0,
    dimensions: int = 12,
) -> FeatureTable:
    """Clouds around random centres; replicas lie near their picture, and share its group.

    Args:
        counts: Pictures of each class.
        copies: Rows of each picture.
        apart: Distance of the centres, in the spread of a cloud; 0 leaves nothing to learn.
        seed: Of all numbers.
        dimensions: Length of a feature.
    """
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    shots = torch.arange(len(labels))
    centres = apart * normal(len(counts), dimensions)
    pictures = 2 + centres[labels] + normal(len(labels), dimensions)
    rows = [pictures] + [
        pictures + 0.1 * normal(len(labels), dimensions) for _ in range(copies - 1)
    ]
    return FeatureTable(
        features=torch.cat(rows),
        labels=labels.repeat(copies),
        groups=shots.repeat(copies),
        shots=shots.repeat(copies),
        original=torch.arange(len(labels) * copies) < len(labels),
        classes=len(counts),
    )
