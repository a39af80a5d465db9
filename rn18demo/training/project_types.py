"""What a saved project is."""

from dataclasses import dataclass, field
from typing import Any

from rn18demo.training.dataset_types import Dataset

VERSION = 1
CHECKPOINT = "checkpoint.safetensors"
JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
"""How a picture's file may begin."""


@dataclass(frozen=True)
class Project:
    """What a visitor collected and taught.

    Attributes:
        dataset: Classes may be empty, and one class may be all there is.
        settings: Whatever JSON can hold, under text keys; after loading, not to be trusted.
        checkpoint: A safetensors file, or None; after loading, not to be trusted.
    """

    dataset: Dataset
    settings: dict[str, Any] = field(default_factory=dict)
    checkpoint: bytes | None = field(default=None, repr=False)
