"""What articles say of sizes and speeds, measured on this machine.

The networks are torchvision's own definitions with seeded random weights: size, work, time and
memory do not depend on what a network has learned.
"""

import statistics
import time
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models

from rn18demo.core.watched import Progress, Stop, Watch

SIDE = 224
"""Height and width of the picture that all of them get."""
REPEATS = 9
WARM_UPS = 2
SEED = 18


def resnet50_v1() -> nn.Module:
    """ResNet-50 as the paper has it: stride 2 in the first 1 x 1 of a bottleneck.

    torchvision's has it in the 3 x 3, which is known as v1.5.
    """
    network = models.resnet50()
    for module in network.modules():
        if isinstance(module, models.resnet.Bottleneck) and module.conv2.stride == (2, 2):
            module.conv1.stride, module.conv2.stride = (2, 2), (1, 1)
    return network


@dataclass(frozen=True)
class Candidate:
    """A network to measure.

    Attributes:
        id: Its key in the table of articles.
        title: What the page calls it.
        build: Makes it, without trained weights.
    """

    id: str
    title: str
    build: Callable[[], nn.Module]


CANDIDATES: tuple[Candidate, ...] = (
    Candidate("resnet18", "ResNet-18", models.resnet18),
    Candidate("mobilenet_v2", "MobileNetV2", models.mobilenet_v2),
    Candidate("resnet34", "ResNet-34", models.resnet34),
    Candidate("resnet50_v1", "ResNet-50 v1", resnet50_v1),
    Candidate("resnet50", "ResNet-50 v1.5", models.resnet50),
    Candidate("vgg16", "VGG16", models.vgg16),
)


@dataclass(frozen=True)
class Measured:
    """What one network needs for one picture.

    Attributes:
        candidate: Which one.
        parameters: Numbers that training sets.
        macs: Multiply-accumulates of convolutions and linear layers; a FLOP count is twice it.
        bytes: Of all weights and batch-norm statistics in float32.
        peak_bytes: Weights and the tensors that are alive at once, at the worst moment of a
            forward. PyTorch itself and its libraries' scratch space come on top.
        milliseconds: Median of a forward, batch 1, float32; None if only counted.
        fastest: The fastest of these forwards.
        slowest: The slowest.
    """

    candidate: Candidate
    parameters: int
    macs: int
    bytes: int
    peak_bytes: int
    milliseconds: float | None = None
    fastest: float | None = None
    slowest: float | None = None


class LiveBytes(TorchDispatchMode):
    """Adds up the storages that are alive during a computation.

    Args:
        known: Tensors that exist before, such as weights; they count by `before` alone.
        before: Bytes to start from.
    """

    def __init__(self, known: Iterable[Tensor], before: int) -> None:
        super().__init__()
        self._known = {tensor.untyped_storage()._cdata for tensor in known}
        self._live: dict[int, weakref.ref[Any]] = {}
        self._now = before
        self.peak = before

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one operation and note what it made."""
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, Tensor):
                self._note(leaf.untyped_storage())
        return out

    def _note(self, storage: Any) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key in self._known or key in self._live:
            return

        def gone(_: Any) -> None:
            del self._live[key]
            self._now -= size

        self._live[key] = weakref.ref(storage, gone)
        self._now += size
        self.peak = max(self.peak, self._now)


def _bytes(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


@torch.no_grad()
def count(candidate: Candidate) -> Measured:
    """Count size, work and memory without computing: everything is on the meta device."""
    with torch.device("meta"):
        network = candidate.build().eval()
        picture = torch.empty(1, 3, SIDE, SIDE)
    weights = [*network.parameters(), *network.buffers()]
    with FlopCounterMode(display=False) as flops:
        network(picture)
    with LiveBytes([*weights, picture], _bytes([*weights, picture])) as live:
        network(picture)
    return Measured(
        candidate,
        parameters=sum(p.numel() for p in network.parameters()),
        macs=flops.get_total_flops() // 2,
        bytes=_bytes(weights),
        peak_bytes=live.peak,
    )


@torch.no_grad()
def seeded(build: Callable[[], nn.Module], device: torch.device) -> nn.Module:
    """A network in eval mode with random weights, always the same ones."""
    with torch.device("meta"):
        network = build().eval().requires_grad_(False)
    network.to_empty(device=device)
    random = torch.Generator(device).manual_seed(SEED)
    for parameter in network.parameters():
        if parameter.dim() > 1:
            scale = (2 / parameter[0].numel()) ** 0.5  # He et al., 1502.01852
            parameter.normal_(0, scale, generator=random)
        else:
            parameter.fill_(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()
    return network


def measure(
    candidates: tuple[Candidate, ...] = CANDIDATES,
    device: torch.device | None = None,
    repeats: int = REPEATS,
    progress: Progress | None = None,
    cancelled: Stop | None = None,
) -> tuple[Measured, ...]:
    """Count and time them, in turns, so that a busy moment hits them all.

    All are in memory at the same time: 0.9 GB for `CANDIDATES`.

    Args:
        candidates: What to measure.
        device: Where the forwards run; the CPU if None.
        repeats: Timed forwards of each.
        progress: Told the share done, 0 to 1.
        cancelled: True stops it between two forwards.

    Raises:
        Cancelled: `cancelled` said so.
    """
    device = device or torch.device("cpu")
    watch = Watch(len(candidates) * (1 + WARM_UPS + repeats), progress, cancelled)
    made: list[tuple[Measured, nn.Module]] = []
    for candidate in candidates:
        made.append((count(candidate), seeded(candidate.build, device)))
        watch.step()
    picture = torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(SEED))
    picture = picture.to(device)
    times: list[list[float]] = [[] for _ in made]
    for turn in range(WARM_UPS + repeats):
        for (_, network), own in zip(made, times, strict=True):
            taken = _forward(network, picture)
            if turn >= WARM_UPS:
                own.append(taken)
            watch.step()
    return tuple(
        replace(counted, milliseconds=statistics.median(own), fastest=min(own), slowest=max(own))
        for (counted, _), own in zip(made, times, strict=True)
    )


@torch.inference_mode()
def _forward(network: nn.Module, picture: Tensor) -> float:
    """Milliseconds of one forward."""
    # Not of the whole device: another thread may be recording a graph, which that would break.
    stream = torch.cuda.current_stream(picture.device) if picture.is_cuda else None
    if stream is not None:
        stream.synchronize()
    start = time.perf_counter()
    network(picture)
    if stream is not None:
        stream.synchronize()
    return (time.perf_counter() - start) * 1000
