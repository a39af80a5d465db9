"""What every way to compute a batch looks like from outside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core.stages import StageOutputs
from rn18demo.core.transform import InputTransform


class NotForThisMachine(Exception):
    """Why a runtime would be of no use on this machine."""


@dataclass(frozen=True, eq=False)
class PictureOutputs:
    """What one forward leaves behind of one picture, in memory of its own.

    Attributes:
        logits: (C,) float32, on the CPU.
        activations: By stage, (K, h, w) float32, on the CPU; a GPU may hand them over only when
            they are read.
    """

    logits: Tensor
    activations: Mapping[str, Tensor]


class Runtime(Protocol):
    """One network, loaded and ready to run. Called by one thread at a time.

    Attributes:
        words: For the page, such as "OpenVINO, bf16".
        batch: How many pictures are worth computing together; more only make all of them wait.
        any_thread: Whether it computes as well from whatever thread calls it. PyTorch does not
            on a CPU: it keeps a team of threads for each thread that calls it, and several
            teams slow each other down.
    """

    words: str
    batch: int
    any_thread: bool

    def run(self, pixels: Tensor) -> list[PictureOutputs]:
        """Run the network once.

        Args:
            pixels: (N, side, side, 3) uint8 on the CPU, RGB, 0 to 255. Normalising is the
                runtime's, which does it where it computes.

        Returns:
            N results, in order.
        """
        ...


@dataclass(frozen=True)
class Candidate:
    """A runtime that may be chosen.

    Attributes:
        id: What `--runtime` takes.
        device: Type of the device that it computes on, "cpu" or "cuda".
        build: Loads it, given a network from `fold` that it must not change, the device,
            and the checkpoint's transform. It may raise NotForThisMachine, and anything else
            where it does not work.
        by_wish: Whether it is taken only by those who name it.
    """

    id: str
    device: str
    build: Callable[[ResNet, torch.device, InputTransform], Runtime]
    by_wish: bool = False


def split(outputs: StageOutputs) -> list[PictureOutputs]:
    """A batch's outputs, picture by picture.

    Args:
        outputs: Tensors that nobody else writes to; any device, any precision.

    Returns:
        Results that share no memory with each other, so that keeping one keeps only that one.
    """
    logits = outputs.logits.float().cpu()
    maps = {name: value.float().cpu().contiguous() for name, value in outputs.activations.items()}
    if len(logits) == 1:
        return [PictureOutputs(logits[0], {name: value[0] for name, value in maps.items()})]
    return [
        PictureOutputs(
            copied(logits[number]), {name: copied(value[number]) for name, value in maps.items()}
        )
        for number in range(len(logits))
    ]


def copied(tensor: Tensor) -> Tensor:
    """A copy of a tensor on the CPU, made by this thread alone.

    PyTorch would gather a team of threads for it, and with several such teams in a process each
    waits less eagerly: its forward took 30 % longer.
    """
    return torch.from_numpy(tensor.numpy().copy())


def joined(pictures: list[Tensor]) -> Tensor:
    """A batch of pictures: N tensors (side, side, 3) uint8 to one (N, side, side, 3)."""
    if len(pictures) == 1:
        return pictures[0][None]
    return torch.from_numpy(np.stack([picture.numpy() for picture in pictures]))


def pixels_of(square: Image.Image) -> Tensor:
    """(side, side, 3) uint8 from what `InputTransform.picture` made."""
    return torch.from_numpy(np.array(square))


class Normalise:
    """Pixels to what the network receives, on any device.

    Args:
        transform: Of the checkpoint.
        device: Where.
    """

    def __init__(self, transform: InputTransform, device: torch.device) -> None:
        shape = (1, 3, 1, 1)
        self._mean = torch.tensor(transform.mean, device=device).view(shape)
        self._std = torch.tensor(transform.std, device=device).view(shape)

    def __call__(self, pixels: Tensor) -> Tensor:
        """To the bit what `InputTransform.tensor` makes.

        Args:
            pixels: (N, side, side, 3) uint8.

        Returns:
            (N, 3, side, side) float32.
        """
        scaled = pixels.permute(0, 3, 1, 2).to(torch.float32).mul_(1 / 255)
        return scaled.sub_(self._mean).div_(self._std)
