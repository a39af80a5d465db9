"""What the network sees in each picture: 512 numbers, computed once and kept.

The network is copied, its batch norms are folded, and the copy runs in the fastest precision
that PyTorch has on the device, in batches (measured on a CPU with bfloat16: 10 ms a picture in
batches of 8, 18 one by one). Nothing waits in the engine's line, so nobody waits for this.
"""

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.models import ResNet

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.runtimes.folding import fold
from rn18demo.core.runtimes.torch_runtime import has_native_bf16
from rn18demo.core.transform import InputTransform
from rn18demo.training.augmentation import Augmentation, replica
from rn18demo.training.dataset_types import Dataset, Shot
from rn18demo.training.duplicates import related_groups
from rn18demo.training.folds import group_numbers
from rn18demo.training.holds import hold_unit
from rn18demo.training.table import FeatureTable

CPU_BATCH, GPU_BATCH = 8, 64
MOST_REPLICAS = 4
"""Rows of one picture, itself included."""
MOST_SEEDED = 8 * (MOST_REPLICAS - 1)
"""Rows of one picture that depend on a seed and are remembered: those of eight lessons."""
_PICTURE, _MIRRORED = _UNSEEDED = ("picture", "mirrored")
MOST_FORWARDS = 2000
"""Replicas are added as long as all pictures together stay below this many forwards."""


def fast_dtype(device: torch.device, wish: bool = True) -> torch.dtype:
    """Half precision where the device computes in it natively and it is wished for."""
    if not wish:
        return torch.float32
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if native else torch.float16
    return torch.bfloat16 if has_native_bf16() else torch.float32


class Normaliser:
    """Squares -> the network's input, a whole batch at a time.

    Args:
        transform: Whose mean and spread.
        device: Where the result lies.
        dtype: Of the result.
    """

    def __init__(self, transform: InputTransform, device: torch.device, dtype: torch.dtype) -> None:
        self._mean = torch.tensor(transform.mean, device=device).view(3, 1, 1) * 255
        self._std = torch.tensor(transform.std, device=device).view(3, 1, 1) * 255
        self._device, self._dtype = device, dtype

    def __call__(self, squares: Sequence[Image.Image]) -> Tensor:
        """N RGB squares -> (N, 3, side, side), channels last."""
        pixels = torch.from_numpy(np.stack([np.asarray(square) for square in squares]))
        batch = (pixels.to(self._device).permute(0, 3, 1, 2) - self._mean) / self._std
        return batch.to(self._dtype, memory_format=torch.channels_last)


class FeatureReader:
    """Runs the stages of a network without its head.

    Args:
        network: In eval mode; it is only read.
        transform: How a picture enters.
        device: Where to compute.
    """

    def __init__(self, network: ResNet, transform: InputTransform, device: torch.device) -> None:
        copy = fold(network)
        copy.fc = nn.Identity()
        dtype = fast_dtype(device)
        self._network = copy.to(device, dtype, memory_format=torch.channels_last)
        self._normalise = Normaliser(transform, device, dtype)
        self.batch = GPU_BATCH if device.type == "cuda" else CPU_BATCH

    @torch.inference_mode()
    def __call__(self, squares: Sequence[Image.Image]) -> Tensor:
        """N squares -> (N, 512) float32 on the CPU."""
        features: Tensor = self._network(self._normalise(squares))
        return features.float().cpu()


@dataclass
class FeatureMemory:
    """Features that are already known, for as long as the picture and the checkpoint live.

    A lesson after a picture was added, deleted or put into another class computes only what is
    new. Of the replicas that depend on a seed only the newest are kept: the pictures of the sample
    set live as long as the program. Safe to use from several threads.
    """

    _known: WeakKeyDictionary[Shot, WeakKeyDictionary[Checkpoint, dict[Hashable, Tensor]]] = field(
        default_factory=WeakKeyDictionary
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, shot: Shot, checkpoint: Checkpoint, key: Hashable) -> Tensor | None:
        """(512,) float32, or None if it is not known."""
        with self._lock:
            of_shot = self._known.get(shot)
            of_both = of_shot.get(checkpoint) if of_shot is not None else None
            feature = of_both.get(key) if of_both is not None else None
            if of_both is not None and feature is not None:
                of_both[key] = of_both.pop(key)  # the newest is the last one
            return feature

    def put(self, shot: Shot, checkpoint: Checkpoint, key: Hashable, feature: Tensor) -> None:
        """Remember."""
        with self._lock:
            of_shot = self._known.setdefault(shot, WeakKeyDictionary())
            of_both = of_shot.setdefault(checkpoint, {})
            of_both[key] = feature
            seeded = [one for one in of_both if one not in _UNSEEDED]
            for old in seeded[:-MOST_SEEDED]:
                del of_both[old]


def replica_count(pictures: int, augmentation: Augmentation) -> int:
    """Rows of each picture: more when there are few pictures.

    Measured with 5, 10 and 20 pictures of each of ten classes: a mirrored replica helps, two
    crops more change no accuracy beyond noise. They are made where the recipe asks for them.
    """
    wanted = 1 + int(augmentation.flip) + 2 * int(augmentation.crop or augmentation.colour)
    return max(1, min(wanted, MOST_REPLICAS, MOST_FORWARDS // max(1, pictures)))


def compute_features(
    shots: Sequence[Shot],
    checkpoint: Checkpoint,
    read: Callable[[], FeatureReader],
    augmentation: Augmentation,
    seed: int = 0,
    memory: FeatureMemory | None = None,
) -> Iterator[float]:
    """Fill a memory with the features of pictures and replicas, batch by batch.

    Args:
        shots: S pictures.
        checkpoint: Whose features.
        read: Makes the reader; not called if all is known.
        augmentation: Of the replicas.
        seed: Of the replicas.
        memory: What is known, and where the rest goes.

    Yields:
        The share done after each batch, 0 to 1; whoever iterates may stop between batches.
    """
    memory = memory if memory is not None else FeatureMemory()
    numbers = range(replica_count(len(shots), augmentation))
    missing = [
        (shot, number)
        for number in numbers
        for shot in shots
        if memory.get(shot, checkpoint, feature_key(augmentation, seed, number)) is None
    ]
    if not missing:
        return
    reader = read()
    transform = checkpoint.transform
    for start in range(0, len(missing), reader.batch):
        part = missing[start : start + reader.batch]
        squares = [replica(s, transform, augmentation, n, seed) for s, n in part]
        for (shot, number), feature in zip(part, reader(squares), strict=True):
            memory.put(shot, checkpoint, feature_key(augmentation, seed, number), feature.clone())
        yield min(1.0, (start + len(part)) / len(missing))


def feature_key(augmentation: Augmentation, seed: int, number: int) -> Hashable:
    """What two replicas share if they are the same; pictures and mirrors depend on no seed."""
    if number == 0:
        return _PICTURE
    if number == 1 and augmentation.flip:
        return _MIRRORED
    return augmentation, seed, number


def build_table(
    dataset: Dataset,
    checkpoint: Checkpoint,
    augmentation: Augmentation,
    seed: int,
    memory: FeatureMemory,
) -> FeatureTable:
    """What `compute_features` left in the memory, as a table.

    Returns:
        The pictures in the order of the data set, then their replicas in the same order.
        Near-identical pictures, and those that a held button took in one go, are in one group.
    """
    shots = [shot for one in dataset.classes for shot in one.shots]
    counts = [len(one.shots) for one in dataset.classes]
    groups = group_numbers(counts, related_groups(dataset))
    copies = replica_count(len(shots), augmentation)
    keys = [feature_key(augmentation, seed, number) for number in range(copies)]
    rows = [memory.get(shot, checkpoint, key) for key in keys for shot in shots]
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    return FeatureTable(
        features=torch.stack([row for row in rows if row is not None]).double(),
        labels=labels.repeat(copies),
        groups=torch.tensor(groups).repeat(copies),
        shots=torch.arange(len(shots)).repeat(copies),
        original=torch.arange(len(shots) * copies) < len(shots),
        classes=len(counts),
        held=hold_unit(dataset),
    )
