"""Tiny ImageNet, decoded once and held in memory."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

SIDE = 64
CLASSES = 200
HELD_OUT_PER_CLASS = 10
"""Training pictures of each class that are kept aside to watch the run."""


@dataclass(frozen=True)
class Pictures:
    """Decoded pictures with their classes.

    Attributes:
        pixels: (N, 3, 64, 64) uint8, RGB.
        targets: (N,) int64, index into `wnids`.
    """

    pixels: Tensor
    targets: Tensor

    def to(self, device: torch.device) -> "Pictures":
        """Copy to a device."""
        return Pictures(self.pixels.to(device), self.targets.to(device))

    def __len__(self) -> int:
        return len(self.targets)


@dataclass(frozen=True)
class Classes:
    """The 200 classes in the order of the head.

    Attributes:
        wnids: WordNet ids, sorted.
        names: A readable name of each, from WordNet's first lemma, made unique.
    """

    wnids: tuple[str, ...]
    names: tuple[str, ...]


def read_classes(folder: Path) -> Classes:
    """Read `wnids.txt` and `words.txt` of an unpacked Tiny ImageNet."""
    wnids = tuple(sorted((folder / "wnids.txt").read_text().split()))
    lemmas = {}
    for line in (folder / "words.txt").read_text().splitlines():
        wnid, _, words = line.partition("\t")
        lemmas[wnid] = words.split(", ")
    names: list[str] = []
    for wnid in wnids:
        candidates = lemmas[wnid]
        free = [name for name in candidates if name not in names]
        names.append(free[0] if free else wnid)
    return Classes(wnids, tuple(names))


def _decode(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).transpose(2, 0, 1)


def _read(paths: list[Path], targets: list[int]) -> Pictures:
    pixels = np.empty((len(paths), 3, SIDE, SIDE), dtype=np.uint8)

    def fill(index: int) -> None:
        pixels[index] = _decode(paths[index])

    with ThreadPoolExecutor() as pool:
        for _ in pool.map(fill, range(len(paths)), chunksize=256):
            pass
    return Pictures(torch.from_numpy(pixels), torch.tensor(targets))


def read_training(folder: Path, classes: Classes) -> tuple[Pictures, Pictures]:
    """Read the training pictures.

    Returns:
        The pictures to train on, and the last `HELD_OUT_PER_CLASS` of each class.
    """
    paths: list[Path] = []
    targets: list[int] = []
    for index, wnid in enumerate(classes.wnids):
        found = sorted((folder / "train" / wnid / "images").glob("*.JPEG"))
        paths += found
        targets += [index] * len(found)
    everything = _read(paths, targets)
    held_out = torch.zeros(len(targets), dtype=torch.bool)
    for index in range(len(classes.wnids)):
        members = (everything.targets == index).nonzero().flatten()
        held_out[members[-HELD_OUT_PER_CLASS:]] = True
    keep = ~held_out
    return (
        Pictures(everything.pixels[keep], everything.targets[keep]),
        Pictures(everything.pixels[held_out], everything.targets[held_out]),
    )


def validation_files(folder: Path, classes: Classes) -> list[tuple[Path, int]]:
    """Paths and class indices of the 10,000 validation pictures."""
    index = {wnid: i for i, wnid in enumerate(classes.wnids)}
    rows = []
    for line in (folder / "val" / "val_annotations.txt").read_text().splitlines():
        name, wnid = line.split("\t")[:2]
        rows.append((folder / "val" / "images" / name, index[wnid]))
    return rows


def read_validation(folder: Path, classes: Classes) -> Pictures:
    """Read the 10,000 validation pictures, decoded."""
    rows = validation_files(folder, classes)
    return _read([path for path, _ in rows], [target for _, target in rows])
