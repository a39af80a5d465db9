"""Activations that stay on the GPU until somebody looks at them.

The stages before the last are 22 times as many numbers as the answer and its maps need, and most
answers are never looked at more closely. On an H200, bringing them to the CPU took nearly as long
as the network for one picture, and six times as long for sixteen.
"""

import threading
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from math import prod

import torch
from torch import Tensor

Shapes = dict[str, tuple[int, ...]]
"""By stage, (K, h, w)."""

LEFT_AT_MOST = 256
"""Answers that may leave something on the GPU, 1.1 MB each; the oldest are brought to the CPU."""


class LeftOnGpu(Mapping[str, Tensor]):
    """What one picture leaves at the stages, by name; on the CPU for those who read it.

    Any thread may read.

    Args:
        here: What is on the CPU already, by stage, (K, h, w) float32.
        there: All others in the order of `shapes`, (numbers,) of any precision on any device;
            nobody else writes to it.
        shapes: Of those.
    """

    def __init__(self, here: dict[str, Tensor], there: Tensor, shapes: Shapes) -> None:
        self._here, self._there, self._shapes = here, there, shapes
        self._names = (*shapes, *here)
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._here and name in self._shapes:
            self.fetch()
        return self._here[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def fetch(self) -> None:
        """Bring everything to the CPU, once."""
        with self._lock:
            if self._shapes:
                self._here = self._here | parted(self._there.cpu().float(), self._shapes)
                self._there, self._shapes = torch.empty(0), {}


class Room:
    """Keeps what is left on a GPU from filling it.

    Args:
        most: Answers, the last ones of all visitors, that may leave something there.
    """

    def __init__(self, most: int = LEFT_AT_MOST) -> None:
        self._most = most
        self._left: deque[weakref.ref[LeftOnGpu]] = deque()
        self._lock = threading.Lock()

    def add(self, one: LeftOnGpu) -> None:
        """One more; if that is too many, the oldest moves to the CPU, unless nobody keeps it."""
        with self._lock:
            self._left.append(weakref.ref(one))
            oldest = self._left.popleft()() if len(self._left) > self._most else None
        if oldest is not None:
            oldest.fetch()


def parted(row: Tensor, shapes: Shapes) -> dict[str, Tensor]:
    """A picture's numbers, one stage after the other, as views of the stages' shapes."""
    parts = row.split([prod(shape) for shape in shapes.values()])
    return {name: part.view(shapes[name]) for name, part in zip(shapes, parts, strict=True)}
