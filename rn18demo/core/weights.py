"""Bytes -> a verified ResNet-18. Nothing here trusts what it reads.

Safetensors hold numbers only. A pickle can run a program when it is opened, so the one
pickle that is read is torchvision's official file, after its SHA-256 has been checked,
and then with torch's restricted unpickler.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from torch import Tensor
from torchvision.models import ResNet, resnet18

from rn18demo.errors import CheckpointError

MAX_FILE_BYTES = 128 * 2**20
"""Largest file of weights that is opened; a ResNet-18 with 1,000 classes has 47 MB."""
MAX_HEADER_BYTES = 4 * 2**20
"""Largest header of a safetensors file; a ResNet-18's is about 12 KB, plus class names."""
MAX_CLASSES = 25_000
_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def sha256(data: bytes) -> str:
    """Hex digest of some bytes."""
    return hashlib.sha256(data).hexdigest()


def read_bytes(path: Path, limit: int = MAX_FILE_BYTES) -> bytes:
    """Read a whole file once, so that what is checked is what is used.

    Raises:
        CheckpointError: It does not exist, cannot be read, or is larger than `limit`.
    """
    try:
        if path.stat().st_size > limit:
            raise CheckpointError(
                f"{path.name} is larger than {limit // 2**20} MB, so it is not a ResNet-18."
            )
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CheckpointError(f"{path} cannot be read: {reason}.") from error


def is_pickle(data: bytes) -> bool:
    """Whether bytes look like what `torch.save` or `pickle` writes."""
    # A safetensors file starts with the length of its header, which may be any byte;
    # the header's brace follows at once.
    return data[8:9] != b"{" and (data[:4] == b"PK\x03\x04" or data[:1] == b"\x80")


def read_safetensors(data: bytes, name: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of a safetensors file.

    Args:
        data: The whole file.
        name: How to call it in an error.

    Raises:
        CheckpointError: It is a pickle, or not a safetensors file, or a damaged one.
    """
    if is_pickle(data):
        raise CheckpointError(
            f"{name} is a pickle, which could run a program when it is opened. Save the "
            "weights as safetensors (safetensors.torch.save_file) and give that file."
        )
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(MAX_HEADER_BYTES, len(data) - 8):
        raise CheckpointError(f"{name} is not a safetensors file, or it is damaged.")
    try:
        header = json.loads(data[8 : 8 + length])
        tensors = load_safetensors(data)
    except (SafetensorError, ValueError, RecursionError, KeyError) as error:
        raise CheckpointError(f"{name} is not a safetensors file, or it is damaged.") from error
    return tensors, dict(header.get("__metadata__") or {})


def read_official_pickle(data: bytes, expected_sha256: str) -> dict[str, Tensor]:
    """Tensors of torchvision's own .pth file.

    Raises:
        CheckpointError: The bytes are not the ones with this SHA-256.
    """
    if sha256(data) != expected_sha256:
        raise CheckpointError("The file is not the official one: its SHA-256 differs.")
    state: dict[str, Tensor] = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    return state


def build_network(state: Mapping[str, Tensor], name: str) -> ResNet:
    """Put weights into a stock ResNet-18.

    Args:
        state: A state dict; `num_batches_tracked` may be missing, as it is in old files.
        name: How to call it in an error.

    Returns:
        In eval mode, float32, no gradients asked for; it shares no memory with `state`.

    Raises:
        CheckpointError: Names, shapes or types are another network's, or a value is not
            a finite number.
    """
    head = state.get("fc.weight")
    if head is None or head.ndim != 2 or not 1 <= len(head) <= MAX_CLASSES:
        raise CheckpointError(f"{name} is not a ResNet-18 with a plain linear head (fc).")
    with torch.device("meta"):  # no memory and no random numbers for weights that are replaced
        network = resnet18(num_classes=len(head))
    expected = network.state_dict()
    _same_layout(expected, state, name)
    weights: dict[str, Tensor] = {}
    for key, place in expected.items():
        if key in state:
            weights[key] = state[key].detach().to("cpu", place.dtype, copy=True).contiguous()
        else:
            weights[key] = torch.zeros((), dtype=place.dtype)
        _sound(key, weights[key], name)
    network.load_state_dict(weights, assign=True)
    return network.requires_grad_(False).eval()


def _same_layout(expected: Mapping[str, Tensor], state: Mapping[str, Tensor], name: str) -> None:
    for key in state:
        if key not in expected:
            raise CheckpointError(
                f"{name} is not a ResNet-18: it has '{key[:80]}', which a ResNet-18 does not have."
            )
    for key, place in expected.items():
        counter = key.endswith("num_batches_tracked")
        if key not in state:
            if counter:
                continue
            raise CheckpointError(f"{name} is not a whole ResNet-18: '{key}' is missing.")
        if state[key].shape != place.shape:
            raise CheckpointError(
                f"{name} is not a ResNet-18: '{key}' has shape {tuple(state[key].shape)} "
                f"where {tuple(place.shape)} belongs."
            )
        if not counter and state[key].dtype not in _FLOATS:
            raise CheckpointError(
                f"{name} holds '{key}' as {str(state[key].dtype).removeprefix('torch.')}; "
                "weights must be 16, 32 or 64 bit floating point numbers."
            )


def _sound(key: str, value: Tensor, name: str) -> None:
    if value.is_floating_point() and not bool(torch.isfinite(value).all()):
        raise CheckpointError(f"{name} is damaged: '{key}' holds values that are not numbers.")
    if key.endswith("running_var") and bool((value < 0).any()):
        raise CheckpointError(f"{name} is damaged: '{key}' holds a negative variance.")
