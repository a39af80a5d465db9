"""Whether a project's network can be one, told by the start of its file.

Zeros pack to a thousandth, so a small project may unpack to a large file that is no network. A
safetensors file begins with a table of its tensors: what is no ResNet-18 is known by that, and
how long a file is that is one.
"""

import json

import torch
from torchvision.models import resnet18

LENGTH_BYTES = 8
"""The length of the table, which comes first."""
MOST_TABLE_BYTES = 2**20
"""A ResNet-18's is about 12 KB; the names of its classes and what is known about it add some."""
_TYPES = {torch.float32: "F32", torch.int64: "I64"}
"""What is saved is always of these."""


def table_bytes(start: bytes) -> int | None:
    """How long the table is, by the first bytes of a file; None if it is no such file."""
    length = int.from_bytes(start[:LENGTH_BYTES], "little")
    return length if 2 <= length <= MOST_TABLE_BYTES else None


def tensor_bytes(table: bytes, most_classes: int) -> int | None:
    """How many bytes follow a table of tensors; None if they are not a ResNet-18's.

    Args:
        table: As it stands in the file.
        most_classes: That the network may have.
    """
    try:
        listed = dict(json.loads(table))
        listed.pop("__metadata__", None)
        classes = listed["fc.bias"]["shape"][0]
        if not isinstance(classes, int) or not 1 <= classes <= most_classes:
            return None
        with torch.device("meta"):
            expected = resnet18(num_classes=classes).state_dict()
        facts = {name: (_TYPES[t.dtype], list(t.shape)) for name, t in expected.items()}
        if facts != {name: (one["dtype"], one["shape"]) for name, one in listed.items()}:
            return None
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
    return sum(t.numel() * t.element_size() for t in expected.values())
