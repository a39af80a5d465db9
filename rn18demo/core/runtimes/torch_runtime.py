"""PyTorch as it is, and PyTorch with what makes a convolutional network faster on a CPU."""

import copy

import torch
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core.runtimes.base import Normalise, NotForThisMachine, PictureOutputs, split
from rn18demo.core.stages import forward_stages
from rn18demo.core.transform import InputTransform

_SHORT = {torch.float32: "fp32", torch.bfloat16: "bf16", torch.float16: "fp16"}


class TorchRuntime:
    """Eager PyTorch.

    Args:
        network: In eval mode, on `device`.
        transform: Of the checkpoint.
        device: Where.
        channels_last: Whether the network's weights lie that way, so that pictures must too.
        batch: Pictures worth computing together. Without channels last, a CPU needs as long for
            each picture of a batch as for one alone: the activations leave its caches.
    """

    def __init__(
        self,
        network: ResNet,
        transform: InputTransform,
        device: torch.device,
        channels_last: bool = False,
        batch: int = 1,
    ) -> None:
        self._network, self._device = network, device
        self._normalise = Normalise(transform, device)
        self._dtype = network.conv1.weight.dtype
        self._format = torch.channels_last if channels_last else torch.contiguous_format
        self.batch = batch
        self.any_thread = device.type != "cpu"
        self.words = f"PyTorch, {_SHORT[self._dtype]}" + (", channels last" * channels_last)

    @torch.inference_mode()
    def run(self, pixels: Tensor) -> list[PictureOutputs]:
        """As `Runtime.run`."""
        batch = self._normalise(pixels.to(self._device))
        batch = batch.to(self._dtype, memory_format=self._format)
        return split(forward_stages(self._network, batch))


def build_reference(
    network: ResNet, device: torch.device, transform: InputTransform
) -> TorchRuntime:
    """The network itself in float32: what every other runtime has to agree with."""
    return TorchRuntime(network, transform, device, batch=8 if device.type == "cuda" else 1)


def build_channels_last(
    folded: ResNet, device: torch.device, transform: InputTransform
) -> TorchRuntime:
    """Float32 with the channels of a pixel side by side, as the CPU's kernels like it."""
    network = copy.deepcopy(folded).to(device, memory_format=torch.channels_last)
    return TorchRuntime(network, transform, device, channels_last=True, batch=4)


def build_bf16(folded: ResNet, device: torch.device, transform: InputTransform) -> TorchRuntime:
    """Bfloat16 with channels last, on a CPU that computes in it.

    Raises:
        NotForThisMachine: This CPU only emulates bfloat16.
    """
    if not has_native_bf16():
        raise NotForThisMachine("this CPU does not compute in bfloat16")
    network = copy.deepcopy(folded)
    network.to(device, torch.bfloat16, memory_format=torch.channels_last)
    return TorchRuntime(network, transform, device, channels_last=True, batch=4)


def has_native_bf16() -> bool:
    """Whether this CPU has instructions for bfloat16 that PyTorch's convolutions use."""
    asked = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # since torch 2.6
    return bool(asked is not None and asked())
