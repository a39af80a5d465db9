"""The sample set that comes with the app, so that anyone can teach something at once."""

import json
from dataclasses import dataclass, fields
from functools import cache

from rn18demo.assets import ASSETS
from rn18demo.training.dataset import dataset_from_files
from rn18demo.training.dataset_types import Dataset

SAMPLES = ASSETS / "samples"


@dataclass(frozen=True)
class Sample:
    """One picture of the set.

    Attributes:
        file: Path within the set, "class/name.jpg".
        title: What it shows.
        author: Who made it.
        source: Web address of the collection that it is from.
        original: Path of the original in that collection.
        licence: Its licence's short name.
        licence_url: Web address of that licence.
        changes: What was done to it since.
    """

    file: str
    title: str
    author: str
    source: str
    original: str
    licence: str
    licence_url: str
    changes: str


def read_samples() -> tuple[Sample, ...]:
    """All pictures of the set with where they are from."""
    entries = json.loads((SAMPLES / "sources.json").read_text(encoding="utf-8"))
    names = [field.name for field in fields(Sample)]
    return tuple(Sample(**{name: entry[name] for name in names}) for entry in entries)


@cache
def sample_dataset() -> Dataset:
    """The set as a dataset; read once, its shots are shared by all who use them."""
    return dataset_from_files([(one.file, SAMPLES / one.file) for one in read_samples()])
