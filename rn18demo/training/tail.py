"""The trained end of a network, and what it is fed with.

What comes before the trained stages does not change, so it is computed once for each replica
and kept. Batch norm stays in eval mode everywhere: few pictures would spoil its statistics.
"""

import copy
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

import torch
from torch import Tensor, nn
from torchvision.models import ResNet

from rn18demo.core.stages import LAST, STAGES, forward_from
from rn18demo.core.transform import InputTransform
from rn18demo.training.augmentation import Augmentation, replica
from rn18demo.training.dataset_types import Shot
from rn18demo.training.features import CPU_BATCH, GPU_BATCH, Normaliser, fast_dtype
from rn18demo.training.heads import LinearHead

REPLICAS = 4
"""Of each picture, itself included; every epoch draws one of them for each picture."""
CACHE_BYTES = 768 * 2**20
"""What is kept of the replicas' inputs; if all take more, each is computed when it is needed."""


class Tail:
    """A copy of a network, of which the last stages and the head can be trained.

    Args:
        network: In eval mode; it is only read.
        classes: Of the new head.
        stages: Names of the trained stages, in order: the last ones, or all, or none.
        device: Where to train.
        amp: Whether to train in mixed precision where the device computes in it.

    Attributes:
        network: The copy, in eval mode, float32.
        dtype: That products are computed in.
    """

    def __init__(
        self,
        network: ResNet,
        classes: int,
        stages: Sequence[str],
        device: torch.device,
        amp: bool = True,
    ) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False)
        self.network.fc = nn.Linear(network.fc.in_features, classes)
        self.network.to(device, memory_format=torch.channels_last).eval()
        self.device, self.dtype = device, fast_dtype(device, amp)
        names = [stage.name for stage in STAGES]
        self._frozen = [name for name in names if name not in stages]
        self.head = list(self.network.fc.parameters())
        trained = self.network.parameters() if not self._frozen else self._parameters(stages)
        self.backbone = [p for p in trained if all(p is not own for own in self.head)]
        for parameter in (*self.head, *self.backbone):
            parameter.requires_grad_()

    def _parameters(self, stages: Sequence[str]) -> list[nn.Parameter]:
        return [p for name in stages for p in getattr(self.network, name).parameters()]

    def __call__(self, inputs: Tensor) -> Tensor:
        """What `frozen` returned -> (N, C) float32 logits; with gradients where enabled."""
        with self.precision():
            if not self._frozen:
                logits = self.network(inputs)
            else:
                logits = forward_from(self.network, self._frozen[-1], inputs)
        return logits.float()

    @torch.no_grad()
    def frozen(self, batch: Tensor) -> Tensor:
        """(N, 3, side, side) -> the input of the first trained stage; pooled if there is none."""
        x = batch
        with self.precision():
            for name in self._frozen:
                if name == STAGES[0].name:
                    x = self.network.relu(self.network.bn1(self.network.conv1(x)))
                    x = self.network.maxpool(x)
                else:
                    x = getattr(self.network, name)(x)
            if self._frozen[-1:] == [LAST.name]:
                x = self.network.avgpool(x)  # pooling twice changes nothing, and saves memory
        return x

    def precision(self) -> AbstractContextManager[object]:
        """Mixed precision, if that is what the tail is for."""
        enabled = self.dtype is not torch.float32
        return torch.autocast(self.device.type, self.dtype, enabled=enabled)

    @torch.no_grad()
    def set_head(self, head: LinearHead) -> None:
        """Start from a head."""
        self.network.fc.weight.copy_(head.weight)
        self.network.fc.bias.copy_(head.bias)

    def state(self) -> list[Tensor]:
        """A copy of all that is trained."""
        return [p.detach().clone() for p in (*self.head, *self.backbone)]

    @torch.no_grad()
    def load(self, state: Sequence[Tensor]) -> None:
        """Go back to what `state` returned."""
        for parameter, value in zip((*self.head, *self.backbone), state, strict=True):
            parameter.copy_(value)
            parameter.grad = None


class TailInputs:
    """The inputs of a tail, by picture and replica.

    Args:
        tail: That is fed.
        shots: S pictures.
        transform: How a picture enters.
        augmentation: Of the replicas.
        seed: Of the replicas.
    """

    def __init__(
        self,
        tail: Tail,
        shots: Sequence[Shot],
        transform: InputTransform,
        augmentation: Augmentation,
        seed: int,
    ) -> None:
        self._tail, self._shots, self._transform = tail, shots, transform
        self._augmentation, self._seed = augmentation, seed
        self._normalise = Normaliser(transform, tail.device, tail.dtype)
        self._kept: dict[tuple[int, int], Tensor] = {}
        self.replicas = REPLICAS if augmentation.any else 1

    def __call__(self, places: Sequence[tuple[int, int]]) -> Tensor:
        """Inputs of (picture, number of the replica), stacked."""
        missing = [place for place in places if place not in self._kept]
        made = dict(zip(missing, self._make(missing), strict=True)) if missing else {}
        rows = [self._kept.get(place, made.get(place)) for place in places]
        stacked = torch.stack([row for row in rows if row is not None])
        return stacked.contiguous(memory_format=torch.channels_last)

    def prepare(self) -> Iterator[float]:
        """Compute and keep all replicas' inputs, as far as they fit; yields the share done."""
        numbers, shots = range(self.replicas), range(len(self._shots))
        places = [(shot, number) for number in numbers for shot in shots]
        size = GPU_BATCH if self._tail.device.type == "cuda" else CPU_BATCH
        for start in range(0, len(places), size):
            part = places[start : start + size]
            made = self._make(part)
            if made[0].nbytes * len(places) > CACHE_BYTES:
                return
            # Rows of their own, so that none keeps a whole batch alive.
            self._kept.update(zip(part, (row.clone() for row in made), strict=True))
            yield min(1.0, (start + size) / len(places))

    def _make(self, places: Sequence[tuple[int, int]]) -> Tensor:
        squares = [
            replica(self._shots[s], self._transform, self._augmentation, n, self._seed)
            for s, n in places
        ]
        return self._tail.frozen(self._normalise(squares))
