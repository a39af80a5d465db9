"""The gradient split by paths: against autograd, and against every path walked alone."""

from itertools import product

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.models import ResNet

from rn18demo.core.blocks import BLOCKS, Part, block_modules, cut_of, residual, shortcut
from rn18demo.core.paths import PLACES, count_paths, split_gradient
from rn18demo.core.surgery import Surgery, operate_on
from rn18demo.errors import RequestError

CUTS: list[dict[str, Part]] = [
    {},
    {"layer1.1": Part.SHORTCUT},
    {"layer2.0": Part.RESIDUAL, "layer4.0": Part.SHORTCUT, "layer3.1": Part.RESIDUAL},
    {block.name: Part.SHORTCUT for block in BLOCKS},
    {block.name: Part.RESIDUAL for block in BLOCKS},
]
CLASS = 3


@pytest.fixture(params=CUTS, ids=lambda cuts: str(len(cuts)))
def operated(request: pytest.FixtureRequest, network: ResNet) -> ResNet:
    return operate_on(network, Surgery.of(request.param))


@pytest.fixture
def small() -> Tensor:
    return torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(2))


def stem(network: ResNet, batch: Tensor) -> Tensor:
    with torch.no_grad():
        x = network.maxpool(F.relu(network.bn1(network.conv1(batch))))
    return x.requires_grad_()


def ways(network: ResNet) -> list[list[bool]]:
    """For each block, the ways that are open: True is through F."""
    cuts = [cut_of(block) for block in block_modules(network).values()]
    open_ways = {None: [False, True], Part.RESIDUAL: [False], Part.SHORTCUT: [True]}
    return [open_ways[cut] for cut in cuts]


def walk(network: ResNet, leaf: Tensor, path: tuple[bool, ...]) -> Tensor:
    """The gradient along one path: the other way of every block is detached."""
    x = leaf
    for block, through in zip(block_modules(network).values(), path, strict=True):
        by, branch, cut = shortcut(block, x), residual(block, x), cut_of(block)
        by, branch = (by.detach(), branch) if through else (by, branch.detach())
        x = F.relu({None: by + branch, Part.RESIDUAL: by, Part.SHORTCUT: branch}[cut])
    logit = network.fc(network.avgpool(x).flatten(1))[0, CLASS]
    return torch.autograd.grad(logit, leaf)[0][0]


def test_the_parts_sum_to_the_gradient(operated: ResNet, batch: Tensor) -> None:
    leaf = stem(operated, batch)
    outputs, x = [leaf], leaf
    for block in block_modules(operated).values():
        x = block(x.clone())
        outputs.append(x)
    logit = operated.fc(operated.avgpool(x).flatten(1))[0, CLASS]
    expected = torch.autograd.grad(logit, outputs)
    found = split_gradient(operated, batch, CLASS)
    torch.testing.assert_close(found.gradients.sum(0), expected[0][0], rtol=1e-4, atol=1e-6)
    assert len(found.norms) == len(PLACES)
    assert found.norms == pytest.approx([float(grad.norm()) for grad in expected], rel=1e-4)


@pytest.mark.parametrize("cuts", [CUTS[0], CUTS[2]], ids=["256 paths", "32 paths"])
def test_each_length_is_the_sum_of_its_paths(
    network: ResNet, small: Tensor, cuts: dict[str, Part]
) -> None:
    operated = operate_on(network, Surgery.of(cuts))
    leaf = stem(operated, small)
    expected = torch.zeros(len(BLOCKS) + 1, *leaf.shape[1:])
    counts = [0] * len(expected)
    for path in product(*ways(operated)):
        expected[sum(path)] += walk(operated, leaf, path)
        counts[sum(path)] += 1
    found = split_gradient(operated, small, CLASS)
    torch.testing.assert_close(found.gradients, expected, rtol=1e-3, atol=1e-6)
    assert found.counts == tuple(counts) == count_paths(operated)
    assert found.weights == pytest.approx([float(part.norm()) for part in expected], rel=1e-3)
    assert found.norms_through_f[0] == pytest.approx(found.weights[-1])


def test_uncut_there_are_256_paths(network: ResNet) -> None:
    assert count_paths(network) == (1, 8, 28, 56, 70, 56, 28, 8, 1)


def test_the_network_is_left_as_found(network: ResNet, small: Tensor) -> None:
    network.requires_grad_(True)
    split_gradient(network, small, CLASS)
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not network.training


def test_an_unknown_class_is_refused(network: ResNet, small: Tensor) -> None:
    with pytest.raises(RequestError, match="no class 99"):
        split_gradient(network, small, 99)
