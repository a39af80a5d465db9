"""The networks of the degradation experiment: the same layers, with shortcuts or without."""

from typing import cast

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import skip_init

from rn18demo.training.degradation_data import FIGURES


class Pair(nn.Module):
    """Two 3x3 convolutions with batch norm, as in ResNet-18's basic block.

    Args:
        width: Channels in and out.
        shortcut: Whether what comes in is added to what the two convolutions make of it. The
            shortcut is the identity and has no weights.
    """

    def __init__(self, width: int, shortcut: bool) -> None:
        super().__init__()
        self.conv1, self.bn1 = _conv(width, width), _norm(width)
        self.conv2, self.bn2 = _conv(width, width), _norm(width)
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """N x width x H x W to the same shape, 0 or more."""
        branch = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(branch + x if self.shortcut else branch)


class NarrowNetwork(nn.Module):
    """A stem that halves the picture, pairs of convolutions, an average pool, a linear head.

    Args:
        depth: Layers with weights: the stem, two for each pair, the head; even, 4 or more.
        width: Channels everywhere.
        shortcuts: Whether the pairs have them.
        rng: Draws the weights, in the same order with and without shortcuts.
    """

    def __init__(self, depth: int, width: int, shortcuts: bool, rng: Generator) -> None:
        super().__init__()
        self.stem, self.bn = _conv(1, width, stride=2), _norm(width)
        self.pairs = nn.Sequential(*[Pair(width, shortcuts) for _ in range(depth // 2 - 1)])
        self.fc = cast(nn.Linear, skip_init(nn.Linear, width, len(FIGURES)))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                # He et al., 1502.01852: keeps the signal's size through ReLU layers.
                nn.init.kaiming_normal_(
                    module.weight, mode="fan_out", nonlinearity="relu", generator=rng
                )
        # A small head: with std 1/sqrt(width), the residual network of one seed ended worse than
        # both plain ones. How it begins matters as much as the shortcuts; the page says so.
        nn.init.normal_(self.fc.weight, std=0.01, generator=rng)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x: Tensor) -> Tensor:
        """N x 1 x SIDE x SIDE to N x len(FIGURES) logits."""
        features = self.pairs(F.relu(self.bn(self.stem(x))))
        return cast(Tensor, self.fc(features.mean(dim=(2, 3))))


def build_network(depth: int, width: int, shortcuts: bool, seed: int) -> NarrowNetwork:
    """A network drawn from a seed; PyTorch's global random state is neither read nor changed."""
    return NarrowNetwork(depth, width, shortcuts, torch.Generator().manual_seed(seed))


def _conv(channels: int, width: int, stride: int = 1) -> nn.Conv2d:
    made = skip_init(
        nn.Conv2d, channels, width, kernel_size=3, stride=stride, padding=1, bias=False
    )
    return cast(nn.Conv2d, made)


def _norm(width: int) -> nn.BatchNorm2d:
    # Momentum 1: the running statistics are those of the last batch. A pass over many training
    # pictures thus sets them exactly; a running mean lags behind and makes deep networks look
    # worse than they are while they change fast.
    return nn.BatchNorm2d(width, momentum=1.0)
