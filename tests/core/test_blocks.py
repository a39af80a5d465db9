"""Blocks, opened: against the network's own forward."""

import pytest
import torch
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core.blocks import (
    BLOCKS,
    Part,
    block_modules,
    find_block,
    lesion_logits,
    open_blocks,
)
from rn18demo.core.stages import STAGES, forward_stages
from rn18demo.core.surgery import Surgery, operate_on
from rn18demo.errors import RequestError


def test_the_table_is_the_network(network: ResNet) -> None:
    x = torch.zeros(1, 3, 224, 224)
    x = network.maxpool(network.relu(network.bn1(network.conv1(x))))
    assert len(BLOCKS) == 8
    for block in BLOCKS:
        module = block_modules(network)[block.name]
        assert x.shape[1:] == (block.channels_in, block.side_in, block.side_in)
        assert block.projects == (module.downsample is not None)
        x = module(x)
        assert x.shape[1:] == (block.stage.channels, block.stage.side, block.stage.side)
    assert [block.name for block in BLOCKS if block.projects] == [
        "layer2.0",
        "layer3.0",
        "layer4.0",
    ]


def test_shortcut_and_residual_are_the_sum_exactly(network: ResNet, batch: Tensor) -> None:
    for parts in open_blocks(network, batch).values():
        assert torch.equal(parts.shortcut + parts.residual, parts.sum)
        assert torch.equal(parts.sum.clamp(min=0), parts.output)
        assert parts.residual.min() < 0 < parts.residual.max()


def test_what_comes_out_is_what_the_network_computes(network: ResNet, batch: Tensor) -> None:
    found = open_blocks(network, batch)
    with torch.no_grad():
        expected = forward_stages(network, batch).activations
    for stage in STAGES[1:]:
        torch.testing.assert_close(found[f"{stage.name}.1"].output, expected[stage.name][0])


def test_the_share_weighs_both_sides(network: ResNet, batch: Tensor) -> None:
    for parts in open_blocks(network, batch).values():
        of_residual, of_shortcut = parts.norms
        assert of_residual == pytest.approx(float((parts.residual**2).sum().sqrt()), rel=1e-5)
        assert parts.share == pytest.approx(of_residual / (of_residual + of_shortcut))


@pytest.mark.parametrize(("part", "share"), [(Part.RESIDUAL, 0.0), (Part.SHORTCUT, 1.0)])
def test_a_cut_part_adds_nothing(network: ResNet, batch: Tensor, part: Part, share: float) -> None:
    cut = operate_on(network, Surgery.of({"layer3.1": part}))
    parts = open_blocks(cut, batch)["layer3.1"]
    assert parts.cut is part
    assert parts.share == share
    assert torch.equal(parts.sum, parts.shortcut if part is Part.RESIDUAL else parts.residual)


def test_the_lesions_are_the_networks_with_one_part_cut(network: ResNet, batch: Tensor) -> None:
    found = lesion_logits(network, batch)
    assert len(found) == 16
    for (name, part), logits in found.items():
        with torch.no_grad():
            alone = operate_on(network, Surgery.of({name: part}))(batch)[0]
        torch.testing.assert_close(logits, alone, rtol=1e-4, atol=1e-4)


def test_lesions_come_on_top_of_what_is_cut_already(network: ResNet, batch: Tensor) -> None:
    cut = operate_on(network, Surgery.of({"layer2.0": Part.SHORTCUT}))
    found = lesion_logits(cut, batch)
    assert len(found) == 14
    assert all(name != "layer2.0" for name, _ in found)
    both = Surgery.of({"layer2.0": Part.SHORTCUT, "layer4.1": Part.RESIDUAL})
    with torch.no_grad():
        expected = operate_on(network, both)(batch)[0]
    torch.testing.assert_close(found["layer4.1", Part.RESIDUAL], expected, rtol=1e-4, atol=1e-4)


def test_opening_leaves_the_network_as_found(network: ResNet, batch: Tensor) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    copy = batch.clone()
    open_blocks(network, batch)
    lesion_logits(network, batch)
    assert torch.equal(copy, batch)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert not any(module._forward_hooks for module in network.modules())


def test_an_unknown_block_is_named() -> None:
    with pytest.raises(RequestError, match="layer9"):
        find_block("layer9.0")
