"""One forward, the right stages, nothing changed."""

import pytest
import torch
from torch import nn
from torchvision.models import ResNet

from rn18demo.core.stages import STAGES, find_stage, forward_from, forward_stages
from rn18demo.errors import RequestError


def test_logits_are_the_networks_own(network: ResNet, batch: torch.Tensor) -> None:
    with torch.no_grad():
        assert torch.equal(forward_stages(network, batch).logits, network(batch))


def test_the_table_states_the_shapes_at_224(network: ResNet) -> None:
    with torch.no_grad():
        activations = forward_stages(network, torch.zeros(1, 3, 224, 224)).activations
    assert {name: tuple(a.shape[1:]) for name, a in activations.items()} == {
        stage.name: (stage.channels, stage.side, stage.side) for stage in STAGES
    }


def test_the_table_states_the_receptive_fields() -> None:
    """Field and step of every convolution on the main path, by the usual recurrence."""
    field, step, fields = 1, 1, {}
    layers = {"stem": [(7, 2), (3, 2)], "layer1": [(3, 1)] * 4}
    layers |= {f"layer{n}": [(3, 2), (3, 1), (3, 1), (3, 1)] for n in (2, 3, 4)}
    for name, convolutions in layers.items():
        for kernel, stride in convolutions:
            field += (kernel - 1) * step
            step *= stride
        fields[name] = field
    assert fields == {stage.name: stage.receptive_field for stage in STAGES}


def test_activations_equal_what_hooks_see(network: ResNet, batch: torch.Tensor) -> None:
    """In-place operations of later blocks must not reach back into a kept activation."""
    seen: dict[str, torch.Tensor] = {}
    modules = {"stem": network.maxpool} | {s.name: getattr(network, s.name) for s in STAGES[1:]}
    hooks = [
        module.register_forward_hook(
            lambda _m, _i, output, name=name: seen.update({name: output.clone()})
        )
        for name, module in modules.items()
    ]
    with torch.no_grad():
        outputs = forward_stages(network, batch)
        network(batch)
    for hook in hooks:
        hook.remove()
    for name, activation in outputs.activations.items():
        assert torch.equal(activation, seen[name]), name


def test_one_forward(network: ResNet, batch: torch.Tensor) -> None:
    runs: list[nn.Module] = []
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    hooks = [c.register_forward_hook(lambda m, _i, _o: runs.append(m)) for c in convolutions]
    with torch.no_grad():
        forward_stages(network, batch)
    for hook in hooks:
        hook.remove()
    assert len(runs) == len(convolutions) == 20


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
def test_going_on_from_a_stage(network: ResNet, batch: torch.Tensor, stage: str) -> None:
    with torch.no_grad():
        outputs = forward_stages(network, batch)
        again = forward_from(network, stage, outputs.activations[stage])
    assert torch.equal(again, outputs.logits)


def test_an_unknown_stage_is_named_in_the_sentence() -> None:
    with pytest.raises(RequestError, match="layer9"):
        find_stage("layer9")
