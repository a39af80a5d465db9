"""The five stages of ResNet-18, and the one forward that feeds every lens."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.errors import RequestError


@dataclass(frozen=True)
class Stage:
    """A stretch of the network after which its maps are looked at.

    Attributes:
        name: The module's name in torchvision, "stem" for everything before layer1.
        title: What the page calls it.
        channels: Number of maps.
        side: Height and width of each map for a 224 x 224 picture.
        receptive_field: Side of the square of input pixels that can reach one cell, in
            theory.
        words: What it does, for a reader of 15.
    """

    name: str
    title: str
    channels: int
    side: int
    receptive_field: int
    words: str

    @property
    def shape(self) -> str:
        """For a label, such as "64 x 56 x 56"."""
        return f"{self.channels} × {self.side} × {self.side}"


STAGES: tuple[Stage, ...] = (
    Stage(
        "stem",
        "Stem",
        64,
        56,
        11,
        "The first look: edges, colours and simple textures, in tiny patches.",
    ),
    Stage(
        "layer1",
        "Stage 1 (layer1)",
        64,
        56,
        43,
        "Edges joined into corners, stripes and small textures; still the finest maps.",
    ),
    Stage(
        "layer2",
        "Stage 2 (layer2)",
        128,
        28,
        99,
        "Patterns and bits of parts: curls, grids, rims. Half as fine, twice as many maps.",
    ),
    Stage(
        "layer3",
        "Stage 3 (layer3)",
        256,
        14,
        211,
        "Parts of things: an eye, a wheel, a petal. Each cell looks at most of the picture.",
    ),
    Stage(
        "layer4",
        "Stage 4 (layer4)",
        512,
        7,
        435,
        "Whole things: coarse maps that the answer is read from. The usual place for Grad-CAM.",
    ),
)
LAST = STAGES[-1]


def find_stage(name: str) -> Stage:
    """The stage of that name.

    Raises:
        RequestError: There is none.
    """
    for stage in STAGES:
        if stage.name == name:
            return stage
    names = ", ".join(stage.name for stage in STAGES)
    raise RequestError(f"There is no stage called “{name}”. The stages are {names}.")


@dataclass(frozen=True)
class StageOutputs:
    """What one forward leaves behind.

    Attributes:
        logits: (N, C), raw scores of the classes.
        activations: By stage name, (N, channels, side, side), after the last ReLU of the
            stage (after max pooling for the stem).
    """

    logits: Tensor
    activations: dict[str, Tensor]


def forward_stages(network: ResNet, batch: Tensor) -> StageOutputs:
    """Run the network once and keep what every stage put out. Uses no hooks.

    Args:
        network: A torchvision ResNet-18.
        batch: (N, 3, H, W), normalised.
    """
    x = network.relu(network.bn1(network.conv1(batch)))
    x = network.maxpool(x)
    activations = {STAGES[0].name: x}
    for stage in STAGES[1:]:
        x = getattr(network, stage.name)(x)
        activations[stage.name] = x
    return StageOutputs(_classify(network, x), activations)


def forward_from(network: ResNet, stage: str, activation: Tensor) -> Tensor:
    """Go on from a stage's activation to the logits.

    Args:
        network: The network that the activation came from.
        stage: Name of the stage.
        activation: (N, channels, side, side).

    Returns:
        (N, C) logits.
    """
    names = [s.name for s in STAGES]
    x = activation
    for name in names[names.index(find_stage(stage).name) + 1 :]:
        x = getattr(network, name)(x)
    return _classify(network, x)


def _classify(network: ResNet, x: Tensor) -> Tensor:
    return network.fc(torch.flatten(network.avgpool(x), 1))
