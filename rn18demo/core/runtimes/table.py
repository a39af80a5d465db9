"""The table of runtimes: everything that offers or looks one up derives from it."""

import os

import torch

from rn18demo.core.runtimes.base import Candidate
from rn18demo.core.runtimes.cuda_runtime import build_cuda
from rn18demo.core.runtimes.openvino_runtime import build_openvino, build_openvino_fp32
from rn18demo.core.runtimes.torch_runtime import build_bf16, build_channels_last
from rn18demo.errors import RequestError

AUTO = "auto"
REFERENCE = "torch"
"""Plain float32 PyTorch: always there, needs no building, and is what the others are held to."""
VARIABLE = "RN18DEMO_RUNTIME"
"""Environment variable that says what "auto" means."""

CANDIDATES: tuple[Candidate, ...] = (
    Candidate("openvino", "cpu", build_openvino),
    Candidate("openvino-fp32", "cpu", build_openvino_fp32),
    Candidate("torch-bf16", "cpu", build_bf16, by_wish=True),
    Candidate("torch-channels-last", "cpu", build_channels_last),
    Candidate("cuda-fp16", "cuda", build_cuda),
)
"""In the order in which they take over from each other where nothing was measured.

torch-bf16 agrees on the example pictures, but not on 500 more (`python -m rn18demo.bench
agreement`: one other answer that is no near tie), so nobody gets it unasked."""

RUNTIMES = (AUTO, *(candidate.id for candidate in CANDIDATES), REFERENCE)
"""What may be wished for."""


def choose_runtime(
    wish: str, device: torch.device, candidates: tuple[Candidate, ...] = CANDIDATES
) -> str:
    """The id of the runtime that is wished for, or "auto".

    Args:
        wish: What the caller wants; "auto" leaves it to the environment variable, if set.
        device: Where to compute.
        candidates: Those that there are.

    Raises:
        RequestError: There is no such runtime, or it computes on another device.
    """
    if wish == AUTO:
        wish = os.environ.get(VARIABLE) or AUTO
    if wish in (AUTO, REFERENCE):
        return wish
    found = [candidate for candidate in candidates if candidate.id == wish]
    if not found:
        known = ", ".join([AUTO, *(candidate.id for candidate in candidates), REFERENCE])
        raise RequestError(f"There is no runtime “{wish}”; choose one of {known}.")
    if found[0].device != device.type:
        raise RequestError(
            f"The runtime “{wish}” computes on {found[0].device}, and the device is "
            f"{device.type}; choose another runtime, or start with --device {found[0].device}."
        )
    return wish
