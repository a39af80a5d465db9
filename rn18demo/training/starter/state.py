"""What a run needs to go on after a kill, as one safetensors file."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn


@dataclass
class Progress:
    """Where a run stands.

    Attributes:
        step: Optimizer steps done.
        images: Pictures seen.
        seconds: Training time spent.
        log: One row per report: step, images, seconds, side, rate, loss, accuracy.
    """

    step: int = 0
    images: int = 0
    seconds: float = 0.0
    log: list[dict[str, Any]] = field(default_factory=list)


def save(
    path: Path,
    model: nn.Module,
    average: nn.Module,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
) -> None:
    """Write everything, then put it in place of the last one in a single move."""
    tensors: dict[str, Tensor] = {}
    for prefix, state in (("model.", model.state_dict()), ("average.", average.state_dict())):
        tensors |= {prefix + name: value.clone() for name, value in state.items()}
    names = {id(p): name for name, p in model.named_parameters()}
    for parameter, slots in optimizer.state.items():
        if slots.get("momentum_buffer") is not None:
            tensors["momentum." + names[id(parameter)]] = slots["momentum_buffer"].clone()
    scalars = json.dumps(vars(progress))
    partial = path.with_suffix(".partial")
    contiguous = {name: value.contiguous() for name, value in tensors.items()}
    save_file(contiguous, partial, metadata={"progress": scalars})
    os.replace(partial, path)


def load(
    path: Path, model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer
) -> Progress:
    """Read back what `save` wrote into the three objects."""
    with safe_open(path, framework="pt") as file:
        progress = Progress(**json.loads(file.metadata()["progress"]))
        tensors = {name: file.get_tensor(name) for name in file.keys()}

    def part(prefix: str) -> dict[str, Tensor]:
        return {n[len(prefix) :]: t for n, t in tensors.items() if n.startswith(prefix)}

    model.load_state_dict(part("model."))
    average.load_state_dict(part("average."))
    momentum = part("momentum.")
    for name, parameter in model.named_parameters():
        if name in momentum:
            buffer = torch.empty_like(parameter).copy_(momentum[name])
            optimizer.state[parameter]["momentum_buffer"] = buffer
    return progress
