"""Half precision on an NVIDIA GPU; a single picture is one replay of a recorded graph.

For one picture the GPU needs less time than the CPU takes to launch some sixty kernels one by
one. A CUDA graph is launched as a whole, with the copies to and from the GPU inside.
"""

import copy
from collections.abc import Callable
from math import prod

import numpy as np
import torch
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core.runtimes.base import Normalise, PictureOutputs, copied
from rn18demo.core.stages import StageOutputs, forward_stages
from rn18demo.core.transform import InputTransform

_WARM_UP = 3
"""Forwards before recording, as PyTorch's notes on CUDA graphs ask for: libraries choose their
kernels and take their memory in the first ones."""

Shapes = dict[str, tuple[int, ...]]
"""By stage, (K, h, w)."""


class CudaRuntime:
    """fp16, channels last.

    Args:
        folded: From `fold`; only read.
        device: A CUDA device.
        transform: Of the checkpoint.
    """

    batch = 16
    any_thread = True
    words = "PyTorch, fp16, CUDA graph"

    def __init__(self, folded: ResNet, device: torch.device, transform: InputTransform) -> None:
        network = copy.deepcopy(folded)
        self._network = network.to(device, torch.float16, memory_format=torch.channels_last)
        self._device = device
        self._normalise = Normalise(transform, device)
        with torch.inference_mode(), torch.cuda.device(device):
            self._single = _Recorded(self._forward, device, transform.crop)

    @torch.inference_mode()
    def run(self, pixels: Tensor) -> list[PictureOutputs]:
        """As `Runtime.run`."""
        with torch.cuda.device(self._device):
            if pixels.shape == self._single.shape:
                return self._single.run(pixels)
            outputs = self._forward(pixels.pin_memory().to(self._device, non_blocking=True))
            joined = _joined(outputs)
            rows = torch.empty(joined.shape, pin_memory=True)  # from PyTorch's store of such
            rows.copy_(joined, non_blocking=True)
            torch.cuda.current_stream(self._device).synchronize()
            return [_parted(copied(row), _shapes(outputs)) for row in rows]

    def _forward(self, pixels: Tensor) -> StageOutputs:
        batch = self._normalise(pixels)
        batch = batch.to(torch.float16, memory_format=torch.channels_last)
        return forward_stages(self._network, batch)


class _Recorded:
    """The forward of one picture, recorded together with its copies."""

    def __init__(
        self, forward: Callable[[Tensor], StageOutputs], device: torch.device, side: int
    ) -> None:
        self.shape = torch.Size((1, side, side, 3))
        self._device = device
        self._given = torch.zeros(self.shape, dtype=torch.uint8, pin_memory=True)
        there = torch.zeros(self.shape, dtype=torch.uint8, device=device)
        stream = torch.cuda.Stream(device)
        stream.wait_stream(torch.cuda.current_stream(device))
        with torch.cuda.stream(stream):
            for _ in range(_WARM_UP):
                outputs = forward(there)
                joined = _joined(outputs)
        stream.synchronize()
        self._shapes = _shapes(outputs)
        self._answer = torch.empty(joined.shape, pin_memory=True)
        self._graph = torch.cuda.CUDAGraph()
        # Not by `torch.cuda.graph`, which waits for the whole device and empties the store of
        # memory of all threads; other threads may use the GPU meanwhile, for gradients.
        with torch.cuda.stream(stream):
            self._graph.capture_begin(capture_error_mode="thread_local")
            try:
                there.copy_(self._given, non_blocking=True)
                joined = _joined(forward(there))
                self._answer.copy_(joined, non_blocking=True)
            finally:
                self._graph.capture_end()
        # The graph reads and writes these addresses: they must live as long as it does.
        self._kept = (there, joined)

    def run(self, pixels: Tensor) -> list[PictureOutputs]:
        np.copyto(self._given.numpy(), pixels.numpy())  # see `copied`
        self._graph.replay()
        torch.cuda.current_stream(self._device).synchronize()
        return [_parted(copied(self._answer[0]), self._shapes)]


def _shapes(outputs: StageOutputs) -> Shapes:
    return {name: tuple(value.shape[1:]) for name, value in outputs.activations.items()}


def _joined(outputs: StageOutputs) -> Tensor:
    """(N, all numbers of a picture) float32: the stages' activations in order, the logits."""
    parts = [*outputs.activations.values(), outputs.logits]
    return torch.cat([part.float().flatten(1) for part in parts], 1)


def _parted(row: Tensor, shapes: Shapes) -> PictureOutputs:
    """The reverse of `_joined` for one picture, as views."""
    *parts, logits = row.split([*map(prod, shapes.values()), len(row) - _total(shapes)])
    names = zip(shapes.items(), parts, strict=True)
    return PictureOutputs(logits, {name: part.view(shape) for (name, shape), part in names})


def _total(shapes: Shapes) -> int:
    return sum(map(prod, shapes.values()))


def build_cuda(folded: ResNet, device: torch.device, transform: InputTransform) -> CudaRuntime:
    """As a `Candidate` builds it."""
    return CudaRuntime(folded, device, transform)
