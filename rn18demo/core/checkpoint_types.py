"""What a checkpoint is, and the small results that the catalogue answers with."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core.transform import InputTransform

TAUGHT_PREFIX = "ft-"
"""Of the ids of all that visitors teach."""


@dataclass(frozen=True)
class Accuracy:
    """How often a checkpoint was right, on pictures that it was not trained on.

    Attributes:
        top1: Share of pictures whose class came first, 0 to 1.
        top5: Share of pictures whose class was among the first five, 0 to 1.
        pictures: How many pictures were measured.
        dataset: Which pictures, in words.
        calibration_error: Expected calibration error over 15 bins (1706.04599), 0 to 1.
        method: Who measured it, and how.
    """

    top1: float
    top5: float
    pictures: int
    dataset: str
    calibration_error: float | None = None
    method: str = ""


@dataclass(frozen=True, eq=False)  # compared by identity: networks cannot be compared by value
class Checkpoint:
    """A stock torchvision ResNet-18 with a plain `Linear(512, C)` head, and its facts.

    Attributes:
        id: `imagenet1k-v1`, `starter`, `given`, or `ft-...`.
        title: Its name on the page.
        network: In eval mode, float32; no parameter asks for a gradient. On the CPU, until an
            engine takes it to its device.
        labels: C readable class names, in the order of the head.
        transform: How a picture enters.
        source: Where the weights came from.
        sha256: Hex digest of the file that was read; of all shards in order, one after
            the other, if there are several.
        accuracy: As measured, or None if nobody has.
        note: One or two sentences for the page, or nothing.
        wnids: WordNet ids in the order of the head, or nothing.
    """

    id: str
    title: str
    network: ResNet
    labels: tuple[str, ...]
    transform: InputTransform
    source: str
    sha256: str
    accuracy: Accuracy | None = None
    note: str = ""
    wnids: tuple[str, ...] = ()

    @cached_property
    def head(self) -> Tensor:
        """(C, 512) float32 on the CPU: what each class makes of the last stage's channels.

        Fetched once, wherever the network is: maps need it with every picture.
        """
        return self.network.fc.weight.detach().cpu().float()


@dataclass(frozen=True)
class CheckpointEntry:
    """A line in the list of checkpoints.

    Attributes:
        id: What `Catalogue.get` takes.
        title: Its name on the page.
        classes: Number of classes; 0 if it cannot be read.
        available: Whether `Catalogue.get` would answer now, without any network.
        reason: Why it is not available, or a word on how it is.
        accuracy: As measured, or None.
    """

    id: str
    title: str
    classes: int
    available: bool
    reason: str
    accuracy: Accuracy | None


@dataclass(frozen=True)
class FetchState:
    """How far the background download of the official weights is.

    Attributes:
        status: `idle` before it was asked for.
        received: Bytes so far.
        total: Bytes of the whole file; 0 if not known.
        sentence: The same for a reader.
    """

    status: Literal["idle", "fetching", "ready", "failed"]
    received: int = 0
    total: int = 0
    sentence: str = ""
