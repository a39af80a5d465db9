"""Command line: how often a checkpoint is right, through the app's own pipeline.

Every picture takes the way of a visitor's: `read_image`, the checkpoint's transform, the
network in float32. The numbers in the model card come from here.
"""

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor, nn

from rn18demo.assets import STARTER
from rn18demo.core.checkpoint_files import load_given, read_card
from rn18demo.core.checkpoint_types import Accuracy, Checkpoint
from rn18demo.core.images import read_image
from rn18demo.core.transform import InputTransform
from rn18demo.errors import CheckpointError, RequestError
from rn18demo.training.starter.card import write_model_card
from rn18demo.training.starter.data import read_classes, validation_files
from rn18demo.training.starter.pack import write_card

BATCH = 64
BINS = 15
DATASET = "Tiny ImageNet validation"
PHOTO_ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".bmp", ".tif", ".tiff"}
Rows = Sequence[tuple[Path, int]]
"""Files with the index of the right class."""


@dataclass(frozen=True)
class Measured:
    """What was found on a set of pictures.

    Attributes:
        top1: Share of pictures whose class came first, 0 to 1.
        top5: Share of pictures whose class was among the first five, 0 to 1.
        calibration_error: How far confidence and accuracy are apart, 0 to 1.
        pictures: How many.
    """

    top1: float
    top5: float
    calibration_error: float
    pictures: int


def calibration_error(confidence: Tensor, right: Tensor) -> float:
    """Expected calibration error over equal bins (Guo et al., 1706.04599).

    Args:
        confidence: (N,) probability of the class that came first, 0 to 1.
        right: (N,) whether that class was the right one.

    Returns:
        The mean distance of confidence and accuracy in a bin, weighted by its pictures.
    """
    bins = (confidence * BINS).long().clamp(max=BINS - 1)
    gap = torch.zeros(BINS, dtype=torch.float64)
    gap.index_add_(0, bins, confidence.double() - right.double())
    return float(gap.abs().sum() / len(confidence))


def tensors_of(rows: Rows, transform: InputTransform) -> Iterator[Tensor]:
    """The pictures as the network gets them: (N, 3, 224, 224), N at most `BATCH`."""

    def read(row: tuple[Path, int]) -> Tensor:
        return transform.tensor(read_image(row[0]))

    with ThreadPoolExecutor(max_workers=2) as pool:
        for start in range(0, len(rows), BATCH):
            yield torch.stack(list(pool.map(read, rows[start : start + BATCH])))


def measure(
    network: nn.Module,
    rows: Rows,
    transform: InputTransform,
    report: Callable[[int], None] = lambda done: None,
) -> Measured:
    """Classify every picture.

    Args:
        network: In eval mode; on the device to compute on.
        rows: At least one picture.
        transform: How a picture enters.
        report: Called with the number of pictures that are done.
    """
    device = next(network.parameters()).device
    first: list[Tensor] = []
    five: list[Tensor] = []
    confidence: list[Tensor] = []
    done = 0
    for batch in tensors_of(rows, transform):
        targets = torch.tensor([target for _, target in rows[done : done + len(batch)]])
        with torch.inference_mode():
            inputs = batch.to(device, memory_format=torch.channels_last)
            probabilities = network(inputs).float().softmax(1).cpu()
        top = probabilities.topk(min(5, probabilities.shape[1]))
        hits = top.indices == targets[:, None]
        first.append(hits[:, 0])
        five.append(hits.any(1))
        confidence.append(top.values[:, 0])
        done += len(batch)
        report(done)
    right = torch.cat(first)
    return Measured(
        top1=right.double().mean().item(),
        top5=torch.cat(five).double().mean().item(),
        calibration_error=calibration_error(torch.cat(confidence), right),
        pictures=done,
    )


def spread(rows: Rows, limit: int | None) -> Rows:
    """At most `limit` pictures, taken evenly from the whole list."""
    if limit is None or limit >= len(rows):
        return rows
    return list(islice(rows[:: len(rows) // limit], limit))


def photograph_files(folder: Path, checkpoint: Checkpoint) -> Rows:
    """Photographs in one folder a class, named by WordNet id or class name.

    Raises:
        RequestError: A folder's name is neither, or there are no photographs.
    """
    index = {wnid: i for i, wnid in enumerate(checkpoint.wnids)}
    index |= {label.lower(): i for i, label in enumerate(checkpoint.labels)}
    rows = []
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        target = index.get(place.name, index.get(place.name.lower().replace("_", " ")))
        if target is None:
            raise RequestError(f"'{place.name}' is no class of {checkpoint.title}.")
        files = sorted(p for p in place.iterdir() if p.suffix.lower() in PHOTO_ENDINGS)
        rows += [(path, target) for path in files]
    if not rows:
        raise RequestError(f"There are no photographs in the folders of {folder}.")
    return rows


def validation_rows(data: Path, checkpoint: Checkpoint) -> Rows:
    """The validation pictures with their places in the checkpoint's head.

    Raises:
        CheckpointError: The checkpoint does not know these classes.
    """
    classes = read_classes(data)
    if not set(classes.wnids) <= set(checkpoint.wnids):
        raise CheckpointError(f"{checkpoint.title} does not list Tiny ImageNet's WordNet ids.")
    rows = validation_files(data, classes)
    return [(path, checkpoint.wnids.index(classes.wnids[target])) for path, target in rows]


def variants(transform: InputTransform) -> list[InputTransform]:
    """Ways of bringing a picture in that are worth comparing."""
    ways = [(resize, soften) for resize in (224, 256) for soften in (None, 96, 112, 128, 160)]
    return [replace(transform, resize=resize, soften=soften) for resize, soften in ways]


def line(name: str, transform: InputTransform, found: Measured) -> str:
    """A row of the table."""
    return (
        f"{name:<12} {transform.resize:>6} {transform.soften or '-':>6} "
        f"{found.top1:>7.2%} {found.top5:>7.2%} {found.calibration_error:>7.4f} {found.pictures:>8}"
    )


def write_accuracy(folder: Path, found: Measured, command: str) -> None:
    """Put what was measured into `checkpoint.json`, and write the model card from it."""
    accuracy = Accuracy(
        round(found.top1, 4),
        round(found.top5, 4),
        found.pictures,
        DATASET,
        round(found.calibration_error, 4),
        command,
    )
    facts = read_card(folder) | {"accuracy": asdict(accuracy)}
    write_card(folder, facts)
    write_model_card(folder, facts)


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print a table, and write it down if asked to.

    Args:
        words: The command line after the program's name; sys.argv's if None.
    """
    parser = argparse.ArgumentParser(prog="python -m rn18demo.training.starter.measure")
    parser.add_argument("--data", type=Path, required=True, help="unpacked tiny-imagenet-200")
    parser.add_argument("--checkpoint", type=Path, default=STARTER, help="folder or file")
    parser.add_argument("--limit", type=int, help="measure only so many pictures")
    parser.add_argument("--photos", type=Path, help="sharp photographs, one folder a class")
    parser.add_argument("--compare", action="store_true", help="several ways of bringing in")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--write", action="store_true", help="write the result to the checkpoint")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args(words)
    if arguments.write and (arguments.limit or arguments.compare):
        parser.error("--write goes with the whole set and the checkpoint's own transform")

    checkpoint = load_given(arguments.checkpoint)
    network = checkpoint.network.to(arguments.device, memory_format=torch.channels_last)
    sets = {"validation": spread(validation_rows(arguments.data, checkpoint), arguments.limit)}
    if arguments.photos:
        sets["photographs"] = photograph_files(arguments.photos, checkpoint)
    own = checkpoint.transform
    ways: Iterable[InputTransform] = variants(own) if arguments.compare else [own]

    results = []
    if not arguments.json:
        print("pictures     resize soften   top-1   top-5     ECE   number", flush=True)
    for way in ways:
        for name, rows in sets.items():
            found = measure(network, rows, way)
            results.append({"set": name, "transform": way.as_json()} | asdict(found))
            if not arguments.json:
                print(line(name, way, found), flush=True)
            if arguments.write and name == "validation":
                command = "python -m rn18demo.training.starter.measure --data DIR"
                write_accuracy(arguments.checkpoint, found, command)
    if arguments.json:
        print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
