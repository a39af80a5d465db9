"""Half precision on an NVIDIA GPU, by recorded graphs, with few copies to the CPU.

For one picture the GPU needs less time than the CPU takes to launch some fifty kernels one by
one, and for sixteen hardly more. A CUDA graph is launched as a whole, with the copies to and from
the GPU inside.
"""

import copy

import numpy as np
import torch
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core.runtimes.base import Normalise, PictureOutputs, copied
from rn18demo.core.runtimes.left_on_gpu import LeftOnGpu, Room, Shapes
from rn18demo.core.stages import LAST, StageOutputs, forward_stages
from rn18demo.core.transform import InputTransform

_SIZES = (1, 2, 4, 8, 16)
"""Pictures for which a forward is recorded; fewer are computed as the next larger number."""
_WARM_UP = 3
"""Forwards before recording, as PyTorch's notes on CUDA graphs ask for: libraries choose their
kernels and take their memory in the first ones."""

_room = Room()
"""Of this program, whatever checkpoints it computes."""


class CudaRuntime:
    """fp16, channels last.

    Args:
        folded: From `fold`; only read.
        device: A CUDA device.
        transform: Of the checkpoint.
    """

    batch = _SIZES[-1]
    any_thread = True
    words = "PyTorch, fp16, CUDA graph"

    def __init__(self, folded: ResNet, device: torch.device, transform: InputTransform) -> None:
        network = copy.deepcopy(folded)
        self._network = network.to(device, torch.float16, memory_format=torch.channels_last)
        self._device = device
        self._normalise = Normalise(transform, device)
        with torch.inference_mode(), torch.cuda.device(device):
            self._record(transform.crop)

    @torch.inference_mode()
    def run(self, pixels: Tensor) -> list[PictureOutputs]:
        """As `Runtime.run`; activations before the last stage come from the GPU when asked for."""
        with torch.cuda.device(self._device):
            return [found for part in pixels.split(self.batch) for found in self._replay(part)]

    def _replay(self, pixels: Tensor) -> list[PictureOutputs]:
        count = len(pixels)
        graph = next(graph for size, graph in self._graphs.items() if size >= count)
        np.copyto(self._given.numpy()[:count], pixels.numpy())  # not by PyTorch: see `copied`
        graph.replay()
        left = [row.clone() for row in self._left[:count]]
        torch.cuda.current_stream(self._device).synchronize()
        return [
            self._outputs(copied(self._answers[number]), row) for number, row in enumerate(left)
        ]

    def _outputs(self, answer: Tensor, left: Tensor) -> PictureOutputs:
        last = answer[: -self._classes].view(self._last)
        activations = LeftOnGpu({LAST.name: last}, left, self._shapes)
        _room.add(activations)
        return PictureOutputs(answer[-self._classes :], activations)

    def _record(self, side: int) -> None:
        """Record a forward for each number of pictures.

        They share what they read, write and compute in: they run one at a time.
        """
        self._given = torch.zeros((self.batch, side, side, 3), dtype=torch.uint8, pin_memory=True)
        there = torch.zeros_like(self._given, device=self._device)
        stream = torch.cuda.Stream(self._device)
        stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(stream):
            outputs = self._forward(there[:1])
            self._shapes: Shapes = {
                name: tuple(value.shape[1:]) for name, value in outputs.activations.items()
            }
            self._last = self._shapes.pop(LAST.name)
            self._classes = outputs.logits.shape[1]
            left, answers = _earlier(outputs), _answer(outputs)
            self._left = left.new_empty(self.batch, left.shape[1])
            self._answers = torch.empty(self.batch, answers.shape[1], pin_memory=True)
            self._memory = torch.cuda.graph_pool_handle()
            self._graphs = {size: self._recorded(there[:size], stream) for size in _SIZES}
        stream.synchronize()
        self._there = there  # the graphs read this address: it must live as long as they do

    def _recorded(self, there: Tensor, stream: torch.cuda.Stream) -> torch.cuda.CUDAGraph:
        """One forward, from the pictures in `_given` to the numbers in `_answers` and `_left`."""
        count = len(there)
        for _ in range(_WARM_UP):
            outputs = self._forward(there)
            _earlier(outputs), _answer(outputs)
        stream.synchronize()
        graph = torch.cuda.CUDAGraph()
        # Not by `torch.cuda.graph`, which waits for the whole device and empties the store of
        # memory of all threads; other threads may use the GPU meanwhile, for gradients.
        graph.capture_begin(self._memory, capture_error_mode="thread_local")
        try:
            there.copy_(self._given[:count], non_blocking=True)
            outputs = self._forward(there)
            self._left[:count].copy_(_earlier(outputs))
            self._answers[:count].copy_(_answer(outputs), non_blocking=True)
        finally:
            graph.capture_end()
        return graph

    def _forward(self, pixels: Tensor) -> StageOutputs:
        batch = self._normalise(pixels)
        batch = batch.to(torch.float16, memory_format=torch.channels_last)
        return forward_stages(self._network, batch)


def _answer(outputs: StageOutputs) -> Tensor:
    """(N, numbers) float32: what every answer needs, the last stage and the logits."""
    parts = outputs.activations[LAST.name], outputs.logits
    return torch.cat([part.float().flatten(1) for part in parts], 1)


def _earlier(outputs: StageOutputs) -> Tensor:
    """(N, numbers) float16: the stages before, in order."""
    stages = [value for name, value in outputs.activations.items() if name != LAST.name]
    return torch.cat([value.flatten(1) for value in stages], 1)


def build_cuda(folded: ResNet, device: torch.device, transform: InputTransform) -> CudaRuntime:
    """As a `Candidate` builds it."""
    return CudaRuntime(folded, device, transform)
