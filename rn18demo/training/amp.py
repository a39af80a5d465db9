"""What mixed precision saves on a GPU, measured on the training that is about to start."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from rn18demo.training.tail import Tail
from rn18demo.training.training_run import BATCH, Material

STEPS = 5


@dataclass(frozen=True)
class AmpSaving:
    """One training step with and without mixed precision.

    Attributes:
        milliseconds: With it, median.
        milliseconds_without: Without it, median.
        megabytes: Most memory that the step took on top, in 2^20 bytes, with it.
        megabytes_without: Without it.
    """

    milliseconds: float
    milliseconds_without: float
    megabytes: float
    megabytes_without: float

    @property
    def sentence(self) -> str:
        """The same for people."""
        times = self.milliseconds_without / max(self.milliseconds, 1e-9)
        how = f"{times:.1f} times as fast" if times >= 1 else "no faster"
        return (
            f"With mixed precision a step was {how} "
            f"({self.milliseconds:.1f} instead of {self.milliseconds_without:.1f} ms) and took "
            f"{self.megabytes:.0f} MB instead of {self.megabytes_without:.0f} MB."
        )


def measure_amp(tail: Tail, material: Material) -> AmpSaving | None:
    """Time forward and backward of a batch both ways; no weight changes.

    Returns:
        None without a GPU, or if the tail does not use mixed precision.
    """
    if tail.device.type != "cuda" or tail.dtype is torch.float32:
        return None
    inputs = material.inputs([(row % len(material.labels), 0) for row in range(BATCH)])
    dtype = tail.dtype
    found = []
    try:
        # The first round is thrown away: libraries take memory in it that they do not give back.
        for precision in (dtype, torch.float32) * 2:
            tail.dtype = precision
            _forget(tail)
            found.append(_measure(partial(_backward, tail, inputs.to(precision)), tail.device))
    finally:
        tail.dtype = dtype
        _forget(tail)
    (fast, small), (slow, large) = found[2:]
    return AmpSaving(fast, slow, small, large)


def _forget(tail: Tail) -> None:
    """No gradients, so that the next ones take memory of their own."""
    for parameter in (*tail.head, *tail.backbone):
        parameter.grad = None


def _backward(tail: Tail, inputs: Tensor) -> None:
    tail(inputs).sum().backward()


@torch.enable_grad()
def _measure(step: Callable[[], object], device: torch.device) -> tuple[float, float]:
    """Median milliseconds and most megabytes of a step, after one to warm up."""
    times = []
    # Not of the whole device: another thread may be recording a graph, which that would break.
    stream = torch.cuda.current_stream(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    for _ in range(STEPS + 1):
        stream.synchronize()
        start = time.perf_counter()
        step()
        stream.synchronize()
        times.append((time.perf_counter() - start) * 1000)
    most = torch.cuda.max_memory_allocated(device) - before
    return sorted(times[1:])[STEPS // 2], most / 2**20
