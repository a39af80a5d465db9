"""How far every runtime is from float32 PyTorch, over many pictures."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rn18demo.bench.engine import working_runtimes
from rn18demo.core.agreement import Agreement, combine, compare_outputs
from rn18demo.core.checkpoints import STARTER_ID, Catalogue
from rn18demo.core.engine import DEVICES, Engine, choose_device
from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from rn18demo.core.runtimes.base import joined, pixels_of
from rn18demo.core.runtimes.table import REFERENCE
from rn18demo.training.starter.data import read_classes, validation_files

LIMIT = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `run` reads."""
    parser.add_argument(
        "--data", type=Path, help="an unpacked Tiny ImageNet; the example pictures only without it"
    )
    parser.add_argument("--limit", type=int, default=LIMIT, help="validation pictures to use")
    parser.add_argument(
        "--batch", type=int, default=1, help="pictures that the runtimes are given at a time"
    )
    parser.add_argument("--device", default="auto", choices=DEVICES)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Compare and print.

    Returns:
        0 if every runtime that works here agrees, else 1.
    """
    pictures = [example.path for example in read_examples()]
    if arguments.data is not None:
        pictures += spread(arguments.data, arguments.limit)
    found = compare_runtimes(arguments.device, pictures, arguments.batch)
    return report(found, arguments.json)


def report(found: dict[str, Agreement], as_json: bool) -> int:
    """Print the verdicts and return what `run` does."""
    if as_json:
        rows = {name: asdict(row) | {"holds": row.holds} for name, row in found.items()}
        print(json.dumps(rows, indent=2))
    else:
        for name, row in found.items():
            print(f"{name}: {'agrees' if row.holds else 'DISAGREES'}: {row}")
    return 0 if all(row.holds for row in found.values()) else 1


def spread(folder: Path, limit: int) -> list[Path]:
    """Validation pictures of all classes alike: evenly spread over those listed by class."""
    files = sorted(validation_files(folder, read_classes(folder)), key=lambda row: row[1])
    count = min(limit, len(files))
    return [files[number * len(files) // count][0] for number in range(count)]


def compare_runtimes(device: str, pictures: list[Path], size: int = 1) -> dict[str, Agreement]:
    """Compare all runtimes that work here with PyTorch, on the starter.

    Args:
        device: "auto", "cpu" or "cuda".
        pictures: Files.
        size: Pictures given to a runtime at a time.

    Returns:
        By the runtime's id and words.
    """
    engine = Engine(choose_device(device), REFERENCE)
    checkpoint = Catalogue().get(STARTER_ID)
    reference = engine.runtime(checkpoint)
    head = checkpoint.network.fc.weight.detach().cpu()
    runtimes = working_runtimes(engine, checkpoint)
    parts: dict[str, list[Agreement]] = {name: [] for name in runtimes}
    for group in _groups(pictures, size):
        squares = [checkpoint.transform.picture(read_image(path)) for path in group]
        pixels = joined([pixels_of(square) for square in squares])
        expected = [reference.run(one[None])[0] for one in pixels]
        for name, runtime in runtimes.items():
            for pair in zip(expected, runtime.run(pixels), strict=True):
                parts[name].append(compare_outputs(*pair, head))
    return {f"{name} ({runtimes[name].words})": combine(rows) for name, rows in parts.items()}


def _groups(paths: list[Path], size: int) -> Iterator[list[Path]]:
    for start in range(0, len(paths), size):
        yield paths[start : start + size]
