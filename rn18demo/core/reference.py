"""ResNet-18 counted: shapes, parameters and work, read off torchvision's own definition."""

from dataclasses import dataclass
from functools import cache

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models

from rn18demo.core.blocks import BLOCKS
from rn18demo.core.claims import SIDE
from rn18demo.core.stages import STAGES


@dataclass(frozen=True)
class Layer:
    """One line of the architecture table.

    Attributes:
        name: The module's name in torchvision.
        shape: Of what it puts out, such as "64 × 56 × 56".
        parameters: Numbers that training sets.
        macs: Multiply-accumulates for one picture.
        receptive_field: Side in pixels of what one cell can see in theory; None where that
            is the whole picture.
    """

    name: str
    shape: str
    parameters: int
    macs: int
    receptive_field: int | None


@dataclass(frozen=True)
class Architecture:
    """The whole network.

    Attributes:
        layers: From the picture to the answer.
        parameters: Of all layers.
        macs: Of all layers, for one picture.
        main_convolutions: On the main path; with `linear` they make the 18.
        projections: 1 x 1 convolutions on shortcuts, which the 18 leaves out.
        linear: Fully connected layers.
        blocks: Residual blocks.
    """

    layers: tuple[Layer, ...]
    parameters: int
    macs: int
    main_convolutions: int
    projections: int
    linear: int
    blocks: int

    @property
    def paths(self) -> int:
        """Ways from stem to pool: each block doubles them."""
        return 2**self.blocks

    @property
    def identities(self) -> int:
        """Blocks whose shortcut is x itself."""
        return self.blocks - self.projections

    def layer(self, name: str) -> Layer:
        """The line of that name."""
        return next(layer for layer in self.layers if layer.name == name)


def _fields() -> dict[str, int]:
    """Receptive fields of the stem's parts, and those of the stages."""
    conv, pool = 7, 7 + (3 - 1) * 2
    return {"conv1": conv, "bn1": conv, "relu": conv, "maxpool": pool} | {
        stage.name: stage.receptive_field for stage in STAGES[1:]
    }


@cache
@torch.no_grad()
def architecture() -> Architecture:
    """Count a ResNet-18 with 1,000 classes on the meta device: nothing is computed."""
    with torch.device("meta"):
        network = models.resnet18().eval()
        picture = torch.empty(1, 3, SIDE, SIDE)
    shapes: dict[str, str] = {}

    def note(name: str, out: torch.Tensor) -> None:
        shapes[name] = " × ".join(str(size) for size in out.shape[1:])

    for name, child in network.named_children():
        # The network is thrown away, and its hooks with it.
        child.register_forward_hook(lambda _, __, out, name=name: note(name, out))
    with FlopCounterMode(display=False) as flops:
        network(picture)
    counted = flops.get_flop_counts()
    fields = _fields()
    layers = tuple(
        Layer(
            name,
            shapes[name],
            sum(p.numel() for p in child.parameters()),
            sum(counted.get(f"ResNet.{name}", {}).values()) // 2,
            fields.get(name),
        )
        for name, child in network.named_children()
        if name != "relu"
    )
    modules = dict(network.named_modules())
    convolutions = [name for name, m in modules.items() if isinstance(m, nn.Conv2d)]
    projections = [name for name in convolutions if "downsample" in name]
    return Architecture(
        layers,
        sum(layer.parameters for layer in layers),
        flops.get_total_flops() // 2,
        len(convolutions) - len(projections),
        len(projections),
        sum(isinstance(m, nn.Linear) for m in modules.values()),
        len(BLOCKS),
    )


@dataclass(frozen=True)
class PaperError:
    """An error of He et al., table 2: ImageNet validation, top-1, ten crops.

    Attributes:
        depth: Number of layers.
        plain: Per cent without shortcuts.
        residual: Per cent with them.
    """

    depth: int
    plain: float
    residual: float


PAPER_ERRORS = (PaperError(18, 27.94, 27.88), PaperError(34, 28.54, 25.03))
"""https://arxiv.org/abs/1512.03385"""
