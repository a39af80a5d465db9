"""The eight residual blocks: y = ReLU(F(x) + shortcut(x)), opened.

He et al., 1512.03385. F, the residual branch, is two convolutions with their batch norms. The
shortcut is x itself (identity) or, where a stage halves the map and doubles the channels, a
1 x 1 convolution with a batch norm (projection).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import ResNet

from rn18demo.core.stages import STAGES, Stage
from rn18demo.errors import RequestError

BLOCKS_PER_STAGE = 2


class Part(StrEnum):
    """What can be cut out of a block; the values stand in ids of checkpoints."""

    RESIDUAL = "F"
    SHORTCUT = "x"


@dataclass(frozen=True)
class Block:
    """One residual block.

    Attributes:
        name: The module's path in torchvision, such as "layer2.0".
        stage: The stage that it belongs to.
        number: Its place in the stage.
        channels_in: Number of maps that it receives.
        side_in: Height and width of each of these for a 224 x 224 picture.
    """

    name: str
    stage: Stage
    number: int
    channels_in: int
    side_in: int

    @property
    def projects(self) -> bool:
        """Whether its shortcut is a projection instead of the identity."""
        return (self.channels_in, self.side_in) != (self.stage.channels, self.stage.side)

    @property
    def shape_in(self) -> str:
        """For a label, such as "64 × 56 × 56"."""
        return f"{self.channels_in} × {self.side_in} × {self.side_in}"


def _list_blocks() -> tuple[Block, ...]:
    blocks = []
    before = STAGES[0]
    for stage in STAGES[1:]:
        for number in range(BLOCKS_PER_STAGE):
            name = f"{stage.name}.{number}"
            blocks.append(Block(name, stage, number, before.channels, before.side))
            before = stage
    return tuple(blocks)


BLOCKS: tuple[Block, ...] = _list_blocks()


def find_block(name: str) -> Block:
    """The block of that name.

    Raises:
        RequestError: There is none.
    """
    for block in BLOCKS:
        if block.name == name:
            return block
    names = ", ".join(block.name for block in BLOCKS)
    raise RequestError(f"There is no block called “{name[:60]}”. The blocks are {names}.")


def block_modules(network: ResNet) -> dict[str, nn.Module]:
    """The blocks of a network by name: `BasicBlock`, or `CutBlock` where a part was cut."""
    return {block.name: getattr(network, block.stage.name)[block.number] for block in BLOCKS}


def residual(block: Any, x: Tensor) -> Tensor:
    """F(x): what the residual branch adds, whether it is cut or not.

    Args:
        block: A `BasicBlock` or a `CutBlock`.
        x: (N, channels_in, side_in, side_in), what enters.

    Returns:
        (N, channels, side, side), of either sign.
    """
    inner = F.relu(block.bn1(block.conv1(x)))
    branch: Tensor = block.bn2(block.conv2(inner))
    return branch


def shortcut(block: Any, x: Tensor) -> Tensor:
    """What passes by the residual branch: x itself, or its projection, whether cut or not.

    Args:
        block: A `BasicBlock` or a `CutBlock`.
        x: (N, channels_in, side_in, side_in).

    Returns:
        (N, channels, side, side); x itself where the shortcut is the identity.
    """
    if block.downsample is None:
        return x
    projected: Tensor = block.downsample(x)
    return projected


def cut_of(block: nn.Module) -> Part | None:
    """Which part of a block is cut."""
    return block.cut if isinstance(block, CutBlock) else None


class CutBlock(nn.Module):
    """A block without one of its two ways. It has the same weights under the same names.

    Args:
        block: The block that it stands for, whose modules it shares.
        cut: What no longer passes.
    """

    def __init__(self, block: Any, cut: Part) -> None:
        super().__init__()
        self.conv1, self.bn1 = block.conv1, block.bn1
        self.conv2, self.bn2 = block.conv2, block.bn2
        self.relu, self.downsample = block.relu, block.downsample
        self.cut = cut

    def forward(self, x: Tensor) -> Tensor:
        """What is left of the block; (N, channels_in, h, w) to (N, channels, h', w')."""
        # Not in place: the identity shortcut is the caller's own tensor.
        return F.relu(shortcut(self, x) if self.cut is Part.RESIDUAL else residual(self, x))


@dataclass(frozen=True, eq=False)
class BlockParts:
    """What one block made of one picture; all (K, h, w), float32, on the CPU.

    Attributes:
        shortcut: What came by the shortcut.
        residual: What the residual branch computed, F(x).
        sum: What was added: both, or the one that is not cut.
        output: The sum after the ReLU.
        cut: The part that did not take part in the sum.
    """

    shortcut: Tensor
    residual: Tensor
    sum: Tensor
    output: Tensor
    cut: Part | None = None

    @property
    def norms(self) -> tuple[float, float]:
        """Euclidean norms of F(x) and of the shortcut, a cut part counting as 0."""
        zero = self.cut is Part.RESIDUAL, self.cut is Part.SHORTCUT
        values = float(self.residual.norm()), float(self.shortcut.norm())
        return (0.0 if zero[0] else values[0], 0.0 if zero[1] else values[1])

    @property
    def share(self) -> float:
        """What the residual branch contributes: |F| / (|F| + |shortcut|), 0 to 1."""
        of_residual, of_shortcut = self.norms
        both = of_residual + of_shortcut
        return of_residual / both if both else 0.0


@torch.no_grad()
def open_blocks(network: ResNet, batch: Tensor) -> dict[str, BlockParts]:
    """Run the network once and keep both ways of every block. Uses no hooks.

    Args:
        network: A torchvision ResNet-18, also one with cut blocks.
        batch: (1, 3, H, W), normalised.

    Returns:
        By name of the block.
    """
    x = network.maxpool(F.relu(network.bn1(network.conv1(batch))))
    parts = {}
    for name, block in block_modules(network).items():
        by, branch, cut = shortcut(block, x), residual(block, x), cut_of(block)
        added = {None: by + branch, Part.RESIDUAL: by, Part.SHORTCUT: branch}[cut]
        x = F.relu(added)
        by, branch, added, output = (tensor[0].float().cpu() for tensor in (by, branch, added, x))
        parts[name] = BlockParts(by, branch, added, output, cut)
    return parts


@torch.no_grad()
def lesion_logits(network: ResNet, batch: Tensor) -> dict[tuple[str, Part], Tensor]:
    """What the network answers when each part is cut out alone, all in one sweep.

    The picture goes through the network once; at each block two more rows join the batch, one
    for each part cut there, so that nothing before a cut is computed again.

    Args:
        network: A torchvision ResNet-18. What is cut in it already stays cut, and has no rows.
        batch: (1, 3, H, W), normalised.

    Returns:
        By block and the part that was cut, (C,) float32 logits on the CPU.
    """
    x = network.maxpool(F.relu(network.bn1(network.conv1(batch))))
    cuts: list[tuple[str, Part]] = []
    for name, block in block_modules(network).items():
        intact, x = x[:1], block(x)
        if cut_of(block) is None:
            x = torch.cat([x, F.relu(shortcut(block, intact)), F.relu(residual(block, intact))])
            cuts += [(name, Part.RESIDUAL), (name, Part.SHORTCUT)]
    logits = network.fc(network.avgpool(x).flatten(1))[1:].float().cpu()
    return dict(zip(cuts, logits, strict=True))
