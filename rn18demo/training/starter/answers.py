"""How often a checkpoint is right, picture by picture, through the app's own pipeline.

Every picture takes the way of a visitor's: `read_image`, the checkpoint's transform, the
network in float32.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.images import read_image
from rn18demo.core.transform import InputTransform
from rn18demo.errors import CheckpointError, RequestError
from rn18demo.training.starter.data import read_classes, validation_files

BATCH = 64
BINS = 15
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


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network said about N pictures.

    Attributes:
        targets: (N,) int64, the right classes.
        five: (N, k) int64, the most probable classes, k at most 5, the first one first.
        confidence: (N,) probability of the first one.
    """

    targets: Tensor
    five: Tensor
    confidence: Tensor

    @property
    def measured(self) -> Measured:
        """The same in a few numbers."""
        hits = self.five == self.targets[:, None]
        return Measured(
            top1=hits[:, 0].double().mean().item(),
            top5=hits.any(1).double().mean().item(),
            calibration_error=calibration_error(self.confidence, hits[:, 0]),
            pictures=len(self.targets),
        )

    def confused(self, count: int) -> list[tuple[int, int, int]]:
        """The commonest mistakes: (right class, answer, how often), the commonest first."""
        wrong = self.five[:, 0] != self.targets
        pairs = torch.stack([self.targets[wrong], self.five[wrong, 0]], 1)
        found, times = torch.unique(pairs, dim=0, return_counts=True)
        order = times.argsort(descending=True, stable=True)[:count]
        return [(*found[i].tolist(), int(times[i])) for i in order]

    def by_class(self, classes: int) -> Tensor:
        """(classes,) share of each class's pictures that were answered right; NaN without any."""
        right = (self.five[:, 0] == self.targets).double()
        hits = torch.zeros(classes, dtype=torch.float64).index_add_(0, self.targets, right)
        return hits / torch.bincount(self.targets, minlength=classes)


Change = Callable[[Image.Image], Image.Image]
"""What is done to a picture before it enters."""


def tensors_of(
    rows: Rows, transform: InputTransform, change: Change | None = None
) -> Iterator[Tensor]:
    """The pictures as the network gets them: (N, 3, 224, 224), N at most `BATCH`."""

    def read(row: tuple[Path, int]) -> Tensor:
        picture = read_image(row[0])
        return transform.tensor(picture if change is None else change(picture))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(rows), BATCH):
            yield torch.stack(list(pool.map(read, rows[start : start + BATCH])))


def ask(
    network: nn.Module,
    rows: Rows,
    transform: InputTransform,
    report: Callable[[int], None] = lambda done: None,
    change: Change | None = None,
) -> Answers:
    """Classify every picture.

    Args:
        network: In eval mode; on the device to compute on.
        rows: At least one picture.
        transform: How a picture enters.
        report: Called with the number of pictures that are done.
        change: Done to each picture before.
    """
    device = next(network.parameters()).device
    five: list[Tensor] = []
    confidence: list[Tensor] = []
    done = 0
    for batch in tensors_of(rows, transform, change):
        with torch.inference_mode():
            inputs = batch.to(device, memory_format=torch.channels_last)
            probabilities = network(inputs).float().softmax(1).cpu()
        top = probabilities.topk(min(5, probabilities.shape[1]))
        five.append(top.indices)
        confidence.append(top.values[:, 0])
        done += len(batch)
        report(done)
    targets = torch.tensor([target for _, target in rows])
    return Answers(targets, torch.cat(five), torch.cat(confidence))


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
