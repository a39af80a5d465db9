"""The architecture as it is counted, against numbers known from elsewhere."""

import torch
from torchvision.models import ResNet18_Weights, resnet18

from rn18demo.core.reference import PAPER_ERRORS, architecture
from rn18demo.core.stages import STAGES, forward_stages


def test_parameters_are_those_that_torchvision_publishes() -> None:
    assert architecture().parameters == ResNet18_Weights.IMAGENET1K_V1.meta["num_params"]


def test_work_is_what_torchvision_publishes() -> None:
    published = ResNet18_Weights.IMAGENET1K_V1.meta["_ops"]
    assert round(architecture().macs / 1e9, 3) == published


def test_layers_add_up_to_the_network() -> None:
    network = architecture()
    assert sum(layer.macs for layer in network.layers) == network.macs
    shares = {layer.name: layer.parameters for layer in network.layers}
    assert shares["layer4"] == 8_393_728
    assert shares["fc"] == 513_000


def test_eighteen_is_seventeen_and_one() -> None:
    network = architecture()
    assert network.main_convolutions + network.linear == 18
    assert (network.projections, network.identities, network.paths) == (3, 5, 256)


def test_shapes_are_those_of_a_forward() -> None:
    network = architecture()
    with torch.device("meta"):
        outputs = forward_stages(resnet18().eval(), torch.empty(1, 3, 224, 224))
    for stage in STAGES:
        name = "maxpool" if stage.name == "stem" else stage.name
        assert network.layer(name).shape == stage.shape
        assert list(outputs.activations[stage.name].shape[1:]) == [
            stage.channels,
            stage.side,
            stage.side,
        ]


def test_the_stem_sees_what_the_table_of_stages_says() -> None:
    assert architecture().layer("maxpool").receptive_field == STAGES[0].receptive_field


def test_the_degradation_shows_at_34_layers_only() -> None:
    at18, at34 = PAPER_ERRORS
    assert at18.plain - at18.residual < 0.1
    assert at34.plain > at18.plain
    assert at34.residual < at18.residual
