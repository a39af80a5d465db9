"""The ledger of a logit: what each of the 512 channels of layer4 added to it, exactly.

Behind layer4 come only average pooling and a linear layer (Zhou et al., 1512.04150):

    logit_c = sum over k of weight[c, k] * mean(A_k) + bias_c
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core.analysis import Analysis
from rn18demo.core.predictions import check_class
from rn18demo.core.stages import LAST, forward_stages

SHOWN = 8
"""Channels listed for and against."""
EXACT = 1e-4
"""A ledger sums to its logit within this, unless the logit was computed in bf16 or fp16."""


@dataclass(frozen=True, eq=False)
class Ledger:
    """What adds up to a logit, or to the lead of one class over another.

    Attributes:
        contributions: (K,) float32 on the CPU, one for each channel, in units of the logit.
        bias: What the head adds whatever the picture.
        logit: What the network answered.
    """

    contributions: Tensor
    bias: float
    logit: float

    @property
    def total(self) -> float:
        """The sum of all entries, which is the logit up to rounding."""
        return float(self.contributions.double().sum()) + self.bias

    @property
    def spoken_for(self) -> float:
        """The sum of all positive contributions."""
        return float(self.contributions.clamp(min=0).double().sum())

    @property
    def spoken_against(self) -> float:
        """The sum of all negative contributions, 0 or less."""
        return float(self.contributions.clamp(max=0).double().sum())

    def strongest_for(self, count: int = SHOWN) -> tuple[tuple[int, float], ...]:
        """Channel and contribution, largest first; only those above 0."""
        return self._strongest(count, 1)

    def strongest_against(self, count: int = SHOWN) -> tuple[tuple[int, float], ...]:
        """Channel and contribution, most negative first; only those below 0."""
        return self._strongest(count, -1)

    def _strongest(self, count: int, sign: int) -> tuple[tuple[int, float], ...]:
        best = (sign * self.contributions).topk(min(count, len(self.contributions)))
        found = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return tuple((channel, sign * value) for channel, value in found if value > 0)

    def against(self, other: "Ledger") -> "Ledger":
        """The ledger of the lead over another class: every entry of ours less theirs."""
        return Ledger(
            self.contributions - other.contributions,
            self.bias - other.bias,
            self.logit - other.logit,
        )


def read_ledger(analysis: Analysis, class_index: int) -> Ledger:
    """The ledger of a class, from the activations that its logit was computed from.

    Args:
        analysis: Of the picture.
        class_index: Row of the head.

    Raises:
        RequestError: There is no such class.
    """
    check_class(class_index, len(analysis.labels))
    head = analysis.checkpoint.network.fc
    with torch.no_grad():
        means = analysis.activation(LAST.name).double().mean((1, 2))
        row = head.weight[class_index].detach().double().cpu()
        bias = 0.0 if head.bias is None else float(head.bias[class_index])
        return Ledger((row * means).float(), bias, float(analysis.logits[class_index]))


def in_float32(analysis: Analysis, network: ResNet, batch: Tensor) -> Analysis:
    """The same analysis, computed again where fewer digits were kept than the ledger shows.

    Args:
        analysis: Of the picture.
        network: Its checkpoint's float32 network.
        batch: (1, 3, H, W), normalised, on the network's device.
    """
    top = int(analysis.logits.argmax())
    ledger = read_ledger(analysis, top)
    if abs(ledger.total - ledger.logit) <= EXACT / 2:
        return analysis
    with torch.no_grad():
        found = forward_stages(network, batch)
    activations = {name: tensor[0].cpu() for name, tensor in found.activations.items()}
    return replace(analysis, logits=found.logits[0].cpu(), activations=activations)
