"""OpenVINO on the CPU: bf16 where the CPU computes in it, float32 elsewhere."""

from typing import Any

import torch
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core.runtimes.base import PictureOutputs, split
from rn18demo.core.runtimes.openvino_graph import LOGITS, build_graph, load_openvino
from rn18demo.core.stages import StageOutputs
from rn18demo.core.transform import InputTransform

_SHORT = {"bf16": "bf16", "f16": "fp16", "f32": "fp32"}


class OpenvinoRuntime:
    """A compiled model and its one request.

    Args:
        folded: From `fold`; only read.
        transform: Of the checkpoint.
        precision: "f32", or None for what OpenVINO takes on this CPU.
        stages: False leaves the activations out; `run` then returns logits only.
    """

    batch = 4
    any_thread = True

    def __init__(
        self,
        folded: ResNet,
        transform: InputTransform,
        precision: str | None = None,
        stages: bool = True,
    ) -> None:
        wishes: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            # As many as PyTorch, which hears OMP_NUM_THREADS and torch.set_num_threads.
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            # Threads bound to cores gain nothing here, and suffer where a core is shared.
            "ENABLE_CPU_PINNING": False,
        }
        if precision is not None:
            wishes["INFERENCE_PRECISION_HINT"] = precision
        graph = build_graph(folded, transform, stages)
        compiled = load_openvino().Core().compile_model(graph, "CPU", wishes)
        taken = compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
        self.words = f"OpenVINO, {_SHORT.get(taken, taken)}"
        self._request = compiled.create_infer_request()
        self._outputs = [
            (port.get_any_name(), [part.get_length() for part in list(port.partial_shape)[1:]])
            for port in compiled.outputs
        ]

    def run(self, pixels: Tensor) -> list[PictureOutputs]:
        """As `Runtime.run`."""
        values = {}
        for number, (name, shape) in enumerate(self._outputs):
            # OpenVINO writes into memory that is handed on, so that nothing is copied after it.
            values[name] = torch.empty(len(pixels), *shape)
            self._request.set_output_tensor(number, _shared(values[name]))
        self._request.infer({0: _shared(pixels)}, share_inputs=True)
        return split(StageOutputs(values.pop(LOGITS), values))


def _shared(tensor: Tensor) -> Any:
    return load_openvino().Tensor(tensor.contiguous().numpy(), shared_memory=True)


def build_openvino(
    folded: ResNet, device: torch.device, transform: InputTransform
) -> OpenvinoRuntime:
    """In the precision that suits this CPU."""
    return OpenvinoRuntime(folded, transform)


def build_openvino_fp32(
    folded: ResNet, device: torch.device, transform: InputTransform
) -> OpenvinoRuntime:
    """In float32 on every CPU."""
    return OpenvinoRuntime(folded, transform, "f32")
